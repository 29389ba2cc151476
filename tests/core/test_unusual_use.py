"""Whoever looks after security is told when somebody looks at, or takes out, unusually much."""

from datetime import timedelta

import pytest
from redis.exceptions import ConnectionError as NoValkey
from sqlalchemy import func, select

from core import db
from core.access import use
from core.access.use import note_use, today
from core.activities.models import Notification
from core.auth.policy import Policy
from core.auth.unusual.models import MemberUse
from core.auth.unusual.weighing import Usual, unusual, weigh_days
from core.customers.types import CUSTOMER
from core.records.exports.services import Choices, begin_export
from core.records.runs.selection import Selection
from core.records.services import create_record


@pytest.fixture
def customers(ada):
    with ada.inside():
        return [create_record(CUSTOMER, {"name": f"Customer {n}"}).id for n in range(3)]


def demand(person, **policy):
    assert person.api("PATCH", "settings/security", policy).status_code == 200


def used(person):
    """What is kept of the person: by day from today, opened, listed, exported, revealed."""
    with person.inside():
        rows = db.session().scalars(select(MemberUse).where(MemberUse.member_id == person.member_id)).all()
        return {(today() - row.day).days: (row.opened, row.listed, row.exported, row.revealed) for row in rows}


def alarms(person):
    return person.api("GET", "audit", query_string={"group": "alarms"}).json["data"]


def told(person):
    with person.inside():
        mine = select(func.count()).select_from(Notification).where(Notification.icon == "eye-exclamation")
        return db.session().scalar(mine.where(Notification.member_id == person.member_id))


def open_records(person, number):
    with person.inside():
        note_use("opened", number)


def test_what_is_opened_listed_and_exported_is_counted_for_each_member(ada, bob, customers):
    ada.get(f"customers/{customers[0]}")
    ada.api("GET", f"customers/{customers[1]}")
    ada.get("customers/")
    bob.api("GET", "customers")
    with ada.inside():
        begin_export(Selection(CUSTOMER, tuple(customers)), ["name"], Choices())
    with ada.inside("system"):
        weigh_days()
    assert (used(ada), used(bob)) == ({0: (2, 3, 3, 0)}, {0: (0, 3, 0, 0)})


def test_above_the_limit_owners_are_told_once_a_day_with_figures(ada, sam, bob, run_jobs, mails, clock):
    demand(ada, opened_limit=50)
    open_records(sam, 40)
    run_jobs()
    assert alarms(ada) == [] and used(sam)[0][0] == 40
    open_records(sam, 35)
    run_jobs()
    open_records(sam, 500)
    run_jobs()
    (alarm,) = alarms(ada)
    said = alarm["data"]
    assert (said["member"], said["what"], said["opened"]) == ("Sam Seller", ["opened"], 75)
    assert told(ada) == 1 and told(bob) == told(sam) == 0
    mail = mails.to("ada@example.com")[-1]
    assert "75 records opened" in " ".join([str(mail["subject"]), mails.text("ada@example.com")])
    assert mails.link("ada@example.com").startswith(f"/w/acme/settings/audit/?member={sam.member_id}")
    assert used(sam)[0][0] == 575, "what follows is still counted"
    clock.move(days=1)
    open_records(sam, 60)
    run_jobs()
    assert len(alarms(ada)) == 2


def test_unusual_is_many_times_what_is_usual_for_that_member(ada, sam, eve, run_jobs, clock):
    with ada.inside():
        days = [today() - timedelta(days=back) for back in range(1, 8)]
        for person, number in ((sam, 60), (eve, 300)):
            db.session().add_all([MemberUse(member_id=person.member_id, day=day, opened=number) for day in days])
    for person in (sam, eve):
        open_records(person, 400)
    run_jobs()
    (alarm,) = alarms(ada)
    assert alarm["data"]["member"] == "Sam Seller" and alarm["data"]["usual"]["opened"] == 60


@pytest.mark.parametrize(
    ("opened", "usual", "said"),
    [(2001, None, ["opened"]), (2000, None, []), (400, Usual(4, {"opened": 1.0}), []),
     (400, Usual(5, {"opened": 79.9}), ["opened"]), (400, Usual(5, {"opened": 80.0}), []),
     (200, Usual(20, {"opened": 0.0}), [])],
)  # fmt: skip
def test_limits_floors_and_what_is_usual(opened, usual, said):
    known = usual and Usual(usual.days, {"listed": 0.0, "exported": 0.0, "revealed": 0.0, **usual.of})
    day = MemberUse(opened=opened, listed=0, exported=0, revealed=0)
    assert unusual(day, known, Policy()) == said


def test_it_can_be_switched_off(ada, sam, run_jobs):
    demand(ada, opened_limit=50, unusual_alarm=False)
    open_records(sam, 5000)
    run_jobs()
    assert alarms(ada) == [] and used(sam)[0][0] == 5000
    demand(ada, unusual_alarm=True)
    open_records(sam, 25)
    run_jobs()
    assert len(alarms(ada)) == 1


def test_at_night_the_day_is_kept_weighed_and_what_is_long_past_goes(ada, sam, clock):
    demand(ada, opened_limit=10)
    open_records(sam, 11)
    with ada.inside():
        db.session().add(MemberUse(member_id=sam.member_id, day=today() - timedelta(days=89), opened=1))
        db.session().add(MemberUse(member_id=sam.member_id, day=today() - timedelta(days=90), opened=1))
    assert alarms(ada) == [], "too few to be weighed at once"
    clock.move(days=1)
    with ada.inside("system"):
        weigh_days()
        weigh_days()
    assert len(alarms(ada)) == 1 and set(used(sam)) == {1, 90}


def test_no_page_fails_without_valkey_or_waits_for_it_twice(ada, customers, monkeypatch):
    asked = []

    def silent():
        asked.append(1)
        raise NoValkey("gone")

    monkeypatch.setattr(use, "redis", silent)
    monkeypatch.setitem(use._pause, "until", 0.0)
    assert ada.get(f"customers/{customers[0]}").status_code == 200
    assert ada.get("customers/").status_code == 200
    assert len(asked) == 1


def test_other_workspaces_are_counted_by_themselves(ada, mallory, run_jobs):
    demand(mallory, opened_limit=10)
    open_records(ada, 100)
    run_jobs()
    assert used(mallory) == {} and alarms(ada) == alarms(mallory) == []


def test_looking_with_somebody_else_s_eyes_counts_for_whoever_looks(ada, bob, customers):
    ada.post("settings/roles/seeing", {"member": str(bob.member_id)})
    assert "Bob Viewer" in ada.get("customers/").text
    with ada.inside("system"):
        weigh_days()
    assert (used(bob), used(ada)) == ({}, {0: (0, 3, 0, 0)})
