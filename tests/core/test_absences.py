"""Leave with a deputy: noting it, standing in, hearing of what the absent one would, and coming back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core import current, db
from core.access import Member, may
from core.access.absences import absences_of, is_away
from core.activities.models import Notification
from core.activities.notifications import notifications_of_me, notify
from core.auth import teams
from core.auth.members import get_member
from core.customers.types import CUSTOMER
from core.events import EventRow
from core.i18n import _l, fmt_date
from core.records.services import create_record


def day(offset=0):
    zone = ZoneInfo("Asia/Shanghai")
    return (datetime.now(zone) + timedelta(days=offset)).date().isoformat()


def go(person, who, deputy, *, first=0, last=3):
    form = {"from": day(first), "until": day(last), "deputy": str(deputy.member_id)}
    return person.post(f"members/{who.member_id}/absence", form)


def told(person):
    with person.inside():
        return [each.said for each in notifications_of_me()]


# --- standing in ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("mails")
def test_while_one_is_away_the_deputy_works_on_what_is_theirs_and_no_longer_afterwards(ada, sam, eve, clock, run_jobs):
    with sam.inside():
        record = create_record(CUSTOMER, {"name": "Sam's", "owner": sam.member_id})
    with eve.inside():
        assert not may("view", CUSTOMER, record)
    assert go(sam, sam, eve).status_code == 303
    with eve.inside():
        assert current.member().stands_for == (sam.member_id,)
        assert may("edit", CUSTOMER, record)
    clock.move(days=5)
    run_jobs()
    with eve.inside():
        assert current.member().stands_for == () and not may("view", CUSTOMER, record)
        assert get_member(sam.member_id).deputy_id is None


def test_the_deputy_hears_of_what_the_absent_one_would_and_sees_for_whom(ada, sam, eve, bob, mails):
    go(sam, sam, eve)
    with ada.inside():
        notify([sam.member_id, bob.member_id], _l("New lead: %(lead)s"), url="x", lead="Globex")
    assert told(sam)[0] == told(bob)[0] == "New lead: Globex"
    assert told(eve)[0] == "New lead: Globex (for Sam Seller)"
    assert "New lead: Globex (for Sam Seller)" in [mail["Subject"] for mail in mails.to(eve.email)]
    with ada.inside():
        notify([sam.member_id, eve.member_id], "Both", url="x")
        both = select(func.count()).where(Notification.tenant_id == ada.tenant_id, Notification.text == "Both")
        assert db.session().scalar(both) == 2, "who is told anyway is told once"


@pytest.mark.usefixtures("mails")
def test_both_are_told_when_it_begins_and_when_it_ends(ada, sam, eve, clock, run_jobs):
    assert go(sam, sam, eve, first=2, last=3).status_code == 303
    assert "you stand in" in told(eve)[0] and told(sam) == []
    with sam.inside():
        assert not is_away(get_member(sam.member_id))
    clock.move(days=2)
    run_jobs()
    assert told(sam)[0].startswith("You are away until") and "Eve Seller stands in" in told(sam)[0]
    assert told(eve)[0].startswith("You stand in for Sam Seller")
    clock.move(days=2)
    run_jobs()
    run_jobs()
    assert told(sam)[0].startswith("Welcome back") and told(eve)[0].startswith("Sam Seller is back")
    assert (len(told(sam)), len(told(eve))) == (2, 3)
    with ada.inside():
        names = db.session().query(EventRow.name).filter(EventRow.name.like("auth.member_%")).order_by(EventRow.id)
        assert [row.name for row in names] == ["auth.member_away_set", "auth.member_back"]


def test_whole_days_are_meant_where_the_member_lives(ada, sam, eve):
    sam.post("settings/profile", {"name": "Sam", "locale": "en", "timezone": "America/New_York"})
    sam.post(
        f"members/{sam.member_id}/absence", {"from": "2100-03-13", "until": "2100-03-14", "deputy": str(eve.member_id)}
    )
    with sam.inside():
        member = get_member(sam.member_id)
        assert member.away_from.isoformat().startswith("2100-03-13T05:00")
        assert member.away_until.isoformat().startswith("2100-03-15T04:00"), "clocks are set forward in between"
    assert "Mar 14, 2100" in sam.get("settings/profile").text


@pytest.mark.usefixtures("mails")
def test_coming_back_early_ends_it_at_once(ada, sam, eve, clock, run_jobs):
    go(sam, sam, eve)
    assert "stands in for you" in sam.get("settings/profile").text
    assert sam.post(f"members/{sam.member_id}/absence/end").status_code == 303
    with eve.inside():
        assert current.member().stands_for == ()
    before = len(told(sam))
    clock.move(days=6)
    run_jobs()
    assert len(told(sam)) == before, "nothing fires for what is over"


def test_another_deputy_takes_the_place_of_the_first_who_is_told(ada, sam, eve, bob):
    go(sam, sam, eve)
    go(sam, sam, bob)
    assert told(eve)[0] == "You no longer stand in for Sam Seller."
    with bob.inside():
        assert current.member().stands_for == (sam.member_id,)


# --- who may, and who cannot stand in ------------------------------------------------------------------


def test_oneself_an_administrator_and_the_head_of_the_team_or_above_may_note_it(ada, sam, eve, bob, dora):
    assert go(eve, sam, eve).status_code == 403
    assert eve.get(f"members/{sam.member_id}/absence").status_code == 403
    assert go(dora, sam, eve).status_code == 403
    with ada.inside():
        sales = teams.create_team("Sales", None, dora.member_id)
        get_member(sam.member_id).team_id = teams.create_team("North", sales.id).id
    assert go(dora, sam, eve).status_code == 303
    assert dora.post(f"members/{sam.member_id}/absence/end").status_code == 303
    assert go(ada, sam, eve).status_code == 303


@pytest.mark.parametrize(("wish", "field"), [
    (lambda sam, eve: {"deputy": str(sam.member_id)}, "deputy"),
    (lambda sam, eve: {"deputy": ""}, "deputy"),
    (lambda sam, eve: {"until": day(-1)}, "until"),
    (lambda sam, eve: {"from": day(-9), "until": day(-2)}, "until"),
    (lambda sam, eve: {"until": day(800)}, "until"),
    (lambda sam, eve: {"from": "soon"}, "from"),
])  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(ada, sam, eve, wish, field):
    form = {"from": day(), "until": day(2), "deputy": str(eve.member_id)} | wish(sam, eve)
    page = sam.post(f"members/{sam.member_id}/absence", form)
    assert page.status_code == 422 and f'id="f-{field}-error"' in page.text


def test_who_is_away_then_or_has_no_access_cannot_stand_in(ada, sam, eve, bob, mallory):
    go(eve, eve, bob, first=1, last=2)
    page = go(sam, sam, eve)
    assert page.status_code == 422 and "Eve Seller is away then too" in page.text
    assert go(sam, sam, eve, first=4, last=5).status_code == 303
    page = go(eve, eve, bob, first=3, last=4)
    assert page.status_code == 422 and "Eve Seller stands in for Sam Seller" in page.text
    assert go(sam, sam, mallory).status_code == 422
    ada.post(f"members/{bob.member_id}/deactivation")
    assert told(eve)[0] == "Bob Viewer can no longer stand in for you. Choose somebody else."
    assert go(sam, sam, bob).status_code == 422
    with ada.inside():
        assert get_member(eve.member_id).deputy_id is None, "who has no access stands in for nobody"


# --- where it is seen ----------------------------------------------------------------------------------


def test_it_is_shown_in_the_list_on_the_page_and_where_members_are_chosen(ada, sam, eve):
    go(sam, sam, eve)
    page, last = ada.get("members/?status=away").text, fmt_date(date.fromisoformat(day(3)))
    assert f"Away until {last}" in page and "Deputy: Eve Seller" in page and "Bob" not in page
    assert "Eve Seller stands in" in ada.get(f"members/{sam.member_id}").text
    assert f"Sam Seller · away until {last}" in ada.get("customers/new").text
    with ada.inside():
        assert absences_of([sam.member_id, eve.member_id])[sam.member_id].deputy == "Eve Seller"


def test_it_is_noted_and_ended_over_the_api(ada, sam, eve, bob):
    wish = {"from": "2100-01-01T00:00:00Z", "until": "2100-01-05T00:00:00+08:00", "deputy": str(eve.member_id)}
    assert bob.api("PATCH", f"members/{sam.member_id}", {"away": wish}).status_code == 403
    said = ada.api("PATCH", f"members/{sam.member_id}", {"away": wish}).json["data"]["away"]
    assert said == wish | {"until": "2100-01-04T16:00:00Z"}
    answer = ada.api("PATCH", f"members/{sam.member_id}", {"away": wish | {"deputy": str(sam.member_id)}})
    assert answer.json["errors"][0]["field"] == "away.deputy"
    assert ada.api("PATCH", f"members/{sam.member_id}", {"away": None}).json["data"]["away"] is None
    with ada.inside():
        assert db.session().query(Member).filter(Member.away_from.is_not(None)).count() == 0
