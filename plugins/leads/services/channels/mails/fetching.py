"""Looking into a mailbox: what is unread is taken, each mail once, and a broken one holds nobody up."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from imap_tools import AND, BaseMailBox, MailMessageFlags
from sqlalchemy import select

from core.sdk import DomainError, _, _l, arm, disarm, members_with, new_id, notify, now, savepoint, session, tenant_id
from plugins.leads.models import Mail, Mailbox
from plugins.leads.permissions import MANAGE_CHANNELS
from plugins.leads.services.channels.mails.connecting import opened
from plugins.leads.services.channels.mails.reading import read_letter
from plugins.leads.services.channels.mails.taking import is_known, take_letter

log = structlog.get_logger()
CHECK = "leads.check_mailbox"
AT_ONCE = 50
MOST_AT_ONCE = 80 * 1024 * 1024
LARGEST = 20 * 1024 * 1024
"""A mail that is larger is read only in its beginning, where its text stands."""
BEGINNING = 512 * 1024
LONGEST_PAUSE = timedelta(hours=1)
TELL_AFTER = 3
"""So many times in vain, and those who look after channels are told."""


def check_again(mailbox: Mailbox) -> None:
    """Have the mailbox looked into when it is time; more seldom while it cannot be opened."""
    if not mailbox.active:
        disarm(mailbox, CHECK)
        return
    pause = timedelta(minutes=mailbox.every_minutes) * 2 ** min(mailbox.failures, 10)
    arm(mailbox, CHECK, now() + min(pause, max(LONGEST_PAUSE, timedelta(minutes=mailbox.every_minutes))))


def check_now(mailbox: Mailbox) -> None:
    """Have the mailbox looked into as soon as a worker is free."""
    arm(mailbox, CHECK, now())


def check_mailbox(mailbox_id: UUID) -> list[str]:
    """Take what is unread. Returns the uids of mails that are kept, to be marked once that is committed.

    Whoever comes while somebody else is at it leaves it to them. A mailbox that cannot be opened says so on its page.
    """
    free = select(Mailbox).where(Mailbox.tenant_id == tenant_id(), Mailbox.id == mailbox_id)
    mailbox = session().scalars(free.with_for_update(skip_locked=True)).one_or_none()
    if mailbox is None or not mailbox.active:
        return []
    mailbox.checked_at = now()
    try:
        with opened(mailbox) as box:
            done = _take_unread(mailbox, box)
    except DomainError as error:
        _note_failure(mailbox, error.message)
        done = []
    else:
        mailbox.error, mailbox.failing_since, mailbox.failures = None, None, 0
    check_again(mailbox)
    return done


def mark_done(mailbox: Mailbox, uids: Sequence[str]) -> None:
    """Mark mails as read, or move them to where those are that were taken. Raises OutOfReach."""
    with opened(mailbox) as box:
        box.flag(list(uids), MailMessageFlags.SEEN, True)
        if mailbox.done_folder:
            if not box.folder.exists(mailbox.done_folder):
                box.folder.create(mailbox.done_folder)
            box.move(list(uids), mailbox.done_folder)


def _take_unread(mailbox: Mailbox, box: BaseMailBox) -> list[str]:
    done: list[str] = []
    together = 0
    unread = box.uids(AND(seen=False))[:AT_ONCE]
    heads = box.fetch(AND(uid=unread), mark_seen=False, headers_only=True, bulk=True) if unread else ()
    for head in list(heads):
        size = head.size_rfc822
        together += min(size, LARGEST)
        if together > MOST_AT_ONCE and done:
            break
        if head.uid:
            _take(mailbox, box, head.uid, size)
            done.append(head.uid)
    return done


def _take(mailbox: Mailbox, box: BaseMailBox, uid: str, size: int) -> None:
    raw = _content(box, uid, part=size > LARGEST)
    try:
        with savepoint():
            letter = read_letter(raw, size=size or len(raw))
            if not is_known(letter.message_id):
                take_letter(mailbox, letter)
    except Exception:
        log.exception("mail_not_taken", mailbox=str(mailbox.id), uid=uid)
        _keep_as_broken(mailbox, uid, size)


def _content(box: BaseMailBox, uid: str, *, part: bool) -> bytes:
    """The mail, or the beginning of a large one. It stays unread."""
    wanted = f"(BODY.PEEK[]<0.{BEGINNING}>)" if part else "(BODY.PEEK[])"
    _status, answer = box.client.uid("fetch", uid, wanted)
    return next((bytes(each[1]) for each in answer if isinstance(each, tuple)), b"")


def _keep_as_broken(mailbox: Mailbox, uid: str, size: int) -> None:
    """Nothing is lost without a trace: the mail itself stays in its folder."""
    name = f"broken:{mailbox.id}:{uid}"
    if not is_known(name):
        said = _("This mail could not be read. It is still in the mailbox.")
        session().add(
            Mail(id=new_id(), mailbox_id=mailbox.id, message_id=name, at=now(), taken_at=now(), size=size,
                 outcome="failed", reason=said, refers_to=[], files=[])
        )  # fmt: skip
        session().flush()


def _note_failure(mailbox: Mailbox, message: str) -> None:
    mailbox.error, mailbox.failures = message, mailbox.failures + 1
    mailbox.failing_since = mailbox.failing_since or now()
    if mailbox.failures == TELL_AFTER:
        notify(
            members_with(MANAGE_CHANNELS.name), _l("The mailbox “%(name)s” cannot be opened: %(why)s"),
            url=f"leads/channels/mailboxes/{mailbox.id}", icon="mail-off", name=mailbox.name, why=message,
        )  # fmt: skip
