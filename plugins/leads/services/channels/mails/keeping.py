"""Setting up mailboxes: made, tried, changed, taken away."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from imap_tools import AND
from sqlalchemy import update

from core.sdk import disarm, emit, new_id, seal, session, tenant_id
from plugins.leads.events.channels import ChannelChanged, ChannelCreated, ChannelDeleted
from plugins.leads.models import Mail, Mailbox
from plugins.leads.services.channels.mails.connecting import opened
from plugins.leads.services.channels.mails.fetching import CHECK, check_again

PLAIN = (
    "name",
    "host",
    "port",
    "security",
    "username",
    "folder",
    "done_folder",
    "every_minutes",
    "campaign_id",
    "active",
)


def create_mailbox(values: Mapping[str, Any]) -> Mailbox:
    """Set up a mailbox; from now on it is looked into."""
    mailbox = Mailbox(
        id=new_id(), password=seal(values["password"]), failures=0, **{key: values.get(key) for key in PLAIN}
    )
    session().add(mailbox)
    session().flush()
    emit(ChannelCreated(**_about(mailbox), title=mailbox.name))
    check_again(mailbox)
    return mailbox


def update_mailbox(mailbox: Mailbox, values: Mapping[str, Any]) -> None:
    """Change a mailbox. Without a password it keeps the one it has, unless it is another server's."""
    shown = ("name", "host", "port", "security", "username", "folder", "done_folder", "every_minutes", "active")
    before = {key: getattr(mailbox, key) for key in shown}
    for key in PLAIN:
        setattr(mailbox, key, values.get(key))
    if values.get("password"):
        mailbox.password = seal(values["password"])
    mailbox.error, mailbox.failing_since, mailbox.failures = None, None, 0
    changes = {key: [old, getattr(mailbox, key)] for key, old in before.items() if old != getattr(mailbox, key)}
    emit(ChannelChanged(**_about(mailbox), title=mailbox.name, what="settings", changes=changes or None))
    check_again(mailbox)


def delete_mailbox(mailbox: Mailbox) -> None:
    """Look into it no more. Its mails stay with their leads."""
    disarm(mailbox, CHECK)
    emit(ChannelDeleted(**_about(mailbox), title=mailbox.name))
    theirs = update(Mail).where(Mail.tenant_id == tenant_id(), Mail.mailbox_id == mailbox.id).values(mailbox_id=None)
    session().execute(theirs)
    session().delete(mailbox)
    session().flush()


def count_unread(mailbox: Mailbox) -> int:
    """Try a mailbox: how many mails wait in it. Raises OutOfReach."""
    with opened(mailbox) as box:
        return len(box.uids(AND(seen=False)))


def as_tried(values: Mapping[str, Any], known: Mailbox | None = None) -> Mailbox:
    """A mailbox of these settings that is not kept, to try them."""
    password = seal(values["password"]) if values.get("password") else (known.password if known else seal(""))
    return Mailbox(password=password, failures=0, **{key: values.get(key) for key in PLAIN})


def is_elsewhere(mailbox: Mailbox, values: Mapping[str, Any]) -> bool:
    """Whether the kept password would be sent to another server or for another user than it was entered for."""
    return any(getattr(mailbox, key) != values.get(key) for key in ("host", "port", "username", "security"))


def _about(mailbox: Mailbox) -> dict[str, Any]:
    record_id: UUID = mailbox.id
    return {"record_type": "leads_mailbox", "record_id": record_id}
