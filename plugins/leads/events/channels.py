"""What happens to the channels, and by them to leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class ChannelCreated(Event):
    name = "leads.channel_created"
    label = _l("Lead channel made")
    text = _l("made the lead channel “{title}”")
    icon = "plug-connected"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class ChannelChanged(Event):
    """`what` of it: settings, secret, address, mapping."""

    name = "leads.channel_changed"
    label = _l("Lead channel changed")
    text = _l("changed the lead channel “{title}”")
    text_by_what: ClassVar[Mapping[str, Any]] = {
        "secret": _l("gave the lead channel “{title}” another secret"),
        "address": _l("gave the lead channel “{title}” another address"),
        "mapping": _l("changed what the lead channel “{title}” makes of what it is sent"),
    }
    icon = "plug-connected"
    audited = True

    title: str
    what: str

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        return cls.text_by_what.get(data.get("what", ""), cls.text)


@dataclass(frozen=True, kw_only=True)
class ChannelDeleted(Event):
    name = "leads.channel_deleted"
    label = _l("Lead channel removed")
    text = _l("removed the lead channel “{title}”")
    icon = "plug-connected-x"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class MailReceived(Event):
    """A lead wrote a mail; what it says stands in the mail itself."""

    name = "leads.mail_received"
    label = _l("Mail received")
    text = _l("received a mail from {sender}: {subject}")
    icon = "mail"

    sender: str
    subject: str
    mail_id: UUID


@dataclass(frozen=True, kw_only=True)
class LeadSignalled(Event):
    """Something that a lead did elsewhere, as another system told it: a page viewed, a mail opened."""

    name = "leads.lead_signalled"
    label = _l("Signal of a lead")
    text = _l("noted what the lead did: {signal}")
    icon = "activity"

    signal: str
    what: str | None = None
