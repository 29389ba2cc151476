"""A lead comes in: it is new or known, and someone has it at once."""

import threading
from collections import Counter

import pytest
from sqlalchemy import select, text, update

from core import db
from core.access import Member
from core.current import because
from core.deadlines import due_of
from core.errors import Conflict, Invalid
from core.records.shape import raise_schema_version
from plugins.leads.events import LeadAssigned, LeadCameAgain, LeadCaptured
from plugins.leads.models import Movement, Pool, RoutingRule
from plugins.leads.services.capturing import capture_lead
from plugins.leads.services.pools.clocks import PATIENCE, UNATTENDED
from plugins.leads.services.pools.managing import update_pool


def by_form(desk, **values):
    """Somebody whom no member entered."""
    with desk.boss.inside(), because("form"):
        return capture_lead({"name": "Li Lei", **values}).id


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
    for name in ("Han Mei", "Jim Green"):
        ada.api("POST", "leads", json={"name": name, "phone": "1390013900" + str(len(name))})
    with statements() as sent:
        answer = ada.api("POST", "leads", json=known)

    assert answer.status_code == 201 and answer.json["data"]["source"] == "api"
    assert answer.json["data"]["phone"] == "+8613800138000"
    assert len(sent) <= 16, "\n".join(sent)


def test_from_capture_to_its_seller_takes_twelve_statements(desk, ada, sam, eve, statements):
    with ada.inside():
        for number in range(10):
            asked = [{"field": "company", "op": "contains", "value": f"C{number}"},
                     {"field": "score", "op": "lt", "value": 90}]  # fmt: skip
            db.session().add(RoutingRule(name=f"Rule {number}", position=number, strategy="load",
                                         condition={"all": asked}))  # fmt: skip
        raise_schema_version()
    for name in ("Han Mei", "Jim Green"):
        desk.catch(name, phone=f"+861390013900{len(name)}")
    with ada.inside(), statements() as sent:
        capture_lead({"name": "Li Lei", "company": "C7", "phone": "+8613800138000", "email": "li@lei.example"})

    own = [each for each in sent if "app.tenant_id" not in each and "from tenant t" not in each]
    assert len(own) <= 12, "\n".join(own)


# --- someone we know -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [{"phone": "+8613800138000"}, {"email": "li@lei.example"}])
def test_the_same_phone_or_e_mail_is_the_same_lead(desk, lead, sam, reach):
    again = desk.catch("Lei Li", need="Now also tables", **reach)

    assert again == lead
    assert desk.see(lead).need == "Now also tables" and desk.see(lead).name == "Li Lei"
    assert desk.last(lead, LeadCameAgain).need == "Now also tables"
    assert desk.told(sam)[-1] == "Li Lei got in touch again."


def test_a_lead_that_was_given_up_rests_for_a_week_and_its_owner_is_told(desk, lead, sam):
    desk.act(sam, lead, "disqualify", reason="Wrong number")

    assert by_form(desk, phone="+8613800138000") == lead
    assert desk.see(lead).status == "disqualified"
    assert desk.told(sam)[-1] == "Li Lei, whom you had given up, got in touch again."


def test_whoever_comes_later_is_open_again_and_back_with_who_had_them(desk, lead, sam, eve, clock):
    desk.act(sam, lead, "disqualify", reason="No money this year")
    clock.move(days=8)

    assert by_form(desk, phone="+8613800138000") == lead
    found = desk.see(lead)
    assert (found.status, found.owner_id, found.disqualify_reason) == ("new", sam.member_id, None)
    assert desk.last(lead, LeadAssigned).how == "again"
    assert {"leads.lead_reopened", LeadCameAgain.name} <= set(desk.happened(lead))
    with desk.boss.inside():
        kinds = (
            db.session().scalars(select(Movement.kind).where(Movement.record_id == lead).order_by(Movement.id)).all()
        )
    assert kinds == ["captured", "disqualified", "reopened", "assigned"]


def test_who_is_entered_by_hand_is_open_again_at_once(desk, lead, sam):
    desk.act(sam, lead, "disqualify", reason="Wrong number")

    assert desk.catch(phone="+8613800138000") == lead and desk.see(lead).status == "new"


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


@pytest.fixture
def guarded_lead(desk, ada, sam, dora):
    """A lead that sam gave back to a pool from which whoever had one has to wait for two days."""
    lead_id = desk.catch("Han Meimei", phone="+8613777800001", owner=sam.member_id)
    with ada.inside():
        pool = db.session().scalars(select(Pool).where(Pool.is_default, Pool.record_type == "lead")).one()
        update_pool(pool, {"cool_down_hours": 48})
    desk.act(sam, lead_id, "return", reason="No time")
    return lead_id


def test_who_enters_a_waiting_lead_again_gets_it_only_as_by_a_claim(guarded_lead, desk, sam, eve, ada):
    said = {"name": "Han Meimei", "phone": "+8613777800001", "need": "Ten pumps"}
    refused = sam.api("POST", "leads", json=said | {"owner": str(sam.member_id)})
    assert refused.status_code == 409 and "had this lead before" in refused.json["detail"]

    again = sam.api("POST", "leads", json=said)
    assert (again.status_code, again.json["data"]["owner"], again.json["data"]["touches"]) == (200, None, 2)
    other = eve.api("POST", "leads", json=said | {"owner": str(sam.member_id)})
    assert other.status_code == 409 and desk.see(guarded_lead).owner_id is None

    claimed = eve.api("POST", "leads", json=said | {"owner": str(eve.member_id)})
    assert claimed.status_code == 200 and desk.see(guarded_lead).owner_id == eve.member_id


def test_who_enters_a_lead_by_hand_keeps_it_or_hears_who_got_it(desk, sam, eve, ada):
    assert f'value="{sam.member_id}" selected' in sam.get("leads/new").text
    assert f'value="{ada.member_id}" selected' not in ada.get("leads/new").text
    desk.catch("First", phone="+8613777800009")  # and so it is the other's turn
    got = [sam.post("leads/", data={"name": f"No. {n}", "status": "new"}, follow_redirects=True) for n in range(2)]
    assert {each.status_code for each in got} == {200} and any("given to Eve" in each.text for each in got)
