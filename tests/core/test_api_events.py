"""What happened: history, timeline and the change feed."""

import threading
import time

import pytest
from sqlalchemy import text

from core import db
from core.api import happenings
from core.customers.types import CUSTOMER
from core.events import EventRow
from core.records.services import create_record


def names(page):
    return [each["name"] for each in page.json["data"]]


def follow(person, after=None):
    """All that the feed has after a cursor, and the cursor to go on with."""
    seen = []
    while True:
        page = person.api("GET", "events", query_string={"limit": 2, **({"after": after} if after else {})}).json
        seen += page["data"]
        if not page["data"]:
            return seen, after
        after = page["next"]


@pytest.fixture
def acme(ada):
    made = ada.api("POST", "customers", json={"name": "Acme"}).json["data"]
    ada.api("POST", "contacts", json={"name": "Wile", "customer": made["id"]})
    return ada.api("PATCH", f"customers/{made['id']}", json={"name": "Acme Ltd"}).json["data"]


def test_a_record_tells_its_history_and_a_customer_everything_about_it(ada, acme):
    address = f"customers/{acme['id']}"
    assert names(ada.api("GET", f"{address}/history")) == ["customer.updated", "customer.created"]
    timeline = ada.api("GET", f"{address}/timeline")
    assert names(timeline) == ["customer.updated", "contact.created", "customer.created"]
    newest = timeline.json["data"][0]
    assert newest["changes"] == {"name": ["Acme", "Acme Ltd"]}
    assert newest["actor_id"] == str(ada.member_id)
    assert newest["cause"]["kind"] == "token"


def test_a_history_is_read_page_by_page(ada, acme):
    first = ada.api("GET", f"customers/{acme['id']}/timeline?limit=2").json
    rest = ada.api("GET", f"customers/{acme['id']}/timeline?limit=2&after={first['next']}").json
    assert [e["name"] for e in first["data"] + rest["data"]] == [
        "customer.updated",
        "contact.created",
        "customer.created",
    ]
    assert rest["next"] is None


def test_a_change_is_in_the_feed_at_once_and_once(ada, acme):
    events, cursor = follow(ada)
    assert [each["name"] for each in events] == ["customer.created", "contact.created", "customer.updated"]
    assert follow(ada, cursor) == ([], cursor)
    ada.api("DELETE", f"customers/{acme['id']}")
    assert [each["name"] for each in follow(ada, cursor)[0]] == ["customer.deleted"]


def test_the_feed_never_skips_what_is_committed_late(ada):
    """Somebody began first, and commits an event with a smaller id after a later one could be read."""
    begun, go_on = threading.Event(), threading.Event()

    def late():
        with ada.inside():
            create_record(CUSTOMER, {"name": "Late"})
            begun.set()
            go_on.wait(10)

    thread = threading.Thread(target=late)
    thread.start()
    assert begun.wait(10)
    ada.api("POST", "customers", json={"name": "Early"})
    events, cursor = follow(ada)
    assert events == []
    go_on.set()
    thread.join()
    events, cursor = follow(ada, cursor)
    assert [each["data"]["title"] for each in events] == ["Late", "Early"]


def test_who_only_reads_does_not_hold_the_feed_up_for_long(ada, monkeypatch):
    at_once = str(happenings.HORIZON).replace("5 s", "0 s").replace("250 ms", "1 ms")
    monkeypatch.setattr(happenings, "HORIZON", text(at_once))
    with ada.inside():
        assert db.session().query(EventRow).count() == 0
        ada.api("POST", "customers", json={"name": "Acme"})
        time.sleep(0.01)
        assert names(ada.api("GET", "events")) == ["customer.created"]


def test_the_feed_shows_only_what_one_may_see(ada, sam, eve, mallory):
    sam.api("POST", "customers", json={"name": "Sam's"})
    assert [e["data"]["title"] for e in follow(sam)[0]] == ["Sam's"]
    assert [e["data"]["title"] for e in follow(ada)[0]] == ["Sam's"]
    assert follow(eve)[0] == follow(mallory)[0] == []


def test_a_contacts_history_is_its_own(ada, acme):
    (contact,) = ada.api("GET", "contacts").json["data"]
    assert names(ada.api("GET", f"contacts/{contact['id']}/history")) == ["contact.created"]
    assert ada.api("GET", f"contacts/{contact['id']}/history?after=rubbish").status_code == 422
