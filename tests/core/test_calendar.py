"""Records on the days of one of their dates: month and week, moving one, taking it back."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from core import access, db
from core.activities.types import TASK
from core.records.services import create_record

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def make(person, title="Call back", due=datetime(2026, 11, 18, 6, 30, tzinfo=UTC), **values):
    with person.inside():
        return create_record(TASK, {"title": title, "due_at": due} | values).id


def read(person, url="tasks/calendar?month=2026-11", status=200):
    answer = person.get(url)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def day(page, iso):
    return page.split(f'data-day="{iso}"')[1].split("</section>")[0]


def due(person, record_id):
    with person.inside():
        return TASK.get(record_id).due_at


@pytest.fixture
def in_shanghai(ada):
    with ada.inside():
        db.get(access.Member, ada.member_id).timezone = "Asia/Shanghai"


def test_a_record_lies_on_its_day_with_its_hour(ada):
    make(ada)
    page = read(ada)
    assert "Call back" in day(page, "2026-11-18") and "November 2026" in page
    assert "Call back" not in read(ada, "tasks/calendar?month=2026-10")
    assert page.count("data-day=") == 42 and "gx-cal-outside" in page


def test_the_day_is_that_of_who_looks(ada, bob, in_shanghai):
    make(ada, due=datetime(2026, 11, 18, 20, 0, tzinfo=UTC))
    assert "Call back" in day(read(ada), "2026-11-19") and "4:00" in day(read(ada), "2026-11-19")
    late = make(ada, "Last of the month", due=datetime(2026, 11, 1, 15, 59, tzinfo=UTC))
    assert "Last of the month" in day(read(ada), "2026-11-01") and late


def test_the_edges_of_the_month_belong_to_the_zone(ada, in_shanghai):
    make(ada, "Before", due=datetime(2026, 10, 25, 15, 59, tzinfo=UTC))
    make(ada, "First", due=datetime(2026, 10, 25, 16, 0, tzinfo=UTC))
    page = read(ada)
    assert "First" in day(page, "2026-10-26") and "Before" not in page


def test_a_week_shows_all_and_a_full_day_of_a_month_leads_to_it(ada):
    for n in range(8):
        make(ada, f"Task {n}")
    page = read(ada)
    assert day(page, "2026-11-18").count("<article") == 4 and "4 more" in day(page, "2026-11-18")
    url = re.search(r'gx-cal-more" href="([^"]+)"', page)[1].replace("&amp;", "&")
    week = read(ada, url)
    assert day(week, "2026-11-18").count("<article") == 8 and week.count("data-day=") == 7


def test_months_lead_on_and_back(ada):
    page = read(ada, "tasks/calendar?month=2026-12")
    assert "month=2026-11" in page and "month=2027-01" in page
    page = read(ada, "tasks/calendar?week=2026-11-18")
    assert "week=2026-11-09" in page and "week=2026-11-23" in page


def test_a_record_is_put_on_another_day_and_keeps_its_hour(ada, in_shanghai):
    record_id = make(ada, due=datetime(2026, 11, 18, 20, 15, tzinfo=UTC))
    answer = ada.post("tasks/calendar/moves?date=due_at", {"id": str(record_id), "to": "2026-11-25"}, headers=PART)
    assert answer.status_code == 200 and answer.get_data(as_text=True).startswith("<article")
    assert due(ada, record_id) == datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["toasts"][0]["undo"]
    back = ada.post(undo)
    assert back.status_code == 303 and "/tasks/calendar" in back.location
    assert due(ada, record_id) == datetime(2026, 11, 18, 20, 15, tzinfo=UTC)


def test_those_who_may_only_look_cannot_move(ada, bob, mallory):
    record_id = make(ada)
    assert "data-calendar" in read(ada) and "data-calendar" not in read(bob)
    move = {"id": str(record_id), "to": "2026-11-25"}
    assert bob.post("tasks/calendar/moves?date=due_at", move).status_code == 403
    assert mallory.post("tasks/calendar/moves?date=due_at", move).status_code == 404
    assert due(ada, record_id).day == 18


@pytest.mark.parametrize("to", ["", "nonsense", "2026-02-30", "9999-12-31T00:00", "0001-01-01", "2026-11-25\x00x"])
def test_a_move_to_no_day_is_refused(ada, to):
    record_id = make(ada)
    answer = ada.post("tasks/calendar/moves?date=due_at", {"id": str(record_id), "to": to}, headers=PART)
    assert answer.status_code == 422 and due(ada, record_id).day == 18


def test_a_date_that_the_system_sets_is_shown_and_not_moved(ada):
    record_id = make(ada)
    assert "data-calendar" not in read(ada, "tasks/calendar?date=created_at")
    move = {"id": str(record_id), "to": "2026-11-25"}
    assert ada.post("tasks/calendar/moves?date=created_at", move).status_code in (403, 404, 422)


def test_the_calendar_obeys_filter_and_search(ada):
    make(ada, "First")
    make(ada, "Second")
    assert "Second" not in read(ada, "tasks/calendar?month=2026-11&q=first")
    condition = {"all": [{"field": "title", "op": "contains", "value": "sec"}]}
    page = read(ada, f"tasks/calendar?month=2026-11&filter={quote(json.dumps(condition))}")
    assert "Second" in page and "First" not in page
    assert "Nothing lies on these days" in read(ada, "tasks/calendar?month=2030-01")


@pytest.mark.parametrize("odd", ["month=nonsense", "month=2026-13", "week=2026-02-30", "week=1600-01-01", "month=9999-12", "week=9998-12-31",
                                 "month=9998-12", "month=1900-01"])  # fmt: skip
def test_an_odd_month_is_answered(ada, odd):
    assert "gx-cal" in read(ada, f"tasks/calendar?{odd}")


def test_what_is_no_date_makes_no_calendar(ada):
    assert ada.get("tasks/calendar?date=title").status_code == 404
    assert ada.get("tasks/calendar?date=nope").status_code == 404


def test_a_calendar_asks_the_database_little(ada, statements):
    for n in range(10):
        make(ada, f"Task {n}")
    read(ada)
    with statements() as sent:
        read(ada)
    assert len(sent) <= 7, "\n".join(sent)
