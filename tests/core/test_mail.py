"""A mail reaches the server as it was meant, or the mailbox when there is none, and says why when it cannot."""

import ipaddress
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core import mail
from core.mail import MailFailed, OutgoingMail, deliver, mailbox, read_stored

WELCOME = OutgoingMail(to="ada@example.com", subject="Welcome", text="Hello Ada")


@pytest.fixture
def setting(monkeypatch, tmp_path):
    """The settings that mail goes by, to be changed at will."""
    chosen = SimpleNamespace(mail_url=None, mail_from="关系 <no-reply@guanxi.example>", data_dir=tmp_path, base_url="")
    monkeypatch.setattr(mail, "settings", lambda: chosen)
    return chosen


class Sink:
    """A mail server that keeps what it is sent, or answers what it is told to."""

    def __init__(self):
        self.envelopes = []
        self.answer = "250 OK"
        self.answer_to_recipient = None
        self.logins = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answer_to_recipient:
            return self.answer_to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    def authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"p@ss/word", handled=False)

    def message(self):
        return message_from_bytes(self.envelopes[-1].original_content, policy=policy.default)


@pytest.fixture
def serve():
    """Start a server on a port of its own; it ends with the test."""
    running = []

    def start(sink, **options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(sink, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return port

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def sink(serve, setting):
    sink = Sink()
    setting.mail_url = f"smtp://127.0.0.1:{serve(sink)}"
    return sink


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A server's TLS context, and its certificate trusted by this process."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def failure(outgoing=WELCOME):
    with pytest.raises(MailFailed) as caught:
        deliver(outgoing)
    return caught.value


def test_a_mail_arrives_with_its_text_and_its_html(sink):
    deliver(OutgoingMail(to="Ada <ada@example.com>", subject="Welcome", text="Hello Ada", html="<p>Hello Ada</p>"))

    assert sink.envelopes[0].rcpt_tos == ["ada@example.com"]
    assert sink.envelopes[0].mail_from == "no-reply@guanxi.example"
    assert sink.message().get_body(("plain",)).get_content().strip() == "Hello Ada"
    assert sink.message().get_body(("html",)).get_content().strip() == "<p>Hello Ada</p>"
    assert sink.message()["Message-ID"].endswith("@guanxi.example>")
    assert abs(sink.message()["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)


def test_chinese_survives_in_every_part(sink):
    subject = "您有一条新的线索需要跟进：" + "深圳市腾讯计算机系统有限公司" * 8
    deliver(
        OutgoingMail(
            to="王小明 <ada@example.com>", subject=subject, text="你好，" * 500, reply_to="客服 <help@example.com>"
        )
    )

    assert sink.envelopes[0].original_content.isascii()
    assert sink.message()["Subject"] == subject
    assert sink.message()["From"].addresses[0].display_name == "关系"
    assert sink.message()["To"].addresses[0].display_name == "王小明"
    assert sink.message()["Reply-To"].addresses[0].display_name == "客服"
    assert sink.message().get_content().strip() == "你好，" * 500


def test_odd_separators_in_a_subject_become_spaces(sink):
    deliver(OutgoingMail("ada@example.com", "one\u2028two\vthree", "x"))

    assert sink.message()["Subject"] == "one two three"


def test_a_server_that_stumbles_over_the_goodbye_has_taken_the_mail(sink):
    async def handle_QUIT(server, session, envelope):
        return "451 oh dear"

    sink.handle_QUIT = handle_QUIT
    deliver(WELCOME)

    assert len(sink.envelopes) == 1


def test_a_domain_in_chinese_goes_out_in_its_plain_form(sink):
    deliver(OutgoingMail(to="ada@例子.example", subject="x", text="x"))

    assert sink.envelopes[0].rcpt_tos == ["ada@xn--fsqu00a.example"]


def test_a_newsletter_can_be_left_with_one_click(sink):
    deliver(OutgoingMail("ada@example.com", "News", "x", headers={"List-Unsubscribe": "<https://guanxi.example/u/1>"}))

    assert sink.message()["List-Unsubscribe"] == "<https://guanxi.example/u/1>"
    assert sink.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "outgoing",
    [
        OutgoingMail("ada@example.com", "Hello\r\nBcc: eve@example.com", "x"),
        OutgoingMail("ada@example.com\nBcc: eve@example.com", "Hello", "x"),
        OutgoingMail("ada@example.com, eve@example.com", "Hello", "x"),
        OutgoingMail("ada@example.com", "Hello", "x", reply_to="bob@example.com\r\nBcc: eve@example.com"),
        OutgoingMail("ada@example.com", "Hello", "x", headers={"X-Note": "a\nBcc: eve@example.com"}),
        OutgoingMail("ada@example.com", "Hello", "x", headers={"X-Note\nBcc": "eve@example.com"}),
        OutgoingMail("ada@example.com", "Hello", "x", headers={"From": "eve@example.com"}),
        OutgoingMail("not an address", "Hello", "x"),
        OutgoingMail("", "Hello", "x"),
        OutgoingMail("ada@", "Hello", "x"),
    ],
)
def test_nobody_can_smuggle_in_headers_or_recipients(sink, outgoing):
    problem = failure(outgoing)

    assert (problem.code, problem.temporary) == ("bad_mail", False)
    assert sink.envelopes == []


def test_a_mail_goes_out_encrypted_and_with_a_login(serve, setting, certificate):
    sink = Sink()
    port = serve(sink, tls_context=certificate, authenticator=sink.authenticate, require_starttls=True)
    setting.mail_url = f"smtp://ada:p%40ss%2Fword@127.0.0.1:{port}?tls=starttls"

    deliver(WELCOME)

    assert sink.logins == [("ada", "p@ss/word")]
    assert sink.message()["Subject"] == "Welcome"


@pytest.mark.parametrize("url", ["smtps://127.0.0.1:{port}", "smtp://127.0.0.1:{port}?tls=ssl"])
def test_a_server_that_speaks_tls_from_the_start_is_spoken_to_in_tls(serve, setting, certificate, url):
    sink = Sink()
    setting.mail_url = url.format(port=serve(sink, ssl_context=certificate))

    deliver(WELCOME)

    assert sink.message()["Subject"] == "Welcome"


def test_a_certificate_nobody_vouches_for_is_not_accepted(serve, setting, certificate, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    sink = Sink()
    setting.mail_url = f"smtps://127.0.0.1:{serve(sink, ssl_context=certificate)}"

    problem = failure()

    assert "certificate" in problem.message
    assert sink.envelopes == []


def test_a_wrong_password_is_said_to_be_one(serve, setting, certificate):
    sink = Sink()
    port = serve(sink, tls_context=certificate, authenticator=sink.authenticate)
    setting.mail_url = f"smtp://ada:wrong@127.0.0.1:{port}?tls=starttls"

    problem = failure()

    assert (problem.code, problem.temporary) == ("mail_login", False)
    assert "MAIL_URL" in problem.message and "wrong" not in problem.message


@pytest.mark.parametrize(("answer", "temporary"), [("452 full", True), ("554 spam", False)])
def test_it_is_known_whether_to_try_again(sink, answer, temporary):
    sink.answer = answer

    problem = failure()

    assert (problem.code, problem.temporary) == ("mail_refused", temporary)
    assert answer in problem.message


@pytest.mark.parametrize(("answer", "temporary"), [("450 later", True), ("550 no such user", False)])
def test_a_recipient_may_be_refused(sink, answer, temporary):
    sink.answer_to_recipient = answer

    problem = failure()

    assert (problem.code, problem.temporary) == ("recipient_refused", temporary)


def test_a_server_that_is_away_is_worth_another_try(setting):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        setting.mail_url = f"smtp://127.0.0.1:{free.getsockname()[1]}"

        problem = failure()

    assert (problem.code, problem.temporary) == ("mail_server", True)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://",
        "smtp://mail.example?tls=maybe",
        "smtp://mail.example:port",
        "smtp://a:b@mail.example",
    ],
)
def test_a_setting_that_cannot_work_is_explained_before_anything_is_sent(setting, url):
    setting.mail_url = url
    problem = failure()

    assert (problem.code, problem.temporary) == ("mail_settings", False)
    assert "MAIL_URL" in problem.message


def test_without_a_server_mails_go_into_the_mailbox_newest_first(setting):
    deliver(
        OutgoingMail(
            "ada@example.com", "第一封", "你好", html="<p>你好</p>", headers={"List-Unsubscribe": "<https://x>"}
        )
    )
    deliver(OutgoingMail("bob@example.com", "Second", "Hello Bob"))

    second, first = mailbox()

    assert (second.to, second.subject, second.text.strip(), second.html) == (
        "bob@example.com",
        "Second",
        "Hello Bob",
        None,
    )
    assert (first.subject, first.text.strip(), first.html.strip()) == ("第一封", "你好", "<p>你好</p>")
    assert first.headers["List-Unsubscribe"] == "<https://x>"
    assert abs(first.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert read_stored(first.id) == first


def test_an_empty_mailbox_is_empty(setting):
    assert mailbox() == []


@pytest.mark.parametrize("id", ["nothing", "../../etc/passwd", "20260101T000000000000Z-" + "0" * 32, "", "x\0"])
def test_only_what_is_in_the_mailbox_can_be_read(setting, id):
    assert read_stored(id) is None
