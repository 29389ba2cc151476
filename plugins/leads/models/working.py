"""How leads are worked: what to do at each stage, sequences of reminders, first responses, and conversions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, now, reference

SILENCES = ("tell", "route", "pool")
RUN_STATES = ("running", "paused", "stopped", "done")
STOPS = ("answered", "qualified", "closed", "owner")


class Procedure(TenantModel):
    """What to do with a lead of this status: `checklist` as `{"key", "text"}`, the `required` fields without which
    it goes no further, and a script. Of closed leads, `reasons` are those that are ready to choose from."""

    __tablename__ = "leads_procedure"
    __table_args__ = (Index("leads_procedure_status_uq", "tenant_id", "status", unique=True),)

    status: Mapped[str]
    checklist: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    required: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    script: Mapped[str] = mapped_column(default="", server_default="")
    reasons: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))


class StepDone(TenantModel):
    """Somebody ticked a step of the checklist off."""

    __tablename__ = "leads_step_done"
    __table_args__ = (Index("leads_step_done_uq", "tenant_id", "lead_id", "step", unique=True),)

    lead_id: Mapped[UUID] = reference("leads_lead", ondelete="CASCADE", nullable=False)
    step: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    member_id: Mapped[UUID | None] = reference("member")


class Sequence(TenantModel):
    """Reminders one after the other: `steps` as `{"after", "unit", "kind", "text"}`, the unit `hours` or `days` of
    working time since the step before. It begins by hand, or by itself with leads that reach the status `starts_on`.
    """

    __tablename__ = "leads_sequence"

    name: Mapped[str]
    steps: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    starts_on: Mapped[str | None]
    stops_on: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    deleted_at: Mapped[datetime | None]


class SequenceRun(TenantModel):
    """A sequence under way for a lead: `step` is the next one, due at `next_at`. `why` says what stopped it."""

    __tablename__ = "leads_sequence_run"
    __table_args__ = (
        CheckConstraint(f"state in ({', '.join(repr(each) for each in RUN_STATES)})", name="state"),
        Index("leads_sequence_run_uq", "tenant_id", "lead_id", "sequence_id", unique=True,
              postgresql_where=text("state in ('running', 'paused')")),
    )  # fmt: skip

    lead_id: Mapped[UUID] = reference("leads_lead", ondelete="CASCADE", nullable=False)
    sequence_id: Mapped[UUID] = reference("leads_sequence", nullable=False)
    step: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="running")
    why: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    started_by_id: Mapped[UUID | None] = reference("member")
    ended_at: Mapped[datetime | None]


class ResponsePolicy(TenantModel):
    """How soon leads that meet the condition are answered first, in minutes of working time. The first by `position`
    holds. `silence` says what follows when nobody answers: `tell` the overseers, `route` the lead to another, at most
    `most_reroutes` times and then to the pool, or to the `pool` at once."""

    __tablename__ = "leads_response_policy"
    __table_args__ = (CheckConstraint(f"silence in ({', '.join(repr(each) for each in SILENCES)})", name="silence"),)

    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    minutes: Mapped[int]
    warn_minutes: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    silence: Mapped[str] = mapped_column(default="tell", server_default="tell")
    most_reroutes: Mapped[int] = mapped_column(default=2, server_default=text("2"))
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class Conversion(TenantModel):
    """A lead became a customer: all that is needed to take it back within a day.

    `before` is what the lead was, `carried` what was written to the customer and the contact, by field, with the value
    there was; `made` are the records that came into being, as `{"type", "id", "version"}`.
    """

    __tablename__ = "leads_conversion"
    __table_args__ = (Index("leads_conversion_of_lead", "tenant_id", "lead_id", "at"),)

    lead_id: Mapped[UUID] = reference("leads_lead", ondelete="CASCADE", nullable=False)
    at: Mapped[datetime] = mapped_column(default=now)
    by_id: Mapped[UUID | None] = reference("member")
    customer_id: Mapped[UUID] = mapped_column(Uuid)
    contact_id: Mapped[UUID | None] = mapped_column(Uuid)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    carried: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    made: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    moved: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None] = reference("member")
