"""Which campaign a link was of, and what campaigns and sources cost for what they brought."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.sdk import session, tenant_id
from plugins.leads.models import Campaign


def campaign_of(utm: Mapping[str, Any]) -> UUID | None:
    """The campaign whose code stands in a link as `utm_campaign`, in capitals or not. None where none has it."""
    code = str(utm.get("utm_campaign") or "").strip()
    if not code:
        return None
    named = select(Campaign.id).where(
        Campaign.tenant_id == tenant_id(), Campaign.deleted_at.is_(None), func.lower(Campaign.code) == code.lower()
    )
    return session().scalar(named.order_by(Campaign.code != code, Campaign.id).limit(1))
