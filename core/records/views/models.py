"""The tables of saved views, and of what each member last did with the columns of a list."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import TenantModel, reference

KINDS = ("list", "board", "calendar", "split")
SHARED = ("private", "team", "all")


class View(TenantModel):
    """A way of looking at the records of a type. Without an owner it belongs to the workspace.

    `columns` are `{"key": "name", "width": 240}`; `lanes` is the order of a board's lanes, with `~` before those that
    are folded; `totals` says which figure stands below which column;
    `default_roles` are the ids of the roles whose members begin with it.
    """

    __tablename__ = "view"
    __table_args__ = (
        CheckConstraint("kind in ('list', 'board', 'calendar', 'split')", name="kind"),
        CheckConstraint("shared in ('private', 'team', 'all')", name="shared"),
        Index("view_of", "tenant_id", "record_type", "position"),
    )

    record_type: Mapped[str]
    name: Mapped[str]
    owner_id: Mapped[UUID | None] = reference("member")
    shared: Mapped[str] = mapped_column(default="private")
    team_id: Mapped[UUID | None] = reference("team")
    kind: Mapped[str] = mapped_column(default="list")
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    columns: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    sort: Mapped[str] = mapped_column(default="")
    group_by: Mapped[str] = mapped_column(default="")
    lanes_by: Mapped[str] = mapped_column(default="")
    lanes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    dates_by: Mapped[str] = mapped_column(default="")
    sum_of: Mapped[str] = mapped_column(default="")
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    density: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    default_roles: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    created_at: Mapped[datetime] = mapped_column(default=current.now)
    updated_at: Mapped[datetime] = mapped_column(default=current.now, onupdate=current.now)


class ViewHabit(TenantModel):
    """How a member last arranged the list of a type, and the view that they begin with."""

    __tablename__ = "view_habit"
    __table_args__ = (Index("view_habit_uq", "tenant_id", "member_id", "record_type", unique=True),)

    member_id: Mapped[UUID] = reference("member", nullable=False)
    record_type: Mapped[str]
    view_id: Mapped[UUID | None] = reference("view", ondelete="CASCADE")
    columns: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    density: Mapped[str] = mapped_column(default="")
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
