"""Whether customers have public pools: switching that on for those that are there, and off again."""

from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from core.sdk import (
    Customer,
    _,
    emit,
    kept_with_settings,
    now,
    raise_schema_version,
    require_permission,
    session,
    tenant_id,
)
from plugins.leads.events.customers import CustomerPoolsSwitched
from plugins.leads.models import CustomerPools, CustomerStanding
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.clocks import MANY, set_clocks, stop_clocks
from plugins.leads.services.pools.customers.kind import CUSTOMERS, DEALS
from plugins.leads.services.pools.placing import place_all
from plugins.leads.services.pools.rules import default_pool

FILL = text("""
insert into leads_customer_standing
       (tenant_id, id, owner_id, has_deal, deleted_at, assigned_at, last_follow_up_at, pool_id, pooled_at, pool_reason,
        updated_at)
select c.tenant_id, c.id, c.owner_id, c.stage = any(cast(:deals as text[])), c.deleted_at,
       case when c.owner_id is not null then cast(:now as timestamptz) end,
       (select max(least(f.happened_at, cast(:now as timestamptz))) from follow_up f
         where f.tenant_id = c.tenant_id and f.customer_id = c.id and f.deleted_at is null),
       cast(:pool as uuid),
       case when c.owner_id is null then cast(:now as timestamptz) end,
       case when c.owner_id is null then cast(:reason as text) end,
       cast(:now as timestamptz)
  from customer c
 where c.tenant_id = :tenant
    on conflict (tenant_id, id) do update
   set owner_id = excluded.owner_id, has_deal = excluded.has_deal, deleted_at = excluded.deleted_at,
       assigned_at = excluded.assigned_at, last_follow_up_at = excluded.last_follow_up_at,
       pooled_at = case when excluded.owner_id is null
                        then coalesce(leads_customer_standing.pooled_at, excluded.pooled_at) end,
       pool_reason = case when excluded.owner_id is null
                          then coalesce(leads_customer_standing.pool_reason, excluded.pool_reason) end,
       extended_until = null, locked_until = null, warned_follow_up_at = null, warned_deal_at = null,
       updated_at = excluded.updated_at
""")


def customers_are_pooled() -> bool:
    """Kept in each process until somebody switches it."""
    return kept_with_settings("leads.customer_pools", _load)


def _load() -> bool:
    kept = select(CustomerPools.is_on).where(CustomerPools.tenant_id == tenant_id())
    return bool(session().scalar(kept))


@dataclass(frozen=True)
class Preview:
    """What switching it on does to the customers that are there: `held` have an owner whose time begins now, `deals`
    have one who keeps them, `free` wait in the pool from then on."""

    held: int
    deals: int
    free: int


def preview() -> Preview:
    deal = Customer.stage.in_(DEALS)
    counted = select(
        func.count().filter(Customer.owner_id.is_not(None), ~deal),
        func.count().filter(Customer.owner_id.is_not(None), deal),
        func.count().filter(Customer.owner_id.is_(None)),
    ).where(Customer.tenant_id == tenant_id(), Customer.deleted_at.is_(None))
    return Preview(*session().execute(counted).one())


def switch_customer_pools(on: bool) -> None:
    """Have customers in public pools, or no longer. Saying what holds already changes nothing.

    On, everyone who has a customer has the full time for it from now on, and those that nobody has wait in the pool.
    Off, nothing returns any more; which pools there are, and the log, stay as they are. Raises Forbidden.
    """
    require_permission(MANAGE_POOLS.name)
    if on == customers_are_pooled():
        return
    made = insert(CustomerPools).values(tenant_id=tenant_id(), id=tenant_id(), is_on=on, since=now())
    again = {"is_on": on, "since": now()}
    session().execute(made.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=again))
    raise_schema_version()
    emit(CustomerPoolsSwitched(record_type="leads_customer_pools", record_id=tenant_id(), on=on))


def apply_switch() -> None:
    """Do to the customers what the switch says: by a few statements, however many there are."""
    if customers_are_pooled():
        session().execute(
            FILL,
            {"deals": list(DEALS), "now": now(), "tenant": tenant_id(), "pool": default_pool(CUSTOMERS).id,
             "reason": _("Nobody had this customer.")},
        )  # fmt: skip
        place_all(CUSTOMERS)
    held = CustomerStanding
    ids = list(session().scalars(select(held.id).where(held.tenant_id == tenant_id(), held.owner_id.is_not(None))))
    for start in range(0, len(ids), MANY):
        some = ids[start : start + MANY]
        if customers_are_pooled():
            set_clocks(some, CUSTOMERS)
        else:
            stop_clocks(some, CUSTOMERS)
    if not customers_are_pooled():
        session().execute(
            update(held.__table__)  # type: ignore[arg-type]
            .where(held.tenant_id == tenant_id(), held.returns_at.is_not(None))
            .values(returns_at=None, returns_because=None)
        )
