"""Sequences of reminders: tasks that come one after the other, until the lead moves on or answers."""

from collections.abc import Mapping
from collections.abc import Sequence as Several
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from core.sdk import (
    Conflict,
    FieldProblem,
    Invalid,
    NotFound,
    RecordRef,
    _,
    acting_member_id,
    arm,
    arm_all,
    create_task,
    disarm,
    emit,
    get,
    kept_with_settings,
    now,
    raise_schema_version,
    session,
    tenant_id,
    working_calendar,
)
from plugins.leads.events import SequenceStarted, SequenceStopped, WayOfWorkingChanged
from plugins.leads.models import OPEN, Lead, Sequence, SequenceRun
from plugins.leads.models.working import STOPS
from plugins.leads.services.telling import about

STEP_DUE = "leads.sequence_step"
LIVE = ("running", "paused")
UNITS = ("hours", "days")
MOST_STEPS = 20
LONGEST = {"hours": 200, "days": 365}


# --- of a lead -------------------------------------------------------------------------------------------


def start_sequence(lead: Lead, sequence: Sequence) -> SequenceRun:
    """Begin it with its first step. Raises Conflict where it is under way, or the lead is closed."""
    if not lead.is_open or lead.owner_id is None:
        raise Conflict(_("Only an open lead that somebody has can be in a sequence."))
    if not sequence.active or sequence.deleted_at or not sequence.steps:
        raise Conflict(_("This sequence is switched off."))
    live = select(SequenceRun.id).where(
        SequenceRun.tenant_id == tenant_id(), SequenceRun.lead_id == lead.id,
        SequenceRun.sequence_id == sequence.id, SequenceRun.state.in_(LIVE),
    )  # fmt: skip
    if session().scalar(live):
        raise Conflict(_("This sequence is under way for the lead already."))
    run = SequenceRun(lead_id=lead.id, sequence_id=sequence.id, started_by_id=acting_member_id())
    session().add(run)
    session().flush()
    _arm_next(run, sequence, now())
    emit(SequenceStarted(**about(lead), sequence=sequence.name))
    return run


def pause_run(run: SequenceRun) -> None:
    """Let it rest. Pausing one that rests changes nothing."""
    if run.state == "running":
        run.state = "paused"
        disarm(run, STEP_DUE)


def resume_run(run: SequenceRun) -> None:
    """Go on: what was due meanwhile is due now."""
    if run.state == "paused" and run.next_at:
        run.state = "running"
        arm(run, STEP_DUE, max(run.next_at, now()))


def stop_run(run: SequenceRun, why: str = "hand") -> None:
    """End it. One that has ended stays as it is."""
    if run.state in LIVE:
        _end(run, "stopped", why)
        disarm(run, STEP_DUE)


def runs_of(lead: Lead) -> Several[tuple[SequenceRun, Sequence]]:
    """The sequences under way for a lead."""
    found = (
        select(SequenceRun, Sequence)
        .join(Sequence, (Sequence.tenant_id == SequenceRun.tenant_id) & (Sequence.id == SequenceRun.sequence_id))
        .where(SequenceRun.tenant_id == tenant_id(), SequenceRun.lead_id == lead.id, SequenceRun.state.in_(LIVE))
        .order_by(SequenceRun.started_at)
    )
    return [(run, sequence) for run, sequence in session().execute(found)]


def find_run(lead: Lead, run_id: UUID) -> SequenceRun:
    run = get(SequenceRun, run_id, lock=True)
    if run is None or run.lead_id != lead.id:
        raise NotFound(_("There is no such sequence."))
    return run


