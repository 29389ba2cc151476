"""What a handover leaves in the log."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class HandedOver(Event):
    """What a member had is others' now: `counts` by record type or kind of duty, `run` the work that can be undone."""

    name = "auth.handed_over"
    label = _l("Handed over")
    text = _l("handed over to {to} what {member} had ({count})")
    icon = "transfer"
    audited: ClassVar[bool] = True

    member: str
    to: str
    count: int
    run: str
    counts: dict[str, Any] = field(default_factory=dict)
    restart_clocks: bool = True
    deactivated: bool = False


@dataclass(frozen=True, kw_only=True)
class HandoverUndone(Event):
    name = "auth.handover_undone"
    label = _l("Handover undone")
    text = _l("took back the handover of what {member} had ({count})")
    icon = "arrow-back-up"
    audited: ClassVar[bool] = True

    member: str
    count: int
    run: str
