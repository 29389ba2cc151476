"""The open log of who got which record, when, by whom and why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, reference

KINDS = ("captured", "assigned", "claimed", "returned", "converted", "disqualified", "reopened")


class Movement(TenantModel):
    """A record came in, changed hands, or was closed. Written once and never changed.

    `how` says by what: `turn`, `weighted`, `performance`, `load`, `skill`, `territory`, `same_company`, `customer`,
    `person`, `choice` (somebody chose), `claim`, `clock`, `handover`. `why` keeps what an explanation needs: the rule
    with its version, who else was asked and why not they.
    """

    __tablename__ = "leads_movement"
    __table_args__ = (
        CheckConstraint(f"kind in ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
        Index("leads_movement_of_record", "tenant_id", "record_id", "at"),
        Index("leads_movement_at", "tenant_id", "at"),
        Index("leads_movement_pool", "tenant_id", "pool_id", "at", postgresql_where=text("pool_id is not null")),
        Index("leads_movement_to", "tenant_id", "to_id", "at", postgresql_where=text("to_id is not null")),
    )

    record_type: Mapped[str]
    record_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime]
    kind: Mapped[str]
    how: Mapped[str | None]
    from_id: Mapped[UUID | None] = reference("member")
    to_id: Mapped[UUID | None] = reference("member")
    pool_id: Mapped[UUID | None] = reference("leads_pool")
    rule_id: Mapped[UUID | None] = mapped_column(Uuid)
    reason: Mapped[str | None]
    why: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    actor_id: Mapped[UUID | None] = reference("member")
