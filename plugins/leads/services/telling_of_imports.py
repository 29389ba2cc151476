"""What an import of leads means for those who have them: told once, at its end."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.sdk import _l, members_with, notify, notify_each, session, tenant_id
from plugins.leads.permissions import MANAGE_ROUTING

BY_OWNER = """
select (data ->> 'owner_id')::uuid as owner, count(*) as number, min(record_id::text) as lead
  from event
 where tenant_id = :tenant and run_id = :import and name = 'leads.lead_assigned'
 group by 1
"""
CAME_AGAIN = """
select lead.owner_id as owner, count(distinct lead.id) as number, min(lead.id::text) as lead
  from event join leads_lead lead on lead.tenant_id = :tenant and lead.id = event.record_id
 where event.tenant_id = :tenant and event.run_id = :import and event.name = 'leads.lead_came_again'
   and lead.owner_id is not null and lead.deleted_at is null
   and not exists (select from event other where other.tenant_id = :tenant and other.run_id = :import
                      and other.record_id = lead.id and other.name = 'leads.lead_assigned')
 group by 1
"""


WAITING = """
select count(*) from leads_movement movement join event on event.tenant_id = :tenant
   and event.record_id = movement.record_id and event.run_id = :import and event.name = 'lead.created'
  join leads_lead lead on lead.tenant_id = :tenant and lead.id = movement.record_id and lead.owner_id is null
 where movement.tenant_id = :tenant and movement.kind = 'captured' and movement.how is distinct from 'pool'
   and lead.deleted_at is null
"""


def tell_of_import(import_id: UUID, by: UUID | None) -> None:
    """Say to each seller, but for who did it, how many leads they got and how many of theirs got in touch again."""
    given = {"tenant": tenant_id(), "import": import_id}
    new = session().execute(text(BY_OWNER), given).all()
    again = session().execute(text(CAME_AGAIN), given).all()
    if waiting := session().scalar(text(WAITING), given):
        told = _l("%(count)s leads of an import wait in the pool: nobody could take them.")
        notify(members_with(MANAGE_ROUTING.name), told, url="leads/pool", icon="alert-triangle", count=waiting)
    notify_each([_new(row) for row in new if row.owner != by], icon="magnet")
    notify_each([_again(row) for row in again if row.owner != by], icon="repeat")


def _new(row: Any) -> tuple[UUID, Any, str, dict[str, Any]]:
    said = (
        _l("An import brought you a new lead.") if row.number == 1 else _l("An import brought you %(count)s new leads.")
    )
    return row.owner, said, _address(row), {"count": row.number}


def _again(row: Any) -> tuple[UUID, Any, str, dict[str, Any]]:
    said = _l("A lead of yours came again in an import.")
    if row.number > 1:
        said = _l("%(count)s of your leads came again in an import.")
    return row.owner, said, _address(row), {"count": row.number}


def _address(row: Any) -> str:
    return f"leads/{row.lead}" if row.number == 1 else "leads/?sort=-last_touch_at"
