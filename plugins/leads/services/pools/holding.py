"""Who has a lead: it is handed out, given to someone, and given back."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import (
    Conflict,
    Event,
    FieldProblem,
    Invalid,
    MemberRow,
    NotFound,
    _,
    emit,
    get,
    session,
    tenant_id,
)
from plugins.leads.events import LeadAssigned, LeadReturned
from plugins.leads.models import Lead
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.moving import ANY, FREE, HELD, Move, Moved, move
from plugins.leads.services.pools.rules import rules_by_id, rules_for
from plugins.leads.services.pools.telling import NOBODY_RECEIVES, names_of, tell_new_owners, tell_that_they_wait
from plugins.leads.services.routing.deciding import Decision, route
from plugins.leads.services.working.responding import expect_response


def hand_out(decisions: Sequence[Decision], *, only_free: bool = True, also: Sequence[Event] = ()) -> None:
    """Do what was decided: give leads to their sellers, or let them wait.

    With `only_free` a lead that somebody has got meanwhile is left to them. Whoever gets some is told once; who decides
    on the distribution is told of those that nobody gets. `also` happened just before, and is written with the rest.
    """
    names = {each.owner_id: each.owner_name for each in decisions if each.owner_id and each.owner_name}
    moves = [
        Move(each.lead_id, each.owner_id, each.how, each.rule_id, each.pool_id,
             None if each.owner_id else each.reason or str(NOBODY_RECEIVES), each.why)
        for each in decisions
    ]  # fmt: skip
    moved = move(moves, which=FREE if only_free else ANY)
    _say(moved, LEADS, names, also)
    on_purpose = {each.lead_id for each in decisions if each.pool_id}
    waiting = [each for each in moved if not each.owner_id and each.id not in on_purpose]
    if waiting:
        tell_that_they_wait(waiting, LEADS)


def _say(moved: Sequence[Moved], kind: Kind, names: dict[Any, str], also: Sequence[Event] = ()) -> None:
    """Emit what happened, tell the new owners, and have their time for a first response run."""
    unnamed = {each.owner_id for each in moved if each.owner_id} - set(names)
    names = {**names, **names_of(unnamed)}
    emit(*also, *(event for each in moved if (event := _event(each, kind, names))))
    tell_new_owners(moved, kind)
    if kind is LEADS:
        expect_response([each.id for each in moved if each.owner_id])


def _event(each: Moved, kind: Kind, names: dict[Any, str]) -> Event | None:
    about: dict[str, Any] = {"record_type": kind.name, "record_id": each.id, "customer_id": each.customer_id}
    changes: Any = None if each.is_new else {"owner": [_text(each.from_id), _text(each.owner_id)]}
    if each.owner_id:
        return LeadAssigned(**about, owner=names.get(each.owner_id, ""), owner_id=each.owner_id,
                            previous_owner_id=each.from_id, how=each.how, changes=changes)  # fmt: skip
    if each.from_id:
        return LeadReturned(**about, previous_owner_id=each.from_id, reason=each.reason or "", changes=changes)
    return None


def _text(member_id: UUID | None) -> str | None:
    return str(member_id) if member_id else None


# --- giving --------------------------------------------------------------------------------------------


def assign_lead(lead: Lead, owner: UUID) -> None:
    """Give a lead to a member, who then has the full time for it. Raises Invalid, Conflict."""
    name = active_name(owner)
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    if not assign_leads([lead.id], owner, name=name) and not _still_open(lead):
        raise Conflict(_("This lead is closed."))


def assign_leads(ids: Sequence[UUID], owner: UUID, *, how: str = "choice", name: str = "", reason: str = "") -> int:
    """Give open leads to a member, who then has the full time for them. Returns how many changed hands.

    Raises Invalid for who does not work here.
    """
    name = name or active_name(owner)
    moved = move([Move(each, owner, how, reason=reason) for each in ids], which=ANY)
    _say(moved, LEADS, {owner: name})
    return len(moved)


def active_name(member_id: UUID) -> str:
    """The name of someone who may be given leads. Raises Invalid."""
    found = select(MemberRow.name).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.id == member_id, MemberRow.status == "active"
    )
    name = session().scalar(found)
    if name is None:
        raise Invalid([FieldProblem("owner", "unknown_reference", _("Choose someone who works here."))])
    return name


# --- giving back ---------------------------------------------------------------------------------------


def return_lead(lead: Lead, reason: str | None = None, *, to: UUID | None = None) -> None:
    """Give a lead back to its pool, or to the one that its rules name. One that is there already stays, and nobody is
    told. Raises Conflict for a closed lead, and Invalid where the pool wants a reason and there is none."""
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    if lead.owner_id is not None:
        return_leads([lead.id], reason or "", to=to)


def return_leads(ids: Sequence[UUID], reason: str = "", *, how: str = "choice", to: UUID | None = None) -> list[Moved]:
    """Give these leads back. Raises Invalid where one of their pools wants a reason."""
    found = select(Lead.id, Lead.pool_id).where(Lead.tenant_id == tenant_id(), Lead.id.in_(ids))
    rows = session().execute(found).all()
    if not reason.strip() and any(rules_for(row.pool_id).reason_required for row in rows):
        raise Invalid([FieldProblem("reason", "required", _("Say why: whoever takes it next wants to know."))])
    return release([(row.id, row.pool_id, reason.strip()) for row in rows], how=how, to=to)


def release(held: Sequence[tuple[UUID, UUID | None, str]], *, how: str, to: UUID | None = None) -> list[Moved]:
    """Take the owners off these leads, each with its pool and the reason. From a pool that gives its leads out by
    itself they go to the next seller at once."""
    moves = [Move(record_id, None, how, pool_id=to or rules_for(pool_id).returns_to_id, reason=reason)
             for record_id, pool_id, reason in held]  # fmt: skip
    moved = move(moves, which=HELD)
    _say(moved, LEADS, {})
    pools = rules_by_id()
    by_itself = [each for each in moved if each.pool_id in pools and pools[each.pool_id].mode == "automatic"]
    if by_itself:
        before = {each.from_id for each in by_itself if each.from_id}
        hand_out(route([each.id for each in by_itself], not_to=before))
    return moved


# --- looking -------------------------------------------------------------------------------------------


def _still_open(lead: Lead) -> bool:
    session().refresh(lead)
    return lead.is_open


def get_lead(lead_id: UUID) -> Lead:
    """A lead, whoever may see it. Raises NotFound."""
    lead = get(Lead, lead_id)
    if lead is None or lead.deleted_at:
        raise NotFound(_("There is no such record, or you may not see it."))
    return lead
