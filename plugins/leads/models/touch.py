"""Each time somebody got in touch: by which way, from where, with what consent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, reference


class Touch(TenantModel):
    """One time that a lead came to us, the first or a later one.

    `via` says by what of ours it came: `{"form": id}`, `{"webhook": id}`, `{"mailbox": id}`, `{"import": id}`. `utm`
    holds the marks of the link, `consent` what was agreed to: `{"version": n, "text": …, "at": …}`, `said` what was
    told this time.
    """

    __tablename__ = "leads_touch"
    __table_args__ = (
        Index("leads_touch_of_lead", "tenant_id", "lead_id", "at"),
        Index("leads_touch_of_campaign", "tenant_id", "campaign_id", postgresql_where=text("campaign_id is not null")),
    )

    lead_id: Mapped[UUID] = reference("leads_lead", ondelete="CASCADE", nullable=False)
    at: Mapped[datetime]
    source: Mapped[str | None]
    source_detail: Mapped[str | None]
    campaign_id: Mapped[UUID | None] = reference("leads_campaign")
    via: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    utm: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
    referrer: Mapped[str | None]
    landing_page: Mapped[str | None]
    consent: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    said: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
