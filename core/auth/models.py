"""The global user, and the tokens by which programs act for a member."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_security import UserMixin
from sqlalchemy import Index, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current
from core.db import Base, TenantModel, new_id, reference


class User(Base, UserMixin):
    """A person who signs in, with one address for all workspaces. Reached only by the role guanxi_auth."""

    __tablename__ = "user"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)  # type: ignore[assignment]
    email: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    fs_uniquifier: Mapped[str] = mapped_column(unique=True, default=lambda: secrets.token_hex(32))
    confirmed_at: Mapped[datetime | None]
    locale: Mapped[str | None]
    factors_at: Mapped[datetime | None]
    """When the second factors last changed; None where there are none."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    roles: list[Any] = []
    """Flask-Security asks for roles; ours belong to members."""


class Signup(Base):
    """A company that someone is signing up. `tenant_id` is chosen beforehand, so that confirming twice, or a crash
    between, makes one workspace and not two.

    `name` and `password` are what was typed with it: they become the user's when this sign-up is confirmed, so
    that nobody can choose the password of an address that somebody else confirms.
    """

    __tablename__ = "signup"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    tenant_id: Mapped[UUID] = mapped_column(Uuid, default=new_id)
    slug: Mapped[str]
    company: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")
    password: Mapped[str | None]
    locale: Mapped[str]
    timezone: Mapped[str]
    currency: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class AccountMail(Base):
    """A mail that belongs to no workspace (confirm, reset), written with the change that makes it necessary.

    A worker sends it and deletes the row; until then it is tried again, so a crash loses no mail.
    """

    __tablename__ = "account_mail"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    email: Mapped[str]
    template: Mapped[str]
    locale: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(index=True, default=current.now)


class ApiToken(TenantModel):
    """A program's key to a workspace, as one member and within its scopes. Only a hash of it is kept.

    A key that took another's place leaves the former working until `previous_until`. One with an `app_id` was given to
    that app; `family_id` names the consent given in the browser that it goes back to.
    """

    __tablename__ = "api_token"
    __table_args__ = (
        Index("api_token_hash_uq", "tenant_id", "token_hash", unique=True),
        Index("api_token_by_hash", "token_hash"),
        Index("api_token_by_previous_hash", "previous_hash", postgresql_where=text("previous_hash is not null")),
        Index("api_token_of_member", "tenant_id", "member_id"),
        Index("api_token_of_app", "tenant_id", "app_id", "member_id", postgresql_where=text("app_id is not null")),
    )

    member_id: Mapped[UUID] = reference("member", nullable=False)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(Text(collation="C"))
    hint: Mapped[str]
    scopes: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    ips: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_used_from: Mapped[str | None]
    previous_hash: Mapped[str | None] = mapped_column(Text(collation="C"))
    previous_until: Mapped[datetime | None]
    rotated_at: Mapped[datetime | None]
    created_by_id: Mapped[UUID | None] = reference("member")
    app_id: Mapped[UUID | None] = mapped_column(Uuid)
    family_id: Mapped[UUID | None] = mapped_column(Uuid)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
