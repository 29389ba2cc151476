"""What becomes of leads and their clocks when what their owner has is handed over, and when that is taken back."""

from datetime import timedelta

import pytest

from core import current
from core.deadlines import due_of
from plugins.leads.events import LeadReturned
from plugins.leads.services.pools.clocks import PATIENCE, UNATTENDED


def due(desk, lead):
    with desk.boss.inside():
        return due_of(lead, UNATTENDED)


def give(ada, sam, to, **said):
    said = {"to": [str(to.member_id)], "types": {"task": {"stay": True}}} | said
    answer = ada.api("POST", f"members/{sam.member_id}/handover", json=said)
    assert answer.status_code == 202, answer.json
    return answer.json["data"]


@pytest.mark.parametrize("restart", [True, False])
def test_clocks_start_anew_or_go_on_as_the_administrator_chooses(ada, sam, eve, desk, lead, clock, run_jobs, restart):
    before = due(desk, lead)
    clock.move(days=2)
    run = give(ada, sam, eve, restart_clocks=restart)
    assert run["given"]["lead"] == {str(eve.member_id): 1}
    later = due(desk, lead)
    assert later == before if not restart else later - current.now() > PATIENCE - timedelta(minutes=1)
    assert desk.see(lead).owner_id == eve.member_id

    clock.move(days=1, minutes=5)
    run_jobs()
    assert (LeadReturned.name in desk.happened(lead)) is not restart


def test_an_undo_gives_the_lead_and_its_clock_back(ada, sam, eve, desk, lead, clock):
    before, since = due(desk, lead), desk.see(lead).assigned_at
    clock.move(days=1)
    run = give(ada, sam, eve)
    assert desk.see(lead).assigned_at > since
    taken = ada.api("POST", f"handovers/{run['id']}/undo").json["data"]
    assert (taken["status"], taken["refused"]) == ("done", 0)
    assert desk.see(lead).owner_id == sam.member_id
    assert (due(desk, lead), desk.see(lead).assigned_at) == (before, since)


def test_who_gets_a_lead_back_whose_time_was_up_has_the_full_time_once_more(ada, sam, eve, desk, lead, clock, run_jobs):
    clock.move(days=2)
    run = give(ada, sam, eve)
    clock.move(days=2)
    ada.api("POST", f"handovers/{run['id']}/undo")
    run_jobs()
    assert desk.see(lead).owner_id == sam.member_id and due(desk, lead) > current.now()


def test_many_leads_change_hands_by_few_statements_and_their_new_owner_is_told_once(
    ada, sam, eve, desk, statements, run_jobs
):
    mine = [desk.catch(name=f"Lead {number}", owner=sam.member_id) for number in range(12)]
    run_jobs()
    with statements() as sent:
        give(ada, sam, eve)
    run_jobs()
    assert sum(each.lower().startswith("update leads_lead") for each in sent) <= 3, "however many they are"
    assert sum("insert into deadline" in each.lower() for each in sent) <= 2
    assert {desk.see(each).owner_id for each in mine} == {eve.member_id}
    assert [said for said in desk.told(eve) if "lead" in said.lower() or "handed" in said] == [
        "Ada Lovelace handed over to you what Sam Seller had (12)."
    ]  # fmt: skip


def test_the_turn_at_new_leads_is_said_and_ends_with_the_access(ada, sam, eve, bob, desk):
    def ends(person):
        seen = ada.api("GET", f"members/{person.member_id}/handover").json["data"]["ends"]
        return [each["label"] for each in seen if "Turn" in each["label"]]

    assert ends(sam) == ["Turns at receiving new leads"] and ends(bob) == []
    give(ada, sam, eve, deactivate=True)
    assert ends(sam) == []
    assert {desk.see(desk.catch(name=f"New {number}")).owner_id for number in range(3)} == {eve.member_id}
