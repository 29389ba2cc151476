"""Whether anyone looks after a customer: a follow-up restarts its clock, silence sends it back to the pool."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, update

from core.sdk import now, session, tenant_id
from plugins.leads.models import CustomerStanding
from plugins.leads.services.pools.attending import look_at_protected_again, return_unattended, warn_owner
from plugins.leads.services.pools.clocks import set_clocks
from plugins.leads.services.pools.customers.holding import release_customers
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.switching import customers_are_pooled


def attend_customer(customer_id: UUID, follow_up: Any) -> None:
    """Someone followed the customer up, or a person there: its owner has the full time again. What is logged late
    counts from when it happened, and nothing counts from the future."""
    if not customers_are_pooled():
        return
    happened = min(follow_up.happened_at, now())
    table: Any = CustomerStanding.__table__
    attended = (
        update(table)
        .where(table.c.tenant_id == tenant_id(), table.c.id == customer_id)
        .values(last_follow_up_at=func.greatest(table.c.last_follow_up_at, happened), updated_at=now())
    )
    session().execute(attended)
    set_clocks([customer_id], CUSTOMERS)


def return_unattended_customers(customer_id: UUID) -> None:
    if customers_are_pooled():
        return_unattended(customer_id, CUSTOMERS, release_customers)


def warn_owner_of_customer(customer_id: UUID, deadline: str) -> None:
    if customers_are_pooled():
        warn_owner(customer_id, deadline, CUSTOMERS)


def look_at_protected_customers_again() -> None:
    if customers_are_pooled():
        look_at_protected_again(CUSTOMERS)
