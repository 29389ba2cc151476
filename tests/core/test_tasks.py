"""Planning, doing, moving and being reminded of tasks."""

from datetime import timedelta
from uuid import UUID

import pytest

from core import current, db
from core.activities.models import Notification, Task
from core.activities.services import complete_task, create_task, reopen_task
from core.activities.types import TASK
from core.customers.types import CUSTOMER
from core.deadlines import due_of
from core.errors import Invalid, NotFound
from core.records.fields import RecordRef
from core.records.services import create_record, delete_record, restore_record, update_record

DAY = timedelta(days=1)


def told(who):
    """What stands under the bell of this person, oldest first."""
    with who.inside():
        mine = db.session().query(Notification).filter(Notification.member_id == who.member_id)
        return [row.text % row.values for row in mine.order_by(Notification.id)]


def plan(who, title="Call back", **values):
    with who.inside():
        return create_record(TASK, {"title": title} | values)


def change(who, task, values):
    with who.inside():
        update_record(TASK, TASK.get(task.id), values)


def test_the_owner_is_reminded_once_when_the_task_is_due(ada, clock, run_jobs):
    plan(ada, due_at=current.now() + DAY)
    run_jobs()
    assert told(ada) == []

    clock.move(days=1, seconds=1)
    run_jobs()
    clock.move(days=1)
    run_jobs()
    assert told(ada) == ["Task due: Call back"]


def test_a_task_done_in_time_reminds_nobody_and_reopened_does_again(ada, clock, run_jobs):
    task = plan(ada, due_at=current.now() + DAY)
    with ada.inside():
        complete_task(TASK.get(task.id))
        assert due_of(task.id, "task.due") is None
        assert TASK.get(task.id).done_at
    with ada.inside():
        reopen_task(TASK.get(task.id))
        assert due_of(task.id, "task.due") == task.due_at
        assert TASK.get(task.id).done_at is None
    change(ada, task, {"status": "dropped"})
    clock.move(days=2)
    run_jobs()
    assert told(ada) == []


def test_a_task_that_is_moved_reminds_at_its_new_time(ada, clock, run_jobs):
    task = plan(ada, due_at=current.now() + DAY)
    change(ada, task, {"due_at": current.now() + 3 * DAY})
    clock.move(days=2)
    run_jobs()
    assert told(ada) == []
    clock.move(days=1, seconds=1)
    run_jobs()
    assert told(ada) == ["Task due: Call back"]


def test_a_task_without_a_time_has_no_reminder(ada):
    task = plan(ada, due_at=current.now() + DAY)
    change(ada, task, {"due_at": None})
    with ada.inside():
        assert due_of(task.id, "task.due") is None


def test_a_deleted_task_reminds_nobody_and_a_restored_one_does(ada, clock, run_jobs):
    task = plan(ada, due_at=current.now() + DAY)
    with ada.inside():
        delete_record(TASK, TASK.get(task.id))
    with ada.inside():
        assert due_of(task.id, "task.due") is None
        restore_record(TASK, task.id)
    run_jobs()
    with ada.inside():
        assert due_of(task.id, "task.due") == task.due_at


def test_whoever_gets_a_task_from_someone_else_is_told(ada, sam, eve):
    task = plan(ada, owner=sam.member_id)
    change(ada, task, {"owner": eve.member_id})
    change(ada, task, {"owner": ada.member_id})
    assert told(sam) == told(eve) == ["There is a new task for you: Call back"]
    assert told(ada) == []


def test_a_task_about_a_record_knows_the_customer(ada):
    with ada.inside():
        acme = create_record(CUSTOMER, {"name": "Acme"})
        other = create_record(CUSTOMER, {"name": "Other"})
        task = create_task(title="Call", about=RecordRef("customer", acme.id))
        assert task.customer_id == acme.id
        by_customer = create_record(TASK, {"title": "Call", "customer": acme.id})
        assert (by_customer.about_type, by_customer.about_id) == ("customer", acme.id)
        update_record(TASK, by_customer, {"customer": other.id})
        assert by_customer.about_id == by_customer.customer_id == other.id
        update_record(TASK, by_customer, {"customer": None})
        assert by_customer.about_id is by_customer.customer_id is by_customer.about_type is None


def test_saving_the_form_of_a_task_leaves_alone_what_it_is_about(ada):
    with ada.inside():
        first = create_task(title="A lead, for now")
        task = create_task(title="Call", about=RecordRef("task", first.id))
        update_record(TASK, task, {"title": "Call soon", "customer": None})
        assert (task.title, task.about_id) == ("Call soon", first.id)


def test_members_see_their_own_tasks_and_those_of_their_customers(ada, sam, eve):
    with ada.inside():
        acme = create_record(CUSTOMER, {"name": "Acme", "owner": sam.member_id})
    task = plan(ada, customer=acme.id)
    mine = plan(eve)
    with sam.inside():
        assert [t.id for t in db.session().scalars(TASK.visible())] == [task.id]
    with eve.inside():
        assert [t.id for t in db.session().scalars(TASK.visible())] == [mine.id]


def test_a_task_cannot_be_about_what_one_may_not_see(ada, sam):
    with ada.inside():
        acme = create_record(CUSTOMER, {"name": "Acme"})
    for values in ({"customer": acme.id}, {"about": RecordRef("customer", acme.id)}):
        with sam.inside(), pytest.raises(Invalid):
            create_record(TASK, {"title": "Peek"} | values)


def test_neighbours_do_not_find_it(ada, mallory):
    task = plan(ada)
    with mallory.inside(), pytest.raises(NotFound):
        TASK.get(task.id)
    with mallory.inside():
        assert db.session().query(Task).count() == 0


def test_the_api_plans_finishes_and_moves_tasks_the_same_way(ada):
    with ada.inside():
        acme = create_record(CUSTOMER, {"name": "Acme"})
    due = current.now() + DAY
    made = ada.api("POST", "tasks", json={"title": "Call", "due_at": due.isoformat(), "customer": str(acme.id)})
    assert made.status_code == 201
    data = made.json["data"]
    assert data["about"] == {"type": "customer", "id": str(acme.id)}
    with ada.inside():
        assert due_of(UUID(data["id"]), "task.due") == due
    done = ada.api("PATCH", f"tasks/{data['id']}", json={"status": "done"})
    assert (done.json["data"]["status"], bool(done.json["data"]["done_at"])) == ("done", True)
    with ada.inside():
        assert due_of(UUID(data["id"]), "task.due") is None
