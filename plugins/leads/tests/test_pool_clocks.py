"""When leads go back to their pool: two clocks, warnings, exceptions, and what must not set them wrong."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from garage import hooks as garage
from sqlalchemy import func, select, update

from core import current, db
from core.deadlines import due_of
from core.tenant import Tenant
from plugins.leads.models import Lead, Movement, Pool
from plugins.leads.services.pools.attending import look_at_protected_again
from plugins.leads.services.pools.clocks import UNATTENDED, set_clocks

DAY = timedelta(days=1)


@pytest.fixture
def rules(ada, desk, run_jobs):
    """Sets rules of the default pool, and lets them come into force."""

    def set_(**values):
        (pool,) = [each for each in ada.api("GET", "lead-pools").json["data"] if each["is_default"]]
        answer = ada.api("PATCH", f"lead-pools/{pool['id']}", values)
        assert answer.status_code == 200, answer.json
        run_jobs()
        return UUID(pool["id"])

    return set_


def due(desk, lead):
    """When the lead goes back, as it says and as it is armed."""
    with desk.boss.inside():
        armed = due_of(lead, UNATTENDED)
    said = desk.see(lead).returns_at
    assert armed == said
    return said


def test_whichever_clock_ends_first_takes_the_lead_back_and_says_so(rules, desk, lead, sam, clock, run_jobs, eve):
    rules(follow_up_days=3, follow_up_warn_days=1, deal_days=5, deal_warn_days=2)
    start = desk.see(lead).assigned_at
    assert due(desk, lead) == start + 3 * DAY and desk.see(lead).returns_because == "follow_up"
    clock.move(days=2)
    desk.follow_up(sam, lead)
    assert due(desk, lead) == start + 5 * DAY and desk.see(lead).returns_because == "deal"
    assert "since it has not become a customer since" in sam.get(f"leads/{lead}").text

    clock.move(days=3)
    run_jobs()
    assert (desk.see(lead).owner_id, desk.see(lead).pool_reason) == (None, "No deal for 5 days")


def test_the_owner_is_warned_once_for_each_time_that_a_clock_runs(rules, desk, lead, sam, clock, run_jobs):
    rules(follow_up_days=3, follow_up_warn_days=1)

    def warned():
        return sum("goes back to the pool in" in each for each in desk.told(sam))

    clock.move(days=1, hours=23)
    run_jobs()
    assert warned() == 0
    clock.move(hours=2)
    run_jobs()
    run_jobs()
    assert warned() == 1 and "Li Lei goes back to the pool in 23 hours unless you follow it up." in desk.told(sam)
    with desk.boss.inside():
        set_clocks([lead])
    run_jobs()
    assert warned() == 1
    desk.follow_up(sam, lead)
    clock.move(days=2, hours=1)
    run_jobs()
    assert warned() == 2


def test_a_key_lead_has_twice_the_time_by_its_mark_or_by_a_condition(rules, desk, ada, sam):
    rules(key_factor=2, key_condition={"field": "source", "op": "is", "value": "referral"})
    plain, marked, meant = (
        desk.catch("A", owner=sam.member_id), desk.catch("B", owner=sam.member_id, is_key=True),
        desk.catch("C", owner=sam.member_id, source="referral"),
    )  # fmt: skip
    times = [due(desk, each) - desk.see(each).assigned_at for each in (plain, marked, meant)]
    assert times == [3 * DAY, 6 * DAY, 6 * DAY]
    desk.edit(ada, plain, is_key=True)
    assert due(desk, plain) - desk.see(plain).assigned_at == 6 * DAY


def test_only_the_channels_that_count_restart_the_clock(rules, desk, lead, sam, clock):
    rules(counts_as_follow_up=["call", "visit"])
    before = due(desk, lead)
    clock.move(days=1)
    desk.follow_up(sam, lead, channel="note")
    assert due(desk, lead) == before and desk.see(lead).last_follow_up_at is not None
    desk.follow_up(sam, lead, channel="call")
    assert due(desk, lead) - current.now() > 3 * DAY - timedelta(minutes=1)


def test_a_protected_lead_stays_and_never_counts_down(rules, desk, lead, sam, ada, clock, run_jobs):
    ada.switch("garage")
    garage.protected.add(lead)
    try:
        with desk.boss.inside():
            set_clocks([lead])
        clock.move(days=9)
        run_jobs()
        assert desk.see(lead).owner_id == sam.member_id and due(desk, lead) is None
        page = sam.get(f"leads/{lead}").text
        assert "Protected." in page and "Returns to the pool in" not in page
    finally:
        garage.protected.clear()
    with desk.boss.inside("job"):
        assert look_at_protected_again() == 1
    assert due(desk, lead) - current.now() > 3 * DAY - timedelta(minutes=1), "the full time from now on"


def test_a_deal_that_was_opened_without_a_word_keeps_the_lead_when_the_clock_strikes(
    desk, lead, sam, ada, clock, run_jobs
):
    ada.switch("garage")
    garage.protected.add(lead)
    try:
        clock.move(days=4)
        run_jobs()
        assert desk.see(lead).owner_id == sam.member_id and desk.see(lead).returns_because == "protected"
    finally:
        garage.protected.clear()


@pytest.mark.parametrize("way", ["assign", "bulk", "edit", "rule"])
def test_who_gets_a_lead_by_any_way_has_the_full_time(desk, lead, ada, sam, eve, clock, run_jobs, way):
    clock.move(days=2, hours=20)
    if way == "assign":
        desk.act(ada, lead, "assign", owner=eve.member_id)
    elif way == "edit":
        desk.edit(ada, lead, owner=eve.member_id)
    elif way == "bulk":
        body = {"update": [{"id": str(lead), "owner": str(eve.member_id)}]}
        assert ada.api("POST", "leads/bulk", body).status_code == 200
    else:
        desk.act(sam, lead, "return", reason="No time")
        desk.catch("Li Lei", phone="+8613800138000")
    run_jobs()
    found = desk.see(lead)
    assert found.owner_id is not None and current.now() - found.assigned_at < timedelta(minutes=5)
    assert due(desk, lead) == found.assigned_at + 3 * DAY
    clock.move(days=1)
    run_jobs()
    assert desk.see(lead).owner_id == found.owner_id


def test_a_clock_switched_off_and_on_again_ends_when_it_would_have(rules, desk, lead, clock, run_jobs, sam):
    before = due(desk, lead)
    clock.move(days=1)
    rules(follow_up_days=None, follow_up_warn_days=None)
    assert due(desk, lead) is None
    clock.move(days=1)
    rules(follow_up_days=3)
    assert due(desk, lead) == before


def test_who_is_overdue_by_new_rules_is_forgiven_unless_it_is_said_otherwise(rules, desk, lead, sam, clock, run_jobs):
    rules(follow_up_days=30)
    clock.move(days=10)
    rules(follow_up_days=3)
    assert due(desk, lead) - current.now() > 3 * DAY - timedelta(minutes=1)
    rules(follow_up_days=30)
    clock.move(days=10)
    rules(follow_up_days=2, overdue="return", follow_up_warn_days=1)
    run_jobs()
    assert desk.see(lead).owner_id is None


def test_a_pool_takes_back_so_many_at_once_and_the_rest_later_and_says_so(rules, desk, sam, dora, clock, run_jobs):
    rules(batch_cap=4)
    mine = [desk.catch(f"Lead {number}", owner=sam.member_id) for number in range(7)]
    clock.move(days=3, minutes=1)
    run_jobs()

    def left():
        return sum(desk.see(each).owner_id is not None for each in mine)

    assert left() == 3
    assert "4 leads went back to “Public pool” at once, the most that it takes. 3 more are due and follow" in " ".join(
        desk.told(dora)
    )
    clock.move(hours=1, minutes=1)
    run_jobs()
    assert left() == 0
    with desk.boss.inside():
        returned = (
            select(func.count()).select_from(Movement).where(Movement.kind == "returned", Movement.how == "clock")
        )
        assert db.session().scalar(returned) == 7


def test_more_time_is_asked_for_and_granted_or_given_at_once_by_a_manager(desk, lead, sam, dora, ada):
    before = due(desk, lead)
    refused = sam.api("POST", f"leads/{lead}/actions/extend", {"days": 30, "reason": "Fair"})
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "days"
    asked = sam.api("POST", f"leads/{lead}/actions/extend", {"days": 5, "reason": "They are on holiday"})
    assert asked.status_code == 200 and due(desk, lead) == before
    assert "You asked for 5 more days" in sam.get(f"leads/{lead}").text
    assert "Sam Seller asks for 5 more days with Li Lei: They are on holiday" in desk.told(dora)
    (request,) = dora.api("GET", "lead-pool-requests?status=open").json["data"]
    granted = dora.api("PATCH", f"lead-pool-requests/{request['id']}", {"status": "granted", "answer": "Good luck"})
    assert granted.json["data"]["status"] == "granted" and due(desk, lead) == before + 5 * DAY
    assert "You have 5 more days for Li Lei. Good luck" in desk.told(sam)
    assert ada.api("POST", f"leads/{lead}/actions/extend", {"days": 10}).status_code == 200
    assert due(desk, lead) == before + 15 * DAY


def test_a_few_leads_may_be_locked_for_a_while(rules, desk, sam, clock, run_jobs):
    rules(lock_limit=1, lock_days=10)
    first, second = (desk.catch(name, owner=sam.member_id) for name in ("A", "B"))
    assert sam.api("POST", f"leads/{first}/actions/lock").status_code == 200
    full = sam.api("POST", f"leads/{second}/actions/lock")
    assert full.status_code == 409 and "You may lock 1 leads" in full.json["detail"]
    assert due(desk, first) == desk.see(first).locked_until
    clock.move(days=4)
    run_jobs()
    assert desk.see(first).owner_id == sam.member_id and desk.see(second).owner_id is None
    sam.api("POST", f"leads/{first}/actions/unlock")
    run_jobs()
    assert desk.see(first).owner_id is None


def in_zone(ada, zone):
    with ada.inside() as context:
        db.session().execute(update(Tenant).where(Tenant.id == context.tenant_id).values(timezone=zone))


def placed_at(desk, lead, at, **values):
    """The lead has been its owner's since then."""
    with desk.boss.inside() as context:
        of = (Lead.tenant_id == context.tenant_id, Lead.id == lead)
        db.session().execute(update(Lead).where(*of).values(assigned_at=at, **values))
        set_clocks([lead])
    return desk.see(lead).returns_at


