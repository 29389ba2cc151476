"""What is told of unusual use."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class UnusualUse(Event):
    """Somebody looked at or took out unusually much in a day. `what` names the figures that are; `usual` is the
    member's own average of a day, where it is known."""

    name = "security.unusual_use"
    label = _l("Unusual use")
    text = _l("unusual use by {member} on {day}: {opened} records opened, {listed} rows listed, {exported} rows"
              " exported, {revealed} values revealed")  # fmt: skip
    icon = "eye-exclamation"
    audited: ClassVar[bool] = True

    member: str
    day: str
    opened: int
    listed: int
    exported: int
    revealed: int
    what: list[str]
    usual: dict[str, float]
