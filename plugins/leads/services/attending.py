"""Whether anyone looks after a lead: a follow-up restarts its clock, silence sends it back to the pool."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import _, _l, arm, change_record, get, members_with, notify, now, session, tenant_id, type_named
from plugins.leads.models import Lead
from plugins.leads.permissions import OVERSEE
from plugins.leads.services.clock import PATIENCE, UNATTENDED, returns_at, start_clock, stop_and_lock
from plugins.leads.services.holding import release
from plugins.leads.services.telling import address, name_of

SHORTLY = timedelta(seconds=5)


def attend_lead(lead: Lead, follow_up: Any) -> None:
    """Someone followed the lead up: it is no longer new, and its owner has the full time again.

    What is logged late counts from when it happened, and nothing counts from the future.
    """
    lead = stop_and_lock(lead)
    happened = min(follow_up.happened_at, now())
    if lead.last_follow_up_at is None or happened > lead.last_follow_up_at:
        lead.last_follow_up_at = happened
    if lead.status == "new":
        change_record(type_named("lead"), lead, {"status": "contacted"})
    start_clock(lead)


def return_unattended(lead_id: UUID) -> None:
    """The time of a lead's owner is up: back to the pool it goes, and the sales directors are told.

    Everything is looked at again under the lock: a lead that was followed up, closed or given back meanwhile stays
    as it is, so that firing late or twice does no harm. Whoever holds the lead at this moment may be waiting for our
    job to end, so we do not wait for them, and come again.
    """
    lead = get(Lead, lead_id)
    if lead is None:
        return
    if not _held(lead):
        arm(lead, UNATTENDED, now() + SHORTLY)
        return
    due = returns_at(lead)
    if due is None:
        return
    if due > now():
        start_clock(lead)
        return
    owner = name_of(lead.owner_id)
    release(lead, _("No follow-up for %(days)s days", days=PATIENCE.days))
    notify(
        members_with(OVERSEE.name, by_name=True) or members_with(OVERSEE.name),
        _l("%(owner)s did not follow up %(lead)s in %(days)s days. It is back in the pool."),
        url=address(lead), icon="alarm", owner=owner, lead=lead.name, days=PATIENCE.days,
    )  # fmt: skip


def _held(lead: Lead) -> bool:
    """Read the lead afresh and hold it, unless someone else does."""
    held = select(Lead).where(Lead.tenant_id == tenant_id(), Lead.id == lead.id).with_for_update(skip_locked=True)
    return session().scalars(held.execution_options(populate_existing=True)).one_or_none() is not None


def resume_lead(lead_id: UUID) -> None:
    """A lead came back from where deleted records are: its owner has the full time for it again."""
    lead = get(Lead, lead_id, lock=True)
    if lead and lead.is_open and lead.owner_id:
        lead.assigned_at = now()
        start_clock(lead)
