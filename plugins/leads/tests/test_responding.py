"""The first response to a lead: by when it is due, and what follows when nobody answers."""

from datetime import UTC, datetime, timedelta

import pytest

from plugins.leads.services.working.responding import delete_policy, expect_response, find_policy, save_policy

ALWAYS = {"week": [[["00:00", "24:00"]]] * 7, "holidays": ""}


@pytest.fixture
def policy(ada, desk):
    """Half an hour at all hours, with a warning ten minutes before."""
    assert ada.api("PATCH", "settings/working-time", ALWAYS).status_code == 200

    def made(**values):
        usual = {"name": "All", "condition": None, "minutes": 30, "warn_minutes": 10, "silence": "tell",
                 "most_reroutes": 1}  # fmt: skip
        with ada.inside():
            return save_policy(None, usual | values).id

    return made


def test_the_first_response_is_due_in_working_time(ada, desk, sam, clock):
    ada.api("PATCH", "settings/working-time", {"timezone": "UTC", "holidays": ""})
    with ada.inside():
        save_policy(None, {"name": "A", "condition": None, "minutes": 60, "warn_minutes": 0, "silence": "tell",
                           "most_reroutes": 0})  # fmt: skip
    found = desk.see(desk.catch())
    calendar_says = found.respond_by.astimezone(UTC)
    assert calendar_says - found.assigned_at >= timedelta(hours=1)
    assert calendar_says.weekday() < 5 and 9 <= calendar_says.hour <= 18


def test_the_first_policy_that_fits_holds_and_without_one_nothing_is_due(desk, sam, policy):
    assert desk.see(desk.catch("Before", phone="+8613800138001")).respond_by is None
    key = {"all": [{"field": "is_key", "op": "is", "value": True}]}
    policy(name="Key leads", condition=key, minutes=15)
    policy(name="Fairs", condition={"all": [{"field": "source", "op": "is", "value": "event"}]}, minutes=60)
    urgent = desk.see(desk.catch("Urgent", is_key=True, phone="+8613800138002"))
    plain = desk.see(desk.catch("Plain", phone="+8613800138003"))
    assert urgent.respond_by - urgent.assigned_at == pytest.approx(timedelta(minutes=15), abs=timedelta(seconds=5))
    assert plain.respond_by is None


def test_a_follow_up_of_the_owner_answers_and_others_do_not(ada, desk, sam, policy, clock, run_jobs):
    policy()
    lead = desk.catch()
    desk.follow_up(sam, lead, channel="note")
    assert desk.see(lead).responded_at is None and desk.see(lead).contacted_at is None
    desk.follow_up(ada, lead)
    assert desk.see(lead).responded_at is None and desk.see(lead).contacted_at
    desk.follow_up(sam, lead)
    found = desk.see(lead)
    assert found.responded_at and found.contacted_at
    clock.move(hours=2)
    run_jobs()
    assert "leads.lead_not_answered" not in desk.happened(lead)


def test_the_owner_is_warned_and_then_the_overseers_hear_of_it_once(desk, sam, dora, policy, clock, run_jobs):
    policy()
    lead = desk.catch()
    clock.move(minutes=21)
    run_jobs()
    assert any("waits for a first response" in said for said in desk.told(sam))
    clock.move(minutes=10)
    run_jobs()
    run_jobs()
    told = [said for said in desk.told(dora) if "has not answered Li Lei in time" in said]
    assert len(told) == 1 and desk.happened(lead).count("leads.lead_not_answered") == 1
    assert desk.see(lead).owner_id == sam.member_id


def test_who_is_silent_loses_the_lead_to_another_and_in_the_end_it_is_in_the_pool(
    ada, desk, sam, eve, policy, clock, run_jobs
):
    policy(silence="route", most_reroutes=1)
    lead = desk.catch()
    first = desk.see(lead).owner_id
    clock.move(minutes=31)
    run_jobs()
    second = desk.see(lead)
    assert {first, second.owner_id} == {sam.member_id, eve.member_id} and second.reroutes == 1
    assert second.respond_by > datetime.now(UTC), "whoever gets it has the full time"
    clock.move(minutes=31)
    run_jobs()
    found = desk.see(lead)
    assert found.owner_id is None and found.pool_reason == "Nobody answered in time"


def test_a_policy_that_is_deleted_expects_nothing_any_more(ada, desk, sam, policy, clock, run_jobs):
    policy_id = policy(silence="pool")
    lead = desk.catch()
    with ada.inside():
        delete_policy(find_policy(policy_id))
    assert desk.see(lead).respond_by is None
    clock.move(hours=1)
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id


def test_many_leads_at_once_cost_as_much_as_one(ada, desk, sam, policy, statements):
    policy()
    ids = [desk.catch(f"Nr {n}", phone=f"+86138001381{n:02}") for n in range(8)]
    with ada.inside():
        expect_response(ids[:1])
        with statements() as one:
            expect_response(ids[:1])
        with statements() as many:
            expect_response(ids)
    assert len(many) == len(one)
