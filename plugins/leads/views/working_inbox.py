"""The inbox of a seller: their leads to work now, each with its composer two clicks away."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import FOLLOW_UP, Invalid, _, _l, channels, look_at, may, redirect_to, render, to, toast
from plugins.leads.services.pools.standing import left
from plugins.leads.services.working.inbox import HIGH, my_inbox, next_tasks
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.lead import errors_of, log
from plugins.leads.views.planning import ready_times

TITLES = {
    "unanswered": (_l("Waiting for a first response"), "hourglass"),
    "overdue": (_l("Overdue"), "alarm"),
    "returning": (_l("About to return to the pool"), "arrow-back-up"),
    "today": (_l("Today"), "calendar-event"),
    "new": (_l("Not followed up yet"), "sparkles"),
    "high": (_l("High scores without a plan"), "flame"),
    "unplanned": (_l("Nothing is planned"), "calendar-question"),
}


@leads.get("/inbox", permission=to("view", "lead"))
def show_inbox() -> ResponseReturnValue:
    return _inbox()


@leads.post("/inbox/<uuid:lead_id>/follow-ups", permission=to("create", "follow_up"))
def create_follow_up_in_inbox(lead_id: UUID) -> ResponseReturnValue:
    """Log what was said, and go on with the next lead."""
    lead = LEAD.get(lead_id)
    try:
        log(lead)
    except Invalid as invalid:
        return _inbox(status=422, at_fault=lead.id, errors=errors_of(invalid), typed=request.form)
    toast(_("Logged."))
    return redirect_to(url_for(".show_inbox"))


def _inbox(*, status: int = 200, **more: Any) -> ResponseReturnValue:
    sections = my_inbox()
    shown = [lead for section in sections for lead in section.leads]
    look_at(LEAD, [lead.id for lead in shown])
    return render(
        "leads/inbox.html", status=status, sections=sections, titles=TITLES, tasks=next_tasks(shown), left=left,
        channels=channels(), ready_times=ready_times(), high=HIGH, may_log=may("create", FOLLOW_UP),
        field=LEAD.field, **more,
    )  # fmt: skip
