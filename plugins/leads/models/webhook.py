"""Where other systems push leads to, and what they pushed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import SEALED_FOR_TENANT, TenantModel, now, reference

OUTCOMES = ("caught", "joined", "updated", "older", "to_fetch", "ignored", "failed", "refused")


KINDS = ("generic", "meta", "juliang", "baidu", "form", "google")
PROOFS = ("standard", "meta", "douyin", "fanqier", "google", "address")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} in ({', '.join(repr(each) for each in words)})", name=column)


class Webhook(TenantModel):
    """An address to which another system pushes leads.

    `kind` is the system, `proof` how a delivery proves that it comes from there, `key` the last part of the address.
    `mapping` says which path of a payload becomes which field: `{"data.name": "name"}`, `fixed` what every lead of
    this channel has, `id_path` and `time_path` where the payload tells which of its things it is about and since when
    it is so. For a while after the secret was changed, what is signed with `previous_secret` is taken as well.
    """

    __tablename__ = "leads_webhook"
    __table_args__ = (
        _one_of("kind", KINDS),
        _one_of("proof", PROOFS),
        Index("leads_webhook_key_uq", "tenant_id", "key", unique=True),
    )

    name: Mapped[str]
    kind: Mapped[str]
    proof: Mapped[str]
    key: Mapped[str]
    secret: Mapped[str | None] = mapped_column(info=SEALED_FOR_TENANT)
    previous_secret: Mapped[str | None] = mapped_column(info=SEALED_FOR_TENANT)
    previous_until: Mapped[datetime | None]
    verify_token: Mapped[str]
    """What Meta is told beforehand, and repeats when it asks whether the address is ours."""
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    fixed: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    id_path: Mapped[str | None]
    time_path: Mapped[str | None]
    source: Mapped[str] = mapped_column(default="ads")
    campaign_id: Mapped[UUID | None] = reference("leads_campaign")
    sample: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Delivery(TenantModel):
    """Something that was pushed: as it came, and what became of it. Kept for thirty days.

    `key` is what the sender calls the delivery, so that each is taken once. `subject` is the thing it is about in the
    sender's own terms and `happened_at` since when it is so: an older one that comes later overwrites nothing.
    `set_values` are the values it gave to the lead.
    """

    __tablename__ = "leads_delivery"
    __table_args__ = (
        _one_of("outcome", OUTCOMES),
        Index("leads_delivery_key_uq", "tenant_id", "webhook_id", "key", unique=True),
        Index("leads_delivery_subject", "tenant_id", "webhook_id", "subject",
              postgresql_where=text("subject is not null")),
        Index("leads_delivery_at", "tenant_id", "at"),
    )  # fmt: skip

    webhook_id: Mapped[UUID] = reference("leads_webhook", ondelete="CASCADE", nullable=False)
    at: Mapped[datetime]
    key: Mapped[str]
    body: Mapped[str]
    subject: Mapped[str | None]
    happened_at: Mapped[datetime | None]
    outcome: Mapped[str]
    detail: Mapped[str | None]
    set_values: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    lead_id: Mapped[UUID | None] = reference("leads_lead", ondelete="CASCADE")
    replayed_at: Mapped[datetime | None]
