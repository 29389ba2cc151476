"""What one can do with customers that have public pools: buttons and API calls at once, lent to the core's type."""

from core.sdk import Customer, RecordAction, _l, acting_member_id, permitted
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.pool_schemas import AskForIt, AskForTime, MayGiveReason
from plugins.leads.schemas import ChooseOwner
from plugins.leads.services.pools.customers.asking import extend_customer, request_customer
from plugins.leads.services.pools.customers.holding import (
    assign_customer,
    claim_customer,
    find_pooled,
    return_customer,
    rules_of,
    standing_beside,
)
from plugins.leads.services.pools.customers.switching import customers_are_pooled


def _waits(customer: Customer) -> bool:
    return customers_are_pooled() and customer.owner_id is None and customer.deleted_at is None


def _may_claim(customer: Customer) -> bool:
    if not _waits(customer) or acting_member_id() is None:
        return False
    rules = rules_of(customer)
    return rules.mode == "claim" and rules.may_claim


def _may_ask(customer: Customer) -> bool:
    if not _waits(customer) or acting_member_id() is None:
        return False
    rules = rules_of(customer)
    return rules.mode == "request" and rules.may_claim


def _may_extend(customer: Customer) -> bool:
    beside = standing_beside(customer) if _has_owner(customer) else None
    if beside is None or beside.returns_at is None:
        return False
    if permitted(MANAGE_POOLS.name):
        return True
    return customer.owner_id == acting_member_id() and rules_of(customer).extend_days > 0


def _has_owner(customer: Customer) -> bool:
    return customers_are_pooled() and customer.owner_id is not None and customer.deleted_at is None


CLAIM = RecordAction(
    "claim", _l("Claim"), claim_customer, find=find_pooled, of_any=True, icon="hand-grab", style="primary",
    shown=_may_claim, done=_l("The customer is yours."),
)  # fmt: skip
ASSIGN = RecordAction(
    "assign", _l("Assign"), assign_customer, find=find_pooled, permission=MANAGE_POOLS.name, schema=ChooseOwner,
    icon="user-share", shown=_waits, done=_l("The customer has its new owner."),
)  # fmt: skip
RETURN = RecordAction(
    "return", _l("Return to the pool"), return_customer, schema=MayGiveReason, icon="arrow-back-up", shown=_has_owner,
    done=_l("The customer is back in the pool."),
)  # fmt: skip

REQUEST_CLAIM = RecordAction(
    "request-claim", _l("Ask for it"), request_customer, find=find_pooled, of_any=True, schema=AskForIt,
    icon="hand-stop", style="primary", shown=_may_ask, done=_l("Asked. You will be told what is decided."),
)  # fmt: skip
EXTEND = RecordAction(
    "extend", _l("More time"), extend_customer, schema=AskForTime, icon="hourglass", shown=_may_extend,
    done=_l("Noted. Whoever looks after the pool gives more time at once; who asks for it is told what is decided."),
)  # fmt: skip

CUSTOMER_ACTIONS = (CLAIM, REQUEST_CLAIM, ASSIGN, RETURN, EXTEND)
