"""The first page of a workspace: today's work, the people one deals with, the way in."""

from datetime import timedelta
from html import unescape

import pytest

from core import current
from core.activities.services import create_task, log_follow_up
from core.customers.desk import greeting
from core.customers.types import CUSTOMER
from core.records.services import create_record

HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)


def desk(who):
    answer = who.get("")
    assert answer.status_code == 200
    return unescape(answer.text)


def test_a_new_workspace_is_shown_its_first_steps_until_they_are_done(ada):
    shown = desk(ada)
    for text in ("Bring in your customers", "Invite your colleagues", "Switch on what you need"):
        assert text in shown
    with ada.inside():
        create_record(CUSTOMER, {"name": "Acme"})
    assert desk(ada).count("gx-step-done") == 1


def test_the_first_steps_are_for_who_runs_the_workspace(sam):
    assert "Bring in your customers" not in desk(sam)


def test_my_open_tasks_are_there_by_when_they_are_due(ada, sam):
    now = current.now()
    with ada.inside():
        for title, due in (("Late", now - DAY), ("Soon", now + 3 * DAY), ("Far", now + 30 * DAY), ("Someday", None)):
            create_task(title=title, due_at=due)
        create_task(title="Not mine", owner_id=sam.member_id)
    shown = unescape(ada.get("tasks/mine").text)
    places = [shown.index(text) for text in ("Overdue", "Late", "Next 7 days", "Soon", "Later", "Far", "Someday")]
    assert places == sorted(places)
    assert "Not mine" not in shown
    shown = desk(ada)
    assert shown.index("Late") < shown.index("Soon") < shown.index("2 more later")
    assert "Far" not in shown


@pytest.mark.parametrize(("hours", "group"), [(-1, "overdue"), (1, "today"), (26, "week"), (24 * 9, "later")])
def test_today_is_today_where_the_reader_is(ada, clock, hours, group):
    tomorrow = current.now() + timedelta(days=1)  # never back: what was signed later than now is not believed
    clock.move_to(tomorrow.replace(hour=9, minute=30))
    with ada.inside():
        create_task(title="Call", due_at=current.now() + timedelta(hours=hours))
    assert f'id="tasks-{group}"' in ada.get("tasks/mine").text


def test_a_task_is_added_in_one_line(ada):
    answer = ada.post("tasks/mine", {"title": "Call", "due_at": ""}, headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="agenda"') and "Call" in answer.text
    assert ada.post("tasks/mine", {"title": "Call", "due_at": ""}).status_code == 303
    refused = ada.post("tasks/mine", {"title": "", "due_at": "never"}, headers=HTMX)
    assert refused.status_code == 422 and 'value="never"' in refused.text


def test_the_customers_looked_at_last_come_first(ada):
    with ada.inside():
        made = [create_record(CUSTOMER, {"name": f"Customer {number}"}) for number in range(9)]
    ada.get(f"customers/{made[0].id}")
    ada.get(f"customers/{made[3].id}")
    shown = desk(ada)
    places = [shown.index(f"Customer {number}<") for number in (3, 0, 8, 7)]
    assert places == sorted(places)
    assert "Customer 1<" not in shown


def test_customers_nobody_spoke_with_are_brought_to_mind(ada, sam, clock):
    with ada.inside():
        quiet = create_record(CUSTOMER, {"name": "Quiet Ltd"})
        busy = create_record(CUSTOMER, {"name": "Busy Ltd"})
        create_record(CUSTOMER, {"name": "Lost Ltd", "stage": "lost"})
        create_record(CUSTOMER, {"name": "Theirs Ltd", "owner": sam.member_id})
        log_follow_up("customer", quiet, channel="call", summary="Hello")
    assert "Gone quiet" not in desk(ada)
    clock.move(days=15)
    with ada.inside():
        log_follow_up("customer", CUSTOMER.get(busy.id), channel="call", summary="Hello")
    shown = desk(ada).partition("Gone quiet")[2]
    assert "Quiet Ltd" in shown
    for other in ("Busy Ltd", "Lost Ltd", "Theirs Ltd"):
        assert other not in shown


def test_nobody_sees_customers_there_that_they_may_not_see(ada, sam):
    with ada.inside():
        secret = create_record(CUSTOMER, {"name": "Secret Ltd"})
    with sam.client.session_transaction() as session:
        session["seen-acme"] = [str(secret.id)]
    assert "Secret Ltd" not in desk(sam)


def test_the_greeting_suits_the_hour_where_the_member_is(ada, clock):
    for hour, words in ((1, "Good morning"), (5, "Good afternoon"), (12, "Good evening"), (19, "Good evening")):
        clock.move_to((current.now() + timedelta(days=1)).replace(hour=hour, minute=0))
        with ada.inside():
            assert str(greeting()) == words, hour
