"""Logging what was said with a customer, and what is to be done next."""

from datetime import timedelta

import pytest

from core import current, db
from core.activities.events import FollowedUp
from core.activities.models import FollowUp, Task
from core.activities.services import complete_task, create_task, log_follow_up, transfer_history
from core.activities.types import FOLLOW_UP, TASK
from core.customers.types import CONTACT, CUSTOMER
from core.deadlines import due_of
from core.errors import Invalid, NotFound
from core.events import read_back, timeline_of
from core.records.fields import RecordRef
from core.records.query import Listing
from core.records.services import create_record, update_record


def make_customer(who, name="Analytical Engines", **values):
    with who.inside():
        return create_record(CUSTOMER, {"name": name} | values)


def test_a_follow_up_is_told_to_whoever_listens_and_stands_in_the_timeline(ada):
    acme = make_customer(ada)
    with ada.inside():
        logged = log_follow_up("customer", acme, channel="call", summary="Wants an offer by Friday")
    with ada.inside():
        event = read_back(timeline_of(acme.id)[0])
    assert isinstance(event, FollowedUp)
    assert (event.record_type, event.record_id, event.customer_id) == ("customer", acme.id, acme.id)
    assert (event.channel, event.summary, event.follow_up_id) == ("call", "Wants an offer by Friday", logged.id)
    assert event.happened.actor_id == ada.member_id


def test_the_next_step_becomes_a_task_of_whoever_logged_it_with_a_reminder(sam):
    acme = make_customer(sam)
    next_at = current.now() + timedelta(days=2)
    with sam.inside():
        log_follow_up("customer", acme, channel="visit", summary="Met the CFO", next_step="Send offer", next_at=next_at)
    with sam.inside():
        task = db.session().query(Task).one()
        assert (task.title, task.owner_id, task.due_at) == ("Send offer", sam.member_id, next_at)
        assert (task.about_type, task.about_id, task.customer_id) == ("customer", acme.id, acme.id)
        assert due_of(task.id, "task.due") == next_at


def test_a_next_time_without_a_next_step_is_asked_about(ada):
    acme = make_customer(ada)
    with ada.inside(), pytest.raises(Invalid) as refused:
        log_follow_up("customer", acme, channel="call", summary="Hello", next_at=current.now())
    assert refused.value.problems[0].field == "next_step"


def test_what_has_not_happened_yet_cannot_be_logged(ada):
    acme = make_customer(ada)
    with ada.inside(), pytest.raises(Invalid) as refused:
        log_follow_up("customer", acme, channel="call", summary="Hello", happened_at=current.now() + timedelta(hours=1))
    assert refused.value.problems[0].field == "happened_at"


def test_forms_and_the_api_go_the_same_way_and_a_customer_is_enough(ada):
    acme = make_customer(ada)
    with ada.inside():
        first = create_record(FOLLOW_UP, {"customer": acme.id, "channel": "call", "summary": "One"})
        second = create_record(
            FOLLOW_UP, {"about": RecordRef("customer", acme.id), "channel": "note", "summary": "Two"}
        )
        assert (first.about_type, first.about_id) == ("customer", acme.id)
        assert second.customer_id == acme.id
        assert [read_back(row).name for row in timeline_of(acme.id, limit=2)] == ["activities.followed_up"] * 2


def test_a_follow_up_about_a_contact_is_in_the_timeline_of_its_customer(ada):
    acme = make_customer(ada)
    with ada.inside():
        contact = create_record(CONTACT, {"name": "王小明", "customer": acme.id})
        logged = create_record(
            FOLLOW_UP, {"about": RecordRef("contact", contact.id), "channel": "chat", "summary": "微信聊了需求"}
        )
        assert logged.customer_id == acme.id
        assert timeline_of(acme.id)[0].record_id == contact.id


def test_a_follow_up_must_be_about_something_that_exists_and_that_one_may_see(ada, sam, mallory):
    acme, theirs = make_customer(ada), make_customer(mallory, "Globex secret")
    for about in (
        None,
        RecordRef("customer", theirs.id),
        RecordRef("customer", acme.id),
        RecordRef("nonsense", acme.id),
    ):
        with sam.inside(), pytest.raises(Invalid) as refused:
            create_record(FOLLOW_UP, {"about": about, "channel": "call", "summary": "Hi"})
        assert refused.value.problems[0].field == "about"


