"""What happens to pools, and to leads by the rules of their pool."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class PoolCreated(Event):
    name = "leads.pool_created"
    label = _l("Pool made")
    text = _l("made the pool “{title}”")
    icon = "ripple"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class PoolChanged(Event):
    name = "leads.pool_changed"
    label = _l("Pool changed")
    text = _l("changed the rules of the pool “{title}”")
    icon = "ripple"
    audited = True

    title: str


@dataclass(frozen=True, kw_only=True)
class PoolDeleted(Event):
    """A pool is gone; what it held went to the one that is named."""

    name = "leads.pool_deleted"
    label = _l("Pool deleted")
    text = _l("deleted the pool “{title}”; its leads went to “{to}”")
    icon = "ripple"
    audited = True

    title: str
    to: str


@dataclass(frozen=True, kw_only=True)
class LeadAskedFor(Event):
    """A member asks to have a lead of a pool."""

    name = "leads.lead_asked_for"
    label = _l("Lead asked for")
    text = _l("asked for the lead: {reason}")
    icon = "hand-stop"

    reason: str


@dataclass(frozen=True, kw_only=True)
class MoreTimeAskedFor(Event):
    name = "leads.more_time_asked_for"
    label = _l("More time asked for")
    text = _l("asked for {days} more days with the lead: {reason}")
    icon = "hourglass"

    days: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class PoolRequestDecided(Event):
    """What a member asked for was granted or refused."""

    name = "leads.pool_request_decided"
    label = _l("Request decided")
    icon = "gavel"

    granted: bool
    member: str
    answer: str = ""

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        if data.get("granted"):
            return _l("granted what {member} asked for")
        return _l("refused what {member} asked for: {answer}")


@dataclass(frozen=True, kw_only=True)
class LeadExtended(Event):
    name = "leads.lead_extended"
    label = _l("More time given")
    text = _l("gave {days} more days for the lead: {reason}")
    icon = "hourglass"

    days: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class LeadLocked(Event):
    name = "leads.lead_locked"
    label = _l("Lead locked")
    text = _l("locked the lead for {days} days")
    icon = "lock"

    days: int


@dataclass(frozen=True, kw_only=True)
class LeadUnlocked(Event):
    name = "leads.lead_unlocked"
    label = _l("Lead unlocked")
    text = _l("unlocked the lead")
    icon = "lock-open"
