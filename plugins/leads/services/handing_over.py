"""Many leads that get other owners at once, when what a member has is handed over, or is taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import arm_all, now, session, tenant_id
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.clock import PATIENCE, UNATTENDED, returns_at


def held_by_another(_lead: Any, restart_clocks: bool) -> Mapping[str, Any]:
    """What changes with the owner. An owner whose clock does not restart has had the lead since the one before did."""
    since = {"assigned_at": now()} if restart_clocks else {}
    return {"pooled_at": None, "pool_reason": None, **since}


def go_on(lead_ids: Sequence[UUID]) -> None:
    """Have the clocks of these leads run as of when their owners have them. Whose time was up long ago, because the
    lead was given back to them, has the full time once more."""
    held = select(Lead).where(
        Lead.tenant_id == tenant_id(), Lead.id.in_(lead_ids), Lead.owner_id.is_not(None), Lead.status.in_(OPEN),
        Lead.deleted_at.is_(None),
    )  # fmt: skip
    leads = session().scalars(held.execution_options(populate_existing=True))
    arm_all(Lead.__tablename__, UNATTENDED, {lead.id: due for lead in leads if (due := _due(lead))})


def _due(lead: Lead) -> datetime | None:
    due = returns_at(lead)
    return due if due is None or due > now() else now() + PATIENCE
