"""What happens to a lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class LeadCaptured(Event):
    name = "leads.lead_captured"
    label = _l("Lead captured")
    text = _l("put “{title}” among the open leads")
    icon = "magnet"

    title: str
    source: str
    campaign: str | None = None


@dataclass(frozen=True, kw_only=True)
class LeadCameAgain(Event):
    """Someone whom we know got in touch once more; `way` is by what, what they said this time is kept here."""

    name = "leads.lead_came_again"
    label = _l("Lead came again")
    text = _l("“{title}” got in touch again")
    text_by_way = _l("“{title}” got in touch again by {way}")
    icon = "repeat"

    title: str
    source: str
    campaign: str | None = None
    need: str | None = None
    way: str | None = None

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        return cls.text_by_way if data.get("way") else cls.text


@dataclass(frozen=True, kw_only=True)
class LeadAssigned(Event):
    """A lead has an owner. `how` says why this one: turn, claim, choice."""

    name = "leads.lead_assigned"
    label = _l("Lead assigned")
    text = _l("gave the lead to {owner}")
    text_by_how: ClassVar[Mapping[str, Any]] = {
        "turn": _l("brought the lead in; it went to {owner} in turn"),
        "claim": _l("claimed the lead"),
        "customer": _l("brought the lead in; it went to {owner}, who looks after the customer"),
        "again": _l("brought the lead in again; it went back to {owner}"),
    }
    icon = "user-check"

    owner: str
    owner_id: UUID
    previous_owner_id: UUID | None = None
    how: str

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        return cls.text_by_how.get(data.get("how", ""), cls.text)


@dataclass(frozen=True, kw_only=True)
class LeadReturned(Event):
    """A lead went back to the pool: by hand, or because nobody followed it up."""

    name = "leads.lead_returned"
    label = _l("Lead returned to the pool")
    text = _l("returned the lead to the pool: {reason}")
    icon = "arrow-back-up"

    previous_owner_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeadConverted(Event):
    name = "leads.lead_converted"
    label = _l("Lead converted")
    text = _l("made the lead “{title}” a customer")
    icon = "transform"

    title: str
    contact_id: UUID
    new_customer: bool


@dataclass(frozen=True, kw_only=True)
class LeadDisqualified(Event):
    name = "leads.lead_disqualified"
    label = _l("Lead disqualified")
    text = _l("disqualified the lead: {reason}")
    icon = "circle-x"

    reason: str
