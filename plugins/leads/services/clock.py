"""The clock that takes a lead from an owner who does nothing: it starts with the owner and with each follow-up."""

from datetime import datetime, timedelta

from core.sdk import arm, disarm, get, now, session
from plugins.leads.models import Lead

UNATTENDED = "leads.unattended"
PATIENCE = timedelta(days=3)


def attended_at(lead: Lead) -> datetime:
    """The last moment that counts: the lead was given to its owner, or followed up."""
    given = lead.assigned_at or lead.created_at
    return max(given, lead.last_follow_up_at or given)


def returns_at(lead: Lead) -> datetime | None:
    """When the lead goes back to the pool unless someone follows it up; None where no clock runs."""
    return attended_at(lead) + PATIENCE if lead.is_open and lead.owner_id else None


def start_clock(lead: Lead, *, from_now: bool = False) -> None:
    """Have the lead returned when its time is up. `from_now` forgives what passed before."""
    due = returns_at(lead)
    if due is not None:
        arm(lead, UNATTENDED, now() + PATIENCE if from_now else due)


def stop_and_lock(lead: Lead) -> Lead:
    """Read the lead afresh, hold it until we commit, and stop its clock."""
    session().flush()
    held = get(Lead, lead.id, lock=True)
    assert held is not None
    disarm(held, UNATTENDED)
    return held
