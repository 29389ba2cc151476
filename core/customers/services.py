"""Writing customers: what the generic services do, and a family tree that stays a tree."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from core import current, db
from core.customers.models import Customer
from core.errors import FieldProblem, Invalid
from core.host.asking import tell
from core.i18n import _
from core.records.schemas import Values
from core.records.services import change_record
from core.records.types import RECORD_TYPES


def update_customer(customer: Customer, values: Values) -> Any:
    """Change a customer. Raises Invalid for a parent that is below the customer, or the customer itself."""
    if parent_id := values.get("parent"):
        _refuse_loop(customer, parent_id)
    return change_record(RECORD_TYPES["customer"], customer, values)


def merging_customers(kept: Customer, gone: Customer) -> Values:
    """Tell the modules. What was below the gone one is below the kept one now: it must not be below those itself."""
    tell("customer_merging", kept=kept, gone=gone)
    if kept.parent_id is None or kept.id not in ancestors_of(kept.parent_id):
        return {}
    above = gone.parent_id
    return {"parent": above if above and kept.id not in ancestors_of(above) else None}


def unmerging_customers(kept: Customer, gone: Customer) -> None:
    tell("customer_unmerging", kept=kept, gone=gone)


def _refuse_loop(customer: Customer, parent_id: UUID) -> None:
    if parent_id == customer.parent_id:
        return
    one_at_a_time = func.pg_advisory_xact_lock(func.hashtextextended(f"customer-family-{current.tenant_id()}", 0))
    db.session().execute(select(one_at_a_time))
    if customer.id in ancestors_of(parent_id):
        problem = _("“%(name)s” cannot be above itself. Choose another parent company.", name=customer.name)
        raise Invalid([FieldProblem("parent", "loop", problem)])


ANCESTORS = text("""
with recursive above (id) as (
    select cast(:id as uuid)
    union
    select c.parent_id from customer c join above on c.id = above.id
     where c.tenant_id = :tenant and c.parent_id is not null
)
select id from above
""")


def ancestors_of(customer_id: UUID) -> set[UUID]:
    """The customer and all that are above it."""
    found = db.session().execute(ANCESTORS, {"id": customer_id, "tenant": current.tenant_id()})
    return set(found.scalars())
