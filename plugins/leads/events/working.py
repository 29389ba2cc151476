"""What happens while a lead is worked, and to the ways of working."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class LeadQualified(Event):
    name = "leads.lead_qualified"
    label = _l("Lead qualified")
    text = _l("found the lead worth pursuing")
    icon = "circle-check"


@dataclass(frozen=True, kw_only=True)
class LeadReopened(Event):
    """A lead that was given up is open again: by hand, or because its day has come."""

    name = "leads.lead_reopened"
    label = _l("Lead reopened")
    text = _l("reopened the lead")
    text_by_why: ClassVar[Mapping[str, Any]] = {
        "revisit": _l("The day came on which one wanted to get in touch again"),
        "again": _l("The lead is open again: they got in touch"),
    }
    icon = "rotate"

    why: str = "hand"

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> Any:
        return cls.text_by_why.get(data.get("why", ""), cls.text)


@dataclass(frozen=True, kw_only=True)
class LeadConversionUndone(Event):
    """`kept` names what stayed because somebody had worked on it since."""

    name = "leads.conversion_undone"
    label = _l("Conversion undone")
    text = _l("took back that “{title}” became a customer")
    icon = "arrow-back-up"

    title: str
    kept: list[str]


@dataclass(frozen=True, kw_only=True)
class LeadNotAnswered(Event):
    """Nobody answered in time. `then` says what follows: tell, route, pool."""

    name = "leads.lead_not_answered"
    label = _l("First response missed")
    text = _l("{owner} did not answer in time")
    icon = "alarm"

    owner: str
    owner_id: UUID
    then: str


@dataclass(frozen=True, kw_only=True)
class SequenceStarted(Event):
    name = "leads.sequence_started"
    label = _l("Sequence started")
    text = _l("started the sequence “{sequence}”")
    icon = "list-numbers"

    sequence: str


@dataclass(frozen=True, kw_only=True)
class SequenceStopped(Event):
    """`why` is done, hand, answered, qualified, closed or owner."""

    name = "leads.sequence_stopped"
    label = _l("Sequence ended")
    text = _l("ended the sequence “{sequence}”")
    icon = "list-check"

    sequence: str
    why: str


@dataclass(frozen=True, kw_only=True)
class WayOfWorkingChanged(Event):
    """`changes` holds what was before and after; of what was deleted, nothing after."""

    name = "leads.way_of_working_changed"
    label = _l("Way of working changed")
    text = _l("changed how leads are worked: {what}")
    icon = "list-check"
    audited: ClassVar[bool] = True

    what: str
