"""What every event of a lead says of it, and where a person finds it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import MemberRow, session, tenant_id
from plugins.leads.models import Lead


def about(lead: Lead) -> dict[str, Any]:
    return {"record_type": "lead", "record_id": lead.id, "customer_id": lead.customer_id}


def address(lead: Lead) -> str:
    """The lead's page inside the workspace."""
    return f"leads/{lead.id}"


def name_of(member_id: UUID | None) -> str:
    named = select(MemberRow.name).where(MemberRow.tenant_id == tenant_id(), MemberRow.id == member_id)
    return session().scalar(named) or ""
