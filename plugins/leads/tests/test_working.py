"""Moving a lead along: qualified, given up, taken up again, and what comes next."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core import db
from core.activities.models import Task
from core.errors import Conflict, Invalid
from plugins.leads.models import Movement, SequenceRun
from plugins.leads.services.working.procedures import change_procedure, missing_for, steps_done, tick_step, way_at
from plugins.leads.services.working.sequences import (
    find_run,
    pause_run,
    resume_run,
    save_sequence,
    start_sequence,
    stop_run,
)
from plugins.leads.types import LEAD


def moves(desk, lead):
    with desk.boss.inside():
        found = select(Movement.kind).where(Movement.record_id == lead).order_by(Movement.at, Movement.id)
        return list(db.session().scalars(found))


# --- qualified, given up, open again ---------------------------------------------------------------------


def test_qualifying_is_done_once_and_its_moment_stands(desk, lead, sam):
    desk.act(sam, lead, "qualify")
    found = desk.see(lead)
    assert found.status == "qualified" and found.qualified_at and "leads.lead_qualified" in desk.happened(lead)
    with pytest.raises(Conflict, match="qualified already"):
        desk.act(sam, lead, "qualify")


def test_giving_up_needs_a_reason_and_stands_in_the_open_log(ada, desk, lead):
    assert ada.api("POST", f"leads/{lead}/actions/disqualify", {}).status_code == 422
    assert ada.api("POST", f"leads/{lead}/actions/disqualify", {"reason": "No budget"}).status_code == 200
    found = desk.see(lead)
    assert (found.status, found.disqualify_reason) == ("disqualified", "No budget") and found.disqualified_at
    assert moves(desk, lead)[-1] == "disqualified" and found.returns_at is None
    assert ada.api("POST", f"leads/{lead}/actions/disqualify", {"reason": "x"}).status_code in (409, 422)


def test_a_day_that_has_passed_is_no_day_to_get_in_touch_again(ada, desk, lead):
    answer = ada.api("POST", f"leads/{lead}/actions/disqualify", {"reason": "x", "revisit_on": "2020-01-01"})
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "revisit_on"


def test_on_the_day_the_lead_is_open_again_and_its_owner_knows(desk, lead, sam, clock, run_jobs):
    day = (datetime.now(UTC) + timedelta(days=20)).date()
    desk.act(sam, lead, "disqualify", reason="Not now", revisit_on=day)
    clock.move(days=12)
    run_jobs()
    assert desk.see(lead).status == "disqualified"
    clock.move(days=15)
    run_jobs()
    found = desk.see(lead)
    assert (found.status, found.owner_id, found.disqualify_reason) == ("new", sam.member_id, None)
    assert any("get in touch with Li Lei again today" in said for said in desk.told(sam))
    assert moves(desk, lead)[-1] == "reopened"


def test_a_reopened_lead_has_the_full_time_again(ada, desk, lead, sam, clock):
    desk.act(sam, lead, "disqualify", reason="No need")
    clock.move(days=10)
    assert ada.api("POST", f"leads/{lead}/actions/reopen").status_code == 200
    found = desk.see(lead)
    assert found.is_open and found.owner_id == sam.member_id and found.returns_at > datetime.now(UTC)
    assert ada.api("POST", f"leads/{lead}/actions/reopen").status_code in (409, 422)


def test_closing_by_editing_is_closing(desk, lead, sam):
    desk.edit(sam, lead, status="disqualified", disqualify_reason="Bought elsewhere")
    assert desk.see(lead).disqualified_at and moves(desk, lead)[-1] == "disqualified"
    desk.edit(sam, lead, status="new")
    assert moves(desk, lead)[-1] == "reopened" and desk.see(lead).disqualify_reason is None


# --- ways of working -------------------------------------------------------------------------------------


def test_a_stage_is_not_left_without_what_must_be_known(ada, desk, sam):
    with ada.inside():
        change_procedure("new", checklist=["Call"], required=["company", "industry"], script="Hello")
    lead = desk.catch("Han Mei", company="Mei & Co")
    answer = ada.api("POST", f"leads/{lead}/actions/qualify")
    (error,) = answer.json["errors"]
    assert answer.status_code == 422 and error["field"] == "industry"
    assert "Fill in “Industry” before the lead leaves the stage “New”." in error["message"]
    for refused in ({"status": "contacted"}, {"status": "qualified", "industry": ""}):
        with pytest.raises(Invalid):
            desk.edit(sam, lead, **refused)
    desk.edit(sam, lead, status="qualified", industry="Chairs")
    assert desk.see(lead).status == "qualified"
    desk.edit(sam, lead, industry=None)
    with ada.inside():
        assert missing_for(LEAD.get(lead), "contacted") == [], "going back asks for nothing"


def test_giving_up_is_never_held_up_by_what_is_not_known(ada, desk, lead, sam):
    with ada.inside():
        change_procedure("new", required=["industry"])
    desk.act(sam, lead, "disqualify", reason="No need")
    assert desk.see(lead).status == "disqualified"


def test_steps_are_ticked_off_once_with_who_did_it(ada, desk, lead, sam):
    with ada.inside():
        change_procedure("new", checklist=["Call", "Add on WeChat"])
        (call, _text), _other = way_at("new").checklist
    for _again in range(2):
        with sam.inside():
            tick_step(LEAD.get(lead), call, done=True)
    with ada.inside():
        change_procedure("new", checklist=["Greet", "Call"])
        done = steps_done(LEAD.get(lead))
        assert set(done) == {call} and done[call].member_id == sam.member_id
        assert way_at("new").checklist[1][0] == call, "a step that keeps its words stays ticked off"
        with pytest.raises(Invalid):
            tick_step(LEAD.get(lead), "nothing", done=True)


# --- what comes next -------------------------------------------------------------------------------------


def test_the_next_step_is_the_open_task_that_is_due_first(ada, desk, lead, sam, run_jobs):
    later, sooner = (datetime.now(UTC) + timedelta(days=n) for n in (5, 2))
    desk.follow_up(sam, lead, next_step="Send a quote", next_at=later)
    assert (desk.see(lead).next_step, desk.see(lead).next_at) == ("Send a quote", later)
    task = ada.api("POST", "tasks", {"title": "Ring back", "due_at": sooner.isoformat(),
                                     "about": {"type": "lead", "id": str(lead)}}).json["data"]  # fmt: skip
    run_jobs()
    assert desk.see(lead).next_step == "Ring back"
    ada.api("PATCH", f"tasks/{task['id']}", {"status": "done"})
    run_jobs()
    assert desk.see(lead).next_step == "Send a quote"


# --- sequences -------------------------------------------------------------------------------------------


@pytest.fixture
def sequence(ada, desk):
    ada.api("PATCH", "settings/working-time", {"week": [[["00:00", "24:00"]]] * 7, "holidays": ""})

    def made(**values):
        usual = {"name": "Five touches", "starts_on": None, "stops_on": ["answered"], "active": True,
                 "steps": [{"after": 1, "unit": "hours", "kind": "call", "text": "Call"},
                           {"after": 2, "unit": "days", "kind": "email", "text": "Mail"}]}  # fmt: skip
        with ada.inside():
            return save_sequence(None, usual | values)

    return made


def tasks(desk, lead):
    with desk.boss.inside():
        found = select(Task.title).where(Task.about_id == lead, Task.owner_id.is_not(None)).order_by(Task.id)
        return list(db.session().scalars(found))


def run_of(desk, lead):
    with desk.boss.inside():
        return db.session().scalars(select(SequenceRun).where(SequenceRun.lead_id == lead)).one()


def test_a_sequence_reminds_step_by_step_and_ends(desk, lead, sam, sequence, clock, run_jobs):
    made = sequence()
    with sam.inside():
        start_sequence(LEAD.get(lead), made)
    with sam.inside(), pytest.raises(Conflict, match="under way"):
        start_sequence(LEAD.get(lead), made)
    clock.move(minutes=61)
    run_jobs()
    run_jobs()
    assert tasks(desk, lead) == ["Call"]
    clock.move(days=2, minutes=1)
    run_jobs()
    assert tasks(desk, lead) == ["Call", "Mail"] and run_of(desk, lead).state == "done"


def test_it_begins_by_itself_with_the_stage_and_ends_with_an_answer(desk, sam, sequence, clock, run_jobs):
    sequence(starts_on="new")
    lead = desk.catch("Han Mei", phone="+8613800138009")
    assert run_of(desk, lead).state == "running"
    desk.follow_up(sam, lead)
    assert (run_of(desk, lead).state, run_of(desk, lead).why) == ("stopped", "answered")
    clock.move(days=1)
    run_jobs()
    assert tasks(desk, lead) == []


def test_it_can_rest_and_be_stopped_and_closing_the_lead_ends_it(desk, lead, sam, sequence, clock, run_jobs):
    made = sequence(stops_on=[])
    with sam.inside():
        run = start_sequence(LEAD.get(lead), made)
        pause_run(find_run(LEAD.get(lead), run.id))
    clock.move(hours=5)
    run_jobs()
    assert tasks(desk, lead) == []
    with sam.inside():
        resume_run(find_run(LEAD.get(lead), run.id))
    run_jobs()
    assert tasks(desk, lead) == ["Call"]
    with sam.inside():
        stop_run(find_run(LEAD.get(lead), run.id))
    assert run_of(desk, lead).why == "hand"
    with sam.inside():
        start_sequence(LEAD.get(lead), made)
    desk.act(sam, lead, "disqualify", reason="No need")
    with desk.boss.inside():
        assert set(db.session().scalars(select(SequenceRun.state))) == {"stopped"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"steps": []}, "steps"), ({"starts_on": "won"}, "starts_on"), ({"stops_on": ["rain"]}, "stops_on"),
     ({"steps": [{"after": 999, "unit": "hours", "kind": "call", "text": "Call"}]}, "steps"),
     ({"steps": [{"after": 1, "unit": "hours", "kind": "call", "text": " "}]}, "steps")],
)  # fmt: skip
def test_a_sequence_that_makes_no_sense_is_refused(sequence, wrong, field):
    with pytest.raises(Invalid) as refused:
        sequence(**wrong)
    assert {problem.field for problem in refused.value.problems} == {field}
