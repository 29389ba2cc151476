"""What happens to the figures."""

from dataclasses import dataclass
from typing import ClassVar

from core.sdk import Event, _l


@dataclass(frozen=True, kw_only=True)
class LeaderboardOpened(Event):
    """Somebody decided who sees whose numbers."""

    name = "leads.leaderboard_opened"
    label = _l("Leaderboard opened or closed")
    text = _l("changed who sees whose numbers on the leaderboard")
    icon = "trophy"
    audited: ClassVar[bool] = True
