"""Keeping a lead for oneself for a while, whatever its clocks say: a few of them, and not for ever."""

from datetime import timedelta

from sqlalchemy import func, select

from core.sdk import Conflict, Forbidden, MemberRow, _, acting_member_id, emit, now, permitted, session, tenant_id
from plugins.leads.events import LeadLocked, LeadUnlocked
from plugins.leads.models import Lead
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.services.pools.clocks import in_pool, set_clocks
from plugins.leads.services.pools.kinds import LEADS
from plugins.leads.services.pools.rules import rules_for
from plugins.leads.services.telling import about


def lock_lead(lead: Lead) -> None:
    """Have the lead stay with its owner for as long as the pool allows. Raises Conflict where the owner has locked as
    many as one may, Forbidden for another's lead."""
    rules = rules_for(lead.pool_id)
    _require_mine(lead)
    if not lead.is_open or lead.owner_id is None or not rules.lock_limit:
        raise Conflict(_("This lead cannot be locked."))
    owner = select(MemberRow.id).where(MemberRow.tenant_id == tenant_id(), MemberRow.id == lead.owner_id)
    session().execute(owner.with_for_update(key_share=True))
    locked = select(func.count()).select_from(Lead).where(
        Lead.tenant_id == tenant_id(), Lead.owner_id == lead.owner_id, Lead.locked_until > now(), Lead.id != lead.id,
        in_pool(LEADS) == rules.id, LEADS.is_open(),
    )  # fmt: skip
    if (session().scalar(locked) or 0) >= rules.lock_limit:
        raise Conflict(_("You may lock %(most)s leads of “%(pool)s” at once. Unlock one of them first.",
                         most=rules.lock_limit, pool=rules.name))  # fmt: skip
    lead.locked_until = now() + timedelta(days=rules.lock_days)
    emit(LeadLocked(**about(lead), days=rules.lock_days))
    set_clocks([lead.id])


def unlock_lead(lead: Lead) -> None:
    """Have the clocks of the lead run as if it had never been locked; what has passed them goes back at once."""
    _require_mine(lead)
    if lead.locked_until is None:
        return
    lead.locked_until = None
    emit(LeadUnlocked(**about(lead)))
    set_clocks([lead.id])


def _require_mine(lead: Lead) -> None:
    if lead.owner_id != acting_member_id() and not permitted(MANAGE_POOLS.name):
        raise Forbidden(_("Only who has a lead may lock it."))
