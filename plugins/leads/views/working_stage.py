"""Moving a lead along from its page: the next stage, a step ticked off, a sequence started or stopped, given up."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    FieldProblem,
    Invalid,
    _,
    form_controls,
    from_form,
    redirect_to,
    render,
    to,
    toast,
    update_record,
    writable,
)
from plugins.leads import services
from plugins.leads.models import Lead
from plugins.leads.services.working.procedures import (
    FORWARD,
    missing_for,
    name_of_status,
    ready_reasons,
    tick_step,
)
from plugins.leads.services.working.sequences import (
    find_run,
    find_sequence,
    pause_run,
    resume_run,
    start_sequence,
    stop_run,
)
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.lead import errors_of, lead_page

EDIT = to("edit", "lead")
RUN_DO = {"pause": pause_run, "resume": resume_run, "stop": stop_run}


@leads.post("/<uuid:lead_id>/stage", permission=EDIT)
def create_stage(lead_id: UUID) -> ResponseReturnValue:
    """Go on to another stage. What must be known first is asked for on the page itself."""
    lead = LEAD.get(lead_id, action="edit", lock=True)
    status = request.form.get("status", "")
    if status not in FORWARD[:-1]:
        raise Invalid([FieldProblem("status", "not_an_option", _("There is no such stage."))])
    asked = missing_for(lead, status)
    typed = [key for key in asked if key in LEAD.fields()]
    try:
        values = from_form(LEAD, request.form, fields=writable(LEAD, typed)) if typed and _sent(typed) else {}
        update_record(LEAD, lead, values | {"status": status})
    except Invalid as invalid:
        return _ask(lead, status, typed, errors_of(invalid) if _sent(typed) else {})
    toast(_("The lead is at the stage “%(stage)s” now.", stage=name_of_status(status)))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


def _sent(keys: list[str]) -> bool:
    return any(name.partition("-")[0] in keys for name in request.form)


def _ask(lead: Lead, status: str, keys: list[str], errors: dict[str, str]) -> ResponseReturnValue:
    fields = [LEAD.fields()[key] for key in keys]
    shown = {f.key: f.from_form(request.form, f.key) if _sent(keys) else None for f in fields}
    return lead_page(
        lead, status=422, errors=errors, to_stage=status, to_stage_label=name_of_status(status),
        controls=form_controls(fields, shown, errors), missing_labels={f.key: f.label for f in fields},
    )  # fmt: skip


@leads.post("/<uuid:lead_id>/steps", permission=EDIT)
def create_step(lead_id: UUID) -> ResponseReturnValue:
    """Tick a step of the checklist off, or on again."""
    lead = LEAD.get(lead_id, action="edit")
    tick_step(lead, request.form.get("step", ""), done="done" in request.form)
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


@leads.post("/<uuid:lead_id>/sequences", permission=EDIT)
def create_sequence_run(lead_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id, action="edit", lock=True)
    sequence_id = request.form.get("sequence", type=UUID)
    if sequence_id is None:
        raise Invalid([FieldProblem("sequence", "required", _("Choose one of those that are offered."))])
    sequence = find_sequence(sequence_id)
    start_sequence(lead, sequence)
    toast(_("“%(sequence)s” has begun.", sequence=sequence.name))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


@leads.post("/<uuid:lead_id>/sequences/<uuid:run_id>", permission=EDIT)
def update_sequence_run(lead_id: UUID, run_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id, action="edit")
    if act := RUN_DO.get(request.form.get("do", "")):
        act(find_run(lead, run_id))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


# --- given up --------------------------------------------------------------------------------------------


@leads.get("/<uuid:lead_id>/actions/disqualify", permission=EDIT)
def ask_why_disqualified(lead_id: UUID) -> ResponseReturnValue:
    return _reason_page(LEAD.get(lead_id, action="edit"), {})


@leads.post("/<uuid:lead_id>/actions/disqualify", permission=EDIT)
def create_disqualification(lead_id: UUID) -> ResponseReturnValue:
    lead = LEAD.get(lead_id, action="edit", lock=True)
    form = request.form
    ready, own = form.get("ready", ""), form.get("reason", "").strip()
    reason = ": ".join(filter(None, [ready, own]))
    try:
        day = LEAD.builtin["revisit_on"].parse(form.get("revisit_on") or None)
        if not reason:
            raise Invalid([FieldProblem("reason", "required", _("Say why, or choose a reason."))])
        services.disqualify_lead(lead, reason[:500], day)
    except Invalid as invalid:
        return _reason_page(lead, form, errors_of(invalid), 422)
    except ValueError:
        return _reason_page(lead, form, {"revisit_on": _("Enter a day.")}, 422)
    toast(_("The lead is disqualified."))
    return redirect_to(url_for(".show_lead", lead_id=lead.id))


def _reason_page(lead: Lead, typed: Any, errors: dict[str, str] | None = None, status: int = 200) -> Any:
    return render("leads/disqualify.html", status=status, lead=lead, typed=typed, errors=errors or {},
                  reasons=ready_reasons())  # fmt: skip
