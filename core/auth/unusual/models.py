"""What members used, day by day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import TenantModel, reference


class MemberUse(TenantModel):
    """How many records a member opened, rows of lists they were shown, rows they exported and values they revealed on
    one day of the workspace. `told_at` is when it was told of as unusual: once a day."""

    __tablename__ = "member_use"
    __table_args__ = (Index("member_use_uq", "tenant_id", "member_id", "day", unique=True),)

    member_id: Mapped[UUID] = reference("member", nullable=False, ondelete="CASCADE")
    day: Mapped[date] = mapped_column(Date)
    opened: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    listed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    exported: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    revealed: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    told_at: Mapped[datetime | None]
