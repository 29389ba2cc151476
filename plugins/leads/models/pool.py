"""Pools: where records without an owner wait, and by which rules they come and go."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, now, reference

MODES = ("claim", "request", "manager", "automatic")
MASKS = ("never", "before_claim", "always")


class Pool(TenantModel):
    """A public pool (公海池) of leads, or of another record type, and its rules.

    A record belongs to the first pool, by `position`, whose `condition` it meets; the `is_default` one takes the rest.
    Two clocks run for whoever owns a record of the pool: `follow_up_days` without a follow-up, `deal_days` without a
    deal, each with a warning so many days ahead; null switches a clock off. `sees` and `claims` say who may:
    `{}` everyone, else `{"members": [id], "teams": [id], "roles": [id]}`, teams with those below them.
    """

    __tablename__ = "leads_pool"
    __table_args__ = (
        CheckConstraint(f"mode in ({', '.join(repr(each) for each in MODES)})", name="mode"),
        CheckConstraint(f"mask in ({', '.join(repr(each) for each in MASKS)})", name="mask"),
        Index("leads_pool_default_uq", "tenant_id", "record_type", unique=True,
              postgresql_where=text("is_default and deleted_at is null")),
    )  # fmt: skip

    record_type: Mapped[str] = mapped_column(default="lead", server_default="lead")
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    is_default: Mapped[bool] = mapped_column(default=False)
    sees: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    claims: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    mode: Mapped[str] = mapped_column(default="claim", server_default="claim")
    mask: Mapped[str] = mapped_column(default="before_claim", server_default="before_claim")

    follow_up_days: Mapped[int | None] = mapped_column(default=3)
    follow_up_warn_days: Mapped[int | None] = mapped_column(default=1)
    deal_days: Mapped[int | None]
    deal_warn_days: Mapped[int | None]
    in_working_days: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    counts_as_follow_up: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """The channels of follow-ups that restart the clock; empty for all of them."""
    key_condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    key_factor: Mapped[int] = mapped_column(default=2, server_default=text("2"))
    """How many times as long the clocks run for key records: those marked so, or that meet the condition."""
    protects_open_deals: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    returns_to_id: Mapped[UUID | None] = reference("leads_pool")

    holding_cap: Mapped[int | None]
    daily_claim_cap: Mapped[int | None]
    cool_down_hours: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    lock_limit: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    lock_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    extend_days: Mapped[int] = mapped_column(default=7, server_default=text("7"))
    reason_required: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    batch_cap: Mapped[int] = mapped_column(default=500, server_default=text("500"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]
