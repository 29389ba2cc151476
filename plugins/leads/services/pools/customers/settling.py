"""Keeping up with customers: whoever got one by any other way than the pools, by a form, a transfer, an import, a
handover or a merge, has the full time for it, too."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from core.sdk import Customer, Event, EventRow, _, now, session, tenant_id
from plugins.leads.services.pools.clocks import MANY, refresh, set_clocks
from plugins.leads.services.pools.customers.kind import CUSTOMERS, DEALS
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.pools.placing import place
from plugins.leads.services.pools.rules import default_pool, pool_rules

HAPPENED = ("customer.created", "customer.updated", "customer.deleted", "customer.restored")

DIFFERS = """
  from customer c
  left join leads_customer_standing s on s.tenant_id = c.tenant_id and s.id = c.id
 where c.tenant_id = :tenant and c.id = any(cast(:ids as uuid[]))
   and (s.id is null or s.owner_id is distinct from c.owner_id or s.deleted_at is distinct from c.deleted_at
        or s.has_deal <> (c.stage = any(cast(:deals as text[]))))
"""
FIND = text(f"select c.id {DIFFERS}")
LOCK = text("""
select id from customer where tenant_id = :tenant and id = any(cast(:ids as uuid[])) order by id for no key update
""")
SETTLE = text(f"""
with found as (
select c.id, c.owner_id, c.deleted_at, c.stage = any(cast(:deals as text[])) as has_deal, s.id is null as is_new,
       s.owner_id as had, s.deleted_at is not null and c.deleted_at is null as is_back {DIFFERS}
), written as (
insert into leads_customer_standing as s
       (tenant_id, id, owner_id, has_deal, deleted_at, assigned_at, pool_id, pooled_at, pool_reason, updated_at)
select :tenant, id, owner_id, has_deal, deleted_at,
       case when owner_id is not null then cast(:now as timestamptz) end, cast(:pool as uuid),
       case when owner_id is null then cast(:now as timestamptz) end,
       case when owner_id is null and is_new then cast(:fresh as text)
            when owner_id is null then cast(:reason as text) end, cast(:now as timestamptz)
  from found
    on conflict (tenant_id, id) do update
   set owner_id = excluded.owner_id, has_deal = excluded.has_deal, deleted_at = excluded.deleted_at,
       assigned_at = case when s.owner_id is distinct from excluded.owner_id
                            or (s.deleted_at is not null and excluded.deleted_at is null)
                          then excluded.assigned_at else s.assigned_at end,
       pooled_at = case when excluded.owner_id is null then coalesce(s.pooled_at, excluded.pooled_at) end,
       pool_reason = case when excluded.owner_id is null then coalesce(s.pool_reason, excluded.pool_reason) end,
       previous_owner_id = case when s.owner_id is distinct from excluded.owner_id
                                then coalesce(s.owner_id, s.previous_owner_id) else s.previous_owner_id end,
       extended_until = case when s.owner_id is not distinct from excluded.owner_id then s.extended_until end,
       locked_until = case when s.owner_id is not distinct from excluded.owner_id then s.locked_until end,
       warned_follow_up_at = case when s.owner_id is not distinct from excluded.owner_id then s.warned_follow_up_at end,
       warned_deal_at = case when s.owner_id is not distinct from excluded.owner_id then s.warned_deal_at end,
       updated_at = excluded.updated_at
returning s.id, s.pool_id
), logged as (
insert into leads_movement (tenant_id, id, record_type, record_id, at, kind, how, from_id, to_id, pool_id, actor_id)
select :tenant, gen_random_uuid(), 'customer', f.id, cast(:now as timestamptz),
       case when f.is_new then 'captured' when f.owner_id is null then 'returned' else 'assigned' end, 'choice',
       f.had, f.owner_id, w.pool_id, cast(:actor as uuid)
  from found f join written w on w.id = f.id
 where f.is_new or f.had is distinct from f.owner_id
)
select id from written
""")  # noqa: S608


def settle(ids: Sequence[UUID], actor: UUID | None = None) -> list[UUID]:
    """Take over what these customers say of their owner, stage and being there at all: by one statement, in which who
    has another owner than before begins anew. Returns those of which something had changed."""
    changed: list[UUID] = []
    for start in range(0, len(ids), MANY):
        some = list(ids[start : start + MANY])
        said: dict[str, Any] = {"tenant": tenant_id(), "ids": some, "deals": list(DEALS)}
        if session().execute(FIND, said).first() is None:
            continue
        session().execute(LOCK, said)
        more = {"now": now(), "pool": default_pool(CUSTOMERS).id, "actor": actor,
                "reason": _("Its owner was taken off."), "fresh": _("Nobody had this customer.")}  # fmt: skip
        found = list(session().scalars(SETTLE, said | more))
        refresh(found, CUSTOMERS)
        place(found, CUSTOMERS)
        set_clocks(found, CUSTOMERS)
        changed += found
    return changed


def keep_up(event: Event) -> None:
    """Something became of a customer. Of work on many at once the first of its events sees to all of them."""
    if not customers_are_pooled():
        return
    happened = event.happened
    settled = settle([event.record_id], happened.actor_id if happened else None)
    run = happened.cause.get("ref") if happened else None
    if settled and happened and run and happened.cause.get("kind") in ("import", "bulk", "sheet", "merge", "undo"):
        settle(sorted(_others(UUID(str(run)))), happened.actor_id)
    elif not settled and event.full_name == "customer.updated" and _rules_ask():
        place([event.record_id], CUSTOMERS)
        set_clocks([event.record_id], CUSTOMERS)


def _others(run_id: UUID) -> set[UUID]:
    of_run = select(EventRow.record_id).where(
        EventRow.tenant_id == tenant_id(), EventRow.run_id == run_id, EventRow.record_type == "customer"
    )
    return set(session().scalars(of_run))


def _rules_ask() -> bool:
    """Whether what a customer is like decides on its pool or its time."""
    return any(each.condition or each.key_condition for each in pool_rules(CUSTOMERS))


def settle_all() -> None:
    """Customers went on while the module was off."""
    if customers_are_pooled():
        all_of_them = select(Customer.id).where(Customer.tenant_id == tenant_id())
        settle(list(session().scalars(all_of_them)))
