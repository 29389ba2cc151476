"""What templates need to know to show activities."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from core.activities.models import CHANNELS, Task
from core.activities.types import TASK
from core.records.fields import Option
from core.records.types import names_for

CHANNEL_ICONS = {
    "call": "phone",
    "email": "mail",
    "meeting": "users",
    "visit": "map-pin",
    "chat": "message-circle",
    "note": "note",
}


def channels() -> list[tuple[Option, str]]:
    """The channels of a follow-up, each with its icon."""
    return [(option, CHANNEL_ICONS[option.value]) for option in CHANNELS]


def names_of_tasks(tasks: Sequence[Task]) -> Mapping[tuple[str, UUID], str]:
    """Names of owners and titles of what the tasks are about."""
    fields = TASK.fields()
    return names_for([fields[key] for key in ("about", "owner") if key in fields], tasks)
