"""What a mail says, however badly it was put together."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any, TypeVar

from imap_tools import MailMessage

from core.sdk import _, now

LONGEST_BODY = 50_000
LARGEST_FILE = 15 * 1024 * 1024
MOST_FILES = 20
SAID_BEFORE = re.compile(
    r"(?:On|Am|Le|El|Il) .{4,200}(?:wrote|schrieb|a écrit|escribió|ha scritto).{0,100}[:：]|在.{4,200}写道[:：]"
    r"|.{4,200}于.{4,100}写道[:：]|[-_=* ]{3,}.{0,40}(?:Original Message|Forwarded message|原始邮件|转发的?邮件|原邮件"
    r"|Ursprüngliche Nachricht|Message d'origine).{0,40}[-_=* ]{3,}"
)
"""The line above what a mail program repeats of the mail that is answered."""
HEAD_OF_EARLIER = re.compile(r"[*> ]{0,4}(?:From|Von|De|发件人|寄件者)[* ]{0,3}[:：].{1,300}")
PART_OF_HEAD = re.compile(
    r"[*> ]{0,4}(?:Sent|Date|Subject|Gesendet|Betreff|Envoyé|发送时间|日期|主题|时间)[* ]{0,3}[:：]"
)
NOBODY = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|notifications?)([+_.-]|@|$)", re.I)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Attached:
    name: str
    content: bytes
    refused: str = ""


@dataclass
class Letter:
    """A mail that was read. `unwanted` says why it is nobody's who may buy, or nothing."""

    message_id: str
    refers_to: list[str]
    at: datetime
    from_name: str
    from_email: str
    subject: str
    body: str
    quoted: str
    size: int
    unwanted: str = ""
    files: list[Attached] = field(default_factory=list)


def read_letter(raw: bytes, *, size: int) -> Letter:
    """Read a mail, of which there may be only the beginning: `size` is how large it is as a whole."""
    mail = MailMessage.from_bytes(raw)
    name, address = _sender(mail)
    text = _or(lambda: mail.text, "").strip() or _plain(_or(lambda: mail.html, ""))
    body, quoted = _parts(_clean(text))
    letter = Letter(
        message_id=_ids(mail, "message-id")[:1][0] if _ids(mail, "message-id") else f"sha256:{sha256(raw).hexdigest()}",
        refers_to=[*_ids(mail, "references"), *_ids(mail, "in-reply-to")][-50:],
        at=_at(mail), from_name=name, from_email=address,
        subject=_line(_or(lambda: mail.subject, ""))[:500], body=body, quoted=quoted, size=size,
    )  # fmt: skip
    letter.unwanted = _why_unwanted(mail, letter)
    letter.files = _files(mail, whole=len(raw) >= size)
    return letter


def _or(ask: Callable[[], Value], otherwise: Value) -> Value:
    """What broken MIME keeps the library from reading is not there."""
    try:
        return ask()
    except Exception:
        return otherwise


def _clean(text: str) -> str:
    return "".join(c for c in text.replace("\r\n", "\n") if c >= " " or c in "\n\t")[:LONGEST_BODY]


def _line(text: str) -> str:
    return " ".join(_clean(text).split())


def _header(mail: MailMessage, name: str) -> str:
    nothing: tuple[Any, ...] = ()
    return _line(" ".join(str(each) for each in _or(lambda: mail.headers.get(name, nothing), nothing)))


def _ids(mail: MailMessage, name: str) -> list[str]:
    found: list[str] = re.findall(r"<([^<>\s]+)>", _header(mail, name))
    return [each[:300] for each in found]


def _sender(mail: MailMessage) -> tuple[str, str]:
    """Whom an answer goes to: a form's mail comes from the form, and names its writer under Reply-To."""
    told: tuple[Callable[[], Sequence[Any]], ...] = (lambda: mail.reply_to_values, lambda: [mail.from_values])
    nobody: Sequence[Any] = ()
    for values in told:
        for each in _or(values, nobody):
            if each and re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", each.email or ""):
                name = _line(each.name or "")
                return ("" if "@" in name else name[:200]), each.email.lower()[:254]
    name, address = parseaddr(_header(mail, "from"))
    return _line(name)[:200], address.lower() if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address) else ""


