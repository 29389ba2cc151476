"""What waits in the pools of customers, and what is covered of it.

A customer that nobody has is no more to be seen than before for whoever sees their own alone, but on the page of the
pool, and there only what tells whether one wants it: never how to get in touch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_

from core.sdk import (
    CUSTOMER,
    Cover,
    Customer,
    FieldProblem,
    Invalid,
    _,
    _l,
    covers,
    look_at,
    session,
    tenant_id,
)
from plugins.leads.models import CustomerStanding
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.pools.rules import PoolRules, pool_rules

COVERED: Mapping[str, tuple[str, Sequence[str]]] = {
    "customer": ("owner", ("phone", "email")),
    "contact": ("customer.owner", ("phone", "email", "wechat")),
}
"""What is covered of each type while nobody has the customer, and the field that says whether somebody has it."""


@covers("customer", "contact")
def covered_of_customers(record_type: str) -> Sequence[Cover]:
    """How one gets in touch with a customer that nobody has is masked, where one of the pools of customers says so."""
    if not customers_are_pooled() or all(each.mask == "never" for each in pool_rules(CUSTOMERS)):
        return ()
    owner, keys = COVERED[record_type]
    has_owner = {"field": owner, "op": "not_empty"}
    why = _l("The public pool keeps this covered until somebody has claimed the customer.")
    return [Cover(key, has_owner, why, unless=MANAGE_POOLS.name) for key in keys]


def pools_i_see() -> list[PoolRules]:
    return [each for each in pool_rules(CUSTOMERS) if each.is_seen] if customers_are_pooled() else []


@dataclass(frozen=True)
class Waiting:
    """Some customers that wait, each with what stands beside it. `next` is where the following ones begin."""

    rows: Sequence[tuple[Customer, CustomerStanding]]
    next: str | None


def waiting_in(pool: PoolRules, *, text: str = "", after: str | None = None, limit: int = 25) -> Waiting:
    """The latest first. Whoever does not look into the pool finds nothing there."""
    held = CustomerStanding
    if not pool.is_seen or not customers_are_pooled():
        return Waiting([], None)
    found = select(Customer, held).where(
        Customer.tenant_id == tenant_id(), held.tenant_id == tenant_id(), held.id == Customer.id,
        held.pool_id == pool.id, held.deleted_at.is_(None), held.owner_id.is_(None),
        Customer.owner_id.is_(None), Customer.deleted_at.is_(None),
    )  # fmt: skip
    if text.strip():
        found = found.where(Customer.name.icontains(text.strip()[:100], autoescape=True))
    if after:
        found = found.where(tuple_(held.pooled_at, held.id) < tuple_(*_read(after)))
    ordered = found.order_by(held.pooled_at.desc(), held.id.desc()).limit(limit + 1)
    rows = [(row[0], row[1]) for row in session().execute(ordered)]
    shown = rows[:limit]
    look_at(CUSTOMER, [customer.id for customer, _beside in shown])
    return Waiting(shown, _cursor(shown[-1][1]) if len(rows) > limit else None)


def _cursor(row: CustomerStanding) -> str:
    return f"{row.pooled_at.timestamp() if row.pooled_at else 0:.6f}_{row.id}"


def _read(cursor: str) -> tuple[datetime, UUID]:
    at, _line, row_id = cursor.partition("_")
    try:
        return datetime.fromtimestamp(float(at), ZoneInfo("UTC")), UUID(row_id)
    except (ValueError, OverflowError, OSError):
        problem = FieldProblem("after", "bad_cursor", _("This page is gone. Start again from the first."))
        raise Invalid([problem]) from None