def test_whoever_sees_the_customer_sees_its_follow_ups_and_nobody_else_does(ada, sam, eve):
    acme = make_customer(ada, owner=sam.member_id)
    with ada.inside():
        logged = log_follow_up("customer", acme, channel="call", summary="Hello")
    with sam.inside():
        assert FOLLOW_UP.get(logged.id).summary == "Hello"
    with eve.inside(), pytest.raises(NotFound):
        FOLLOW_UP.get(logged.id)


def test_correcting_a_follow_up_is_no_follow_up(ada):
    acme = make_customer(ada)
    with ada.inside():
        logged = log_follow_up("customer", acme, channel="call", summary="Helo")
    with ada.inside():
        update_record(FOLLOW_UP, FOLLOW_UP.get(logged.id), {"summary": "Hello"})
        assert [row.name for row in timeline_of(acme.id)][:2] == ["follow_up.updated", "activities.followed_up"]


def test_a_customer_inherits_the_whole_story_of_the_record_it_came_from(ada, statements):
    """A task without a customer plays the lead: its events know of no customer either."""
    with ada.inside():
        lead = create_task(title="A lead, for now")
        log_follow_up("task", lead, channel="call", summary="First call", next_step="Call again")
    acme = make_customer(ada)
    with ada.inside():
        lead, acme = TASK.get(lead.id), CUSTOMER.get(acme.id)
        transfer_history(lead, acme)
        transfer_history(lead, acme)
        complete_task(db.session().query(Task).filter(Task.title == "Call again").one())
    with ada.inside():
        assert db.session().query(FollowUp).one().customer_id == acme.id
        with statements() as sent:
            told = timeline_of(acme.id)
        assert len(sent) == 1
        assert [(row.name, row.data.get("title")) for row in told] == [
            ("task.updated", "Call again"),
            ("customer.created", "Analytical Engines"),
            ("task.created", "Call again"),
            ("activities.followed_up", None),
            ("task.created", "A lead, for now"),
        ]
        newer = timeline_of(acme.id, limit=2)
        assert [*newer, *timeline_of(acme.id, before=newer[-1].id)] == told


def test_the_story_of_a_record_stays_out_of_other_customers(ada):
    with ada.inside():
        lead = create_task(title="A lead, for now")
    acme, other = make_customer(ada), make_customer(ada, "Difference Engines")
    with ada.inside():
        transfer_history(TASK.get(lead.id), CUSTOMER.get(acme.id))
        assert [row.name for row in timeline_of(other.id)] == ["customer.created"]


def test_the_api_logs_what_a_person_logs(ada, sam):
    acme = make_customer(ada)
    about = {"type": "customer", "id": str(acme.id)}
    next_at = (current.now() + timedelta(days=1)).isoformat()
    said = {"channel": "visit", "summary": "Saw the plant", "next_step": "Send offer", "next_at": next_at}
    answer = ada.api("POST", "follow-ups", json={"about": about, **said})
    assert answer.status_code == 201
    data = answer.json["data"]
    assert (data["about"], data["customer"], data["owner"]) == (about, str(acme.id), str(ada.member_id))
    assert data["happened_at"]
    short = ada.api("POST", "follow-ups", json={"customer": str(acme.id), "channel": "note", "summary": "Also"})
    assert short.json["data"]["about"] == about
    with ada.inside():
        assert [row.name for row in timeline_of(acme.id)].count("activities.followed_up") == 2
        assert db.session().query(Task).one().title == "Send offer"
    refused = ada.api("POST", "follow-ups", json={"channel": "call", "summary": "Hi"})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "about")
    for wrong in ({"type": "customer"}, {"type": "no such", "id": str(acme.id)}, {"type": "customer", "id": "7"}):
        refused = ada.api("POST", "follow-ups", json={"about": wrong, **said})
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "about")
    refused = sam.api("POST", "follow-ups", json={"about": about, **said})
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "unknown_reference")


def test_follow_ups_are_filtered_by_what_they_are_about(ada):
    acme, other = make_customer(ada), make_customer(ada, "Difference Engines")
    with ada.inside():
        log_follow_up("customer", acme, channel="call", summary="One")
        log_follow_up("customer", other, channel="call", summary="Two")
        about = {"field": "about", "op": "is", "value": {"type": "customer", "id": str(other.id)}}
        assert [each.summary for each in Listing(FOLLOW_UP, about).page().records] == ["Two"]
