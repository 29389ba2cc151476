"""Other systems tell what people did: each thing once, about a record or about an address."""

import pytest
from sqlalchemy import select

from core import db
from core.customers.types import CUSTOMER
from core.events import EventRow
from core.records.services import create_record

VIEW = {"id": "v-1", "name": "page_viewed", "about": {"email": "Li@Lei.example"}, "data": {"page": "/prices"}}


def tell(person, *events, **how):
    return person.api("POST", "events", json={"events": list(events)}, **how)


def told(person):
    with person.inside():
        rows = select(EventRow).where(EventRow.name == "core.signal_received").order_by(EventRow.id)
        return list(db.session().scalars(rows))


def test_a_signal_is_taken_once_whoever_sends_it_again(ada, sam, clock):
    assert tell(ada, VIEW, VIEW).json["data"] == [{"id": "v-1", "taken": True}]
    assert tell(sam, VIEW).json["data"] == [{"id": "v-1", "taken": False}]
    (row,) = told(ada)
    assert (row.data["signal"], row.data["email"], row.data["said"]) == (
        "page_viewed", "li@lei.example", {"page": "/prices"},
    )  # fmt: skip

    clock.move(hours=25)
    assert tell(ada, VIEW).json["data"] == [{"id": "v-1", "taken": True}], "after a day the id is free again"


def test_a_signal_about_a_record_stands_in_its_timeline(ada):
    with ada.inside():
        customer = create_record(CUSTOMER, {"name": "Lei Ltd"}).id
    sent = VIEW | {"about": {"type": "customer", "id": str(customer)}, "at": "2026-01-01T08:00:00Z"}
    assert tell(ada, sent).status_code == 202

    names = [each["name"] for each in ada.api("GET", f"customers/{customer}/timeline").json["data"]]
    assert "core.signal_received" in names and told(ada)[0].data["since"] == "2026-01-01T08:00:00Z"


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"id": ""}, "events.0.id"),
        ({"name": "Page Viewed!"}, "events.0.name"),
        ({"about": {}}, "events.0.about"),
        ({"about": {"email": "nobody"}}, "events.0.about.email"),
        ({"about": {"phone": "12"}}, "events.0.about.phone"),
        ({"about": {"type": "customer"}}, "events.0.about"),
        ({"about": {"type": "nothing", "id": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"}}, "events.0.about.type"),
        ({"about": {"type": "customer", "id": "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"}}, "events.0.about.id"),
        ({"at": "2999-01-01T00:00:00Z"}, "events.0.at"),
        ({"data": {"x": "y" * 5000}}, "events.0.data"),
        ({"extra": 1}, "events.0.extra"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_it_is_taken(ada, fault, field):
    answer = tell(ada, VIEW | fault)

    assert answer.status_code == 422 and field in {each["field"] for each in answer.json["errors"]}, answer.json
    assert told(ada) == []


def test_too_many_at_once_are_refused(ada):
    assert tell(ada, *[VIEW | {"id": f"v-{n}"} for n in range(101)]).status_code == 422
    assert tell(ada).status_code == 422


def test_who_may_only_look_and_tokens_that_only_read_tell_nothing(ada, bob, mallory):
    assert tell(bob, VIEW).status_code == 403
    for scope in ("read", "customer:write"):
        key = ada.token(scopes=(scope,))
        assert tell(ada, VIEW, headers={"Authorization": f"Bearer {key}"}).status_code == 403
    with ada.inside():
        customer = create_record(CUSTOMER, {"name": "Lei Ltd"}).id
    assert tell(mallory, VIEW | {"about": {"type": "customer", "id": str(customer)}}).status_code == 422
    assert told(ada) == []
