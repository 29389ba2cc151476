"""Rules are tried on the leads of the last weeks before they are in force."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import current, db
from plugins.leads.models import Lead, Movement, Rotation
from plugins.leads.services.routing.rules import rules_in_force
from plugins.leads.services.routing.simulating import simulate

SIMULATE = "lead-routing-rules/simulations"


@pytest.fixture
def month(desk, sam, eve):
    """Twelve leads, one a day, all given to sam; the first four were closed after a day."""
    with desk.boss.inside():
        for n in range(12):
            at = current.now() - timedelta(days=20 - n)
            closed = at + timedelta(days=1) if n < 4 else None
            db.session().add(
                Lead(name=f"Lead {n}", industry="Software" if n % 2 else "Farming", owner_id=sam.member_id, created_at=at,
                     status="disqualified" if closed else "new", disqualified_at=closed)
            )  # fmt: skip


def test_who_would_have_got_what_stands_beside_what_happened(dora, month, sam, eve):
    rules = [{"name": "Software", "strategy": "person", "params": {"member": str(eve.member_id)},
              "condition": {"field": "industry", "op": "is", "value": "Software"}}]  # fmt: skip
    found = dora.api("POST", SIMULATE, {"rules": rules}).json["data"]
    assert (found["leads"], found["others"], found["is_cut"]) == (12, 9, False)
    assert {each["name"]: (each["got"], each["would_get"]) for each in found["sellers"]} == {
        "Sam Seller": (12, 3), "Eve Seller": (0, 9), "the pool": (0, 0),
    }  # fmt: skip
    assert [(each["name"], each["leads"]) for each in found["rules"]] == [("Software", 6), ("All other leads", 6)]
    assert found["changes"][0]["got"] == str(sam.member_id) and found["changes"][0]["would_get"] == str(eve.member_id)
    fewer = dora.api("POST", SIMULATE, {"days": 10}).json["data"]
    assert fewer["leads"] < 12


def test_capacity_counts_as_it_would_have_been_when_each_lead_came(dora, month, sam, eve):
    dora.api("PATCH", f"lead-sellers/{sam.member_id}", {"capacity": 2})
    dora.api("PATCH", f"lead-sellers/{eve.member_id}", {"capacity": 0})
    found = dora.api("POST", SIMULATE, {"days": 30}).json["data"]
    assert {each["name"]: each["would_get"] for each in found["sellers"]}["Sam Seller"] == 6
    assert [each["reason"] for each in found["changes"]] == ["Nobody could take it: 2 full."] * 6


def test_what_somebody_had_before_counts_until_it_was_closed(desk, dora, month, sam, eve):
    with desk.boss.inside():
        for n in range(2):
            db.session().add(
                Lead(name=f"Before {n}", owner_id=sam.member_id, created_at=current.now() - timedelta(days=60 - n),
                     status="disqualified", disqualified_at=current.now() - timedelta(days=10))
            )  # fmt: skip
    dora.api("PATCH", f"lead-sellers/{sam.member_id}", {"capacity": 2})
    dora.api("PATCH", f"lead-sellers/{eve.member_id}", {"paused": True})
    found = dora.api("POST", SIMULATE, {"days": 30}).json["data"]
    assert {each["name"]: each["would_get"] for each in found["sellers"]}["Sam Seller"] == 2


def test_trying_writes_nothing_and_takes_a_handful_of_statements(desk, month, statements):
    with desk.boss.inside():
        rules = rules_in_force()
        with statements() as sent:
            simulate(rules, 30)
        tables = [db.session().scalar(select(func.count()).select_from(each)) for each in (Movement, Rotation)]
    assert tables == [0, 0]
    assert len(sent) <= 5 and all(each.lstrip().lower().startswith(("select", "with")) for each in sent), sent


def test_a_draft_that_would_not_work_is_refused_as_a_rule_would_be(dora, month):
    key = {"field": "is_key", "op": "is", "value": True}
    twice = [{"name": "A", "strategy": "turn", "condition": key}, {"name": "B", "strategy": "turn", "condition": key}]
    assert dora.api("POST", SIMULATE, {"rules": twice}).json["errors"][0]["code"] == "shadowed"
    wrong = dora.api("POST", SIMULATE, {"rules": [{"name": "A", "strategy": "turn", "condition": {"field": "x"}}]})
    assert wrong.json["errors"][0]["field"] == "rules.0.condition"
    assert dora.api("POST", SIMULATE, {"days": 4000}).status_code == 422


def test_the_page_shows_it_with_a_table_for_each_side(dora, month):
    page = dora.get("leads/routing/simulation").text
    assert "Would go to somebody else" in page and "Eve Seller" in page and "Leads that would go elsewhere" in page
