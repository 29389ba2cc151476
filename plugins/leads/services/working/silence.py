"""When nobody answers a lead: its owner is warned, then somebody else gets it, or the pool."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import _, _l, arm, emit, get, members_with, notify, now, session, tenant_id
from plugins.leads.events import LeadNotAnswered
from plugins.leads.models import Lead
from plugins.leads.permissions import OVERSEE
from plugins.leads.services.pools.holding import hand_out, return_lead
from plugins.leads.services.routing.deciding import route
from plugins.leads.services.telling import about, address, name_of
from plugins.leads.services.working.responding import RESPONSE, Policy, policy_of

SHORTLY = timedelta(seconds=5)


def mind_response(lead_id: UUID) -> None:
    """It is time to warn, or time is up. All is looked at again under the lock: a lead that was answered, closed or
    given to another meanwhile stays as it is, so that firing late or twice does no harm."""
    lead = get(Lead, lead_id)
    if lead is None:
        return
    held = select(Lead).where(Lead.tenant_id == tenant_id(), Lead.id == lead_id).with_for_update(skip_locked=True)
    if session().scalars(held.execution_options(populate_existing=True)).one_or_none() is None:
        arm(lead, RESPONSE, now() + SHORTLY)
        return
    policy = policy_of(lead)
    if not lead.is_open or lead.owner_id is None or lead.responded_at or lead.respond_by is None or policy is None:
        return
    if now() < lead.respond_by:
        _warn(lead)
        arm(lead, RESPONSE, lead.respond_by)
    else:
        _give_up_waiting(lead, policy)


def _warn(lead: Lead) -> None:
    assert lead.respond_by is not None
    minutes = max(1, round((lead.respond_by - now()).total_seconds() / 60))
    text = _l("%(lead)s waits for a first response: it is due in %(minutes)s minutes.")
    notify([lead.owner_id], text, url=address(lead), icon="hourglass-low", lead=lead.name, minutes=minutes)


def _give_up_waiting(lead: Lead, policy: Policy) -> None:
    silent, times = lead.owner_id, lead.reroutes
    assert silent is not None
    owner = name_of(silent)
    then = policy.silence if policy.silence != "route" or times < policy.most_reroutes else "pool"
    emit(LeadNotAnswered(**about(lead), owner=owner, owner_id=silent, then=then))
    if then == "route":
        then = _give_to_another(lead, silent, times)
    if then == "pool":
        return_lead(lead, _("Nobody answered in time"))
    _tell(lead, silent, owner, then)


def _give_to_another(lead: Lead, silent: UUID, times: int) -> str:
    """Have somebody else answer, but nobody who was silent before. Without anybody, it goes to the pool."""
    decisions = [
        each for each in route([lead.id], not_to={silent, *filter(None, [lead.previous_owner_id])}) if each.owner_id
    ]
    if not decisions:
        return "pool"
    hand_out(decisions, only_free=False)
    session().refresh(lead)
    lead.reroutes = times + 1
    return "route"


def _tell(lead: Lead, silent: UUID, owner: str, then: str) -> None:
    said: dict[str, Any] = {
        "tell": _l("%(owner)s has not answered %(lead)s in time."),
        "route": _l("%(owner)s has not answered %(lead)s in time. Somebody else has it now."),
        "pool": _l("%(owner)s has not answered %(lead)s in time. It is back in the pool."),
    }
    told = [*(members_with(OVERSEE.name, by_name=True) or members_with(OVERSEE.name)), silent]
    notify(list(dict.fromkeys(told)), said[then], url=address(lead), icon="alarm", owner=owner, lead=lead.name)
