"""Sending mail: over SMTP when `MAIL_URL` names a server, else into a mailbox of files that one can read."""

import re
import smtplib
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, make_msgid
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import structlog
import uuid_utils

from core.errors import DomainError
from core.i18n import _
from core.jobs import enqueue, job, waiting
from core.letters import write_letter
from core.settings import settings

log = structlog.get_logger()

_PATIENCE = 20
_PORTS = {"none": 25, "starttls": 587, "ssl": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ours = frozenset(("to", "from", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"))
_header_name = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,75}")
_stored_id = re.compile(r"\d{8}T\d{6}\d*Z-[0-9a-f]{32}")


class MailFailed(DomainError):
    """The mail did not go out. `temporary` says whether it is worth trying again."""

    status = 502

    def __init__(self, code: str, message: str, *, temporary: bool) -> None:
        super().__init__(message, code=code)
        self.temporary = temporary


@dataclass(frozen=True)
class OutgoingMail:
    """A mail to one person. `headers` may add what a list needs, such as `List-Unsubscribe`."""

    to: str
    subject: str
    text: str
    html: str | None = None
    reply_to: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredMail:
    """A mail in the mailbox of an installation without a mail server."""

    id: str
    at: datetime
    to: str
    subject: str
    text: str
    html: str | None
    headers: Mapping[str, str]


def send_mail(to: str, template: str, locale: str | None, **values: Any) -> None:
    """Write to somebody, in their language, once this unit of work is committed. Values are JSON.

    A worker sends it, alone in its transaction; only a crash between the server's yes and our commit sends it twice.
    """
    send_mails([(to, template, locale, values)])


Letter = tuple[str, str, str | None, Mapping[str, Any]]
"""To whom, the template, the language, and the values."""


def send_mails(letters: Iterable[Letter]) -> None:
    """The same for many: one statement."""
    enqueue([
        waiting(send_written.name, send_written.module, {"to": to, "template": template, "locale": locale,
                                                         "values": dict(values)}, queue=send_written.queue)
        for to, template, locale, values in letters
    ])  # fmt: skip


@job(queue="slow")
def send_written(to: str, template: str, locale: str | None, values: dict[str, Any]) -> None:
    letter = write_letter(template, locale, **values)
    deliver(OutgoingMail(to, letter.subject, letter.text, letter.html))


def deliver(mail: OutgoingMail) -> None:
    """Send it, or put it into the mailbox. Raises MailFailed, which names what to put right."""
    message = _compose(mail)
    url = settings().mail_url
    if url is None:
        stored = _store(message)
        log.info("mail stored", id=stored, to=mail.to, subject=mail.subject)
    else:
        _send(message, url)
        log.info("mail sent", message_id=message["Message-ID"], to=mail.to, subject=mail.subject)


def mailbox() -> list[StoredMail]:
    """What was not sent for want of a server, newest first."""
    return [_load(path) for path in sorted(_mailbox_folder().glob("*.eml"), reverse=True)]


def read_stored(id: str) -> StoredMail | None:
    """None for an id that is not, or not any more, in the mailbox."""
    path = _mailbox_folder() / f"{id}.eml"
    return _load(path) if _stored_id.fullmatch(id) and path.exists() else None


def _compose(mail: OutgoingMail) -> EmailMessage:
    sender = _address(settings().mail_from)
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit"))
    message["From"] = sender
    message["To"] = _address(mail.to)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=sender.domain or "localhost")
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    for name, value in mail.headers.items():
        if not _header_name.fullmatch(name) or name.lower() in _ours:
            raise _refused(name)
        message[name] = _one_line(value)
    if (
        "List-Unsubscribe" in message
        and "List-Unsubscribe-Post" not in message
        and "<https:" in message["List-Unsubscribe"]
    ):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def _address(text: str) -> Address:
    """Exactly one address, its domain in the form that goes over the wire."""
    found = getaddresses([_one_line(text)])
    name, address = found[0] if len(found) == 1 else ("", "")
    mailbox, _at, domain = address.rpartition("@")
    if not mailbox or not domain or re.search(r"[\s<>,;@]", mailbox + domain):
        raise _refused(text)
    try:
        return Address(name, mailbox, domain.encode("idna").decode())
    except (ValueError, IndexError) as error:
        raise _refused(text) from error


def _one_line(text: str) -> str:
    """A line break in a header would let the writer of a subject add headers, and recipients, of his own."""
    if re.search(r"[\r\n\0]", text):
        raise _refused(text)
    return " ".join(text.splitlines())


def _refused(text: str) -> MailFailed:
    return MailFailed(
        "bad_mail",
        _("“%(text)s” cannot stand in the head of a mail. Correct the address or the subject.", text=text[:80]),
        temporary=False,
    )


def _send(message: EmailMessage, url: str) -> None:
    server = _Server.from_url(url)
    try:
        connection = server.connect()
        try:
            connection.send_message(message)
        finally:
            _leave(connection)
    except smtplib.SMTPAuthenticationError as error:
        raise server.failed("mail_login", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPRecipientsRefused as error:
        raise server.failed("recipient_refused", *next(iter(error.recipients.values()))) from error
    except smtplib.SMTPResponseException as error:
        raise server.failed("mail_refused", error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise server.failed("mail_refused", 504, str(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailFailed(
            "mail_server",
            _("There is no talking to the mail server %(server)s: %(error)s", server=server, error=error),
            temporary=True,
        ) from error


def _leave(connection: smtplib.SMTP) -> None:
    """A server that takes the mail and stumbles over the goodbye has taken the mail."""
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


@dataclass(frozen=True)
class _Server:
    """What `MAIL_URL` says: `smtp://user:password@host:587?tls=starttls`, or `smtps://…`."""

    host: str
    port: int
    tls: str
    user: str | None
    password: str

    @classmethod
    def from_url(cls, url: str) -> "_Server":
        parts = urlsplit(url)
        tls = parse_qs(parts.query).get("tls", ["ssl" if parts.scheme == "smtps" else "none"])[0]
        if parts.scheme not in ("smtp", "smtps") or tls not in _PORTS or not parts.hostname or _port(parts) is None:
            raise MailFailed(
                "mail_settings",
                _("MAIL_URL is not understood. Write it like smtp://user:password@host:587?tls=starttls."),
                temporary=False,
            )
        server = cls(
            host=parts.hostname,
            port=_port(parts) or _PORTS[tls],
            tls=tls,
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
        )
        if server.user and tls == "none" and server.host not in _LOOPBACK:
            raise MailFailed(
                "mail_settings",
                _("MAIL_URL would send the password unencrypted. Add ?tls=starttls or ?tls=ssl to it."),
                temporary=False,
            )
        return server

    def connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls == "ssl":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_PATIENCE, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=_PATIENCE)
        try:
            if self.tls == "starttls":
                connection.starttls(context=context)
            if self.user:
                connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def failed(self, code: str, answer_code: int, answer: bytes | str) -> MailFailed:
        said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        text = (
            _("The mail server %(server)s refused the user and password of MAIL_URL: %(code)s %(answer)s")
            if code == "mail_login"
            else _("The mail server %(server)s did not take the mail: %(code)s %(answer)s")
        )
        message = text % {"server": self, "code": answer_code, "answer": said}
        return MailFailed(code, message, temporary=400 <= answer_code < 500)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _port(parts: SplitResult) -> int | None:
    """Zero when none is given, None when it is no port."""
    try:
        return parts.port or 0
    except ValueError:
        return None


def _mailbox_folder() -> Path:
    return settings().data_dir / "mailbox"


def _store(message: EmailMessage) -> str:
    folder = _mailbox_folder()
    folder.mkdir(parents=True, exist_ok=True)
    id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{uuid_utils.uuid7().hex}"
    unfinished = folder / f"{id}.part"
    unfinished.write_bytes(message.as_bytes())
    unfinished.rename(folder / f"{id}.eml")
    return id


def _load(path: Path) -> StoredMail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    html = message.get_body(("html",))
    text = message.get_body(("plain",))
    return StoredMail(
        id=path.stem,
        at=datetime.strptime(path.stem.partition("Z-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=text.get_content() if text else "",
        html=html.get_content() if html else None,
        headers={name: str(value) for name, value in message.items()},
    )
