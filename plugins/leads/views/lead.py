"""The page of a lead: what to do with it now, what was said, what is known."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import (
    FOLLOW_UP,
    TASK,
    Invalid,
    MemberRow,
    RecordRef,
    _,
    channels,
    complete_task,
    contact_ways,
    create_record,
    may,
    redirect_to,
    session,
    show_detail,
    tenant_id,
    to,
    toast,
)
from plugins.leads.models import OPEN, STATES, Lead, Touch
from plugins.leads.services.pools.standing import left
from plugins.leads.services.working.next_steps import look_for_next, open_tasks
from plugins.leads.services.working.procedures import missing_for, steps_done, way_at
from plugins.leads.services.working.sequences import runs_of, sequences
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.planning import ready_times, said

SHOWN_TOUCHES = 6
STAGES = tuple(state for state in STATES if state.value in (*OPEN, "converted"))


@leads.get("/<uuid:lead_id>", permission=to("view", "lead"))
def show_lead(lead_id: UUID) -> ResponseReturnValue:
    return lead_page(LEAD.get(lead_id))


@leads.post("/<uuid:lead_id>/follow-ups", permission=to("create", "follow_up"))
def create_follow_up(lead_id: UUID) -> ResponseReturnValue:
    """Log what was said. What was planned until now is done with it, where that box is ticked."""
    lead = LEAD.get(lead_id)
    try:
        log(lead)
    except Invalid as invalid:
        return lead_page(lead, status=422, errors=errors_of(invalid), typed=request.form)
    toast(_("Logged."))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


def log(lead: Lead) -> None:
    """What the composer says of the lead. Raises Invalid."""
    create_record(FOLLOW_UP, said(request.form) | {"about": RecordRef("lead", lead.id)})
    if done := request.form.get("done", type=UUID):
        task = TASK.get(done, lock=True)
        if task.about_id == lead.id and task.status == "open":
            complete_task(task)
    look_for_next(lead.id)


def errors_of(invalid: Invalid) -> dict[str, str]:
    return {problem.field: problem.message for problem in invalid.problems}


def lead_page(lead: Lead, **more: Any) -> ResponseReturnValue:
    return show_detail(LEAD, lead, **_situation(lead), **_work(lead), **more)


def _situation(lead: Lead) -> dict[str, Any]:
    """Whose clocks run, and what is due."""
    waits = lead.is_open and lead.owner_id is not None and lead.respond_by is not None and lead.responded_at is None
    return {
        "lead": lead,
        "left": left,
        "response_due": lead.respond_by if waits else None,
        "touches": _touches(lead) if lead.touches > 1 else (),
        "source_label": source_label,
    }


def _work(lead: Lead) -> dict[str, Any]:
    """What is to be done, and by what."""
    may_edit = may("edit", LEAD, lead)
    way, done = way_at(lead.status), steps_done(lead) if way_at(lead.status).checklist else {}
    tasks = open_tasks(lead)
    running = runs_of(lead) if sequences(all_of_them=True) else ()
    under_way = {sequence.id for _run, sequence in running}
    return {
        "stages": _stages(lead),
        "way": way,
        "steps_done": done,
        "step_names": _names([row.member_id for row in done.values()]),
        "may_work": may_edit and lead.is_open,
        "open_tasks": tasks,
        "next_task": tasks[0] if tasks else None,
        "sequence_runs": running,
        "sequences": [each for each in sequences() if each["id"] not in under_way],
        "may_log": may("create", FOLLOW_UP),
        "channels": channels(),
        "ready_times": ready_times(),
        "ways": contact_ways(LEAD, lead) if lead.is_open else (),
        "prefilled": request.args.get("channel", ""),
    }


def _stages(lead: Lead) -> list[dict[str, Any]]:
    """The stages as steps: which is reached, and when it was, and what is missing before the one after."""
    reached = {"new": lead.created_at, "contacted": lead.contacted_at, "qualified": lead.qualified_at,
               "converted": lead.converted_at}  # fmt: skip
    order = [state.value for state in STAGES]
    here = order.index(lead.status) if lead.status in order else -1
    missing = missing_for(lead, order[here + 1]) if 0 <= here < len(order) - 1 and lead.is_open else []
    fields = LEAD.fields()
    return [
        {
            "value": state.value,
            "label": state.label,
            "at": reached[state.value],
            "is_here": state.value == lead.status,
            "is_past": place < here,
            "is_next": place == here + 1 and lead.is_open,
            "missing": [fields[key].label for key in missing if key in fields] if place == here + 1 else [],
        }
        for place, state in enumerate(STAGES)
    ]


def _touches(lead: Lead) -> Any:
    found = select(Touch).where(Touch.tenant_id == tenant_id(), Touch.lead_id == lead.id)
    return session().scalars(found.order_by(Touch.at.desc()).limit(SHOWN_TOUCHES)).all()


def source_label(source: str | None) -> str:
    field = LEAD.builtin["source"]
    return field.text(source) if source else ""


def _names(ids: list[UUID | None]) -> Mapping[UUID, str]:
    wanted = {each for each in ids if each}
    if not wanted:
        return {}
    rows = session().execute(
        select(MemberRow.id, MemberRow.name).where(MemberRow.tenant_id == tenant_id(), MemberRow.id.in_(wanted))
    )
    return {row.id: row.name for row in rows}
