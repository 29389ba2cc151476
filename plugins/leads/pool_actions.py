"""What one does with a lead and its pool: take it, ask for it, give it back, keep it longer."""

from core.sdk import RecordAction, _l, acting_member_id, permitted
from plugins.leads import services
from plugins.leads.models import Lead
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.pool_schemas import AskForIt, AskForTime, MayGiveReason
from plugins.leads.schemas import ChooseOwner
from plugins.leads.services.pools.rules import rules_for


def _is_open(lead: Lead) -> bool:
    return lead.is_open


def _has_owner(lead: Lead) -> bool:
    return lead.is_open and lead.owner_id is not None


def _is_mine(lead: Lead) -> bool:
    return _has_owner(lead) and (lead.owner_id == acting_member_id() or permitted(MANAGE_POOLS.name))


def _may_claim(lead: Lead) -> bool:
    rules = rules_for(lead.pool_id)
    return lead.is_in_pool and acting_member_id() is not None and rules.mode == "claim" and rules.may_claim


def _may_ask(lead: Lead) -> bool:
    rules = rules_for(lead.pool_id)
    return lead.is_in_pool and acting_member_id() is not None and rules.mode == "request" and rules.may_claim


def _may_extend(lead: Lead) -> bool:
    has_time = rules_for(lead.pool_id).extend_days > 0 or permitted(MANAGE_POOLS.name)
    return _is_mine(lead) and lead.returns_at is not None and has_time


def _may_lock(lead: Lead) -> bool:
    return _is_mine(lead) and lead.locked_until is None and rules_for(lead.pool_id).lock_limit > 0


def _is_locked(lead: Lead) -> bool:
    return _is_mine(lead) and lead.locked_until is not None


CLAIM = RecordAction(
    "claim", _l("Claim"), services.claim_lead, find=services.find_in_pool, icon="hand-grab", style="primary",
    shown=_may_claim, done=_l("The lead is yours."),
)  # fmt: skip
REQUEST_CLAIM = RecordAction(
    "request-claim", _l("Ask for it"), services.request_claim, find=services.find_in_pool, schema=AskForIt,
    icon="hand-stop", style="primary", shown=_may_ask, done=_l("Asked. You will be told what is decided."),
)  # fmt: skip
ASSIGN = RecordAction(
    "assign", _l("Assign"), services.assign_lead, grant="transfer", schema=ChooseOwner, icon="user-share",
    shown=_is_open, done=_l("The lead has its new owner."),
)  # fmt: skip
RETURN = RecordAction(
    "return", _l("Return to the pool"), services.return_lead, schema=MayGiveReason, icon="arrow-back-up",
    shown=_has_owner, done=_l("The lead is back in the pool."),
)  # fmt: skip
EXTEND = RecordAction(
    "extend", _l("More time"), services.extend_lead, schema=AskForTime, icon="hourglass", shown=_may_extend,
    done=_l("Noted. Whoever looks after the pool gives more time at once; who asks for it is told what is decided."),
)  # fmt: skip
LOCK = RecordAction(
    "lock", _l("Lock"), services.lock_lead, icon="lock", shown=_may_lock,
    done=_l("The lead stays with its owner for now."),
)  # fmt: skip
UNLOCK = RecordAction(
    "unlock", _l("Unlock"), services.unlock_lead, icon="lock-open", shown=_is_locked,
    done=_l("The clocks of the lead run again."),
)  # fmt: skip

POOL_ACTIONS = (CLAIM, REQUEST_CLAIM, ASSIGN, RETURN, EXTEND, LOCK, UNLOCK)
