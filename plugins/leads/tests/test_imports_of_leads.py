"""Files of leads: recognised, scored and handed out many at once, and what is said of each row."""

import pytest
from sqlalchemy import func, select

from core import db
from core.activities.models import Notification
from core.deadlines import due_of
from core.records.imports import services
from core.records.imports.models import Import, ImportRow
from core.records.types import type_named
from plugins.leads.models import Lead, Movement, Touch
from plugins.leads.services.pools.clocks import UNATTENDED

PEOPLE = 30


def bring_in(person, run_jobs, content, *, check=False, **said) -> Import:
    with person.inside():
        run = services.begin_import(type_named("lead"), "leads.csv", content.encode())
        services.map_import(run, run.mapping, said)
        (services.check_import if check else services.start_import)(run)
    run_jobs()
    with person.inside():
        return db.get(Import, run.id)


def file(people=PEOPLE, more=""):
    rows = "".join(f"Person {n},139001390{n:02},p{n}@people.example\n" for n in range(people))
    return f"name,phone,email\n{rows}{more}"


@pytest.fixture
def brought_in(ada, sam, eve, lead, run_jobs):
    """Thirty strangers, one of them twice, Li Lei whom we have, and somebody with a broken number."""
    more = "Person one,13900139001,one@work.example\n李雷,13800138000,lei@new.example\nBroken,12,x\n"
    return bring_in(ada, run_jobs, file(more=more))


def test_each_row_is_made_added_or_told_why_not(desk, ada, sam, lead, brought_in):
    assert (brought_in.status, brought_in.created, brought_in.updated, brought_in.remarked) == ("done", 31, 2, 1)
    with ada.inside():
        rows = db.session().scalars(
            select(ImportRow).where(ImportRow.import_id == brought_in.id, ImportRow.verdict == "update")
        )
        told = {row.line: row.problems[0]["message"] for row in rows}
        touches = db.session().scalars(select(Touch).where(Touch.lead_id == lead).order_by(Touch.id)).all()
    assert told == {32: "Added to “Person 1”, whom we know already.", 33: "Added to “Li Lei”, whom we know already."}
    assert [t.via for t in touches] == [{}, {"import": str(brought_in.id), "line": 33}]
    assert desk.see(lead).touches == 2


def test_they_are_shared_out_scored_and_watched_as_if_each_came_alone(desk, ada, sam, eve, lead, brought_in):
    with ada.inside():
        by_owner = dict(db.session().execute(select(Lead.owner_id, func.count()).group_by(Lead.owner_id)).all())
        one = db.session().scalars(select(Lead).where(Lead.name == "Person 7")).one()
        kinds = db.session().scalars(select(Movement.kind).where(Movement.record_id == one.id)).all()
        assert due_of(one.id, UNATTENDED) == one.returns_at
    assert by_owner == {sam.member_id: 16, eve.member_id: 16}
    assert kinds == ["captured"] and one.grade and one.pool_id and one.assigned_how == "turn"
    assert set(desk.happened(one.id)) == {"lead.created", "leads.lead_captured", "leads.lead_assigned"}


def test_sellers_are_told_once_at_its_end(desk, ada, sam, eve, brought_in):
    assert desk.told(eve) == ["An import brought you 16 new leads."]
    assert desk.told(sam)[-2:] == ["An import brought you 15 new leads.", "A lead of yours came again in an import."]


def test_a_check_says_the_same_and_leaves_nothing(desk, ada, sam, lead, run_jobs):
    run = bring_in(ada, run_jobs, file(3, "Li Lei,13800138000,lei@new.example\n"), check=True)

    assert (run.status, run.created, run.updated) == ("checked", 3, 1)
    with ada.inside():
        assert db.session().scalar(select(func.count()).select_from(Lead)) == 1
        assert db.session().scalar(select(func.count()).select_from(Notification)) == 1
    assert desk.see(lead).touches == 1


def test_taken_back_it_leaves_nothing_but_what_was_there(desk, ada, sam, lead, brought_in, run_jobs):
    with ada.inside():
        services.start_reverting(db.get(Import, brought_in.id))
    run_jobs()

    with ada.inside():
        living = db.session().scalars(select(Lead).where(Lead.deleted_at.is_(None))).all()
        assert db.get(Import, brought_in.id).status == "reverted"
    assert [(each.id, each.touches, each.email) for each in living] == [(lead, 1, "li@lei.example")]


def test_many_over_the_api_are_answered_one_by_one(ada, sam, eve, lead, statements):
    people = [{"name": f"Person {n}", "phone": f"139001390{n:02}"} for n in range(PEOPLE)]
    sent = {"create": [*people, {"name": "Li Lei", "phone": "13800138000"}, {"phone": "x"}]}
    with statements() as asked:
        answer = ada.api("POST", "leads/bulk", json=sent)

    found = answer.json["data"]
    assert [each["status"] for each in found] == [201] * PEOPLE + [200, 422]
    assert found[PEOPLE]["id"] == str(lead) and found[0]["data"]["owner"]
    assert len(asked) <= 60, "\n".join(asked)


def test_the_same_call_sent_twice_catches_nobody_twice(ada, sam):
    for _time in range(2):
        key = {"Idempotency-Key": "one-lead"}
        answer = ada.api("POST", "leads", json={"name": "Li Lei", "phone": "13800138000"}, headers=key)
        assert answer.status_code == 201
    with ada.inside():
        assert db.session().scalars(select(Lead)).one().touches == 1
