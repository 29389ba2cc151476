"""What happens in dealing with customers and leads."""

from dataclasses import dataclass
from uuid import UUID

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class FollowedUp(Event):
    """Someone dealt with the record: this, and no edit of a row, is what stops the clocks of forgetting."""

    name = "activities.followed_up"
    label = _l("Followed up")
    text = _l("followed up: {summary}")
    icon = "message-2"

    channel: str
    summary: str
    follow_up_id: UUID
    next_step: str | None = None
