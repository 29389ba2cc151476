"""What leads do, as far as it tells how much they want to buy."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import TenantModel, reference


class Signal(TenantModel):
    """One thing that a lead did: saw a page, opened a mail, answered. `name` says which, `data` what exactly.

    Written once and never changed; what a signal is worth, and for how long, the scoring rules say.
    """

    __tablename__ = "leads_signal"
    __table_args__ = (Index("leads_signal_of_lead", "tenant_id", "lead_id", "name", "at"),)

    lead_id: Mapped[UUID] = reference("leads_lead", ondelete="CASCADE", nullable=False)
    name: Mapped[str]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default=text("'{}'"))
