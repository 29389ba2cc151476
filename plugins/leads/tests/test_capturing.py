"""A lead comes in: it is new or known, and someone has it at once."""

import threading
from collections import Counter

import pytest
from sqlalchemy import text, update

from core import db
from core.access import Member
from core.deadlines import due_of
from core.errors import Conflict, Invalid
from plugins.leads.events import LeadAssigned, LeadCameAgain, LeadCaptured
from plugins.leads.services.clock import PATIENCE, UNATTENDED


def test_a_caught_lead_is_handed_to_a_seller_who_is_told(desk, sam):
    lead = desk.catch("Li Lei", need="A hundred chairs")

    found = desk.see(lead)
    assert (found.owner_id, found.status, found.source) == (sam.member_id, "new", "manual")
    assert desk.told(sam) == ["You have a new lead: Li Lei"]
    assert {"lead.created", LeadCaptured.name, LeadAssigned.name} == set(desk.happened(lead))
    assert desk.last(lead, LeadAssigned).how == "turn"


def test_its_clock_runs_from_the_first_moment(desk, lead):
    found = desk.see(lead)
    with desk.boss.inside():
        assert due_of(lead, UNATTENDED) == found.assigned_at + PATIENCE


def test_sellers_take_turns(desk, sam, eve):
    owners = [desk.see(desk.catch(f"Lead {n}")).owner_id for n in range(6)]

    assert owners == [sam.member_id, eve.member_id] * 3


def test_neither_who_only_looks_nor_who_directs_receives_leads(desk, sam, bob, dora, ada):
    owners = {desk.see(desk.catch(f"Lead {n}")).owner_id for n in range(4)}

    assert owners == {sam.member_id}


def test_the_owner_receives_leads_while_nobody_else_does(desk, ada, bob):
    assert desk.see(desk.catch()).owner_id == ada.member_id


def test_who_was_deactivated_has_no_turn(desk, sam, eve, ada):
    desk.catch("One")
    with ada.inside() as context:
        mine = Member.tenant_id == context.tenant_id
        db.session().execute(update(Member).where(mine, Member.id == eve.member_id).values(status="deactivated"))

    assert {desk.see(desk.catch(f"Lead {n}")).owner_id for n in range(3)} == {sam.member_id}


def test_without_anyone_to_receive_it_a_lead_waits_in_the_pool_and_the_admins_are_told(desk, dora, admin):
    with admin.begin() as connection:
        connection.execute(text("delete from guanxi.member_role where member_id <> :dora"), {"dora": dora.member_id})

    lead = desk.catch("Li Lei", by=dora)

    found = desk.see(lead)
    assert found.owner_id is None and found.pooled_at
    with dora.inside():
        assert due_of(lead, UNATTENDED) is None
    assert desk.told(dora) == ["Nobody receives leads in turn, so Li Lei waits in the pool."]


def test_a_lead_that_names_its_owner_keeps_it(desk, sam, eve):
    assert desk.see(desk.catch(owner=eve.member_id)).owner_id == eve.member_id
    assert desk.see(desk.catch("Next")).owner_id == sam.member_id, "nobody's turn was taken"


def test_a_lead_cannot_be_given_to_someone_who_does_not_work_here(desk, sam, mallory):
    with pytest.raises(Invalid):
        desk.catch(owner=mallory.member_id)


def test_twenty_leads_at_once_are_shared_evenly(desk, sam, eve):
    start = threading.Barrier(20)
    owners: list = []

    def catch(number: int) -> None:
        start.wait()
        owners.append(desk.see(desk.catch(f"Lead {number}", phone=f"138001380{number:02}")).owner_id)

    crowd = [threading.Thread(target=catch, args=(n,)) for n in range(20)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert Counter(owners) == {sam.member_id: 10, eve.member_id: 10}


def test_over_the_api_it_costs_few_statements(ada, sam, statements):
    known = {"name": "Li Lei", "phone": "13800138000", "email": "li@lei.example"}
    ada.api("POST", "leads", json={"name": "Han Mei"})
    with statements() as sent:
        answer = ada.api("POST", "leads", json=known)

    assert answer.status_code == 201 and answer.json["data"]["source"] == "api"
    assert answer.json["data"]["phone"] == "+8613800138000"
    assert len(sent) <= 15, "\n".join(sent)


# --- someone we know -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [{"phone": "+8613800138000"}, {"email": "li@lei.example"}])
def test_the_same_phone_or_e_mail_is_the_same_lead(desk, lead, sam, reach):
    again = desk.catch("Lei Li", need="Now also tables", **reach)

    assert again == lead
    assert desk.see(lead).need == "Now also tables" and desk.see(lead).name == "Li Lei"
    assert desk.last(lead, LeadCameAgain).need == "Now also tables"
    assert desk.told(sam)[-1] == "Li Lei got in touch again."


def test_a_closed_lead_that_comes_again_is_a_new_one(desk, lead, sam):
    desk.act(sam, lead, "disqualify", reason="Wrong number")

    assert desk.catch(phone="+8613800138000") != lead


def test_a_lead_in_the_pool_that_comes_again_is_handed_out(desk, lead, sam):
    desk.act(sam, lead, "return", reason="No time")
    desk.catch(phone="+8613800138000")

    assert desk.see(lead).owner_id == sam.member_id


def test_the_same_person_ten_times_at_once_is_one_lead(desk, sam, eve):
    start = threading.Barrier(10)
    caught: set = set()

    def catch() -> None:
        start.wait()
        caught.add(desk.catch(phone="+8613900139000", email="one@person.example"))

    crowd = [threading.Thread(target=catch) for _ in range(10)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert len(caught) == 1
    assert desk.happened(caught.pop()).count(LeadCameAgain.name) == 9


def test_a_seller_who_enters_another_s_lead_learns_whose_it_is_and_no_more(desk, lead, eve):
    with pytest.raises(Conflict, match="Sam Seller looks after this lead already"):
        desk.catch("Li Lei", by=eve, phone="+8613800138000")


def test_another_company_catches_the_same_person_for_itself(desk, lead, mallory):
    mallory.switch("leads")

    assert desk.catch(by=mallory, phone="+8613800138000") != lead
