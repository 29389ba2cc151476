"""Who has a customer, where customers have pools: one is claimed, given to someone, and given back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from core.sdk import (
    CUSTOMER,
    Conflict,
    Customer,
    FieldProblem,
    Invalid,
    NotFound,
    _,
    _l,
    acting_member,
    acting_member_id,
    emit,
    fmt_relative,
    get,
    notify,
    now,
    session,
)
from plugins.leads.events.customers import CustomerAssigned, CustomerReturned
from plugins.leads.models import CustomerStanding, Pool
from plugins.leads.services.pools.claiming import Quota, may_have, one_claim_at_a_time, quotas
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.customers.settling import settle
from plugins.leads.services.pools.customers.switching import customers_are_pooled
from plugins.leads.services.pools.holding import active_name
from plugins.leads.services.pools.moving import ANY, FREE, HELD, Move, Moved, move
from plugins.leads.services.pools.rules import PoolRules, rules_for
from plugins.leads.services.pools.seeing import concerns_me
from plugins.leads.services.telling import name_of


def standing_beside(customer: Customer) -> CustomerStanding | None:
    """What the pools keep of the customer; None where customers have none."""
    return get(CustomerStanding, customer.id) if customers_are_pooled() else None


def rules_of(customer: Customer) -> PoolRules:
    beside = standing_beside(customer)
    return rules_for(beside.pool_id if beside else None, CUSTOMERS)


def find_pooled(customer_id: UUID) -> Customer:
    """A customer that may be claimed, though it is not the member's to see elsewhere. Raises NotFound for one of a
    pool that the member does not look into, and Conflict, which says who has it, for one that is taken."""
    customer = get(Customer, customer_id)
    if customer is None or customer.deleted_at or not customers_are_pooled() or not rules_of(customer).is_seen:
        raise NotFound(_("There is no such record, or you may not see it."))
    if customer.owner_id is not None:
        raise Conflict(_taken(customer))
    return customer


# --- taking one ----------------------------------------------------------------------------------------


def claim_customer(customer: Customer) -> None:
    """Take a customer out of the pool. However many try at once, one gets it, and no limit of the pool is passed.

    Raises Conflict, which says who has it, for everyone else, and for whom the rules of the pool do not let.
    """
    me = acting_member()
    take_customer(customer, me.id, how="claim", and_if=[concerns_me(Pool.claims), Pool.mode == "claim"])
    say_assigned(customer, None, me.id, me.name, "claim")


def take_customer(customer: Customer, member_id: UUID, *, how: str, and_if: Sequence[Any] = ()) -> None:
    """Give a customer of a pool to a member, unless they have reached a limit. Raises Conflict with the reason."""
    settle([customer.id])
    rules = rules_of(customer)
    if rules.holding_cap is not None or rules.daily_claim_cap is not None:
        one_claim_at_a_time(member_id)
    allowed = may_have(CUSTOMERS, member_id, and_if)
    moved = move([Move(customer.id, member_id, how)], which=FREE, kind=CUSTOMERS, claimed=True, allowed=allowed)
    session().refresh(customer)
    if not moved:
        raise Conflict(why_not(customer, rules, member_id))


def assign_customer(customer: Customer, owner: UUID) -> None:
    """Give a customer of a pool to a member, who then has the full time for it. Raises Invalid, Conflict."""
    name = active_name(owner)
    settle([customer.id])
    if not move([Move(customer.id, owner)], which=ANY, kind=CUSTOMERS):
        return
    before = customer.owner_id
    session().refresh(customer)
    say_assigned(customer, before, owner, name, "choice")
    if owner != acting_member_id():
        notify([owner], _l("You have a new customer: %(customer)s"), url=CUSTOMERS.page.format(customer.id),
               icon="building", customer=customer.name)  # fmt: skip


def say_assigned(customer: Customer, before: UUID | None, owner_id: UUID, name: str, how: str) -> None:
    changes = {"owner": [str(before) if before else None, str(owner_id)]}
    emit(CustomerAssigned(**about_customer(customer), owner=name, owner_id=owner_id, previous_owner_id=before, how=how,
                          changes=changes))  # fmt: skip


def about_customer(customer: Customer) -> dict[str, Any]:
    return {"record_type": "customer", "record_id": customer.id, "customer_id": customer.id}


# --- giving it back ------------------------------------------------------------------------------------


def return_customer(customer: Customer, reason: str | None = None) -> None:
    """Give a customer back to its pool, or to the one that its rules name. One that nobody has stays there.

    Raises Invalid where the pool wants a reason and there is none.
    """
    reason = (reason or "").strip()
    settle([customer.id])
    beside = standing_beside(customer)
    if beside is None or customer.owner_id is None:
        return
    if not reason and rules_for(beside.pool_id, CUSTOMERS).reason_required:
        raise Invalid([FieldProblem("reason", "required", _("Say why: whoever takes it next wants to know."))])
    release_customers([(customer.id, beside.pool_id, reason)], how="choice")
    session().refresh(customer)


def release_customers(held: Sequence[tuple[UUID, UUID | None, str]], *, how: str) -> list[Moved]:
    """Take the owners off these customers, each with its pool and the reason. Who got one just now keeps it."""
    moves = [Move(record_id, None, how, pool_id=rules_for(pool_id, CUSTOMERS).returns_to_id, reason=reason)
             for record_id, pool_id, reason in held]  # fmt: skip
    still_theirs = CustomerStanding.owner_id == Customer.owner_id
    moved = move(moves, which=HELD, kind=CUSTOMERS, still_theirs=still_theirs)
    emit(*(
        CustomerReturned(record_type="customer", record_id=each.id, customer_id=each.id, previous_owner_id=each.from_id,
                         reason=each.reason or "", changes={"owner": [str(each.from_id), None]})
        for each in moved if each.from_id
    ))  # fmt: skip
    return moved


# --- why not -------------------------------------------------------------------------------------------


def why_not(customer: Customer, rules: PoolRules, member_id: UUID) -> str:
    """Why a member could not take a customer, in the order in which one would ask."""
    beside = standing_beside(customer)
    if customer.owner_id is not None or beside is None:
        return _taken(customer)
    if rules.mode == "request":
        return _("Customers of “%(pool)s” are asked for: whoever looks after the pool decides.", pool=rules.name)
    if rules.mode != "claim":
        return _("Customers of “%(pool)s” are given out, and cannot be claimed.", pool=rules.name)
    if not rules.may_claim:
        return _("You may not claim customers of “%(pool)s”.", pool=rules.name)
    again = beside.pooled_at + timedelta(hours=rules.cool_down_hours) if beside.pooled_at else None
    if beside.previous_owner_id == member_id and again and again > now():
        return _("You had this customer before. You may claim it again %(when)s.", when=fmt_relative(again))
    mine = quotas(member_id, CUSTOMERS).get(rules.id, Quota(0, 0))
    if rules.daily_claim_cap is not None and mine.claimed >= rules.daily_claim_cap:
        return _("You have claimed %(count)s customers of “%(pool)s” today, and may claim more tomorrow.",
                 count=mine.claimed, pool=rules.name)  # fmt: skip
    return _("You have %(count)s customers of “%(pool)s”, the most that one may have. Give one back first.",
             count=mine.held, pool=rules.name)  # fmt: skip


def _taken(customer: Customer) -> str:
    if customer.owner_id is None:
        return _("This customer is not in a pool.")
    if customer.owner_id == acting_member_id():
        return _("You have this customer already.")
    if not CUSTOMER.is_visible(customer):
        return _("Somebody was faster: the customer is taken.")
    return _("%(name)s was faster: the customer is taken.", name=name_of(customer.owner_id))
