"""What to do at each stage of a lead: a checklist, fields without which it goes no further, a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import (
    FieldProblem,
    Invalid,
    _,
    _l,
    acting_member_id,
    emit,
    kept_with_settings,
    new_id,
    now,
    raise_schema_version,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.events import WayOfWorkingChanged
from plugins.leads.models import STATES, Lead, Procedure, StepDone

FORWARD = ("new", "contacted", "qualified", "converted")
READY_REASONS = (
    _l("No need"), _l("No budget"), _l("Bought elsewhere"), _l("Cannot be reached"), _l("Wrong contact"),
    _l("Not now"),
)  # fmt: skip
"""Why leads are given up, until a workspace has reasons of its own."""
READY: Mapping[str, Mapping[str, Any]] = {
    "new": {
        "checklist": [_l("Look at where they came from and what they asked"), _l("Call within the first hour"),
                      _l("Add them on WeChat")],
        "script": _l("Hello, this is … of …. You asked us about …: is now a good moment for three questions?"),
    },
    "contacted": {
        "checklist": [_l("What do they need, and why now?"), _l("Who decides, and who pays?"),
                      _l("Which budget and which date?")],
        "script": _l("What happens if you do nothing? Who else has to agree? When must it be running?"),
    },
    "qualified": {
        "checklist": [_l("Summarise the need in writing"), _l("Agree on the next meeting")],
        "script": _l("If we show you … on …, what would keep you from deciding?"),
    },
}  # fmt: skip
"""A way of working to begin with."""


@dataclass(frozen=True)
class Way:
    """What holds at one stage."""

    checklist: tuple[tuple[str, str], ...] = ()
    required: tuple[str, ...] = ()
    script: str = ""
    reasons: tuple[str, ...] = ()


def way_at(status: str) -> Way:
    return ways().get(status, Way())


def ways() -> Mapping[str, Way]:
    """By status. Kept until somebody changes them."""
    made: Mapping[str, Way] = kept_with_settings("leads.procedures", _load)
    return made


def _load() -> Mapping[str, Way]:
    rows = session().scalars(select(Procedure).where(Procedure.tenant_id == tenant_id()))
    return {
        row.status: Way(tuple((step["key"], step["text"]) for step in row.checklist), tuple(row.required), row.script,
                        tuple(row.reasons))
        for row in rows
    }  # fmt: skip


def ready_reasons() -> list[str]:
    """The reasons for giving a lead up that are ready to choose from."""
    return list(way_at("disqualified").reasons) or [str(reason) for reason in READY_REASONS]


# --- what must be known before a lead goes on ------------------------------------------------------------


def missing_for(lead: Lead, to: str, values: Mapping[str, Any] = {}) -> list[str]:
    """The fields that are still empty and without which the lead may not go on to this status."""
    if to not in FORWARD or lead.status not in FORWARD or FORWARD.index(to) <= FORWARD.index(lead.status):
        return []
    passed = FORWARD[FORWARD.index(lead.status) : FORWARD.index(to)]
    fields, asked = type_named("lead").all_fields(), (key for status in passed for key in way_at(status).required)
    return [
        key
        for key in dict.fromkeys(asked)
        if key in fields and (values[key] if key in values else fields[key].get(lead)) in (None, "", [], {})
    ]


def require_known(lead: Lead, to: str, values: Mapping[str, Any] = {}) -> None:
    """Raises Invalid that names what is missing, beside each field."""
    if missing := missing_for(lead, to, values):
        stage = name_of_status(lead.status)
        fields = type_named("lead").all_fields()
        message = _("Fill in “%(field)s” before the lead leaves the stage “%(stage)s”.")
        raise Invalid(
            [FieldProblem(key, "required_here", message % {"field": fields[key].label, "stage": stage})
             for key in missing],
        )  # fmt: skip


def name_of_status(status: str) -> str:
    return next((str(state.label) for state in STATES if state.value == status), status)


# --- ticking steps off -----------------------------------------------------------------------------------


def steps_done(lead: Lead) -> dict[str, StepDone]:
    """By the step's key, whatever the stage."""
    done = select(StepDone).where(StepDone.tenant_id == tenant_id(), StepDone.lead_id == lead.id)
    return {row.step: row for row in session().scalars(done)}


def tick_step(lead: Lead, step: str, *, done: bool) -> None:
    """Note that a step of the checklist is done, or is not after all. Twice is once. Raises Invalid."""
    if step not in {key for way in ways().values() for key, _text in way.checklist}:
        raise Invalid([FieldProblem("step", "not_an_option", _("There is no such step any more."))])
    if not done:
        session().execute(
            delete(StepDone).where(
                StepDone.tenant_id == tenant_id(), StepDone.lead_id == lead.id, StepDone.step == step
            )
        )
        return
    row = {"tenant_id": tenant_id(), "id": new_id(), "lead_id": lead.id, "step": step, "at": now(),
           "member_id": acting_member_id()}  # fmt: skip
    once = insert(StepDone).values(row).on_conflict_do_nothing(index_elements=["tenant_id", "lead_id", "step"])
    session().execute(once)


# --- changing what holds ---------------------------------------------------------------------------------


def change_procedure(
    status: str, *, checklist: Sequence[str] = (), required: Sequence[str] = (), script: str = "",
    reasons: Sequence[str] = (),
) -> None:  # fmt: skip
    """Say what is done at a stage. A step that keeps its words stays ticked off where it was."""
    if status not in {state.value for state in STATES}:
        raise Invalid([FieldProblem("status", "not_an_option", _("There is no such stage."))])
    fields = type_named("lead").all_fields()
    if unknown := [key for key in required if key not in fields or not fields[key].editable]:
        raise Invalid([FieldProblem("required", "not_an_option", _("There is no field “%(key)s”.", key=unknown[0]))])
    row = session().scalar(select(Procedure).where(Procedure.tenant_id == tenant_id(), Procedure.status == status))
    if row is None:
        session().add(row := Procedure(status=status, checklist=[], required=[], script="", reasons=[]))
    before = _told(row)
    known = {step["text"]: step["key"] for step in row.checklist}
    row.checklist = [{"key": known.get(text, new_id().hex), "text": text} for text in dict.fromkeys(checklist)]
    row.required, row.script, row.reasons = list(required), script.strip(), list(dict.fromkeys(reasons))
    session().flush()
    changes = {key: [before[key], value] for key, value in _told(row).items() if before[key] != value}
    if changes:
        emit(WayOfWorkingChanged(record_type="lead_procedure", record_id=row.id, what=name_of_status(status),
                                 changes=changes))  # fmt: skip
        raise_schema_version()


def begin_with_ready_ways() -> None:
    """Take the ready way of working for the stages that have none."""
    for status, ready in READY.items():
        if status not in ways():
            steps = [str(step) for step in ready["checklist"]]
            change_procedure(status, checklist=steps, script=str(ready["script"]))


def _told(row: Procedure) -> dict[str, Any]:
    steps = [step["text"] for step in row.checklist]
    return {"checklist": steps, "required": row.required, "script": row.script, "reasons": row.reasons}
