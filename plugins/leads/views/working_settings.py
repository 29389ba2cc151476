"""The ways of working: what is done at each stage, how soon leads are answered, sequences of reminders."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    Invalid,
    NotFound,
    _,
    _l,
    channels,
    condition_builder,
    condition_from_form,
    conditions_in_words,
    holding,
    is_building,
    redirect_to,
    render,
    toast,
)
from plugins.leads.models import OPEN, STATES, ResponsePolicy, Sequence
from plugins.leads.permissions import MANAGE_ROUTING
from plugins.leads.services.working import responding, sequences
from plugins.leads.services.working.procedures import (
    FORWARD,
    begin_with_ready_ways,
    change_procedure,
    name_of_status,
    ready_reasons,
    way_at,
    ways,
)
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads
from plugins.leads.views.lead import errors_of

MANAGES = holding(MANAGE_ROUTING.name)
STAGES = (*FORWARD[:-1], "disqualified")
SILENCES = (("tell", _l("Tell the owner and the sales directors")), ("route", _l("Give the lead to another seller")),
            ("pool", _l("Put it back into the pool")))  # fmt: skip
STOPS = (("answered", _l("somebody follows the lead up")), ("qualified", _l("the lead is qualified")),
         ("owner", _l("the lead gets another owner")))  # fmt: skip
UNITS = (("hours", _l("working hours")), ("days", _l("working days")))
BLANK_STEPS = 2


@leads.get("/settings/work", permission=MANAGES)
def list_procedures() -> ResponseReturnValue:
    policies = responding.list_policies()
    return render(
        "leads/working.html", stages=[(status, name_of_status(status), way_at(status)) for status in STAGES[:-1]],
        reasons=ready_reasons(), has_ways=bool(ways()), field=LEAD.field, policies=policies,
        words=conditions_in_words(LEAD, [row.condition for row in policies]), silences=dict(SILENCES),
        sequences=sequences.list_sequences(), stage_name=name_of_status,
    )  # fmt: skip


@leads.post("/settings/work/ready", permission=MANAGES)
def create_ready_procedures() -> ResponseReturnValue:
    begin_with_ready_ways()
    toast(_("Change it so that it fits you."))
    return redirect_to(url_for(".list_procedures"))


# --- a stage -----------------------------------------------------------------------------------------------


@leads.get("/settings/work/stages/<status>", permission=MANAGES)
def edit_procedure(status: str) -> ResponseReturnValue:
    way = way_at(_stage(status))
    reasons = "\n".join(ready_reasons()) if status == "disqualified" else ""
    typed = {"checklist": "\n".join(text for _key, text in way.checklist), "required": list(way.required),
             "script": way.script, "reasons": reasons}  # fmt: skip
    return _procedure_page(status, typed)


@leads.post("/settings/work/stages/<status>", permission=MANAGES)
def update_procedure(status: str) -> ResponseReturnValue:
    form = request.form
    _stage(status)
    typed: dict[str, Any] = {"checklist": form.get("checklist", ""), "required": form.getlist("required"),
             "script": form.get("script", ""), "reasons": form.get("reasons", "")}  # fmt: skip
    try:
        change_procedure(status, checklist=_lines(typed["checklist"]), required=typed["required"],
                         script=typed["script"], reasons=_lines(typed["reasons"]))  # fmt: skip
    except Invalid as invalid:
        return _procedure_page(status, typed, errors_of(invalid), 422)
    toast(_("Saved."))
    return redirect_to(url_for(".list_procedures"))


def _stage(status: str) -> str:
    if status not in STAGES:
        raise NotFound(_("There is no such page."))
    return status


def _procedure_page(status: str, typed: Any, errors: Any = None, code: int = 200) -> ResponseReturnValue:
    fields = [(f.key, f.label) for f in LEAD.form_fields() if f.editable and f.key not in ("owner", "revisit_on")]
    return render("leads/procedure_edit.html", status=code, stage=status, stage_label=name_of_status(status),
                  typed=typed, errors=errors or {}, fields=fields)  # fmt: skip


def _lines(text: str) -> list[str]:
    return [line.strip()[:300] for line in text.splitlines() if line.strip()][:30]


# --- how soon leads are answered ---------------------------------------------------------------------------


@leads.get("/settings/work/response-times/new", permission=MANAGES)
def new_response_policy() -> ResponseReturnValue:
    return _policy_page(None, {"minutes": 240, "warn_minutes": 30, "silence": "tell", "most_reroutes": 2,
                               "active": True})  # fmt: skip


@leads.post("/settings/work/response-times/new", permission=MANAGES)
def create_response_policy() -> ResponseReturnValue:
    return _save_policy(None)


@leads.get("/settings/work/response-times/<uuid:policy_id>", permission=MANAGES)
def edit_response_policy(policy_id: UUID) -> ResponseReturnValue:
    policy = responding.find_policy(policy_id)
    keys = ("name", "minutes", "warn_minutes", "silence", "most_reroutes", "active")
    return _policy_page(policy, {key: getattr(policy, key) for key in keys})


@leads.post("/settings/work/response-times/<uuid:policy_id>", permission=MANAGES)
def update_response_policy(policy_id: UUID) -> ResponseReturnValue:
    policy = responding.find_policy(policy_id)
    if place := request.form.get("place", type=int):
        responding.move_policy(policy, policy.position + place)
        return redirect_to(url_for(".list_procedures"))
    return _save_policy(policy)


@leads.post("/settings/work/response-times/<uuid:policy_id>/deletion", permission=MANAGES)
def delete_response_policy(policy_id: UUID) -> ResponseReturnValue:
    responding.delete_policy(responding.find_policy(policy_id))
    toast(_("Deleted."))
    return redirect_to(url_for(".list_procedures"))


def _save_policy(policy: ResponsePolicy | None) -> ResponseReturnValue:
    form = request.form
    typed: dict[str, Any] = {"name": form.get("name", "").strip(), "minutes": form.get("minutes", ""),
             "warn_minutes": form.get("warn_minutes", ""), "silence": form.get("silence", ""),
             "most_reroutes": form.get("most_reroutes", ""), "active": "active" in form}  # fmt: skip
    if is_building(form):
        return _policy_page(policy, typed)
    errors = {} if typed["name"] else {"name": _("Give it a name.")}
    numbers = {}
    for key in ("minutes", "warn_minutes", "most_reroutes"):
        try:
            numbers[key] = int(typed[key] or 0)
        except ValueError:
            errors[key] = _("Enter a number.")
    try:
        condition = condition_from_form(LEAD, form, kept=policy.condition if policy else None)
        if not errors:
            responding.save_policy(policy, typed | numbers | {"condition": condition})
    except Invalid as invalid:
        errors |= errors_of(invalid)
    if errors:
        return _policy_page(policy, typed, errors, 422)
    toast(_("Saved. It holds for leads that get an owner from now on."))
    return redirect_to(url_for(".list_procedures"))


def _policy_page(policy: ResponsePolicy | None, typed: Any, errors: Any = None, code: int = 200) -> Any:
    builder = condition_builder(LEAD, policy.condition if policy else None, form=request.form or None)
    return render("leads/response_policy_edit.html", status=code, policy=policy, typed=typed, errors=errors or {},
                  builder=builder, silences=SILENCES)  # fmt: skip


# --- sequences ---------------------------------------------------------------------------------------------


@leads.get("/settings/work/sequences/new", permission=MANAGES)
def new_sequence() -> ResponseReturnValue:
    return _sequence_page(None, {"name": "", "steps": [], "starts_on": "", "stops_on": ["answered", "qualified"],
                                 "active": True})  # fmt: skip


@leads.post("/settings/work/sequences/new", permission=MANAGES)
def create_sequence() -> ResponseReturnValue:
    return _save_sequence(None)


@leads.get("/settings/work/sequences/<uuid:sequence_id>", permission=MANAGES)
def edit_sequence(sequence_id: UUID) -> ResponseReturnValue:
    found = sequences.find_sequence(sequence_id)
    return _sequence_page(found, {"name": found.name, "steps": found.steps, "starts_on": found.starts_on or "",
                                  "stops_on": found.stops_on, "active": found.active})  # fmt: skip


@leads.post("/settings/work/sequences/<uuid:sequence_id>", permission=MANAGES)
def update_sequence(sequence_id: UUID) -> ResponseReturnValue:
    return _save_sequence(sequences.find_sequence(sequence_id))


@leads.post("/settings/work/sequences/<uuid:sequence_id>/deletion", permission=MANAGES)
def delete_sequence(sequence_id: UUID) -> ResponseReturnValue:
    sequences.delete_sequence(sequences.find_sequence(sequence_id))
    toast(_("Deleted."))
    return redirect_to(url_for(".list_procedures"))


def _save_sequence(sequence: Sequence | None) -> ResponseReturnValue:
    form = request.form
    rows = zip(form.getlist("after"), form.getlist("unit"), form.getlist("kind"), form.getlist("text"), strict=False)
    steps = [
        {"after": int(after) if after.isdigit() else -1, "unit": unit, "kind": kind, "text": text.strip()[:300]}
        for after, unit, kind, text in rows
        if text.strip() or after.strip()
    ]
    typed = {"name": form.get("name", "").strip()[:200], "steps": steps, "starts_on": form.get("starts_on") or None,
             "stops_on": form.getlist("stops_on"), "active": "active" in form}  # fmt: skip
    if "more" in form:
        return _sequence_page(sequence, typed)
    errors = {} if typed["name"] else {"name": _("Give it a name.")}
    try:
        if not errors:
            sequences.save_sequence(sequence, typed)
    except Invalid as invalid:
        errors = errors_of(invalid)
    if errors:
        return _sequence_page(sequence, typed, errors, 422)
    toast(_("Saved."))
    return redirect_to(url_for(".list_procedures"))


def _sequence_page(sequence: Sequence | None, typed: Any, errors: Any = None, code: int = 200) -> Any:
    blank = [{"after": "", "unit": "days", "kind": "call", "text": ""}] * BLANK_STEPS
    stages = [(state.value, state.label) for state in STATES if state.value in OPEN]
    return render("leads/sequence_edit.html", status=code, sequence=sequence, typed=typed, errors=errors or {},
                  rows=[*typed["steps"], *blank], stages=stages, stops=STOPS, units=UNITS,
                  kinds=[(option.value, option.label) for option, _icon in channels()])  # fmt: skip
