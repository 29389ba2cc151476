"""Claiming a lead from the pool, giving it to someone, giving it back."""

import threading

import pytest

from core import db
from core.deadlines import due_of
from core.errors import Conflict, Forbidden, Invalid
from core.testing.cast import hire
from plugins.leads.events import LeadAssigned, LeadReturned
from plugins.leads.services.pools.clocks import PATIENCE, UNATTENDED


@pytest.fixture
def pooled(desk, lead, sam):
    desk.act(sam, lead, "return", reason="No time")
    return lead


def due(desk, lead):
    with desk.boss.inside():
        return due_of(lead, UNATTENDED)


def test_a_lead_given_back_says_why_and_its_clock_stops(desk, pooled, sam):
    found = desk.see(pooled)

    assert (found.owner_id, found.pool_reason) == (None, "No time")
    assert desk.last(pooled, LeadReturned).previous_owner_id == sam.member_id
    assert due(desk, pooled) is None


def test_a_lead_is_not_given_back_without_a_reason(ada, lead):
    answer = ada.api("POST", f"leads/{lead}/actions/return", json={"reason": " "})

    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "reason"


def test_giving_back_what_is_in_the_pool_changes_nothing(desk, pooled, ada):
    before = desk.happened(pooled)
    desk.act(ada, pooled, "return", reason="Again")

    assert desk.happened(pooled) == before and desk.see(pooled).pool_reason == "No time"


def test_whoever_claims_a_lead_has_the_full_time_for_it(desk, pooled, eve, clock):
    clock.move(days=10)
    desk.act(eve, pooled, "claim")

    found = desk.see(pooled)
    assert found.owner_id == eve.member_id and found.pooled_at is None
    assert due(desk, pooled) == found.assigned_at + PATIENCE
    assert desk.last(pooled, LeadAssigned).how == "claim"


def test_of_fifty_who_claim_at_once_one_wins_and_the_others_learn_who(desk, pooled, ada):
    crowd = [hire(ada, f"Seller {n}", f"seller{n}@example.com", "sales") for n in range(50)]
    start = threading.Barrier(len(crowd))
    won: list = []
    lost: list[str] = []

    def claim(person) -> None:
        start.wait()
        try:
            desk.act(person, pooled, "claim")
            won.append(person)
        except Conflict as conflict:
            lost.append(conflict.message)

    threads = [threading.Thread(target=claim, args=(person,)) for person in crowd]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    (winner,) = won
    assert desk.see(pooled).owner_id == winner.member_id
    assert lost == [f"{winner.name} was faster: the lead is taken."] * 49
    assert desk.happened(pooled).count(LeadAssigned.name) == 2, "the first owner and the winner"


def test_the_api_says_409_and_names_the_winner(desk, pooled, sam, eve):
    assert sam.api("POST", f"leads/{pooled}/actions/claim").status_code == 200
    answer = eve.api("POST", f"leads/{pooled}/actions/claim")

    assert answer.status_code == 409 and "Sam Seller" in answer.json["detail"]
    assert eve.api("GET", f"leads/{pooled}").status_code == 404


def test_the_pool_answers_a_claim_that_comes_too_late_in_the_same_way(desk, pooled, sam, eve):
    assert sam.post(f"leads/pool/{pooled}/claim").status_code == 303
    assert desk.see(pooled).owner_id == sam.member_id

    late = eve.post(f"leads/pool/{pooled}/claim", headers={"HX-Request": "true"})
    assert late.status_code == 409


def test_a_viewer_cannot_claim(bob, pooled):
    assert bob.post(f"leads/pool/{pooled}/claim").status_code == 403
    assert bob.api("POST", f"leads/{pooled}/actions/claim").status_code == 403


def test_a_lead_given_to_someone_restarts_its_clock_and_tells_them(desk, lead, ada, eve, clock):
    clock.move(days=2)
    desk.act(ada, lead, "assign", owner=eve.member_id)

    assert due(desk, lead) == desk.see(lead).assigned_at + PATIENCE
    assert desk.told(eve) == ["You have a new lead: Li Lei"]
    assert desk.last(lead, LeadAssigned).previous_owner_id is not None


def test_a_seller_does_not_give_leads_to_others(sam, eve, lead):
    answer = sam.api("POST", f"leads/{lead}/actions/assign", json={"owner": str(eve.member_id)})

    assert answer.status_code == 403


def test_changing_the_owner_in_the_form_is_the_same_as_assigning(desk, lead, ada, eve, clock):
    clock.move(days=2)
    desk.edit(ada, lead, owner=eve.member_id)
    assert due(desk, lead) == desk.see(lead).assigned_at + PATIENCE
    assert desk.told(eve) == ["You have a new lead: Li Lei"]

    desk.edit(ada, lead, owner=None)
    assert due(desk, lead) is None and desk.see(lead).is_in_pool
    assert LeadReturned.name in desk.happened(lead)


def test_a_seller_cannot_take_the_owner_off_by_editing(desk, lead, sam):
    with pytest.raises(Forbidden):
        desk.edit(sam, lead, owner=None)


def test_leads_are_given_only_to_who_works_here(desk, lead, ada, mallory):
    for stranger in (mallory.member_id, db.new_id()):
        with pytest.raises(Invalid):
            desk.act(ada, lead, "assign", owner=stranger)


def test_the_pool_is_open_to_every_seller_and_the_rest_is_not(desk, lead, eve, sam):
    assert eve.api("GET", f"leads/{lead}").status_code == 404
    desk.act(sam, lead, "return", reason="No time")

    assert eve.api("GET", f"leads/{lead}").status_code == 200
