"""The tenant's own row: the one table that is both global and fenced, by its id."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, new_id


class Tenant(Base):
    """A company that signed up. `covered` are the modules its plan covers, null for all that are installed.

    `schema_version` rises with every change of its custom fields; `public_id` is in the address of its public
    pages and tells nothing.
    """

    __tablename__ = "tenant"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    public_id: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    name: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default="en")
    timezone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")
    currency: Mapped[str] = mapped_column(server_default="CNY")
    plan: Mapped[str] = mapped_column(server_default="free")
    covered: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    seats: Mapped[int | None]
    """How many people the plan has room for; null for as many as come."""
    audit_days: Mapped[int | None]
    """How long the plan keeps entries of the audit log; null for ever."""
    schema_version: Mapped[int] = mapped_column(server_default=text("0"))
    security: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    """The security policy, as `core.auth.policy` reads it."""
    working_time: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    """The week, the holidays and the days of its own, as `core.working_time` reads them."""
    canary: Mapped[bool] = mapped_column(server_default=text("false"))
    """Nobody's: it only tries, by night, to get at others."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
