"""Rules say who gets a lead: the first that it meets and that finds somebody who can take it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import current, db
from core.access import Member
from core.auth.teams import create_team
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records.services import create_record
from core.testing.cast import hire
from plugins.leads.models import Lead, Movement, Pool, RoutingRule
from plugins.leads.services.routing.deciding import route
from plugins.leads.services.routing.editing import create_rule, update_rule
from plugins.leads.services.routing.rules import rows_in_order
from plugins.leads.services.routing.sellers import update_seller

SOFTWARE = {"field": "industry", "op": "is", "value": "Software"}


@pytest.fixture
def rule(dora, desk):
    """Make a rule as the sales director."""

    def make(strategy: str, condition: Any = None, name: str = "", **params: Any):
        with dora.inside():
            return create_rule(
                {"name": name or strategy, "strategy": strategy, "condition": condition, "params": params}
            ).id

    return make


@pytest.fixture
def default(dora, desk):
    """Change what the default does."""

    def change(strategy: str, **params: Any) -> None:
        with dora.inside():
            update_rule(rows_in_order()[-1], {"strategy": strategy, "params": params})

    return change


@pytest.fixture
def seller(dora):
    def change(person, **values: Any) -> None:
        with dora.inside():
            update_seller(person.member_id, values)

    return change


@pytest.fixture
def owner(desk, sam, eve):
    names = {sam.member_id: "sam", eve.member_id: "eve", None: None}

    def of(**values: Any) -> str | None:
        return names[desk.see(desk.catch(**values)).owner_id]

    return of


@pytest.fixture
def routed(desk, sam, eve):
    """To whom a batch of such leads would go, in its order."""
    names = {sam.member_id: "sam", eve.member_id: "eve", None: None}

    def of(count: int, **values: Any) -> list[str | None]:
        with desk.boss.inside():
            batch = [Lead(name=f"L{n}", **values) for n in range(count)]
            db.session().add_all(batch)
            db.session().flush()
            return [names[each.owner_id] for each in route([lead.id for lead in batch])]

    return of


def test_without_rules_everyone_gets_one_in_turn(owner):
    assert [owner() for _ in range(4)] == ["sam", "eve", "sam", "eve"]


def test_the_first_rule_that_a_lead_meets_decides(rule, owner, eve):
    rule("person", SOFTWARE, member=str(eve.member_id))
    assert [owner(industry="Software") for _ in range(3)] == ["eve"] * 3
    assert owner(industry="Farming") == "sam"


def test_high_value_goes_to_strong_sellers_and_the_rest_rotates(rule, seller, owner, eve):
    seller(eve, level="Strong")
    rule("turn", {"field": "is_key", "op": "is", "value": True}, level="strong")
    assert [owner(is_key=True), owner(is_key=True), owner(), owner()] == ["eve", "eve", "sam", "eve"]


def test_shares_are_exact_over_a_cycle_and_nobody_gets_theirs_in_one_go(default, seller, routed, eve):
    seller(eve, weight=3)
    default("weighted")
    given = routed(3) + routed(5)
    assert Counter(given) == {"eve": 6, "sam": 2}
    assert given[:4] == ["eve", "sam", "eve", "eve"]


def test_who_converts_more_gets_more_but_nobody_gets_nothing(desk, default, routed, sam, eve):
    with desk.boss.inside():
        for n in range(60):
            who, won = (eve, True) if n % 2 else (sam, n % 6 == 0)
            lead = Lead(name=f"Old {n}", owner_id=who.member_id, status="converted" if won else "disqualified")
            lead.converted_at, lead.disqualified_at = (current.now(), None) if won else (None, current.now())
            db.session().add(lead)
    default("performance")
    given = Counter(routed(30))
    assert given["eve"] > given["sam"] > 5


def test_few_leads_say_little_about_a_seller(desk, default, routed, sam, eve):
    """One of one is not three times as good as forty of a hundred."""
    with desk.boss.inside():
        for n in range(101):
            mine = Lead(name=f"Old {n}", owner_id=(eve if n == 100 else sam).member_id, status="disqualified")
            mine.status = "converted" if n == 100 or n < 40 else "disqualified"
            mine.converted_at = current.now() if mine.status == "converted" else None
            mine.disqualified_at = None if mine.converted_at else current.now()
            db.session().add(mine)
    default("performance")
    given = Counter(routed(20))
    assert 9 <= given["sam"] <= given["eve"] <= 11


def test_who_has_least_to_do_is_next_and_closed_leads_do_not_count(desk, default, seller, owner, sam, eve):
    with desk.boss.inside():
        for n in range(6):
            db.session().add(Lead(name=f"Done {n}", owner_id=eve.member_id, status="disqualified"))
        db.session().add(Lead(name="Open", owner_id=sam.member_id))
    default("load")
    assert [owner() for _ in range(3)] == ["eve", "sam", "eve"]
    seller(sam, capacity=100)
    seller(eve, capacity=5)
    assert [owner() for _ in range(2)] == ["sam", "sam"]


def test_skills_are_met_by_industry_tags_or_any_field(rule, seller, owner, sam, eve):
    seller(sam, skills=["制造", "chemistry"])
    seller(eve, skills=["Chemistry", "Paint"])
    rule("skill")
    assert owner(industry="制造业") == "sam"
    assert owner(industry="Chemistry", tags=["paint"]) == "eve"
    assert sorted([owner(industry="chemistry"), owner(industry="chemistry")]) == ["eve", "sam"]


def test_the_most_exact_territory_wins(rule, seller, owner, sam, eve):
    seller(sam, territories=["浙江省"])
    seller(eve, territories=["浙江省 杭州市", "上海市"])
    rule("territory")
    assert owner(address={"province": "浙江省", "city": "宁波市"}) == "sam"
    assert owner(address={"province": "浙江省", "city": "杭州市", "district": "西湖区"}) == "eve"
    assert [owner(address={"province": "浙江省大", "city": "杭州市"}) for _ in range(2)] == ["sam", "eve"]


def test_any_field_may_be_the_territory(rule, seller, owner, eve):
    seller(eve, territories=["EMEA"])
    rule("territory", field="source_detail")
    assert [owner(source_detail="EMEA"), owner(source_detail="emea")] == ["eve", "eve"]


def test_the_same_company_stays_with_who_has_it(desk, rule, owner, sam, eve):
    rule("same_company")
    with eve.inside():
        create_record(CUSTOMER, {"name": "北京腾飞科技有限公司"})
    assert owner(company="北京腾飞科技") == "eve"
    assert [owner(company="Acme Pumps Ltd.", email="a@pumps.example"), owner()] == ["sam", "eve"]
    assert owner(name="Han Mei", company="ACME PUMPS") == "sam"
    assert owner(name="Wang", email="w@pumps.example") == "sam"
    assert [owner(name="A", email="a@gmail.com"), owner(name="B", email="b@gmail.com")] == ["sam", "eve"]


def test_a_rule_may_send_leads_to_a_pool(desk, rule):
    with desk.boss.inside():
        pool = Pool(name="Cold", position=5)
        db.session().add(pool)
        db.session().flush()
        pool_id = pool.id
    rule("pool", SOFTWARE, name="Cold ones", pool=str(pool_id))
    lead = desk.see(desk.catch(industry="Software"))
    assert (lead.owner_id, lead.pool_id, lead.pool_reason) == (None, pool_id, "The rule “Cold ones” sends it here.")


def test_who_is_asked_is_narrowed_down_by_team_role_and_name(desk, rule, owner, eve):
    with desk.boss.inside():
        north = create_team("North", None)
        db.session().get(Member, (eve.tenant_id, eve.member_id)).team_id = north.id
    rule("turn", {"field": "source_detail", "op": "is", "value": "n"}, teams=[str(north.id)])
    rule("turn", {"field": "source_detail", "op": "is", "value": "e"}, members=[str(eve.member_id)])
    assert [owner(source_detail="n"), owner(source_detail="n"), owner(source_detail="e")] == ["eve"] * 3


# --- who cannot take one ---------------------------------------------------------------------------------


def test_a_capacity_counts_open_leads_and_a_daily_cap_those_of_today(desk, seller, owner, sam, eve, clock):
    seller(sam, capacity=1)
    seller(eve, daily_cap=2)
    assert [owner() for _ in range(4)] == ["sam", "eve", "eve", None]
    waiting = desk.see(desk.catch())
    assert waiting.pool_reason == "Nobody could take it: 1 full, 1 full for today."
    clock.move(days=1)
    assert owner() == "eve"


def test_a_batch_passes_nobodys_cap(desk, seller, sam, eve):
    seller(sam, capacity=3)
    seller(eve, daily_cap=5)
    with desk.boss.inside():
        leads = [Lead(name=f"L{n}", pooled_at=current.now()) for n in range(20)]
        db.session().add_all(leads)
        db.session().flush()
        given = Counter(each.owner_id for each in route([lead.id for lead in leads]))
    assert given == {sam.member_id: 3, eve.member_id: 5, None: 12}


def test_hours_are_kept_on_working_days_in_the_sellers_own_zone(desk, seller, owner, sam, eve, clock):
    zone = ZoneInfo("Asia/Shanghai")
    with desk.boss.inside():
        db.session().get(Member, (sam.tenant_id, sam.member_id)).timezone = "Asia/Shanghai"
    seller(sam, hours={str(day): [["09:00", "12:00"], ["13:00", "18:00"]] for day in range(5)})
    seller(eve, paused=True)
    monday = datetime.now(zone).replace(hour=10, minute=0)
    monday += timedelta(days=7 - monday.weekday())
    clock.move_to(monday)
    assert owner() == "sam"
    clock.move(hours=2, minutes=30)
    assert owner() is None
    clock.move(hours=1)
    assert owner() == "sam"
    clock.move(hours=16)
    assert owner() is None
    clock.move(days=4, hours=3)
    assert owner() is None


def test_who_pauses_is_left_out_until_then(seller, owner, sam, clock):
    seller(sam, paused=True, paused_until=current.now() + timedelta(hours=4))
    assert [owner(), owner()] == ["eve", "eve"]
    clock.move(hours=5)
    assert owner() == "sam"


def test_the_deputy_gets_what_comes_for_who_is_away(desk, owner, rule, sam, eve, dora):
    with desk.boss.inside():
        away = db.session().get(Member, (sam.tenant_id, sam.member_id))
        away.away_from, away.away_until = current.now(), current.now() + timedelta(days=3)
        away.deputy_id = eve.member_id
    rule("person", SOFTWARE, member=str(sam.member_id))
    assert [owner(industry="Software"), owner(), owner()] == ["eve"] * 3
    with desk.boss.inside():
        db.session().get(Member, (sam.tenant_id, sam.member_id)).deputy_id = dora.member_id
    assert owner(industry="Software") == "eve", "dora does not receive leads"


def test_when_nobody_can_take_it_the_next_rule_has_a_try_and_then_the_managers_are_told(
    desk, rule, seller, owner, sam, eve, dora
):
    seller(sam, level="A", paused=True)
    rule("turn", SOFTWARE, level="A")
    assert owner(industry="Software") == "eve"
    seller(eve, capacity=0)
    lead = desk.catch("Zhao", industry="Software")
    assert desk.see(lead).owner_id is None
    assert desk.told(dora)[-1] == "Zhao waits in the pool: Nobody could take it: 1 paused, 1 full."


def test_some_rules_give_to_who_is_full_all_the_same(rule, seller, owner, sam):
    seller(sam, capacity=0)
    rule("person", SOFTWARE, member=str(sam.member_id), past_caps=True)
    assert [owner(industry="Software"), owner()] == ["sam", "eve"]


def test_who_had_it_does_not_get_it_again(desk, sam, eve):
    with desk.boss.inside():
        lead = Lead(name="Again")
        db.session().add(lead)
        db.session().flush()
        first = [route([lead.id], not_to={sam.member_id})[0].owner_id for _ in range(3)]
        nobody = route([lead.id], not_to={sam.member_id, eve.member_id})[0]
    assert first == [eve.member_id] * 3
    assert (nobody.owner_id, nobody.reason) == (None, "Nobody could take it: 2 had it before.")


def test_a_rule_that_cannot_be_followed_is_passed_over_and_the_managers_are_told_once(
    desk, rule, owner, sam, eve, dora
):
    rule("person", SOFTWARE, name="To Eve", member=str(eve.member_id))
    with desk.boss.inside():
        db.session().get(Member, (eve.tenant_id, eve.member_id)).status = "deactivated"
    assert [owner(industry="Software"), owner(industry="Software")] == ["sam", "sam"]
    told = [each for each in desk.told(dora) if "To Eve" in each]
    assert told == ["The routing rule “To Eve” is passed over. Nobody whom it names works here any more."]


# --- together --------------------------------------------------------------------------------------------


def test_fifty_leads_at_once_leave_the_turns_and_caps_exact(desk, seller, sam, eve):
    zoe = hire(desk.boss, "Zoe Seller", "zoe@example.com", "sales")
    seller(zoe, capacity=10)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: desk.catch(f"Lead {n}"), range(50)))
    with desk.boss.inside():
        given = Counter(db.session().scalars(select(Lead.owner_id)))
        logged = Counter(db.session().scalars(select(Movement.to_id).where(Movement.to_id.is_not(None))))
    assert given == logged == {sam.member_id: 20, eve.member_id: 20, zoe.member_id: 10}


def test_routing_takes_two_statements_however_many_leads_and_rules_there_are(desk, rule, statements, sam, eve):
    for n in range(20):
        rule("turn", {"field": "company", "op": "contains", "value": f"c{n}."}, name=f"Rule {n}")
    with desk.boss.inside():
        leads = [Lead(name=f"L{n}", company=f"c{n}.") for n in range(30)]
        db.session().add_all(leads)
        db.session().flush()
        ids = [lead.id for lead in leads]
        route(ids[:1])
        with statements() as sent:
            given = route(ids)
    assert len(sent) == 2, sent
    assert len({each.rule_id for each in given}) == 21


def test_another_tenants_rules_and_people_are_none_of_ours(desk, owner, mallory, sam, eve):
    mallory.switch("leads")
    with mallory.inside():
        create_rule(
            {"name": "Mine", "strategy": "person", "params": {"member": str(mallory.member_id)}, "condition": SOFTWARE}
        )
        with pytest.raises(Invalid):
            create_rule({"name": "Theirs", "strategy": "person", "params": {"member": str(sam.member_id)}})
    assert owner(industry="Software") == "sam"
    with desk.boss.inside():
        assert [row.is_default for row in db.session().scalars(select(RoutingRule))] == [True]
