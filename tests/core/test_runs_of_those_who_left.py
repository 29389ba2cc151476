"""Work on many records is never shown as under way when nobody will do it."""

from core import db
from core.access import Member
from core.auth.members import deactivate_member
from core.customers.types import CUSTOMER
from core.records.imports import services as imports
from core.records.imports.models import Import
from core.records.runs.models import Run
from core.records.runs.services import start_run, write_down_run


def test_what_a_member_began_fails_with_the_reason_when_the_access_is_withdrawn(ada, bob, run_jobs):
    with bob.inside():
        waiting = write_down_run("bulk_edit", CUSTOMER, 500, selection={"ids": []}, change={})
        start_run(waiting, at_once=False)
        done = write_down_run("bulk_edit", CUSTOMER, 1, selection={"ids": []}, change={})
        done.status = "done"
    with ada.inside():
        run = imports.begin_import(CUSTOMER, "x.csv", b"name\nA\n")
        run.status, run.member_id = "running", bob.member_id
        theirs = write_down_run("bulk_edit", CUSTOMER, 500, selection={"ids": []}, change={})
        theirs.status = "running"
        deactivate_member(db.get(Member, bob.member_id))
    run_jobs()
    page = ada.get(f"runs/{waiting.id}").get_data(as_text=True)
    assert "was withdrawn before it was done" in page and "Nothing was changed" in page
    with ada.inside():
        found = {each: db.get(Run, each.id).status for each in (waiting, done, theirs)}
        assert list(found.values()) == ["failed", "done", "running"]
        assert db.get(Import, run.id).status == "failed"
