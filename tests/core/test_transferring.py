"""Handing records over: to whom, with which tasks, and what the previous owner keeps."""

import pytest
from sqlalchemy import select

from core import db
from core.access import Member
from core.activities.models import Task
from core.activities.notifications import notifications_of_me
from core.activities.services import complete_task, create_task
from core.customers.types import CUSTOMER
from core.deadlines import DeadlineRow
from core.records.fields import RecordRef
from core.records.runs.models import Run
from core.records.services import create_record
from core.records.types import RECORD_TYPES


@pytest.fixture
def record(sam, eve, bob):
    """Sam's customer with three tasks about it: Sam's open one, one that Sam has done, and Eve's."""
    with sam.inside():
        return with_tasks("Initech", eve)


def with_tasks(name, other):
    made = create_record(CUSTOMER, {"name": name}).id
    about = RecordRef("customer", made)
    create_task(title="Open", about=about)
    complete_task(create_task(title="Done", about=about))
    create_task(title="Other", about=about, owner_id=other.member_id)
    return made


def owners(person, record):
    """Whose the record and its tasks are."""
    with person.inside():
        tasks = select(Task.title, Task.owner_id).where(Task.about_id == record)
        return db.get(CUSTOMER.model, record).owner_id, dict(db.session().execute(tasks).all())


def told(person):
    with person.inside():
        return [each.said for each in notifications_of_me()]


def test_the_previous_owners_open_tasks_go_along_where_one_wants_that(ada, sam, eve, bob, record):
    answer = ada.api("POST", f"customers/{record}/transfer", json={"owner": str(bob.member_id)})
    assert answer.status_code == 200 and answer.json["data"]["owner"] == str(bob.member_id)
    tasks = {"Open": sam.member_id, "Done": sam.member_id, "Other": eve.member_id}
    assert owners(ada, record) == (bob.member_id, tasks)
    ada.api("POST", f"customers/{record}/transfer", json={"owner": str(sam.member_id)})
    ada.api("POST", f"customers/{record}/transfer", json={"owner": str(bob.member_id), "tasks": True})
    assert owners(ada, record) == (bob.member_id, tasks | {"Open": bob.member_id})


def test_the_previous_owner_can_be_kept_as_a_collaborator(ada, sam, eve, record):
    ada.api("POST", f"customers/{record}/transfer", json={"owner": str(eve.member_id), "keep": "view"})
    assert sam.api("GET", f"customers/{record}").status_code == 200
    assert sam.api("PATCH", f"customers/{record}", json={"name": "Mine"}).status_code == 403
    ada.api("POST", f"customers/{record}/transfer", json={"owner": str(sam.member_id)})
    assert eve.api("GET", f"customers/{record}").status_code == 404


def test_the_new_owner_is_told_and_the_history_says_who_did_it(ada, sam, eve, record, run_jobs):
    page = ada.get(f"customers/{record}/owner").text
    assert "And the open tasks about it" in page and "Sam Seller" in page
    missing = ada.post(f"customers/{record}/owner", {"owner": "", "keep": ""})
    assert missing.status_code == 422 and "Choose who takes over." in missing.text
    done = ada.post(f"customers/{record}/owner", {"owner": str(eve.member_id), "tasks": "1", "keep": "edit"})
    assert done.status_code == 303
    run_jobs()
    assert "Ada Lovelace handed “Initech” over to you." in told(eve)
    changed = ada.api("GET", f"customers/{record}/history").json["data"]
    assert [(each["name"], each["actor_id"]) for each in changed[:2]] == [
        ("record.shared", str(ada.member_id)), ("customer.updated", str(ada.member_id))
    ]  # fmt: skip


def test_who_has_no_access_and_who_may_not_hand_over_are_refused(ada, sam, eve, record):
    with ada.inside():
        db.get(Member, eve.member_id).status = "deactivated"
    refused = ada.api("POST", f"customers/{record}/transfer", json={"owner": str(eve.member_id)})
    assert refused.json["errors"][0] == refused.json["errors"][0] | {"field": "owner", "code": "inactive"}
    many = ada.post("customers/bulk/owner", {"id": str(record), "owner": str(eve.member_id)})
    assert many.status_code == 422 and "Eve Seller has no access" in many.text
    assert sam.api("POST", f"customers/{record}/transfer", json={"owner": str(ada.member_id)}).status_code == 403
    assert sam.get(f"customers/{record}/owner").status_code == 403
    assert "/owner" not in sam.get(f"customers/{record}").text


def test_many_go_with_their_tasks_by_few_statements_and_all_of_it_is_undone(ada, sam, eve, run_jobs, statements):
    with sam.inside():
        mine = [with_tasks(f"C{n}", eve) for n in range(6)]
    before = owners(ada, mine[0])
    data = {"id": [str(each) for each in mine], "owner": str(eve.member_id), "tasks": "1", "keep": "view"}
    with statements() as sent:
        assert ada.post("customers/bulk/owner", data).status_code == 303
    assert sum(s.startswith("UPDATE task") for s in sent) == 1
    assert sum(s.startswith("INSERT INTO record_share") for s in sent) == 1
    assert owners(ada, mine[0]) == (eve.member_id, before[1] | {"Open": eve.member_id})
    assert len(sam.api("GET", "customers").json["data"]) == 6
    run_jobs()
    assert [said for said in told(eve) if "handed" in said] == ["Ada Lovelace handed over to you (6): Customers"]
    with ada.inside():
        run = db.session().scalars(select(Run.id).where(Run.kind == "bulk_transfer")).one()
    ada.post(f"runs/{run}/undoing")
    assert owners(ada, mine[0]) == before
    assert ada.api("GET", f"customers/{mine[0]}/shares").json["data"] == []


def test_a_type_with_clocks_of_its_own_restarts_them(ada, sam, eve, leads, clock):
    with sam.inside():
        lead = create_record(RECORD_TYPES["lead"], {"name": "Peter", "owner": sam.member_id}).id
    due = armed(ada, lead)
    clock.move(hours=5)
    answer = ada.api("POST", f"leads/{lead}/transfer", json={"owner": str(eve.member_id), "keep": "view"})
    assert answer.status_code == 200 and answer.json["data"]["owner"] == str(eve.member_id)
    assert armed(ada, lead) > due
    assert sam.api("GET", f"leads/{lead}").status_code == 200


def armed(person, record):
    with person.inside():
        return db.session().scalar(select(DeadlineRow.due_at).where(DeadlineRow.record_id == record))