def _at(mail: MailMessage) -> datetime:
    told = _or(lambda: mail.date, None)
    if told is None or told.year < 2000:
        return now()
    return min(told if told.tzinfo else told.replace(tzinfo=UTC), now())


def _parts(text: str) -> tuple[str, str]:
    """What is new, and what is repeated of earlier mails below. Answers between quoted lines stay where they are."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _begins_earlier(lines, number):
            above = "\n".join(lines[:number]).strip()
            return (above, "\n".join(lines[number:]).strip()) if above else (text.strip(), "")
        if line.startswith(">") and all(not rest.strip() or rest.startswith(">") for rest in lines[number:]):
            return "\n".join(lines[:number]).strip(), "\n".join(lines[number:]).strip()
    return text.strip(), ""


def _begins_earlier(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if len(line) > 500:
        return False
    joined = f"{line} {lines[number + 1].strip()[:300]}" if number + 1 < len(lines) else line  # broken by the program
    if SAID_BEFORE.fullmatch(line) or (line.startswith(("On ", "Am ", "Le ", "在")) and SAID_BEFORE.fullmatch(joined)):
        return True
    heads = lines[number + 1 : number + 5]
    return bool(HEAD_OF_EARLIER.fullmatch(line)) and any(PART_OF_HEAD.match(each[:300]) for each in heads)


def _why_unwanted(mail: MailMessage, letter: Letter) -> str:
    told = {name: _header(mail, name).lower() for name in (
        "auto-submitted", "precedence", "x-autoreply", "x-autorespond", "list-unsubscribe", "list-id", "x-spam-flag",
        "x-spam-status", "return-path", "content-type",
    )}  # fmt: skip
    came_from = parseaddr(_header(mail, "from"))[1]
    if told["return-path"] == "<>" or "multipart/report" in told["content-type"]:
        return _("A notice that a mail could not be delivered.")
    if told["auto-submitted"] not in ("", "no") or told["x-autoreply"] or told["x-autorespond"]:
        return _("An automatic reply.")
    if told["precedence"] in ("bulk", "junk", "list", "auto_reply") or told["list-unsubscribe"] or told["list-id"]:
        return _("A newsletter or a mailing list.")
    if told["x-spam-flag"].startswith("yes") or told["x-spam-status"].startswith("yes"):
        return _("Marked as spam by the mail server.")
    if NOBODY.match(letter.from_email) or (came_from and letter.from_email == came_from and NOBODY.match(came_from)):
        return _("From an address that takes no answer.")
    return ""


def _files(mail: MailMessage, *, whole: bool) -> list[Attached]:
    found = []
    none: list[Any] = []
    for number, each in enumerate(_or(lambda: list(mail.attachments), none)):
        name = _line(_or(lambda each=each: each.filename, "")) or _("attachment")  # type: ignore[misc]
        content = _or(lambda each=each: each.payload, b"")  # type: ignore[misc]
        if number >= MOST_FILES:
            break
        if not whole or len(content) > LARGEST_FILE:
            most = LARGEST_FILE // 1024**2
            found.append(Attached(name, b"", _("Too large to be kept: at most %(most)s MB.", most=most)))
        elif not content:
            found.append(Attached(name, b"", _("Could not be read.")))
        else:
            found.append(Attached(name, content))
    return found


# --- mails that are only HTML --------------------------------------------------------------------------

BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"})
UNSEEN = frozenset({"script", "style", "head", "title", "template"})


class _Text(HTMLParser):
    """The text of a page, with a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: Sequence[Any]) -> None:
        self.unseen += tag in UNSEEN
        if tag in BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen -= tag in UNSEEN and self.unseen > 0
        if tag in BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.found.append(re.sub(r"\s+", " ", data))


def _plain(html: str) -> str:
    reader = _Text()
    _or(lambda: reader.feed(html[: LONGEST_BODY * 10]), None)
    lines = (line.strip() for line in "".join(reader.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