def test_three_days_over_a_change_of_the_clocks_end_at_the_same_time_of_the_day(desk, lead, ada):
    in_zone(ada, "Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    spring = placed_at(desk, lead, datetime(2027, 3, 26, 9, 30, tzinfo=berlin).astimezone(UTC))
    assert spring == datetime(2027, 3, 29, 9, 30, tzinfo=berlin)
    autumn = placed_at(desk, lead, datetime(2027, 10, 29, 9, 30, tzinfo=berlin).astimezone(UTC))
    assert autumn == datetime(2027, 11, 1, 9, 30, tzinfo=berlin)
    assert (spring.astimezone(UTC).hour, autumn.astimezone(UTC).hour) == (7, 8)


def test_working_days_pass_over_the_spring_festival_with_its_moved_days(rules, desk, lead, ada):
    in_zone(ada, "Asia/Shanghai")
    rules(in_working_days=True)
    china = ZoneInfo("Asia/Shanghai")
    eve_of_new_year = datetime(2026, 2, 13, 15, 0, tzinfo=china)
    found = placed_at(desk, lead, eve_of_new_year.astimezone(UTC)).astimezone(china)
    # 14 February, a Saturday, is worked; 15 to 23 February are free; then 24 and 25 February
    assert (found.date().isoformat(), found.hour) == ("2026-02-25", 15)


def test_a_lead_without_owner_or_pool_gets_a_pool_and_when_it_has_an_owner_a_time(desk, ada, sam):
    lead = desk.catch("Nobody's")
    with ada.inside() as context:
        (pool,) = db.session().scalars(select(Pool.id).where(Pool.tenant_id == context.tenant_id))
    assert desk.see(lead).pool_id == pool
    desk.act(ada, lead, "assign", owner=sam.member_id)
    assert due(desk, lead) is not None
