"""The page of a customer: everything known, in one place, at once."""

from datetime import timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import current, db
from core.access import Role
from core.activities.models import FollowUp, Task
from core.activities.services import create_task, log_follow_up
from core.activities.types import FOLLOW_UP, TASK
from core.customers.types import CONTACT, CUSTOMER
from core.host.hookspecs import hookimpl
from core.host.loader import host
from core.host.manifest import Panel, Plugin
from core.records.fields import RecordRef
from core.records.services import create_record, delete_record, update_record

HTMX = {"HX-Request": "true"}


@pytest.fixture
def acme(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "北京建国科技", "tags": ["VIP"], "stage": "talking"})


def page(who, customer, query="", **options):
    answer = who.get(f"customers/{customer.id}{query}", **options)
    assert answer.status_code == 200
    return unescape(answer.text)


def say(who, customer, values, **options):
    return who.post(f"customers/{customer.id}/follow-ups", {"channel": "call"} | values, **options)


def test_everything_is_on_the_page(ada, acme):
    with ada.inside():
        parent = create_record(CUSTOMER, {"name": "建国集团"})
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"parent": parent.id, "level": "a"})
        create_record(CUSTOMER, {"name": "建国机器人", "parent": acme.id})
        create_record(CONTACT, {"name": "王小明", "customer": acme.id, "phone": "+8613800138000", "role": "拍板人"})
        create_task(title="Send the offer", about=RecordRef("customer", acme.id))
        log_follow_up("customer", CUSTOMER.get(acme.id), channel="call", summary="Wants an offer\nby Friday")
    shown = page(ada, acme)
    for text in ("北京建国科技", "VIP", "建国集团", "建国机器人", "王小明", "拍板人", "Send the offer",
                 "logged a call", "Wants an offer\nby Friday", 
                 "tel:+8613800138000", "created this customer"):  # fmt: skip
        assert text in shown, text


def test_the_first_paint_takes_at_most_twelve_statements(ada, sam, acme, statements):
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"owner": sam.member_id, "parent": None})
        for number in range(10):
            create_record(CONTACT, {"name": f"Contact {number}", "customer": acme.id})
            create_task(title=f"Task {number}", about=RecordRef("customer", acme.id), owner_id=sam.member_id)
            log_follow_up("customer", CUSTOMER.get(acme.id), channel="call", summary=f"Call {number}", next_step="More")
    for who in (ada, sam):
        page(who, acme)
        with statements() as sent:
            page(who, acme)
        assert len(sent) <= 12, "\n\n".join(sent)


def test_a_change_shows_the_old_value_and_the_new(ada, sam, acme):
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"owner": sam.member_id})
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"stage": "signed"})
    shown = page(ada, acme)
    assert "changed Owner" in shown and "Sam Seller" in shown
    change = shown[shown.index("changed Stage") :]
    assert change.index("In conversation") < change.index("Signed")