def do_step(run_id: UUID) -> None:
    """A step is due: its task is there, and the next one is armed. Twice is once, for the step has moved on."""
    run = get(SequenceRun, run_id, lock=True)
    if run is None or run.state != "running" or run.next_at is None:
        return
    if run.next_at > now():
        arm(run, STEP_DUE, run.next_at)
        return
    lead, sequence = get(Lead, run.lead_id), get(Sequence, run.sequence_id)
    if lead is None or sequence is None or not lead.is_open or lead.owner_id is None or run.step >= len(sequence.steps):
        _end(run, "stopped", "closed")
        return
    step = sequence.steps[run.step]
    create_task(title=step["text"], due_at=now(), about=RecordRef("lead", lead.id), owner_id=lead.owner_id)
    run.step += 1
    if run.step < len(sequence.steps):
        _arm_next(run, sequence, now())
    else:
        _end(run, "done", "done")


def lead_moved(lead: Lead) -> None:
    """The lead is at another stage: what that ends has ended, what begins there begins."""
    if not lead.is_open:
        _stop_runs([lead.id], "closed")
        return
    if lead.status == "qualified":
        _stop_runs([lead.id], "qualified")
    if lead.owner_id:
        start_where_due([lead.id], lead.status)


def lead_answered(lead: Lead) -> None:
    """Somebody spoke with them."""
    _stop_runs([lead.id], "answered")


def owners_changed(lead_ids: Several[UUID]) -> None:
    """These leads have just got an owner: what should end with the one before has ended, what begins with new leads
    begins."""
    if sequences():
        _stop_runs(lead_ids, "owner")
        start_where_due(lead_ids, "new")


def start_where_due(lead_ids: Several[UUID], status: str) -> None:
    """Begin the sequences that begin by themselves at this status, for those of the leads that have it."""
    due = [each for each in sequences() if each["starts_on"] == status and each["active"]]
    if not due:
        return
    calendar, at = working_calendar(), now()
    for sequence in due:
        live = select(SequenceRun.lead_id).where(
            SequenceRun.tenant_id == tenant_id(), SequenceRun.sequence_id == sequence["id"],
            SequenceRun.lead_id.in_(lead_ids), or_(SequenceRun.state.in_(LIVE), SequenceRun.why != "owner"),
        )  # fmt: skip
        fresh = session().scalars(
            select(Lead.id).where(
                Lead.tenant_id == tenant_id(), Lead.id.in_(lead_ids), Lead.status == status,
                Lead.owner_id.is_not(None), Lead.id.not_in(live),
            )
        ).all()  # fmt: skip
        first = _after(calendar, at, sequence["steps"][0])
        runs = [SequenceRun(lead_id=each, sequence_id=sequence["id"], next_at=first) for each in fresh]
        session().add_all(runs)
        session().flush()
        if runs:
            arm_all(SequenceRun.__tablename__, STEP_DUE, {run.id: first for run in runs})


def _stop_runs(lead_ids: Several[UUID], why: str) -> None:
    """End the runs of the leads that such a thing ends, by one statement."""
    ending = [each["id"] for each in sequences(all_of_them=True) if why == "closed" or why in each["stops_on"]]
    if not ending:
        return
    session().flush()
    session().execute(
        update(SequenceRun)
        .where(
            SequenceRun.tenant_id == tenant_id(), SequenceRun.lead_id.in_(lead_ids),
            SequenceRun.sequence_id.in_(ending), SequenceRun.state.in_(LIVE),
        )
        .values(state="stopped", why=why, ended_at=now(), next_at=None)
    )  # fmt: skip


def _end(run: SequenceRun, state: str, why: str) -> None:
    run.state, run.why, run.ended_at, run.next_at = state, why, now(), None
    lead, sequence = get(Lead, run.lead_id), get(Sequence, run.sequence_id)
    if lead and sequence:
        emit(SequenceStopped(**about(lead), sequence=sequence.name, why=why))


def _arm_next(run: SequenceRun, sequence: Sequence, since: datetime) -> None:
    run.next_at = _after(working_calendar(), since, sequence.steps[run.step])
    session().flush()
    arm(run, STEP_DUE, run.next_at)


def _after(calendar: Any, since: datetime, step: Mapping[str, Any]) -> datetime:
    if step["unit"] == "days":
        due: datetime = calendar.add_days(since, step["after"])
    else:
        due = calendar.add_time(since, timedelta(hours=step["after"]))
    return due


