"""Following a record, and being named in a note."""

import pytest
from sqlalchemy import select

from core import db
from core.activities.models import Notification
from core.activities.services import log_follow_up
from core.customers.types import CUSTOMER
from core.records.following import followers_of
from core.records.services import create_record, update_record

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def lei(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Lei Trading", "owner": ada.member_id}).id


def told(person) -> list[str]:
    with person.inside():
        mine = select(Notification).where(Notification.member_id == person.member_id).order_by(Notification.id)
        return [n.text % n.values for n in db.session().scalars(mine)]


def change(person, record_id, **values):
    with person.inside():
        update_record(CUSTOMER, CUSTOMER.get(record_id), values)


def test_whoever_follows_is_told_of_changes_but_not_of_their_own(ada, bob, lei, run_jobs):
    assert "Follow" in bob.get(f"customers/{lei}/neighbours?alone=1", headers=PART).text
    bob.post(f"customers/{lei}/following")
    ada.post(f"customers/{lei}/following")
    assert "Stop following" in bob.get(f"customers/{lei}/neighbours?alone=1", headers=PART).text
    change(ada, lei, industry="Tea")
    run_jobs()
    assert told(bob) == [f"{ada.name} changed “Lei Trading”, which you follow: Industry"]
    assert told(ada) == []


def test_whoever_stops_is_told_nothing_more(ada, bob, lei, run_jobs):
    bob.post(f"customers/{lei}/following")
    bob.post(f"customers/{lei}/following", {"follow": "no"})
    change(ada, lei, industry="Tea")
    run_jobs()
    assert told(bob) == []


def test_who_may_no_longer_see_it_learns_nothing(ada, sam, lei, run_jobs):
    change(ada, lei, owner=sam.member_id)
    sam.post(f"customers/{lei}/following")
    change(ada, lei, owner=ada.member_id)
    change(ada, lei, industry="Tea")
    run_jobs()
    assert not [line for line in told(sam) if "Tea" in line or "Lei" in line and "follow" in line]


def test_what_one_may_not_see_one_cannot_follow(sam, mallory, lei):
    assert sam.post(f"customers/{lei}/following").status_code == 404
    assert mallory.post(f"/w/globex/customers/{lei}/following").status_code == 404


def test_who_is_named_in_a_note_is_told_and_follows(ada, bob, sam, lei, run_jobs):
    with ada.inside():
        log_follow_up(
            "customer", CUSTOMER.get(lei), channel="note", summary=f"Please look, @{bob.name}! And @{sam.name}"
        )
    run_jobs()
    assert len(told(bob)) == 1 and told(bob)[0].startswith(f"{ada.name} mentioned you at “Lei Trading”")
    assert told(sam) == []  # who does not see the customer
    with ada.inside():
        assert list(followers_of(lei)) == [bob.member_id]


def test_an_address_is_no_mention(ada, bob, lei, run_jobs):
    with ada.inside():
        log_follow_up("customer", CUSTOMER.get(lei), channel="note", summary=f"wrote to info@{bob.name}son.example")
    assert told(bob) == []


def test_names_are_offered_after_an_at(ada, bob, mallory):
    first = bob.name.split()[0]
    assert bob.name in ada.get(f"mentions/?q={first[:2].lower()}").json
    assert mallory.name not in ada.get("mentions/?q=").json
    assert ada.get("mentions/?q=%25").json == []
