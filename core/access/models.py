"""Members of a tenant, the teams they work in, and the roles that say what they may do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, Uuid, func
from sqlalchemy.orm import Mapped, mapped_column

from core.access.roles import READY
from core.db import TenantModel, reference


class Team(TenantModel):
    """A node of the department tree. `path` holds the ids from the root down, so "and below" is a prefix."""

    __tablename__ = "team"

    name: Mapped[str]
    parent_id: Mapped[UUID | None] = reference("team")
    path: Mapped[str] = mapped_column(Text(collation="C"), default="/")


class Role(TenantModel):
    """A named set of grants. `key` is set on the five ready roles, which every tenant has."""

    __tablename__ = "role"
    __table_args__ = (Index("role_key_uq", "tenant_id", "key", unique=True),)

    key: Mapped[str | None]
    name: Mapped[str]
    grants: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def title(self) -> str:
        """A ready role is called in the reader's language, a tenant's own as the tenant named it."""
        return str(READY[self.key]["name"]) if self.key in READY else self.name


class Member(TenantModel):
    """A user in this tenant. History and ownership point at the member, who stays when the person leaves."""

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("status in ('invited', 'active', 'deactivated')", name="status"),
        Index("member_user_uq", "tenant_id", "user_id", unique=True),
        Index("member_email_uq", "tenant_id", "email", unique=True),
        Index("member_of_user", "user_id"),
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


class MemberRole(TenantModel):
    """A member has a role."""

    __tablename__ = "member_role"
    __table_args__ = (Index("member_role_uq", "tenant_id", "member_id", "role_id", unique=True),)

    member_id: Mapped[UUID] = reference("member", ondelete="CASCADE", nullable=False)
    role_id: Mapped[UUID] = reference("role", ondelete="CASCADE", nullable=False)
