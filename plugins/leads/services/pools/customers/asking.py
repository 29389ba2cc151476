"""Asking for a customer of a pool whose managers decide, and for more time with one's own."""

from datetime import timedelta

from core.sdk import (
    Conflict,
    Customer,
    FieldProblem,
    Forbidden,
    Invalid,
    _,
    _l,
    acting_member,
    acting_member_id,
    emit,
    get,
    notify,
    now,
    permitted,
    session,
)
from plugins.leads.events.customers import CustomerAskedFor, CustomerExtended, MoreTimeForCustomerAskedFor
from plugins.leads.models import CustomerStanding, PoolRequest
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.clocks import set_clocks
from plugins.leads.services.pools.customers.holding import (
    about_customer,
    rules_of,
    say_assigned,
    standing_beside,
    take_customer,
    why_not,
)
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.requesting import FARTHEST, REQUESTS, put_request
from plugins.leads.services.pools.rules import rules_for
from plugins.leads.services.pools.telling import pool_managers


def request_customer(customer: Customer, reason: str | None = None) -> None:
    """Ask for a customer of a pool whose managers decide who gets it. Raises Conflict where it cannot be asked for."""
    me, rules, reason = acting_member(), rules_of(customer), (reason or "").strip()
    if customer.owner_id is not None or rules.mode != "request" or not rules.may_claim:
        raise Conflict(_("This customer may be claimed at once.") if rules.mode == "claim" and rules.may_claim
                       else why_not(customer, rules, me.id))  # fmt: skip
    put_request("claim", CUSTOMERS, customer.id, rules.id, reason=reason)
    emit(CustomerAskedFor(**about_customer(customer), reason=reason))
    notify(pool_managers(), _l("%(who)s asks for %(lead)s: %(reason)s"), url=REQUESTS, icon="hand-stop", who=me.name,
           lead=customer.name, reason=reason or "–")  # fmt: skip


def extend_customer(customer: Customer, days: int, reason: str | None = None) -> None:
    """More time for a customer: given at once by whoever looks after the pools, asked for by everybody else.

    Raises Invalid for more days than the pool has to give, Conflict where no clock runs.
    """
    beside = standing_beside(customer)
    if beside is None or customer.owner_id is None or beside.returns_at is None:
        raise Conflict(_("No clock runs for this customer."))
    decides, reason = permitted(MANAGE_POOLS.name), (reason or "").strip()
    most = FARTHEST if decides else rules_for(beside.pool_id, CUSTOMERS).extend_days
    if most == 0:
        raise Conflict(_("No more time is given for the customers of this pool."))
    if not 1 <= days <= most:
        raise Invalid([FieldProblem("days", "out_of_range", _("Give a number from 1 to %(most)s.", most=most))])
    if decides:
        _extend(customer, beside, days, reason)
        return
    if customer.owner_id != acting_member_id():
        raise Forbidden(_("Only who has a customer may ask for more time with it."))
    if not reason:
        raise Invalid([FieldProblem("reason", "required", _("Say what the time is for."))])
    put_request("extend", CUSTOMERS, customer.id, beside.pool_id, days=days, reason=reason)
    emit(MoreTimeForCustomerAskedFor(**about_customer(customer), days=days, reason=reason))
    notify(pool_managers(), _l("%(who)s asks for %(days)s more days with %(lead)s: %(reason)s"), url=REQUESTS,
           icon="hourglass", who=acting_member().name, days=days, lead=customer.name, reason=reason)  # fmt: skip


def _extend(customer: Customer, beside: CustomerStanding, days: int, reason: str) -> None:
    beside.extended_until = max(beside.returns_at or now(), now()) + timedelta(days=days)
    beside.warned_follow_up_at = beside.warned_deal_at = None
    emit(CustomerExtended(**about_customer(customer), days=days, reason=reason))
    session().flush()
    set_clocks([customer.id], CUSTOMERS)


def grant_customer(request: PoolRequest, customer: Customer, name: str) -> None:
    """Do what was asked for. Raises Conflict where it has become impossible."""
    if request.kind == "extend":
        beside = get(CustomerStanding, customer.id)
        if beside is None or customer.owner_id != request.member_id:
            raise Conflict(_("%(name)s does not have this customer any more.", name=name))
        _extend(customer, beside, request.days or 1, request.reason or "")
        return
    take_customer(customer, request.member_id, how="request")
    say_assigned(customer, None, request.member_id, name, "request")
