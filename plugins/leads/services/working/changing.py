"""Editing a lead, and moving it along: qualified, given up, open again."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from core.sdk import (
    Conflict,
    FieldProblem,
    Invalid,
    MemberRow,
    _,
    _l,
    arm,
    bury_record,
    change_record,
    disarm,
    emit,
    get,
    notify,
    now,
    session,
    type_named,
    working_calendar,
)
from plugins.leads.events import LeadDisqualified, LeadQualified, LeadReopened
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.pools.clocks import set_clocks, stop_and_lock
from plugins.leads.services.pools.holding import assign_lead, return_lead
from plugins.leads.services.pools.log import note_movement
from plugins.leads.services.pools.placing import place
from plugins.leads.services.pools.seeing import require_in_hand
from plugins.leads.services.scoring.points import score_leads
from plugins.leads.services.telling import about, address
from plugins.leads.services.working.procedures import require_known
from plugins.leads.services.working.sequences import lead_moved

REVISIT = "leads.revisit"
MORNING = time(9)
MILESTONES = {"contacted": "contacted_at", "qualified": "qualified_at", "disqualified": "disqualified_at"}


def update_lead(lead: Lead, values: dict[str, Any]) -> Lead:
    """Change a lead, with all that hangs on it: score, pool, clocks, milestones. Raises Invalid where it goes on to
    another stage without what must be known by then."""
    require_in_hand(lead)
    lead = stop_and_lock(lead)
    rest, before = dict(values), lead.status
    owner = rest.pop("owner", lead.owner_id)
    to = rest.get("status", before)
    if to != before:
        require_known(lead, to, rest)
    moves = owner != lead.owner_id
    if moves and to not in OPEN:
        rest["owner"], moves = owner, False
    change_record(type_named("lead"), lead, rest)
    session().flush()
    if to != before:
        _moved(lead, before)
    score_leads([lead.id])
    place([lead.id])
    if moves:
        assign_lead(lead, owner) if owner else return_lead(lead, _("Returned by hand"))
    else:
        set_clocks([lead.id])
    if "revisit_on" in rest or to != before:
        _arm_revisit(lead)
    return lead


def delete_lead(lead: Lead) -> None:
    lead = stop_and_lock(lead)
    bury_record(type_named("lead"), lead)
    lead_moved(lead)


def qualify_lead(lead: Lead) -> None:
    """The lead is worth pursuing. Raises Conflict when it is closed or qualified already; Invalid as `update_lead`."""
    lead = _open_and_locked(lead)
    if lead.status == "qualified":
        raise Conflict(_("This lead is qualified already."))
    require_known(lead, "qualified")
    before = lead.status
    change_record(type_named("lead"), lead, {"status": "qualified"})
    _moved(lead, before)
    emit(LeadQualified(**about(lead)))
    session().flush()
    set_clocks([lead.id])


def disqualify_lead(lead: Lead, reason: str, revisit_on: date | None = None) -> None:
    """Close a lead that will not buy, perhaps until a day on which one wants to get in touch again.

    Raises Conflict when it is closed already, Invalid for a day that has passed.
    """
    lead = _open_and_locked(lead)
    if revisit_on is not None and revisit_on <= _today():
        raise Invalid([FieldProblem("revisit_on", "in_past", _("Choose a day that is yet to come."))])
    before, lead.status, lead.disqualify_reason = lead.status, "disqualified", reason
    lead.revisit_on = revisit_on
    emit(LeadDisqualified(**about(lead), reason=reason, changes={"status": [before, "disqualified"]}))
    _moved(lead, before)
    _arm_revisit(lead)


def reopen_lead(lead: Lead, *, why: str = "hand") -> None:
    """Take a lead up again that was given up. Its owner has the full time for it; without one it waits in the pool.

    Raises Conflict for one that is open, or a customer by now.
    """
    lead = stop_and_lock(lead)
    if lead.status != "disqualified" or lead.deleted_at:
        raise Conflict(_("Only a lead that was disqualified can be reopened."))
    lead.status = "new"
    emit(LeadReopened(**about(lead), why=why, changes={"status": ["disqualified", "new"]}))
    _moved(lead, "disqualified")
    disarm(lead, REVISIT)
    set_clocks([lead.id])


def revisit_lead(lead_id: UUID) -> None:
    """The day has come on which one wanted to get in touch again: the lead is open, and its owner knows."""
    lead = get(Lead, lead_id, lock=True)
    if lead is None or lead.deleted_at or lead.status == "converted" or lead.revisit_on is None:
        return
    if lead.revisit_on > _today():
        _arm_revisit(lead)
        return
    if not lead.is_open:
        if lead.owner_id and not _works_here(lead.owner_id):
            lead.previous_owner_id, lead.owner_id = lead.owner_id, None
        reopen_lead(lead, why="revisit")
    if lead.owner_id:
        text = _l("You wanted to get in touch with %(lead)s again today.")
        notify([lead.owner_id], text, url=address(lead), icon="calendar-event", lead=lead.name)


# --- within ----------------------------------------------------------------------------------------------


def _open_and_locked(lead: Lead) -> Lead:
    lead = stop_and_lock(lead)
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    require_in_hand(lead)
    return lead


def _moved(lead: Lead, before: str) -> None:
    """What hangs on the stage: the milestone, the open log, whether it waits in the pool, sequences."""
    if (milestone := MILESTONES.get(lead.status)) and (
        getattr(lead, milestone) is None or lead.status == "disqualified"
    ):
        setattr(lead, milestone, now())
    session().flush()
    if lead.status == "disqualified":
        note_movement([lead.id], "disqualified", reason=lead.disqualify_reason)
    elif before == "disqualified":
        lead.disqualified_at = lead.disqualify_reason = lead.revisit_on = None
        if lead.owner_id:
            lead.assigned_at = now()
        else:
            lead.pooled_at, lead.pool_reason = now(), _("Open again")
        session().flush()
        note_movement([lead.id], "reopened")
    lead_moved(lead)


def _arm_revisit(lead: Lead) -> None:
    """Have the day told, at the first working hour from nine o'clock on."""
    if lead.revisit_on is None or lead.status == "converted":
        disarm(lead, REVISIT)
        return
    calendar = working_calendar()
    arm(lead, REVISIT, calendar.next_opening(datetime.combine(lead.revisit_on, MORNING, calendar.zone)))


def _today() -> date:
    return now().astimezone(working_calendar().zone).date()


def _works_here(member_id: UUID) -> bool:
    member = get(MemberRow, member_id)
    return member is not None and member.status == "active"
