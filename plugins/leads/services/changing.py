"""Editing a lead, and closing it without a sale."""

from typing import Any

from core.sdk import Conflict, _, bury_record, change_record, emit, type_named
from plugins.leads.events import LeadDisqualified, LeadReturned
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.clock import start_clock, stop_and_lock
from plugins.leads.services.holding import active_name, assigned, hold, let_go, tell_owner
from plugins.leads.services.telling import about


def update_lead(lead: Lead, values: dict[str, Any]) -> Lead:
    """Change a lead. Its clock goes on as it was, unless the lead has another owner or was closed or opened by it."""
    moves = "owner" in values and values["owner"] != lead.owner_id
    opens_or_closes = "status" in values and (values["status"] in OPEN) != (lead.status in OPEN)
    if not moves and not opens_or_closes:
        return change_record(type_named("lead"), lead, values)
    name = active_name(values["owner"]) if moves and values["owner"] else ""
    lead, previous = stop_and_lock(lead), lead.owner_id
    if moves:
        hold(lead) if values["owner"] else let_go(lead, _("Returned by hand"))
    elif opens_or_closes and lead.owner_id:
        hold(lead)
    change_record(type_named("lead"), lead, values)
    start_clock(lead)
    if moves and lead.owner_id:
        emit(assigned(lead, name, previous, how="choice"))
        tell_owner(lead)
    elif moves and previous:
        emit(LeadReturned(**about(lead), previous_owner_id=previous, reason=lead.pool_reason or ""))
    return lead


def delete_lead(lead: Lead) -> None:
    lead = stop_and_lock(lead)
    bury_record(type_named("lead"), lead)


def disqualify_lead(lead: Lead, reason: str) -> None:
    """Close a lead that will not buy. Raises Conflict when it is closed already."""
    lead = stop_and_lock(lead)
    if not lead.is_open:
        raise Conflict(_("This lead is closed."))
    before, lead.status, lead.disqualify_reason = lead.status, "disqualified", reason
    emit(LeadDisqualified(**about(lead), reason=reason, changes={"status": [before, "disqualified"]}))