def test_a_logged_follow_up_appears_at_once_with_its_next_step_among_the_tasks(ada, acme):
    answer = say(ada, acme, {"summary": "Budget approved", "next_step": "Send offer", "next_in": "3"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="story"')
    assert "Budget approved" in answer.text
    assert 'id="customer-tasks" hx-swap-oob="true"' in answer.text and "Send offer" in answer.text
    with ada.inside():
        follow_up, task = db.session().query(FollowUp).one(), db.session().query(Task).one()
        assert (follow_up.customer_id, follow_up.owner_id) == (acme.id, ada.member_id)
        in_its_zone = task.due_at.astimezone(ZoneInfo("Asia/Shanghai"))
        assert (in_its_zone.hour, in_its_zone.minute) == (9, 0)
        assert task.due_at - current.now() < timedelta(days=4)


def test_logging_works_without_scripts(ada, acme):
    answer = say(ada, acme, {"summary": "Budget approved"})
    assert answer.status_code == 303
    assert "Budget approved" in page(ada, acme)


def test_a_day_without_a_step_means_to_follow_up(ada, acme):
    say(ada, acme, {"summary": "Not reached", "next_in": "1"})
    with ada.inside():
        assert db.session().query(Task).one().title == "Follow up"


def test_what_is_missing_is_said_beside_the_field_and_what_was_typed_is_kept(ada, acme):
    for headers in ({}, HTMX):
        answer = say(ada, acme, {"summary": " ", "next_step": "Send offer", "channel": "visit"}, headers=headers)
        assert answer.status_code == 422
        assert 'id="f-summary-error"' in answer.text
        assert 'value="Send offer"' in answer.text
        assert 'value="visit" checked' in answer.text
    with ada.inside():
        assert db.session().query(FollowUp).count() == 0


def test_what_is_to_come_is_no_follow_up_yet(ada, acme):
    soon = (current.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    answer = say(ada, acme, {"summary": "Met them", "happened": "at", "happened_at": soon})
    assert answer.status_code == 422
    assert 'id="f-happened_at-error"' in answer.text


def test_the_timeline_is_narrowed_to_a_kind(ada, acme):
    say(ada, acme, {"summary": "Budget approved", "next_step": "Send offer"})
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"industry": "Mining"})
    said = {
        "follow-ups": "Budget approved",
        "tasks": "Send offer",
        "changes": "changed Industry",
        "other": "created this customer",
    }
    for kind in said:
        shown = ada.get(f"customers/{acme.id}/timeline?kind={kind}", headers=HTMX).text
        assert shown.lstrip().startswith('<section id="timeline"')
        assert said[kind] in shown
        assert not [text for other, text in said.items() if other not in (kind, "tasks") and text in shown]
    assert "changed Industry" not in page(ada, acme, "?kind=follow-ups")


def test_older_entries_come_page_by_page_each_once(ada, acme):
    with ada.inside():
        for number in range(45):
            log_follow_up("customer", CUSTOMER.get(acme.id), channel="note", summary=f"Note no. {number:02}")
    seen, query = [], ""
    for _page in range(3):
        shown = page(ada, acme, query)
        seen += [line.strip()[-2:] for line in shown.split('gx-said-text">')[1:] for line in [line.split("<")[0]]]
        more = shown.split('hx-get="/w/acme/customers/' + str(acme.id) + "/timeline?")
        query = "?" + more[-1].split('"')[0] if "before=" in more[-1].split('"')[0] else ""
    assert seen == [f"{number:02}" for number in reversed(range(45))]


def test_the_task_that_a_next_step_became_is_not_told_twice(ada, acme):
    say(ada, acme, {"summary": "Budget approved", "next_step": "Send offer"})
    assert "planned" not in page(ada, acme)


def test_a_deleted_follow_up_is_not_quoted_any_more_and_a_corrected_one_reads_as_corrected(ada, acme):
    say(ada, acme, {"summary": "Wrong customer"})
    say(ada, acme, {"summary": "Budget aproved"})
    with ada.inside():
        first, second = db.session().query(FollowUp).order_by(FollowUp.id)
        delete_record(FOLLOW_UP, first)
        update_record(FOLLOW_UP, second, {"summary": "Budget approved"})
    shown = page(ada, acme)
    assert shown.count('gx-said-text">') == 1
    assert 'gx-said-text">Budget approved' in shown


def test_what_was_typed_cannot_become_markup(ada, acme):
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"industry": "<b>bold</b>", "name": "{title}<i>x</i>"})
        create_task(title="<script>alert(1)</script>{type}", about=RecordRef("customer", acme.id))
    say(ada, acme, {"summary": "<img src=x>"})
    raw = ada.get(f"customers/{acme.id}").text
    for evil in ("<b>bold", "<i>x", "<script>alert", "<img src=x"):
        assert evil not in raw