# --- the sequences themselves -----------------------------------------------------------------------------


def sequences(*, all_of_them: bool = False) -> Several[Mapping[str, Any]]:
    """Those that are switched on, or all that are there; plain, and kept until somebody changes them."""
    made: Several[Mapping[str, Any]] = kept_with_settings("leads.sequences", _load)
    return made if all_of_them else [each for each in made if each["active"]]


def _load() -> Several[Mapping[str, Any]]:
    found = select(Sequence).where(Sequence.tenant_id == tenant_id(), Sequence.deleted_at.is_(None))
    return [
        {"id": row.id, "name": row.name, "steps": row.steps, "starts_on": row.starts_on, "stops_on": row.stops_on,
         "active": row.active}
        for row in session().scalars(found.order_by(Sequence.name))
    ]  # fmt: skip


def list_sequences() -> Several[Sequence]:
    found = select(Sequence).where(Sequence.tenant_id == tenant_id(), Sequence.deleted_at.is_(None))
    return session().scalars(found.order_by(Sequence.name)).all()


def find_sequence(sequence_id: UUID) -> Sequence:
    sequence = get(Sequence, sequence_id)
    if sequence is None or sequence.deleted_at:
        raise NotFound(_("There is no such sequence."))
    return sequence


def save_sequence(sequence: Sequence | None, values: Mapping[str, Any]) -> Sequence:
    """Make or change one. Those under way go on with the steps as they are now. Raises Invalid."""
    _check(values)
    before = _told(sequence) if sequence else {}
    if sequence is None:
        session().add(sequence := Sequence(**values))
    else:
        for name, value in values.items():
            setattr(sequence, name, value)
    session().flush()
    _changed(sequence, before, _told(sequence))
    return sequence


def delete_sequence(sequence: Sequence) -> None:
    """Switch it off for good: whatever is under way ends."""
    session().execute(
        update(SequenceRun)
        .where(SequenceRun.tenant_id == tenant_id(), SequenceRun.sequence_id == sequence.id)
        .where(SequenceRun.state.in_(LIVE))
        .values(state="stopped", why="hand", ended_at=now(), next_at=None)
    )
    sequence.deleted_at = now()
    _changed(sequence, _told(sequence), {})


def _check(values: Mapping[str, Any]) -> None:
    problems = []
    steps = values.get("steps", ())
    if not steps or len(steps) > MOST_STEPS:
        problems.append(FieldProblem("steps", "count", _("Give it between 1 and %(most)s steps.", most=MOST_STEPS)))
    for step in steps:
        if step["unit"] not in UNITS or not 0 <= step["after"] <= LONGEST[step["unit"]] or not step["text"].strip():
            said = _("Say what is to be done in each step, and after how long: at most 200 hours or 365 days.")
            problems.append(FieldProblem("steps", "invalid", said))
            break
    if values.get("starts_on") not in (None, *OPEN):
        problems.append(FieldProblem("starts_on", "not_an_option", _("Choose one of those that are offered.")))
    if set(values.get("stops_on", ())) - set(STOPS):
        problems.append(FieldProblem("stops_on", "not_an_option", _("Choose one of those that are offered.")))
    if problems:
        raise Invalid(problems)


def _told(sequence: Sequence) -> dict[str, Any]:
    return {"name": sequence.name, "steps": sequence.steps, "starts_on": sequence.starts_on,
            "stops_on": sequence.stops_on, "active": sequence.active}  # fmt: skip


def _changed(sequence: Sequence, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    keys = {*before, *after}
    changes = {k: [before.get(k), after.get(k)] for k in sorted(keys) if before.get(k) != after.get(k)}
    if changes:
        emit(WayOfWorkingChanged(record_type="lead_sequence", record_id=sequence.id, what=sequence.name,
                                 changes=changes))  # fmt: skip
        raise_schema_version()
