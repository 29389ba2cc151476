"""Who has a lead: it is claimed from the pool, given to someone, and given back."""

from uuid import UUID

from sqlalchemy import select, update

from core.sdk import (
    Conflict,
    FieldProblem,
    Invalid,
    MemberRow,
    NotFound,
    _,
    _l,
    acting_member,
    acting_member_id,
    emit,
    get,
    notify,
    now,
    session,
    tenant_id,
)
from plugins.leads.events import LeadAssigned, LeadReturned
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.clock import start_clock, stop_and_lock
from plugins.leads.services.telling import about, address, name_of


def find_in_pool(lead_id: UUID) -> Lead:
    """A lead that may be claimed. Raises NotFound, and Conflict, which says who has it, for one that is taken."""
    lead = get(Lead, lead_id)
    if lead is None or lead.deleted_at:
        raise NotFound(_("There is no such record, or you may not see it."))
    if not lead.is_in_pool:
        raise Conflict(_why_not(lead))
    return lead


def claim_lead(lead: Lead) -> None:
    """Take a lead out of the pool. However many try at once, one gets it.

    Raises Conflict, which says who has it, for everyone else.
    """
    me = acting_member()
    taken = (
        update(Lead)
        .where(Lead.tenant_id == tenant_id(), Lead.id == lead.id)
        .where(Lead.owner_id.is_(None), Lead.status.in_(OPEN), Lead.deleted_at.is_(None))
        .values(owner_id=me.id, assigned_at=now(), pooled_at=None, pool_reason=None, version=Lead.version + 1)
        .returning(Lead.id)
        .execution_options(synchronize_session=False)
    )
    won = session().execute(taken).first()
    session().refresh(lead)
    if won is None:
        raise Conflict(_why_not(lead))
    start_clock(lead)
    emit(LeadAssigned(**about(lead), owner=me.name, owner_id=me.id, how="claim", changes=_moved(None, me.id)))


def _why_not(lead: Lead) -> str:
    if lead.owner_id is None or not lead.is_open:
        return _("This lead is closed.")
    if lead.owner_id == acting_member_id():
        return _("You have this lead already.")
    return _("%(name)s was faster: the lead is taken.", name=name_of(lead.owner_id))


def assign_lead(lead: Lead, owner: UUID) -> None:
    """Give a lead to a member, who then has the full time for it. Raises Invalid, Conflict."""
    name = active_name(owner)
    lead = stop_and_lock(lead)
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    if lead.owner_id == owner:
        start_clock(lead)
        return
    previous, lead.owner_id = lead.owner_id, owner
    hold(lead)
    start_clock(lead)
    emit(assigned(lead, name, previous, how="choice", changes=_moved(previous, owner)))
    tell_owner(lead)


def active_name(member_id: UUID) -> str:
    """The name of someone who may be given leads. Raises Invalid."""
    found = select(MemberRow.name).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.id == member_id, MemberRow.status == "active"
    )
    name = session().scalar(found)
    if name is None:
        raise Invalid([FieldProblem("owner", "unknown_reference", _("Choose someone who works here."))])
    return name


def return_lead(lead: Lead, reason: str) -> None:
    """Give a lead back to the pool. One that is there already stays, and nobody is told.

    Raises Conflict for a closed lead.
    """
    lead = stop_and_lock(lead)
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    if lead.owner_id is not None:
        release(lead, reason)


def release(lead: Lead, reason: str) -> None:
    """Take the owner off a lead that we hold."""
    previous, lead.owner_id = lead.owner_id, None
    assert previous is not None
    let_go(lead, reason)
    emit(LeadReturned(**about(lead), previous_owner_id=previous, reason=reason, changes=_moved(previous, None)))


def hold(lead: Lead) -> None:
    """Note that someone new has the lead as of now."""
    lead.assigned_at, lead.pooled_at, lead.pool_reason = now(), None, None


def let_go(lead: Lead, reason: str | None) -> None:
    """Note that nobody has the lead as of now."""
    lead.assigned_at, lead.pooled_at, lead.pool_reason = None, now(), reason


def assigned(lead: Lead, name: str, previous: UUID | None = None, *, how: str, changes: object = None) -> LeadAssigned:
    assert lead.owner_id is not None
    return LeadAssigned(
        **about(lead), owner=name, owner_id=lead.owner_id, previous_owner_id=previous, how=how,
        changes=changes,  # type: ignore[arg-type]
    )  # fmt: skip


def tell_owner(lead: Lead) -> None:
    """Tell the owner of a new lead, unless it is who did it."""
    if lead.owner_id != acting_member_id():
        notify([lead.owner_id], _l("You have a new lead: %(lead)s"), url=address(lead), icon="magnet", lead=lead.name)


def _moved(old: UUID | None, new: UUID | None) -> dict[str, list[str | None]]:
    return {"owner": [str(old) if old else None, str(new) if new else None]}
