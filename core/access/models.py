"""Members of a tenant, the teams they work in, the roles that say what they may do, and what is shared beside them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Connection, Index, Text, Uuid, event, func, select, text
from sqlalchemy.orm import Mapped, attributes, mapped_column

from core import current
from core.access.roles import READY
from core.db import TenantModel, reference


class Team(TenantModel):
    """A node of the department tree. `path` holds the ids from the root down, so "and below" is a prefix.

    `head_id` is the member who leads it; `place` orders it among its brothers.
    """

    __tablename__ = "team"

    name: Mapped[str]
    parent_id: Mapped[UUID | None] = reference("team")
    path: Mapped[str] = mapped_column(Text(collation="C"), default="/")
    head_id: Mapped[UUID | None] = reference("member", back=True)
    place: Mapped[int] = mapped_column(server_default=text("0"))


class Role(TenantModel):
    """A named set of grants. `key` is set on the ready roles, which every tenant has."""

    __tablename__ = "role"
    __table_args__ = (
        Index("role_key_uq", "tenant_id", "key", unique=True),
        Index("role_name_uq", "tenant_id", "name", unique=True, postgresql_where=text("key is null")),
    )

    key: Mapped[str | None]
    name: Mapped[str]
    grants: Mapped[dict[str, Any]] = mapped_column(default=dict)
    description: Mapped[str] = mapped_column(server_default="", default="")

    @property
    def title(self) -> str:
        """A ready role is called in the reader's language, a tenant's own as the tenant named it."""
        return str(READY[self.key]["name"]) if self.key in READY else self.name


class Member(TenantModel):
    """A user in this tenant. History and ownership point at the member, who stays when the person leaves.

    `team_path` is the path of the team, kept here so that "and below" is one look at an index. `kind` is `person`, or
    `service` for one that no user signs in as: a program acts for it by a token. From `away_from` until `away_until`
    the deputy stands in: what is the member's is the deputy's as well.
    """

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("status in ('invited', 'active', 'deactivated')", name="status"),
        CheckConstraint("kind in ('person', 'service')", name="kind"),
        Index("member_of_deputy", "tenant_id", "deputy_id", postgresql_where=text("deputy_id is not null")),
        Index("member_of_team", "tenant_id", "team_id"),
        Index("member_below", "tenant_id", "team_path", "id"),
        Index("member_user_uq", "tenant_id", "user_id", unique=True),
        Index("member_email_uq", "tenant_id", "email", unique=True),
        Index("member_of_user", "user_id"),
        Index("member_invited", "email", postgresql_where=text("status = 'invited'")),
    )

    user_id: Mapped[UUID | None] = mapped_column(Uuid)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(Text(collation="C"))
    status: Mapped[str] = mapped_column(default="active")
    team_id: Mapped[UUID | None] = reference("team")
    locale: Mapped[str | None]
    timezone: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    invitation: Mapped[dict[str, Any] | None] = mapped_column()
    kind: Mapped[str] = mapped_column(server_default="person", default="person")
    team_path: Mapped[str] = mapped_column(Text(collation="C"), server_default="/", default="/")
    title: Mapped[str | None]
    phone: Mapped[str | None]
    away_from: Mapped[datetime | None]
    away_until: Mapped[datetime | None]
    deputy_id: Mapped[UUID | None] = reference("member")


@event.listens_for(Member, "before_insert")
@event.listens_for(Member, "before_update")
def _follow_team(_mapper: Any, connection: Connection, member: Member) -> None:
    """A member who is put into a team takes its path. A team that is being moved meanwhile is waited for."""
    if not attributes.get_history(member, "team_id").has_changes():
        return
    path = None
    if member.team_id is not None:
        tenant = member.tenant_id or current.tenant_id()  # a new row has it only when it is written
        theirs = select(Team.path).where(Team.tenant_id == tenant, Team.id == member.team_id)
        path = connection.scalar(theirs.with_for_update(read=True))
    member.team_path = path or "/"


class MemberRole(TenantModel):
    """A member has a role."""

    __tablename__ = "member_role"
    __table_args__ = (Index("member_role_uq", "tenant_id", "member_id", "role_id", unique=True),)

    member_id: Mapped[UUID] = reference("member", ondelete="CASCADE", nullable=False)
    role_id: Mapped[UUID] = reference("role", ondelete="CASCADE", nullable=False)


class RecordShare(TenantModel):
    """A record that somebody may see, or edit, besides what their roles say: a member, or a team with all below it.

    Without `until` it holds until it is taken back.
    """

    __tablename__ = "record_share"
    __table_args__ = (
        CheckConstraint("level in ('view', 'edit')", name="level"),
        CheckConstraint("(member_id is null) <> (team_id is null)", name="whom"),
        Index("record_share_member_uq", "tenant_id", "record_id", "member_id", unique=True,
              postgresql_where=text("member_id is not null")),
        Index("record_share_team_uq", "tenant_id", "record_id", "team_id", unique=True,
              postgresql_where=text("team_id is not null")),
        Index("record_share_of_record", "tenant_id", "record_id"),
        Index("record_share_ending", "tenant_id", "shared_by_id", "until", postgresql_where=text("until is not null")),
        Index("record_share_of_member", "tenant_id", "member_id", "record_type",
              postgresql_where=text("member_id is not null")),
        Index("record_share_of_team", "tenant_id", "team_id", "record_type",
              postgresql_where=text("team_id is not null")),
    )  # fmt: skip

    record_type: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(Uuid)
    member_id: Mapped[UUID | None] = reference("member", ondelete="CASCADE")
    team_id: Mapped[UUID | None] = reference("team", ondelete="CASCADE")
    level: Mapped[str] = mapped_column(default="view")
    until: Mapped[datetime | None]
    shared_by_id: Mapped[UUID | None] = reference("member")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