def test_whoever_may_only_look_sees_no_forms(ada, bob, acme):
    shown = page(bob, acme)
    assert "composer" not in shown and "Add a task" not in shown
    assert say(bob, acme, {"summary": "Hi"}).status_code in (303, 403)
    with ada.inside():
        assert db.session().query(FollowUp).count() == 0


def test_nobody_else_finds_the_customer(sam, mallory, acme):
    for path in (f"customers/{acme.id}", f"customers/{acme.id}/timeline"):
        assert sam.get(path).status_code == 404
        assert mallory.get(path).status_code == 404
        assert mallory.get(f"/w/acme/{path}").status_code == 404


def test_the_timeline_keeps_to_itself_what_the_member_may_not_see(ada, sam, acme):
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(acme.id), {"owner": sam.member_id})
        create_task(title="Secret plan", about=RecordRef("customer", acme.id))
        role = db.session().query(Role).filter_by(key="sales").one()
        role.grants = {**role.grants, "records": {**role.grants["records"], "task": {}}}
    assert "Secret plan" in page(ada, acme)
    assert "Secret plan" not in page(sam, acme)


def test_a_task_is_added_in_one_line_and_checked_off(ada, acme):
    answer = ada.post(f"customers/{acme.id}/tasks", {"title": "Send samples"}, headers=HTMX)
    assert "Send samples" in answer.text and 'id="customer-tasks"' in answer.text and "Add a task" in answer.text
    with ada.inside():
        task = db.session().query(Task).one()
        assert (task.customer_id, task.owner_id) == (acme.id, ada.member_id)
    done = ada.post(f"tasks/{task.id}/completion", headers=HTMX)
    assert "gx-task-done" in done.text
    with ada.inside():
        assert TASK.get(task.id).status == "done"
    again = ada.post(f"tasks/{task.id}/reopening", headers=HTMX)
    assert "gx-task-done" not in again.text
    refused = ada.post(f"customers/{acme.id}/tasks", {"title": ""}, headers=HTMX)
    assert refused.status_code == 422 and 'id="quick-task-error"' in refused.text


def test_a_contact_is_added_from_the_page(ada, acme):
    form = ada.get(f"contacts/new?customer={acme.id}&next=/w/acme/customers/{acme.id}")
    assert form.status_code == 200 and str(acme.id) in form.text
    answer = ada.post("contacts/", {"name": "王小明", "customer": str(acme.id), "next": f"/w/acme/customers/{acme.id}"})
    assert answer.status_code == 303 and answer.location.endswith(f"/w/acme/customers/{acme.id}")
    assert "王小明" in page(ada, acme)


@pytest.fixture
def sample(ada):
    """A module that knows something of every customer, switched on."""

    class Hooks:
        @hookimpl
        def customer_panels(self, customer):
            return [Panel("Orders", f"/w/acme/sample/{customer.id}", icon="receipt")]

        @hookimpl
        def home_cards(self):
            raise RuntimeError("a module that fails")

    host().plugins["sample"] = Plugin("sample", "Sample", "For tests", "1.0", folder=Path(__file__).parent)
    host().asking.register(hooks := Hooks(), "sample")
    ada.switch("sample")
    yield
    host().asking.unregister(hooks)
    del host().plugins["sample"]


def test_each_module_has_a_panel_that_is_fetched_on_its_own(ada, acme, sample):
    shown = page(ada, acme)
    assert "Orders" in shown and f'hx-get="/w/acme/sample/{acme.id}"' in shown
    assert "This part does not answer" in shown
    ada.switch("sample", on=False)
    assert "Orders" not in page(ada, acme)


def test_a_module_that_fails_does_not_break_the_first_page(ada, sample):
    assert ada.get("").status_code == 200


def test_a_field_changed_in_its_place_changes_the_top_of_the_page_too(ada, acme):
    answer = ada.post(f"customers/{acme.id}/fields/stage", {"stage": "signed"}, headers=HTMX)
    assert f'id="head-{acme.id}" hx-swap-oob="true"' in answer.text
    assert "gx-customer-marks" in answer.text and "Signed" in answer.text
