"""A link by which whoever has an address in a company's domain joins its workspace."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel, reference


class JoinLink(TenantModel):
    """Lets people in with one role, perhaps into one team, until it expires, is used up or withdrawn.

    Without `domains` anybody's address will do. The `nonce` is in the link: with a new one the old link is worth
    nothing.
    """

    __tablename__ = "join_link"

    domains: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    role_id: Mapped[UUID] = reference("role", ondelete="CASCADE", nullable=False)
    team_id: Mapped[UUID | None] = reference("team")
    nonce: Mapped[str]
    expires_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    withdrawn_at: Mapped[datetime | None]
    made_by_id: Mapped[UUID | None] = reference("member")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def state(self) -> str:
        """`open`, or why it lets nobody in: `withdrawn`, `expired` or `full`."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.expires_at is not None and self.expires_at <= current.now():
            return "expired"
        return "full" if self.max_uses is not None and self.uses >= self.max_uses else "open"

    def admits(self, email: str) -> bool:
        return not self.domains or email.rpartition("@")[2] in self.domains


def point_elsewhere(team_id: UUID, instead: UUID | None) -> None:
    """Those who join by the links into a team that is about to go come into another one."""
    theirs = update(JoinLink).where(JoinLink.tenant_id == current.tenant_id(), JoinLink.team_id == team_id)
    db.session().execute(theirs.values(team_id=instead))
