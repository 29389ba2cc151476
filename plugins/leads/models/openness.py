"""Who sees whose numbers."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel


class Openness(TenantModel):
    """How open the leaderboard is. One row, whose id is the tenant's; without it, everything is open."""

    __tablename__ = "leads_openness"
    __table_args__ = (CheckConstraint("leaderboard in ('all', 'team', 'own')", name="leaderboard"),)

    leaderboard: Mapped[str] = mapped_column(default="all")
