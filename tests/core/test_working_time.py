"""Working time: hours and days counted as people count them, over nights, weekends, holidays and jumps of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core import db
from core.events import EventRow
from core.working_time import china
from core.working_time.calendars import OFFICE_HOURS, WorkingCalendar
from core.working_time.keeping import add_working_time, working_calendar

PAGE = "settings/working-time/"
SHANGHAI = WorkingCalendar(ZoneInfo("Asia/Shanghai"), country=china.COUNTRY)
BERLIN = WorkingCalendar(ZoneInfo("Europe/Berlin"), (*(((time(0), time(0)),),) * 7,))
HOUR = timedelta(hours=1)


def at(text: str, zone: str = "Asia/Shanghai") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_what_comes_in_on_friday_evening_is_due_on_monday_morning():
    assert SHANGHAI.add_time(at("2026-06-05 17:45"), HOUR / 2) == at("2026-06-08 09:15")
    assert SHANGHAI.add_time(at("2026-06-06 12:00"), HOUR) == at("2026-06-08 10:00")
    assert SHANGHAI.add_time(at("2026-06-08 17:00"), HOUR) == at("2026-06-08 18:00")
    assert SHANGHAI.minutes_between(at("2026-06-05 17:00"), at("2026-06-08 10:00")) == 120
    assert SHANGHAI.minutes_between(at("2026-06-08 10:00"), at("2026-06-05 17:00")) == 0


def test_over_spring_festival_nothing_is_due_and_moved_working_days_are_worked():
    eve, back = at("2026-02-14 17:00"), at("2026-02-24 09:30")
    assert not SHANGHAI.is_working_day(date(2026, 2, 16)) and not SHANGHAI.is_working_day(date(2026, 2, 23))
    assert SHANGHAI.is_working_day(date(2026, 2, 14)), "a Saturday that is worked for the festival"
    assert SHANGHAI.add_time(eve, timedelta(minutes=90)) == back
    assert SHANGHAI.add_days(at("2026-02-13 15:00"), 2) == at("2026-02-24 15:00")
    assert SHANGHAI.minutes_between(eve, back) == 90


def test_years_of_which_no_holidays_are_known_follow_the_week():
    new_year = date(china.known_until().year + 1, 1, 1)
    assert china.works_on(new_year) is None
    assert SHANGHAI.is_working_day(new_year) is (new_year.weekday() < 5)


def test_working_days_keep_the_time_of_the_day_and_count_from_the_next_opening_on_free_days():
    assert SHANGHAI.add_days(at("2026-06-05 15:00"), 3) == at("2026-06-10 15:00")
    assert SHANGHAI.add_days(at("2026-06-06 12:00"), 1) == at("2026-06-09 09:00")
    assert SHANGHAI.add_days(at("2026-06-06 12:00"), 0) == at("2026-06-08 09:00")


def test_where_the_clock_jumps_a_day_is_an_hour_shorter_or_longer():
    spring, autumn = at("2026-03-29 00:00", "Europe/Berlin"), at("2026-10-25 00:00", "Europe/Berlin")
    assert BERLIN.minutes_between(spring, at("2026-03-30 00:00", "Europe/Berlin")) == 23 * 60
    assert BERLIN.minutes_between(autumn, at("2026-10-26 00:00", "Europe/Berlin")) == 25 * 60
    assert BERLIN.add_time(spring, 4 * HOUR).astimezone(BERLIN.zone).hour == 5
    assert BERLIN.add_days(at("2026-03-28 09:00", "Europe/Berlin"), 1) == at("2026-03-29 09:00", "Europe/Berlin")


@pytest.mark.parametrize("days", range(0, 700, 53))
def test_time_that_is_added_is_the_time_between(days):
    start = datetime(2025, 12, 20, 3, 17, tzinfo=UTC) + timedelta(days=days, hours=days)
    end = SHANGHAI.add_time(start, timedelta(minutes=days * 7 + 1))
    assert SHANGHAI.minutes_between(start, end) == days * 7 + 1


def test_days_of_one_s_own_stand_above_the_holidays_and_the_week():
    own = {date(2026, 6, 6): True, date(2026, 6, 8): False, date(2026, 2, 17): True}
    mine = WorkingCalendar(SHANGHAI.zone, OFFICE_HOURS, china.COUNTRY, own)
    assert mine.is_working(at("2026-06-06 10:00")) and not mine.is_working(at("2026-06-06 18:00"))
    assert not mine.is_working(at("2026-06-08 10:00")) and mine.is_working(at("2026-02-17 10:00"))


def test_an_administrator_says_when_the_workspace_works(ada, bob):
    page = ada.get(PAGE)
    assert page.status_code == 200 and 'value="09:00"' in page.text
    assert bob.get(PAGE).status_code == 403 and bob.api("GET", "settings/working-time").status_code == 403
    form = {f"a_from_{day}": "08:00" for day in range(6)} | {f"a_to_{day}": "12:00" for day in range(6)}
    form |= {"b_from_0": "13:00", "b_to_0": "17:00", "timezone": "Europe/Berlin", "holidays": "",
             "days_off": "2027-05-04..2027-05-05 Trip", "days_worked": "2027-05-09"}  # fmt: skip
    assert ada.post(PAGE, form).status_code == 303
    kept = ada.api("GET", "settings/working-time").json["data"]
    assert kept["week"][0] == [["08:00", "12:00"], ["13:00", "17:00"]] and kept["week"][6] == []
    assert [(day["day"], day["works"], day["name"]) for day in kept["days"]] == [
        ("2027-05-04", False, "Trip"), ("2027-05-05", False, "Trip"), ("2027-05-09", True, ""),
    ]  # fmt: skip
    with ada.inside():
        assert add_working_time(at("2027-05-03 16:30", "Europe/Berlin"), HOUR) == at(
            "2027-05-06 08:30", "Europe/Berlin"
        )
        assert working_calendar().is_working_day(date(2027, 5, 9))
        (event,) = db.session().scalars(select(EventRow).where(EventRow.name == "working_time.changed"))
        assert "week" in event.changes and event.actor_id == ada.member_id
    assert "2027-05-04 Trip" in ada.get(PAGE).text


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"week": [[]] * 7}, "week", "at least one day"),
        ({"week": [[["18:00", "09:00"]], [], [], [], [], [], []]}, "week", "end after they begin"),
        ({"week": [[["09:00", "12:00"], ["11:00", "13:00"]], [], [], [], [], [], []]}, "week", "overlap"),
        ({"week": [[["nine", "12:00"]], [], [], [], [], [], []]}, "week", "not understood"),
        ({"week": 7}, "week", "seven days"),
        ({"timezone": "Mars/Olympus"}, "timezone", "no such time zone"),
        ({"holidays": "mars"}, "holidays", "offered"),
        ({"days": [{"day": "2027-02-30", "works": True}]}, "days", "not understood"),
        ({"days": {"a": 1}}, "days", "not understood"),
    ],
)
def test_a_week_that_cannot_be_worked_is_refused_with_the_reason(ada, change, field, said):
    answer = ada.api("PATCH", "settings/working-time", change)
    (error,) = answer.json["errors"]
    assert answer.status_code == 422 and error["field"] == field and said in error["message"]


def test_a_line_that_names_no_day_is_asked_for_again_with_what_was_typed(ada):
    answer = ada.post(PAGE, {"a_from_0": "09:00", "a_to_0": "17:00", "days_off": "next Tuesday"})
    assert answer.status_code == 422 and "names no day" in answer.text and "next Tuesday</textarea>" in answer.text
