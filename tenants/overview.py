"""All tenants with their numbers: aggregated per tenant first, joined to the tenants last."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from tenants.across import across_tenants

OVERVIEW = """
with people as (
  select tenant_id, count(*) filter (where status = 'active') as members from member group by tenant_id
), customers as (
  select tenant_id, count(*) as customers from customer where deleted_at is null group by tenant_id
), work as (
  select tenant_id, count(*) filter (where parked_at is null) as waiting,
         count(*) filter (where parked_at is not null) as parked from job group by tenant_id
), modules as (
  select tenant_id, string_agg(module, ', ' order by module) as modules
    from tenant_module where enabled group by tenant_id
)
select t.id, t.slug, t.name, t.plan, t.seats, t.locale, t.created_at, coalesce(p.members, 0) as members,
       coalesce(c.customers, 0) as customers, coalesce(w.waiting, 0) as waiting, coalesce(w.parked, 0) as parked,
       coalesce(m.modules, '') as modules
  from tenant t left join people p on p.tenant_id = t.id left join customers c on c.tenant_id = t.id
  left join work w on w.tenant_id = t.id left join modules m on m.tenant_id = t.id
 where not t.canary order by t.created_at desc, t.id limit :limit
"""


def overview(reason: str, limit: int = 500) -> Sequence[Row[Any]]:
    """The newest tenants first."""
    with across_tenants(reason) as session:
        return session.execute(text(OVERVIEW), {"limit": limit}).all()
