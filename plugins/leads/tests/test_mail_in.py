"""Somebody writes to a mailbox of the company, on a real mail server, and is a lead with the thread that follows."""

import base64
import re
import time
from dataclasses import replace

import pytest
from sqlalchemy import select

from core import db
from core.files import files_of
from core.settings import settings
from plugins.leads.models import Lead, Mail, Mailbox, Touch
from plugins.leads.services.channels.cards import read_card
from plugins.leads.services.channels.mails import connecting
from plugins.leads.services.channels.mails.reading import read_letter
from plugins.leads.tests.imap import PASSWORD, USER, imap_server

SETTINGS = {
    "name": "Sales mailbox", "host": "127.0.0.1", "security": "none", "username": USER, "password": PASSWORD,
    "folder": "INBOX", "every_minutes": "2", "active": "1",
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with imap_server() as started:
        yield started


@pytest.fixture
def own_network(app, monkeypatch):
    """The installation's operator lets the mail server be in the company's own network."""
    allowed = replace(settings(), sign_in={"SIGN_IN_PRIVATE_NETWORK": "1"})
    monkeypatch.setattr("core.auth.providers.outgoing.settings", lambda: allowed)


@pytest.fixture
def inbox(server, ada, sam, own_network, run_jobs):
    """A mailbox that is set up, and what happens when it is looked into."""
    server.empty()
    made = ada.post("leads/channels/mailboxes", SETTINGS | {"port": str(server.port)})
    assert made.status_code == 303, made.text
    path = made.headers["Location"]

    def look(*mails: bytes) -> str:
        server.deliver(*mails)
        ada.post(f"{path}/check")
        run_jobs()
        return ada.get(path).text

    look.path = path
    return look


def mail(text="I need a hundred chairs.", *, sender="Anna Smith <anna@lei.example>", name="1@lei.example", **heads):
    more = "".join(f"{key.replace('_', '-')}: {value}\r\n" for key, value in heads.items())
    head = f"From: {sender}\r\nTo: {USER}\r\nMessage-ID: <{name}>\r\nSubject: Chairs\r\n{more}"
    kind = "" if "Content_Type" in heads else "Content-Type: text/plain; charset=utf-8\r\n"
    return f"{head}{kind}\r\n{text}\r\n".encode()


def with_file(content: bytes, file="plan.pdf", **how) -> bytes:
    body = base64.encodebytes(content).decode()
    text = (
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSee the plan.\r\n"
        f"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename={file}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--"
    )
    return mail(text, Content_Type="multipart/mixed; boundary=b", **how)


def rows(person, model):
    with person.inside():
        return list(db.session().scalars(select(model).order_by(model.id)))


def test_whoever_writes_is_a_lead_once_and_what_stands_below_the_text_is_read(inbox, ada, server, run_jobs, desk, sam):
    signed = "我们需要一百把椅子。\n\n此致\n王小明\n采购经理\n雷氏贸易有限公司\n手机：138 0013 8000\n"
    page = inbox(mail(signed))

    (lead,) = rows(ada, Lead)
    assert (lead.name, lead.email, lead.phone) == ("Anna Smith", "anna@lei.example", "+8613800138000")
    assert (lead.company, lead.source, lead.source_detail) == ("雷氏贸易有限公司", "mail", "Sales mailbox")
    assert lead.need.startswith("Chairs") and "一百把椅子" in lead.need
    assert "New lead" in page and "Looked into" in page and server.unread() == 0
    assert "leads.mail_received" in desk.happened(lead.id)
    assert rows(ada, Touch)[0].via["mailbox"] in inbox.path
    assert "一百把椅子" in sam.get(f"leads/{lead.id}/mails").text

    inbox(mail(signed))  # the same mail by another way: forwarded twice, or marked as unread
    assert len(rows(ada, Mail)) == 1 and rows(ada, Lead)[0].touches == 1 and server.unread() == 0


def test_an_answer_belongs_to_the_thread_whoever_writes_it(inbox, ada, sam, desk):
    inbox(mail())
    answer = "Make it two hundred.\n\nOn Mon, Jan 5, 2026 at 9:00 AM Sam <sam@acme.example> wrote:\n> How many?\n"
    inbox(
        mail(answer, sender="Bert <bert@else.example>", name="2@x", In_Reply_To="<1@lei.example>"),
        mail("And tables.", name="3@x", References="<1@lei.example> <2@x>"),
    )

    (lead,) = rows(ada, Lead)
    assert [each.outcome for each in rows(ada, Mail)] == ["caught", "thread", "thread"] and lead.touches == 1
    second = rows(ada, Mail)[1]
    assert second.body == "Make it two hundred." and "How many?" in second.quoted
    assert any("answered" in told for told in desk.told(sam))
    assert desk.happened(lead.id).count("leads.mail_received") == 3


def test_another_mail_of_the_same_person_comes_again_to_the_lead_there_is(inbox, ada):
    inbox(mail())
    inbox(mail("Are you there?", name="9@lei.example"))

    assert [each.outcome for each in rows(ada, Mail)] == ["caught", "joined"]
    assert [lead.touches for lead in rows(ada, Lead)] == [2]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_attachments_are_kept_and_one_of_twenty_megabytes_is_not_though_its_mail_is(inbox, ada, server):
    inbox(
        with_file(b"%PDF-1.4 small", name="1@a"),
        with_file(b"%PDF-1.4" + b"\0" * 20 * 1024**2, sender="Bo <bo@big.example>", name="2@b"),
    )

    small, big = rows(ada, Mail)
    assert (small.outcome, big.outcome) == ("caught", "caught") and len(rows(ada, Lead)) == 2
    assert small.files[0]["name"] == "plan.pdf" and "id" in small.files[0]
    assert "id" not in big.files[0] and "15 MB" in big.files[0]["refused"] and big.body == "See the plan."
    assert big.size > 20 * 1024**2 and server.unread() == 0
    with ada.inside():
        assert [file.name for file in files_of("lead", small.lead_id)] == ["plan.pdf"]
    page = ada.get(f"leads/{big.lead_id}/mails").text
    assert "Too large to be kept" in page and "plan.pdf" in page


def test_broken_mime_no_sender_and_no_name_hold_nobody_up(inbox, ada):
    inbox(
        mail("--never\r\nContent-Type: text/plain; charset=klingon\r\n\r\nHallo", sender="=?utf-8?B?!!?= <a@x.example>",
             name="1@x", Content_Type='multipart/mixed; boundary="other"'),
        b"Subject: =?gb2312?B?zOG4?=\r\nContent-Type: text/plain; charset=gb2312\r\n\r\n\xc4\xe3\xba\xc3 13900139000\r\n",
        b"\x00\xff\xfe no mail at all",
        mail("Hello", sender="", name="3@x"),
        mail("<p>Hi&nbsp;there<script>alert(1)</script></p><p>Bye", sender="c@x.example", name="4@x",
             Content_Type="text/html"),
    )  # fmt: skip

    mails = rows(ada, Mail)
    assert len(mails) == 5
    assert [each.outcome for each in mails].count("failed") == 2, "those that do not say who wrote them"
    assert {lead.email or lead.phone for lead in rows(ada, Lead)} == {"a@x.example", "+8613900139000", "c@x.example"}
    html = next(each for each in mails if each.from_email == "c@x.example")
    assert html.body == "Hi there\n\nBye"
    assert "does not say who wrote it" in ada.get(inbox.path).text


def test_answers_of_machines_newsletters_spam_and_colleagues_are_left_out_with_the_reason(inbox, ada, sam):
    page = inbox(
        mail("I am away.", name="1@x", Auto_Submitted="auto-replied"),
        mail(
            "Not delivered", name="2@x", sender="MAILER-DAEMON@mx.example", Content_Type="multipart/report; boundary=b"
        ),
        mail("Buy!", name="3@x", List_Unsubscribe="<https://news.example>"),
        mail("Win!", name="4@x", X_Spam_Flag="YES"),
        mail("Test", name="5@x", sender=f"Sam <{sam.email}>"),
        mail("Your code", name="6@x", sender="no-reply@shop.example"),
    )

    assert rows(ada, Lead) == [] and {each.outcome for each in rows(ada, Mail)} == {"ignored"}
    for reason in (
        "An automatic reply",
        "could not be delivered",
        "newsletter",
        "spam",
        "colleague",
        "takes no answer",
    ):
        assert reason in page
    spam = next(each for each in rows(ada, Mail) if each.message_id == "4@x")
    made = ada.post(f"leads/channels/mails/{spam.id}/lead")
    assert made.status_code == 303 and [lead.email for lead in rows(ada, Lead)] == ["anna@lei.example"]


def test_mails_are_moved_where_a_folder_is_named(inbox, ada, server):
    changed = SETTINGS | {"port": str(server.port), "password": "", "done_folder": "Taken"}
    assert ada.post(inbox.path, changed).status_code == 303
    inbox(mail(name="moved@x"))

    assert (server.count("INBOX"), server.count("Taken")) == (0, 1) and len(rows(ada, Lead)) == 1


def test_a_mailbox_that_does_not_open_says_why_tells_somebody_and_is_asked_more_seldom(
    inbox, ada, dora, server, desk, clock
):
    right = SETTINGS | {"port": str(server.port)}
    ada.post(inbox.path, right | {"password": "wrong"})
    for _ in range(3):
        page = inbox()

    assert "does not take this user name and password" in page and "Cannot be opened since" in page
    assert any("cannot be opened" in told for told in desk.told(dora))
    with ada.inside():
        assert db.session().scalars(select(Mailbox.failures)).one() == 3
    ada.post(inbox.path, right)
    assert "Looked into" in inbox()


def test_trying_a_mailbox_says_how_it_went_and_keeps_nothing(server, ada, own_network, monkeypatch):
    server.empty()
    server.deliver(mail(), mail(name="2@x"))
    typed = SETTINGS | {"port": str(server.port), "step": "try"}

    assert "2 unread mails wait in it" in ada.post("leads/channels/mailboxes", typed).text
    tried = ada.post("leads/channels/mailboxes", typed).text
    kept = re.search(r'name="kept_password" value="([^"]+)"', tried).group(1)
    assert (
        PASSWORD not in kept
        and "wait in it" in ada.post("leads/channels/mailboxes", typed | {"password": "", "kept_password": kept}).text
    ), "what was typed need not be typed again"
    wrong = ada.post("leads/channels/mailboxes", typed | {"folder": "Nowhere"})
    assert wrong.status_code == 422 and "no such folder" in wrong.text and "Sales mailbox" in wrong.text
    assert rows(ada, Mailbox) == [] and server.unread() == 2


def test_the_password_is_sealed_never_shown_and_goes_to_no_other_server(inbox, ada, server):
    with ada.inside():
        assert PASSWORD not in db.session().scalars(select(Mailbox.password)).one()
    assert f'value="{PASSWORD}"' not in ada.get(f"{inbox.path}/edit").text
    stolen = SETTINGS | {"port": "993", "password": "", "host": "imap.evil.example"}
    answer = ada.post(inbox.path, stolen)
    assert answer.status_code == 422 and "Enter the password again" in answer.text


@pytest.mark.parametrize(
    ("host", "security", "said"),
    [
        ("127.0.0.1", "ssl", "not on the public internet"),
        ("169.254.169.254", "ssl", "not on the public internet"),
        ("localhost", "starttls", "not on the public internet"),
        ("mail.example.com", "none", "must be encrypted"),
    ],
)
def test_no_mailbox_leads_into_our_own_network_or_speaks_openly(ada, server, host, security, said):
    typed = SETTINGS | {"host": host, "security": security, "port": str(server.port), "step": "try"}
    answer = ada.post("leads/channels/mailboxes", typed)

    assert answer.status_code == 422 and said in answer.text


def test_faults_are_said_beside_the_field_and_others_see_nothing(ada, sam, mallory, inbox):
    answer = ada.post("leads/channels/mailboxes", SETTINGS | {"host": "http://x", "port": "99999", "password": ""})
    assert answer.status_code == 422
    assert re.search(r'id="f-host-error">.*?Enter the name of the server', answer.text, re.S)
    assert 'id="f-port-error"' in answer.text
    assert sam.get(inbox.path).status_code == 403
    mallory.switch("leads")
    assert mallory.get(f"leads/channels/mailboxes/{inbox.path.rpartition('/')[2]}").status_code == 404


def test_a_mailbox_taken_away_leaves_its_mails_with_their_leads(inbox, ada, run_jobs, server):
    inbox(mail())
    assert ada.post(f"{inbox.path}/deletion").status_code == 303
    server.deliver(mail(name="late@x"))
    run_jobs()

    assert rows(ada, Mailbox) == [] and [each.mailbox_id for each in rows(ada, Mail)] == [None]
    assert "a hundred chairs" in ada.get(f"leads/{rows(ada, Lead)[0].id}/mails").text and server.unread() == 1


@pytest.mark.parametrize(
    "repeated",
    [
        "On Mon, Jan 5, 2026 at 9:00 AM Sam <sam@acme.example> wrote:\n> How many?",
        "On Mon, Jan 5, 2026 at 9:00 AM\nSam <sam@acme.example> wrote:\n> How many?",
        "在 2026年1月5日，上午9:00，Sam <sam@acme.example> 写道：\n> 多少？",
        "------------------ 原始邮件 ------------------\n发件人: Sam\n发送时间: 2026年1月5日\n\n多少？",
        "Von: Sam <sam@acme.example>\nGesendet: Montag, 5. Januar 2026\nBetreff: Stühle\n\nWie viele?",
        "> How many?\n>\n> Sam",
    ],
)
def test_what_a_mail_repeats_is_told_from_what_it_says(repeated):
    letter = read_letter(mail(f"Two hundred.\n\n{repeated}"), size=100)

    assert letter.body == "Two hundred." and letter.quoted.splitlines()[0] == repeated.splitlines()[0]


def test_answers_between_the_lines_stay_and_nobody_is_kept_busy_by_a_mail_made_for_it():
    between = "> How many?\nTwo hundred.\n> When?\nIn May."
    assert read_letter(mail(between), size=100).body == between
    began = time.perf_counter()
    for evil in ("On " + "a " * 24_000, "On a\n" * 9_000, "From: x\n" * 6_000, "wrote: " * 7_000, "在 写道 " * 8_000):
        read_letter(mail(evil), size=100)
        read_card(evil)
    assert time.perf_counter() - began < 5


def test_the_guard_looks_at_the_very_address_that_is_connected_to(monkeypatch):
    """A name may lead elsewhere the second time it is asked for: it is asked for once."""
    asked = []
    monkeypatch.setattr(
        connecting, "public_addresses", lambda host, port: asked.append(host) or [("203.0.113.7", port)]
    )
    monkeypatch.setattr(connecting.socket, "create_connection", lambda where, patience: asked.append(where[0]))
    connecting._socket_to("imap.example.com", 993)

    assert asked == ["imap.example.com", "203.0.113.7"]
