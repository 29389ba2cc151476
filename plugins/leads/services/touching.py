"""Keeping each time that somebody got in touch."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.sdk import insert_rows, new_id, session, tenant_id
from plugins.leads.models import Touch

KEPT = ("at", "source", "source_detail", "campaign_id", "via", "utm", "referrer", "landing_page", "consent", "said")
TAKEN_BACK = """
with gone as (
    delete from leads_touch where tenant_id = :tenant and via @> jsonb_build_object('import', cast(:import as text))
    returning lead_id
), lost as (
    select lead_id, count(*) as number from gone group by lead_id
)
update leads_lead lead
   set touches = greatest(lead.touches - lost.number, 1),
       last_touch_at = (select max(touch.at) from leads_touch touch
                         where touch.tenant_id = :tenant and touch.lead_id = lost.lead_id
                           and not touch.via @> jsonb_build_object('import', cast(:import as text)))
  from lost where lead.tenant_id = :tenant and lead.id = lost.lead_id returning lead.id
"""


def keep_touches(touches: Iterable[tuple[UUID, Mapping[str, Any]]]) -> None:
    """Write how and when these leads got in touch, in one statement."""
    usual: dict[str, Any] = {"via": {}, "utm": {}, "said": {}}
    insert_rows(Touch.__table__, [
        {"tenant_id": tenant_id(), "id": new_id(), "lead_id": lead_id}
        | {name: touch.get(name) or usual.get(name) for name in KEPT}
        for lead_id, touch in touches
    ])  # fmt: skip


def take_touches_back(import_id: UUID) -> list[UUID]:
    """An import is taken back: nobody got in touch by it. Returns the leads that are less in touch by that."""
    return list(session().scalars(text(TAKEN_BACK), {"tenant": tenant_id(), "import": str(import_id)}))
