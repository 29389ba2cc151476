"""What happened to a record: narrowed to a kind, and put back; and the way to the next record of the list."""

import re

import pytest
from sqlalchemy import select

from core import db
from core.customers.types import CONTACT, CUSTOMER
from core.events import EventRow
from core.records.services import create_record, update_record

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def lei(ada):
    with ada.inside():
        customer = create_record(CUSTOMER, {"name": "Lei Trading"})
        record = create_record(CONTACT, {"name": "Lei Lei", "customer": customer.id, "title": "Buyer"})
    with ada.inside():
        update_record(CONTACT, CONTACT.get(record.id), {"title": "Head of buying"})
    return record.id


def change_of(person, record_id):
    with person.inside():
        found = select(EventRow.id).where(EventRow.record_id == record_id, EventRow.name == "contact.updated")
        return db.session().scalars(found.order_by(EventRow.id)).first()


def title_of(person, record_id):
    with person.inside():
        return CONTACT.get(record_id).title


def test_an_old_value_is_put_back(ada, lei):
    page = ada.get(f"contacts/{lei}").text
    url = f"contacts/{lei}/history/{change_of(ada, lei)}/title"
    assert url in page
    assert ada.post(url).status_code in (302, 303)
    assert title_of(ada, lei) == "Buyer"
    assert ada.get(f"contacts/{lei}").text.count("Head of buying") >= 2


def test_what_was_never_changed_cannot_be_put_back(ada, lei, mallory):
    event = change_of(ada, lei)
    assert ada.post(f"contacts/{lei}/history/{event}/phone").status_code == 404
    assert ada.post(f"contacts/{lei}/history/{lei}/title").status_code == 404
    assert mallory.post(f"/w/globex/contacts/{lei}/history/{event}/title").status_code == 404


def test_who_only_looks_is_offered_nothing_to_put_back(ada, bob, lei):
    url = f"contacts/{lei}/history/{change_of(ada, lei)}/title"
    assert url not in bob.get(f"contacts/{lei}").text
    assert bob.post(url).status_code in (403, 404)
    assert title_of(ada, lei) == "Head of buying"


def test_the_history_is_narrowed_to_changes(ada, lei):
    everything = ada.get(f"contacts/{lei}/history", headers=PART).text
    changes = ada.get(f"contacts/{lei}/history?kind=changes", headers=PART).text
    other = ada.get(f"contacts/{lei}/history?kind=other", headers=PART).text
    assert everything.count('id="event-') == 2
    assert "Head of buying" in changes and changes.count('id="event-') == 1
    assert "Head of buying" not in other and other.count('id="event-') == 1


@pytest.fixture
def five(ada):
    with ada.inside():
        return [
            create_record(CUSTOMER, {"name": f"Number {n}", "level": "a" if n % 2 else "b"}).id for n in range(1, 6)
        ]


def neighbours(person, record_id, query=""):
    page = person.get(f"customers/{record_id}/neighbours{query}", headers=PART)
    assert page.status_code == 200
    found = dict(re.findall(r'rel="(\w+)"[^>]*aria-label="\w+: ([^"]+)"', page.text))
    return found.get("prev"), found.get("next")


def test_the_next_record_is_the_next_of_the_list_one_came_from(ada, five):
    assert neighbours(ada, five[2], "?sort=name") == ("Number 2", "Number 4")
    assert neighbours(ada, five[2], "?sort=-name") == ("Number 4", "Number 2")
    assert neighbours(ada, five[0], "?sort=name") == (None, "Number 2")
    only_a = '?sort=name&filter={"field":"level","op":"is","value":"a"}'
    assert neighbours(ada, five[2], only_a) == ("Number 1", "Number 5")
    assert neighbours(ada, five[1], only_a) == ("Number 1", "Number 3")


def test_a_list_that_cannot_be_read_has_no_neighbours(ada, five):
    assert neighbours(ada, five[2], "?sort=nonsense") == (None, None)
    assert neighbours(ada, five[2], "?filter={broken") == (None, None)
