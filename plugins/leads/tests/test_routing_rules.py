"""Making the rules: what would not work is refused, what was overtaken is said, and every lead says why it went where."""

import pytest

from core import db
from core.access import Member
from core.records.usage import where_used
from plugins.leads.models import Pool, RoutingRule
from plugins.leads.services.routing.implying import implies
from plugins.leads.types import LEAD

RULES = "lead-routing-rules"
KEY = {"field": "is_key", "op": "is", "value": True}
SOFTWARE = {"field": "industry", "op": "is", "value": "Software"}


@pytest.fixture
def made(dora, desk):
    def make(**values):
        answer = dora.api(
            "POST", RULES, {"name": "A rule", "strategy": "turn", "condition": KEY, "params": {}} | values
        )
        return answer.json["data"]["id"] if answer.status_code == 201 else answer.json["errors"][0]

    return make


@pytest.fixture
def names(dora):
    return lambda: [rule["name"] for rule in dora.api("GET", RULES).json["data"]]


@pytest.fixture
def pool(desk):
    with desk.boss.inside():
        made = Pool(name="Cold", position=5)
        db.session().add(made)
        db.session().flush()
        return made.id


def test_the_default_is_there_from_the_start_and_stays_the_last(dora, made, names):
    [default] = dora.api("GET", RULES).json["data"]
    assert (default["is_default"], default["strategy"], default["fault"]) == (True, "turn", None)
    first, second = made(name="First"), made(name="Second", condition=SOFTWARE)
    assert names() == ["First", "Second", "All other leads"]
    ordered = dora.api("PUT", f"{RULES}/order", {"rules": [second, first]})
    assert [rule["name"] for rule in ordered.json["data"]] == ["Second", "First", "All other leads"]
    assert dora.api("PUT", f"{RULES}/order", {"rules": [second]}).json["errors"][0]["code"] == "incomplete"
    assert dora.api("DELETE", f"{RULES}/{default['id']}").json["errors"][0]["code"] == "no_default"
    for change in ({"active": False}, {"condition": KEY}):
        assert dora.api("PATCH", f"{RULES}/{default['id']}", change).json["errors"][0]["code"] == "no_default"
    assert dora.api("PATCH", f"{RULES}/{default['id']}", {"strategy": "load"}).json["data"]["strategy"] == "load"


def test_a_rule_that_is_never_reached_is_refused_with_the_reason(dora, made, sam):
    made(name="Everyone's key leads")
    assert made(name="Again", condition={"all": [KEY, SOFTWARE]}) == {
        "field": "", "code": "shadowed",
        "message": "“Again” is never reached: “Everyone's key leads” stands before it and takes all that it would get.",
    }  # fmt: skip
    assert made(name="All", condition=None)["code"] == "shadowed", "nothing is left to the default"
    assert isinstance(made(name="Company first", condition=None, strategy="same_company"), str)
    assert isinstance(made(name="If all are full", params={}, strategy="person") | {}, dict), "it names nobody"
    overflow = made(name="Overflow", strategy="person", params={"member": str(sam.member_id), "past_caps": True})
    assert isinstance(overflow, str), "who is full gets it all the same: that is more than the rule before gives"
    assert made(name="Narrow", params={"level": "strong"})["code"] == "shadowed"


def test_a_narrow_rule_may_stand_before_a_wide_one_but_not_behind(dora, made, names):
    strong = made(name="Strong", params={"level": "strong"})
    wide = made(name="Wide")
    assert dora.api("PUT", f"{RULES}/order", {"rules": [wide, strong]}).json["errors"][0]["code"] == "shadowed"
    assert names()[:2] == ["Strong", "Wide"]


def test_what_implies_what():
    grade = lambda *values: {"field": "grade", "op": "in", "value": list(values)}  # noqa: E731
    score = lambda op, value: {"field": "score", "op": op, "value": value}  # noqa: E731
    assert implies(grade("A"), grade("A", "B")) and not implies(grade("A", "C"), grade("A", "B"))
    assert implies(score("gte", 80), score("gt", 79)) and not implies(score("gte", 80), score("gt", 80))
    assert implies({"all": [score("between", [50, 60]), KEY]}, {"any": [SOFTWARE, score("lte", 60)]})
    assert implies({"any": [score("is", 90), score("gt", 95)]}, score("gte", 90))
    city = {"field": "address", "op": "starts_with", "value": "浙江省 杭州市"}
    assert implies(city, city | {"value": "浙江省"}) and not implies(city | {"value": "浙江省"}, city)
    assert (
        not implies(None, KEY)
        and implies(KEY, None)
        and implies({"not": None or SOFTWARE}, {"not": {"all": [SOFTWARE, KEY]}})
    )


def test_rules_that_go_round_in_a_circle_are_refused(desk, made, pool):
    with desk.boss.inside():
        db.session().get(Pool, (desk.boss.tenant_id, pool)).mode = "automatic"
    problem = made(name="Round", strategy="pool", params={"pool": str(pool)})
    assert (problem["field"], problem["code"]) == ("pool", "loop") and "circle" in problem["message"]


