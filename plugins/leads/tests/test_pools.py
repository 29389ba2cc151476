"""Several pools by condition: where leads belong, who sees into which, and what becomes of them when pools change."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from core import db
from core.deadlines import due_of
from plugins.leads.models import Lead, Movement
from plugins.leads.services.pools import holding
from plugins.leads.services.pools.clocks import UNATTENDED

REFERRALS = {"field": "source", "op": "is", "value": "referral"}


@pytest.fixture
def make(ada, desk, run_jobs):
    def make_(name="Referrals", condition=REFERRALS, **values):
        answer = ada.api("POST", "lead-pools", {"name": name, "condition": condition} | values)
        assert answer.status_code == 201, answer.json
        run_jobs()
        return UUID(answer.json["data"]["id"])

    return make_


def listed(ada):
    return {each["name"]: each for each in ada.api("GET", "lead-pools").json["data"]}


def test_a_lead_belongs_to_the_first_pool_whose_condition_it_meets_and_moves_with_its_fields(make, desk, ada, sam, eve):
    first = make(follow_up_days=10, follow_up_warn_days=2)
    second = make("Everything warm", {"field": "source", "op": "not_empty"})
    lead, other = (desk.catch(n, owner=sam.member_id, source=s) for n, s in (("A", "referral"), ("B", "phone")))
    assert (desk.see(lead).pool_id, desk.see(other).pool_id) == (first, second)
    assert (desk.see(lead).returns_at - desk.see(lead).assigned_at).days == 10

    desk.edit(ada, other, source="referral")
    assert desk.see(other).pool_id == first
    with desk.boss.inside():
        assert (
            due_of(other, UNATTENDED)
            == desk.see(other).returns_at
            == desk.see(other).assigned_at.replace() + (desk.see(lead).returns_at - desk.see(lead).assigned_at)
        )


def test_other_conditions_and_another_order_move_the_leads_there_are(make, desk, ada, sam, run_jobs):
    lead = desk.catch("A", owner=sam.member_id, source="referral")
    default = desk.see(lead).pool_id
    first = make(follow_up_days=10, follow_up_warn_days=2)
    assert desk.see(lead).pool_id == first and desk.see(lead).returns_at - desk.see(lead).assigned_at > (
        desk.see(lead).returns_at - desk.see(lead).returns_at
    )
    second = make("Also referrals", REFERRALS, follow_up_days=20)
    assert ada.api("PATCH", f"lead-pools/{second}", {"position": 0}).status_code == 200
    run_jobs()
    assert desk.see(lead).pool_id == second and (desk.see(lead).returns_at - desk.see(lead).assigned_at).days == 20
    ada.api("PATCH", f"lead-pools/{second}", {"condition": {"field": "source", "op": "is", "value": "ads"}})
    ada.api("DELETE", f"lead-pools/{first}")
    run_jobs()
    assert desk.see(lead).pool_id == default


def test_a_named_pool_takes_what_comes_back_and_keeps_it_until_it_is_claimed(make, desk, ada, sam, eve, run_jobs):
    last_chance = make("Last chance", {"field": "name", "op": "is", "value": "nobody"}, mode="manager")
    (default,) = [each for each in listed(ada).values() if each["is_default"]]
    ada.api("PATCH", f"lead-pools/{default['id']}", {"returns_to": str(last_chance)})
    lead = desk.catch("A", owner=sam.member_id)
    desk.act(sam, lead, "return", reason="Never answers")
    desk.edit(ada, lead, company="Edited while it waits")
    assert desk.see(lead).pool_id == last_chance
    assert eve.api("POST", f"leads/{lead}/actions/claim").status_code == 409
    desk.act(ada, lead, "assign", owner=eve.member_id)
    assert str(desk.see(lead).pool_id) == default["id"]


def test_a_pool_that_is_deleted_gives_its_leads_away_and_the_default_one_is_not(make, desk, ada, sam):
    gone, kept = make(), make("Kept", {"field": "source", "op": "is", "value": "ads"})
    waits = desk.catch("Waits", source="referral", owner=sam.member_id)
    desk.act(sam, waits, "return", reason="No time")
    has = desk.catch("In hand", owner=sam.member_id, source="referral")
    page = ada.get(f"leads/settings/pools/{gone}/delete").text
    assert "1 lead waits here" in page and "Kept" in page
    assert ada.api("DELETE", f"lead-pools/{gone}?to={gone}").status_code == 422
    assert ada.api("DELETE", f"lead-pools/{gone}?to={kept}").status_code == 204
    assert desk.see(waits).pool_id == desk.see(has).pool_id == kept and desk.see(has).owner_id == sam.member_id
    default = next(each["id"] for each in listed(ada).values() if each["is_default"])
    assert ada.api("DELETE", f"lead-pools/{default}").status_code == 409
    assert "Referrals" not in listed(ada)


def test_the_page_shows_each_its_pools_with_what_waits_and_what_one_may_still_take(make, desk, ada, sam, eve):
    secret = make("For Sam", REFERRALS, sees={"members": [str(sam.member_id)]}, holding_cap=9, daily_claim_cap=2)
    lead = desk.catch("Han Mei", owner=sam.member_id, source="referral")
    desk.act(sam, lead, "return", reason="No time")
    his, hers = sam.get(f"leads/pool?pool={secret}").text, eve.get(f"leads/pool?pool={secret}").text
    assert "Han Mei" in his and "You have 0 of at most 9." in his and "You may claim 2 more today." in his
    assert "Han Mei" not in hers and "For Sam" not in hers
    assert eve.api("POST", f"leads/{lead}/actions/claim").status_code == 404
    claimed = sam.post(f"leads/pool/{lead}/claim", headers={"HX-Request": "true"})
    assert claimed.status_code == 200 and "Get in touch by" in claimed.text
    assert "You have 1 of at most 9." in sam.get(f"leads/pool?pool={secret}").text


def form_of(ada, name):
    return {"name": name, "mode": "claim", "mask": "never", "follow_up_days": "5", "follow_up_warn_days": "2",
            "key_factor": "3", "cool_down_hours": "12", "lock_limit": "0", "lock_days": "30", "extend_days": "7",
            "batch_cap": "500", "holding_cap": "40", "reason_required": "1", "counts_as_follow_up": ["call", "visit"],
            "condition-f0": "source", "condition-o0": "is", "condition-v0": "referral"}  # fmt: skip


def test_pools_are_made_and_changed_in_a_form_that_keeps_what_was_typed(ada, sam, run_jobs):
    assert sam.get("leads/settings/pools").status_code == 403
    wrong = ada.post("leads/settings/pools", form_of(ada, "North") | {"follow_up_warn_days": "5", "holding_cap": "x"})
    assert wrong.status_code == 422 and 'value="North"' in wrong.text and 'value="x"' in wrong.text
    assert "Enter a whole number from 1 to" in wrong.text
    made = ada.post("leads/settings/pools", form_of(ada, "North") | {"claims-members": [str(sam.member_id)]})
    assert made.status_code == 303
    north = listed(ada)["North"]
    assert (north["follow_up_days"], north["key_factor"], north["holding_cap"]) == (5, 3, 40)
    assert north["counts_as_follow_up"] == ["call", "visit"] and north["claims"] == {"members": [str(sam.member_id)]}
    assert north["condition"] == {"all": [REFERRALS]} and not north["protects_open_deals"]
    page = ada.get("leads/settings/pools").text
    assert "Sam Seller" in page and "5 days without a follow-up" in page and "Referral" in page
    again = ada.post(f"leads/settings/pools/{north['id']}", form_of(ada, "North") | {"deal_days": "30"})
    assert again.status_code == 303 and listed(ada)["North"]["deal_days"] == 30
    assert ada.post("leads/settings/pools", form_of(ada, "NORTH")).status_code == 422, "there is one of this name"
    told = [each for each in ada.api("GET", "audit").json["data"] if each["name"] == "leads.pool_changed"]
    assert told[0]["changes"]["deal_days"] == [None, 30]


def test_bad_rules_are_refused_with_the_field(ada, desk):
    for values, field in (
        ({"condition": None}, "condition"),
        ({"condition": REFERRALS, "follow_up_days": 3, "follow_up_warn_days": 3}, "follow_up_warn_days"),
        ({"condition": REFERRALS, "mode": "auction"}, "mode"),
        ({"condition": REFERRALS, "key_factor": 0}, "key_factor"),
        ({"condition": REFERRALS, "claims": {"members": [str(db.new_id())]}}, "claims"),
        ({"condition": {"field": "nothing", "op": "is", "value": 1}}, "condition"),
        ({"condition": {"field": "pool", "op": "is", "value": str(db.new_id())}}, "condition"),
        ({"condition": REFERRALS, "key_condition": {"field": "returns_at", "op": "not_empty"}}, "key_condition"),
        ({"condition": REFERRALS, "returns_to": str(db.new_id())}, "returns_to"),
    ):
        answer = ada.api("POST", "lead-pools", {"name": "New"} | values)
        assert answer.status_code == 422 and field in answer.json["errors"][0]["field"], (values, answer.json)


def test_a_reason_is_asked_for_where_the_pool_wants_one(ada, desk, sam):
    default = next(each["id"] for each in listed(ada).values() if each["is_default"])
    first, second = (desk.catch(n, owner=sam.member_id) for n in ("A", "B"))
    assert sam.api("POST", f"leads/{first}/actions/return").status_code == 422
    ada.api("PATCH", f"lead-pools/{default}", {"reason_required": False})
    assert sam.api("POST", f"leads/{second}/actions/return").status_code == 200


def test_neighbours_know_nothing_of_pools(make, ada, mallory, desk):
    pool = make()
    mallory.switch("leads")
    assert "Referrals" not in listed(mallory)
    assert mallory.api("GET", f"lead-pools/{pool}").status_code == 404
    assert mallory.get(f"leads/settings/pools/{pool}").status_code == 404


def test_many_leads_are_handed_out_by_as_many_statements_as_one(desk, ada, sam, eve, statements):
    ids = [desk.catch(f"L{n}", owner=sam.member_id) for n in range(15)]
    from_hand = statements
    with ada.inside(), from_hand() as sent:
        holding.assign_leads(ids, eve.member_id)
    writes = [each for each in sent if each.lower().startswith(("update", "insert", "with", "delete"))]
    assert len(writes) <= 6, writes
    with ada.inside():
        rows = select(func.count()).select_from(Movement).where(Movement.to_id == eve.member_id)
        assert db.session().scalar(rows) == 15
        assert db.session().scalar(select(func.count()).select_from(Lead).where(Lead.owner_id == eve.member_id)) == 15
    assert desk.told(eve) == ["You have 15 new leads."]
