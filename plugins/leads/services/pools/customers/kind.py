"""Customers as the engine of the pools sees them, and the one statement by which they change hands.

Who has a customer stands in the customer itself; since when, and until when, beside it. Both are written together.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Uuid, any_, case, func, literal, or_, select, update

from core.sdk import Customer, now, tenant_id
from plugins.leads.models import CustomerStanding
from plugins.leads.services.pools.clocks import due_times, in_pool
from plugins.leads.services.pools.kinds import Kind
from plugins.leads.services.pools.moving import FREE, HELD, Move, given_rows, logged
from plugins.leads.services.pools.placing import pool_of
from plugins.leads.services.pools.rules import pool_rules

DEALS = ("signed", "after_sales")
"""In these stages a deal has been made: the customer stays with whoever made it."""


def _statement(moves: Sequence[Move], which: str, kind: Kind, claimed: bool, more: Sequence[Any]) -> Any:
    """First the customer, which is what several wait for who want it at once, then what stands beside it, then the log.

    What somebody else made of the customer meanwhile is left alone: then nothing of it is written.
    """
    held, moment, rules = kind.held, now(), pool_rules(kind)
    record: Any = Customer.__table__
    beside = held.__table__
    ids = [each.record_id for each in moves]
    of = held.id == any_(literal(ids, ARRAY(Uuid)))
    given = given_rows(moves)
    place = pool_of(kind, rules) if len(rules) > 1 else literal(rules[-1].id, Uuid)
    belongs = case((held.is_pool_chosen, place), else_=in_pool(kind))
    due = due_times(kind, of, ids, begins=moment, pool=belongs)
    was = (
        select(held.id, Customer.owner_id.label("from_id"), belongs.label("belongs"))
        .where(held.tenant_id == tenant_id(), of, kind.joined())
        .subquery("was")
    )
    asked = {FREE: [was.c.from_id.is_(None)], HELD: [was.c.from_id.is_not(None)]}.get(which, [])
    taken = (
        update(record)
        .where(record.c.tenant_id == tenant_id(), record.c.id == given.c.id, was.c.id == given.c.id)
        .where(beside.c.tenant_id == tenant_id(), beside.c.id == given.c.id, record.c.deleted_at.is_(None))
        .where(record.c.owner_id.is_not_distinct_from(was.c.from_id))
        .where(or_(given.c.owner_id.is_distinct_from(was.c.from_id), was.c.from_id.is_(None)), *asked, *more)
        .values(
            owner_id=given.c.owner_id,
            version=record.c.version + case((given.c.owner_id.is_distinct_from(was.c.from_id), 1), else_=0),
            updated_at=moment,
        )
        .returning(
            record.c.id, record.c.name.label("title"), was.c.from_id, was.c.belongs, given.c.owner_id, given.c.how,
            given.c.rule_id, given.c.pool_id, given.c.reason, given.c.why, given.c.movement_id,
        )
        .cte("taken")
    )  # fmt: skip
    gets, stays = taken.c.owner_id.is_not(None), taken.c.from_id.is_(None)
    moved = (
        update(beside)
        .where(beside.c.tenant_id == tenant_id(), beside.c.id == taken.c.id, due.c.id == taken.c.id)
        .values(
            owner_id=taken.c.owner_id,
            assigned_at=case((gets, moment)),
            pooled_at=case((~gets & stays, func.coalesce(beside.c.pooled_at, moment)), (~gets, moment)),
            pool_reason=case((~gets, taken.c.reason)),
            pool_id=case((~gets, func.coalesce(taken.c.pool_id, in_pool(kind))), else_=taken.c.belongs),
            is_pool_chosen=~gets & (taken.c.pool_id.is_not(None) | beside.c.is_pool_chosen),
            previous_owner_id=func.coalesce(taken.c.from_id, beside.c.previous_owner_id),
            returns_at=case((gets, due.c.returns_at)),
            returns_because=case((gets, due.c.because)),
            extended_until=None,
            locked_until=None,
            warned_follow_up_at=None,
            warned_deal_at=None,
            updated_at=moment,
        )
        .returning(
            beside.c.id, taken.c.title, beside.c.id.label("customer_id"), beside.c.owner_id, taken.c.from_id,
            beside.c.pool_id, taken.c.how, taken.c.reason, literal(False).label("is_new"), taken.c.movement_id,
            taken.c.rule_id, taken.c.why,
        )
        .cte("moved")
    )  # fmt: skip
    return select(*list(moved.columns)[:9]).add_cte(logged(moved, kind, claimed, moment))


CUSTOMERS = Kind(
    name="customer",
    held=CustomerStanding,
    open_of=lambda held: held.deleted_at.is_(None),
    is_key=lambda: literal(False),
    begun_at=CustomerStanding.updated_at,
    title=Customer.name,
    page="customers/{}",
    mine="customers",
    deadlines=("leads.customer_unattended", "leads.customer_warn_follow_up", "leads.customer_warn_deal"),
    first={"follow_up_days": 30, "follow_up_warn_days": 3},
    modes=("claim", "request", "manager"),
    masks=("before_claim", "never"),
    followed="customer_id",
    joined=lambda: (Customer.tenant_id == CustomerStanding.tenant_id) & (Customer.id == CustomerStanding.id),
    has_clock=lambda held: held.deleted_at.is_(None) & held.has_deal.is_(False),
    statement=_statement,
)
