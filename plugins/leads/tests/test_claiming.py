"""Taking leads out of pools: scopes, limits, and many at once."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core import current, db
from core.deadlines import due_of
from core.errors import Conflict
from core.testing.cast import hire
from plugins.leads.models import Lead, Movement
from plugins.leads.services.pools.clocks import UNATTENDED


@pytest.fixture
def rules(ada, desk):
    """Sets rules of the default pool."""

    def set_(**values):
        (pool,) = [each for each in ada.api("GET", "lead-pools").json["data"] if each["is_default"]]
        answer = ada.api("PATCH", f"lead-pools/{pool['id']}", values)
        assert answer.status_code == 200, answer.json
        return UUID(pool["id"])

    return set_


@pytest.fixture
def pooled(desk, sam):
    """Puts so many leads into the pool, which sam gave back."""

    def put(count=1, by=sam):
        ids = [desk.catch(f"Lead {number}", owner=by.member_id) for number in range(count)]
        for each in ids:
            desk.act(by, each, "return", reason="No time")
        return ids

    return put


def claims(person, lead):
    return person.api("POST", f"leads/{lead}/actions/claim")


def moved(desk, lead):
    with desk.boss.inside():
        rows = select(Movement.kind, Movement.how).where(Movement.record_id == lead).order_by(Movement.at, Movement.id)
        return [tuple(row) for row in db.session().execute(rows)]


def test_fifty_hands_of_one_seller_take_no_more_than_the_pool_allows(rules, pooled, desk, ada, eve):
    rules(holding_cap=7, daily_claim_cap=5)
    ids = pooled(12)
    start, told = threading.Barrier(24), []

    def claim(lead) -> None:
        start.wait()
        try:
            desk.act(eve, lead, "claim")
        except Conflict as conflict:
            told.append(conflict.message)

    threads = [threading.Thread(target=claim, args=(ids[number % 12],)) for number in range(24)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    with ada.inside():
        hers = select(func.count()).select_from(Lead).where(Lead.owner_id == eve.member_id)
        assert db.session().scalar(hers) == 5
    assert sum("have claimed 5 leads" in each for each in told) + sum("already" in each for each in told) == 19


def test_a_cap_on_what_one_holds_counts_open_leads_of_the_pool_alone(rules, pooled, desk, eve):
    rules(holding_cap=2)
    first, second, third = pooled(3)
    assert [claims(eve, each).status_code for each in (first, second, third)] == [200, 200, 409]
    assert "the most that one may have" in claims(eve, third).json["detail"]

    desk.act(eve, first, "disqualify", reason="No money")
    assert claims(eve, third).status_code == 200


def test_the_daily_cap_begins_anew_at_midnight_of_the_workspace(rules, pooled, eve, clock):
    rules(daily_claim_cap=1)
    first, second = pooled(2)
    assert claims(eve, first).status_code == 200
    assert claims(eve, second).status_code == 409
    clock.move(hours=24)
    assert claims(eve, second).status_code == 200


def test_whoever_had_a_lead_waits_before_claiming_it_again_and_others_do_not(rules, pooled, sam, eve, clock):
    rules(cool_down_hours=12)
    first, second = pooled(2)
    refused = claims(sam, first)
    assert refused.status_code == 409 and "You had this lead before" in refused.json["detail"]
    assert claims(eve, second).status_code == 200
    clock.move(hours=12)
    assert claims(sam, first).status_code == 200


def test_only_whom_the_pool_names_claims_from_it(rules, pooled, sam, eve):
    (lead,) = pooled()
    rules(claims={"members": [str(sam.member_id)]})
    assert claims(eve, lead).status_code == 409
    assert "Claim" not in eve.get("leads/pool").text.split("<tbody>")[1]
    assert claims(sam, lead).status_code == 200


def test_a_claim_has_the_full_time_and_stands_in_the_log(rules, pooled, desk, eve, clock):
    (lead,) = pooled()
    clock.move(days=5)
    claims(eve, lead)
    seen = desk.see(lead)
    with desk.boss.inside():
        assert due_of(lead, UNATTENDED) == seen.returns_at == seen.assigned_at + timedelta(days=3)
    assert moved(desk, lead)[-1] == ("claimed", "claim")


def test_where_a_manager_decides_leads_are_asked_for_and_one_gets_it(rules, pooled, desk, dora, sam, eve, ada):
    rules(mode="request", cool_down_hours=0)
    (lead,) = pooled(by=sam)
    assert claims(eve, lead).status_code == 409
    for who in (eve, sam):
        asked = who.api("POST", f"leads/{lead}/actions/request-claim", {"reason": f"I am {who.name}"})
        assert asked.status_code == 200, asked.json
    assert "Eve Seller asks for Lead 0: I am Eve Seller" in desk.told(dora)
    assert "Asked for" in eve.get("leads/pool").text and "Eve Seller wants it" in dora.get("leads/requests").text

    waiting = {each["member"]: each["id"] for each in dora.api("GET", "lead-pool-requests").json["data"]}
    hers = waiting[str(eve.member_id)]
    assert eve.api("PATCH", f"lead-pool-requests/{hers}", {"status": "granted"}).status_code == 403
    assert dora.api("PATCH", f"lead-pool-requests/{hers}", {"status": "refused"}).status_code == 422
    assert dora.post(f"leads/requests/{hers}/decision", {"decision": "grant"}).status_code == 303
    assert desk.see(lead).owner_id == eve.member_id
    assert "Lead 0, which you asked for, went to Eve Seller." in desk.told(sam)
    late = dora.api("PATCH", f"lead-pool-requests/{waiting[str(sam.member_id)]}", {"status": "granted"})
    assert late.status_code == 409


def test_leads_that_managers_give_out_are_not_claimed(rules, pooled, desk, ada, eve):
    rules(mode="manager")
    (lead,) = pooled()
    assert claims(eve, lead).status_code == 409
    assert ada.api("POST", f"leads/{lead}/actions/assign", {"owner": str(eve.member_id)}).status_code == 200


def test_from_a_pool_that_gives_out_by_itself_a_lead_goes_to_the_next_seller(rules, desk, sam, eve):
    rules(mode="automatic")
    lead = desk.catch(owner=sam.member_id)
    desk.act(sam, lead, "return", reason="On leave")
    assert desk.see(lead).owner_id == eve.member_id
    assert [kind for kind, _how in moved(desk, lead)] == ["captured", "returned", "assigned"]


def test_the_log_is_open_to_all_and_names_no_lead_that_one_may_not_see(rules, pooled, desk, sam, eve, bob, mallory):
    (lead,) = pooled()
    claims(eve, lead)
    hers = eve.api("GET", "lead-movements?kind=claimed").json["data"]
    assert [(each["lead_name"], each["to"], each["how"]) for each in hers] == [("Lead 0", str(eve.member_id), "claim")]
    (his,) = sam.api("GET", "lead-movements?kind=claimed").json["data"]
    assert his["lead_name"] is None and his["lead"] is None and his["to"] == str(eve.member_id)
    page = sam.get("leads/movements").text
    assert "Eve Seller" in page and "Lead 0" not in page and "A lead that is not yours to see" in page
    first = sam.api("GET", "lead-movements?limit=1").json
    second = sam.api("GET", f"lead-movements?limit=1&after={first['next']}").json
    assert first["data"][0]["kind"] == "claimed" and second["data"][0]["kind"] == "returned"
    today = current.now().date().isoformat()
    assert len(sam.api("GET", f"lead-movements?since={today}&member={sam.member_id}").json["data"]) >= 2
    assert sam.api("GET", "lead-movements?after=x").status_code == 422
    mallory.switch("leads")
    assert mallory.api("GET", "lead-movements").json["data"] == []


def test_a_crowd_on_many_leads_meets_no_error_and_no_lead_has_two_owners(rules, pooled, desk, ada):
    rules(holding_cap=3)
    ids = pooled(6)
    crowd = [hire(ada, f"Seller {n}", f"crowd{n}@example.com", "sales") for n in range(4)]
    start, wins = threading.Barrier(len(crowd)), []

    def grab(person) -> None:
        start.wait()
        for lead in ids:
            try:
                desk.act(person, lead, "claim")
                wins.append((person.member_id, lead))
            except Conflict:
                pass

    threads = [threading.Thread(target=grab, args=(person,)) for person in crowd]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(lead for _who, lead in wins) == sorted(ids)
    assert all(desk.see(lead).owner_id == who for who, lead in wins)
    assert max(sum(1 for each, _lead in wins if each == person.member_id) for person in crowd) <= 3