def test_what_was_overtaken_is_said_in_the_list_and_passed_over(desk, dora, made, pool, sam, eve):
    gone = made(name="Gone", strategy="pool", params={"pool": str(pool)})
    left = made(name="Left", strategy="person", condition=SOFTWARE, params={"member": str(eve.member_id)})
    with desk.boss.inside():
        db.session().get(Pool, (desk.boss.tenant_id, pool)).deleted_at = (
            db.session().get(Member, (desk.boss.tenant_id, eve.member_id)).created_at
        )
        db.session().get(Member, (desk.boss.tenant_id, eve.member_id)).status = "deactivated"
        broken = db.session().get(
            RoutingRule, (desk.boss.tenant_id, made(name="Retired", condition={"field": "wechat", "op": "not_empty"}))
        )
        broken.condition = {"field": "c_gone", "op": "is", "value": 1}
    faults = {rule["id"]: rule["fault"] for rule in dora.api("GET", RULES).json["data"]}
    assert faults[gone] == "Its pool is gone." and faults[left] == "Nobody whom it names works here any more."
    assert "c_gone" in faults[str(broken.id)]
    page = dora.get("leads/routing").text
    assert "Passed over: Its pool is gone." in page and "(has left)" in page
    assert desk.see(desk.catch(industry="Software", is_key=True)).owner_id == sam.member_id


def test_a_lead_says_why_it_went_to_whom(desk, dora, made, sam, eve):
    made(name="Key ones", params={"members": [str(eve.member_id)]})
    dora.api("PATCH", f"lead-sellers/{eve.member_id}", {"paused": True})
    lead = desk.catch(is_key=True, industry="Software")
    why = sam.api("GET", f"leads/{lead}/explain-assignment").json["data"]
    assert (why["owner"], why["how"], why["text"]) == (str(sam.member_id), "turn", "It was their turn.")
    assert [(rule["name"], rule["result"]) for rule in why["rules"]] == [
        ("Key ones", "nobody"),
        ("All other leads", "took"),
    ]
    assert why["rules"][0]["could_not"] == {"paused": {"count": 1, "who": [str(eve.member_id)]}}
    page = sam.get(f"leads/{lead}/why-mine").text
    assert "It was their turn." in page and "paused: Eve Seller" in page
    assert desk.boss.api("GET", f"leads/{eve.member_id}/explain-assignment").status_code == 404


def test_a_director_makes_tries_and_switches_rules_on_the_pages(dora, desk, sam, eve):
    form = {"name": "Key ones", "strategy": "person", "active": "1", "condition-match": "all", "condition-f0": "is_key",
            "condition-o0": "is", "condition-v0": "yes"}  # fmt: skip
    again = dora.post("leads/routing", form)
    assert again.status_code == 422 and "Choose someone who works here." in again.text and "Key ones" in again.text
    building = dora.post("leads/routing", form | {"condition-step": "add"})
    assert building.status_code == 200 and 'name="condition-f1"' in building.text, "it is built without scripts, too"
    assert dora.post("leads/routing", form | {"member": str(eve.member_id)}).status_code == 303
    page = dora.get("leads/routing").text
    assert "Key lead" in page and "Eve Seller" in page
    with desk.boss.inside():
        rule = db.session().query(RoutingRule).filter_by(is_default=False).one()
        assert rule.condition == {"all": [KEY | {"value": "yes"}]}
    edit = dora.get(f"leads/routing/{rule.id}").text
    assert 'value="person" checked' in edit
    assert dora.post(f"leads/routing/{rule.id}/switch").status_code == 303
    assert "Off" in dora.get("leads/routing").text
    tried = dora.get(f"leads/routing/simulation?days=30&on={rule.id}").text
    assert "Put these rules in force" in tried
    assert dora.post("leads/routing/simulation", {"days": "30", "on": str(rule.id)}).status_code == 303
    assert "Switch off" in dora.get("leads/routing").text
    assert dora.post(f"leads/routing/{rule.id}/deletion").status_code == 303
    assert sam.get("leads/routing").status_code == 403


def test_changes_are_in_the_audit_log_with_what_was_and_what_is(desk, dora, made):
    rule = made(name="Key ones")
    dora.api("PATCH", f"{RULES}/{rule}", {"strategy": "load"})
    rows = {each["name"]: each["changes"] for each in desk.boss.api("GET", "audit").json["data"]}
    assert rows["leads.routing_rule_changed"] == {"strategy": ["turn", "load"]}
    assert rows["leads.routing_rule_created"]["name"] == [None, "Key ones"]


def test_fields_of_rules_are_named_before_one_is_hidden(desk, made):
    made(name="Software only", condition=SOFTWARE)
    with desk.boss.inside():
        assert ("Routing rule", "Software only") in {(use.kind, use.title) for use in where_used(LEAD, "industry")}


def test_bad_input_is_refused_beside_the_field(dora, made, mallory, sam):
    assert made(condition={"field": "nope", "op": "is", "value": 1})["field"] == "condition"
    assert made(condition={"field": "owner", "op": "is", "value": "me"})["code"] == "not_me"
    assert made(strategy="dice")["field"] == "strategy"
    assert made(params={"days": 1})["field"] == "params.days"
    assert made(strategy="person", params={"member": str(mallory.member_id)})["field"] == "member"
    assert made(strategy="territory", params={"field": "score"})["field"] == "field"
    assert sam.api("POST", RULES, {"name": "x", "strategy": "turn"}).status_code == 403
