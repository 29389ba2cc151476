"""Changing many records at once: fields, owners, deletion, actions; by those who may, and no others."""

import pytest
from sqlalchemy import func, insert, select

from core import db
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.db import new_id
from core.errors import Forbidden, Invalid
from core.events import EventRow
from core.records.custom import add_custom_field
from core.records.runs import services
from core.records.runs.changing import Change
from core.records.runs.models import Run
from core.records.runs.selection import Selection
from core.records.services import create_record
from core.records.side_index import CustomValue

GLASS = {"field": "industry", "op": "is", "value": "Glass"}


def make(person, **values):
    with person.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"} | values).id


def fill(person, count, **values):
    """So many customers, as quickly as may be."""
    with person.inside():
        rows = [{"id": new_id(), "name": f"Company {n:05}", "kind": "company", "stage": "potential",
                 "owner_id": person.member_id, "search_norm": f"company {n:05}", **values} for n in range(count)]  # fmt: skip
        db.session().execute(insert(Customer), rows)
        return [row["id"] for row in rows]


def ticked(*ids):
    return Selection(CUSTOMER, tuple(ids))


def edit(person, selection, run_jobs=None, **change):
    with person.inside():
        run = services.edit_records(selection, Change(CUSTOMER, **change))
    if run_jobs:
        run_jobs()
    return look(person, run.id)


def look(person, run_id):
    with person.inside():
        return db.get(Run, run_id)


def read(person, record_id):
    with person.inside():
        return db.session().scalars(select(Customer).where(Customer.id == record_id)).one()


def refused(person, run):
    with person.inside():
        return [(row.title, row.reason) for row in services.rows_of(run, "refused")]


def test_a_few_records_are_changed_at_once_and_their_history_says_from_what(ada):
    ids = [make(ada, name=f"C{n}", industry="Steel") for n in range(3)]
    run = edit(ada, ticked(*ids), set={"industry": "Glass", "level": "a"})

    assert (run.status, run.total, run.changed, run.refused) == ("done", 3, 3, 0)
    with ada.inside():
        events = db.session().scalars(select(EventRow).where(EventRow.run_id == run.id)).all()
    assert {e.record_id for e in events} == set(ids) and events[0].actor_id == ada.member_id
    assert events[0].changes == {"industry": ["Steel", "Glass"], "level": [None, "a"]}
    assert (events[0].name, events[0].cause["kind"]) == ("customer.updated", "bulk")
    assert read(ada, ids[0]).version == 2


def test_what_is_so_already_is_not_changed(ada):
    one, two = make(ada, industry="Glass"), make(ada)
    run = edit(ada, ticked(one, two), set={"industry": "Glass"})
    assert (run.total, run.changed) == (2, 1)
    assert read(ada, one).version == 1


def test_ten_thousand_are_changed_in_the_background_by_few_statements(ada, run_jobs, statements):
    fill(ada, 10_000, industry="Glass")
    with ada.inside():
        run = services.edit_records(Selection(CUSTOMER, all=True, condition=GLASS),
                                    Change(CUSTOMER, set={"location": "Leeds", "stage": "lost"}))  # fmt: skip
        assert run.status == "running"
    with statements() as sent:
        run_jobs()
    run = look(ada, run.id)
    assert (run.status, run.total, run.changed, run.done) == ("done", 10_000, 10_000, 10_000)
    assert len(sent) < 80
    with ada.inside():
        count = select(func.count()).select_from(EventRow).where(EventRow.run_id == run.id)
        assert db.session().scalar(count) == 10_000
        undoing = services.undo(db.get(Run, run.id))
    with statements() as sent:
        run_jobs()
    assert len(sent) < 100 and look(ada, undoing.id).changed == 10_000
    with ada.inside():
        left = select(func.count()).select_from(Customer).where(Customer.location == "Leeds")
        assert db.session().scalar(left) == 0


def test_all_that_match_are_all_that_match_and_no_more(ada):
    glass = [make(ada, industry="Glass", name=name) for name in ("Alpha", "Beta")]
    other = make(ada, industry="Steel", name="Alpha too")
    run = edit(ada, Selection(CUSTOMER, all=True, condition=GLASS), set={"industry": "Sand"})
    assert run.changed == 2 and read(ada, other).industry == "Steel"

    run = edit(ada, Selection(CUSTOMER, all=True, search="alpha"), set={"industry": "Paper"})
    assert run.changed == 2 and [read(ada, i).industry for i in (*glass, other)] == ["Paper", "Sand", "Paper"]


def test_bob_changes_nothing_by_ids_that_he_knows(ada, bob):
    record_id = make(ada, industry="Steel")
    with pytest.raises(Forbidden):
        edit(bob, ticked(record_id), set={"industry": "Glass"})
    assert bob.post("customers/bulk/edit", {"id": str(record_id), "field": "industry", "industry": "Glass",
                                            "go": "1"}).status_code == 403  # fmt: skip
    assert read(ada, record_id).industry == "Steel"


def test_sam_changes_his_own_and_the_rest_is_refused(ada, sam, mallory):
    his, hers, abroad = make(sam, name="His"), make(ada, name="Hers"), make(mallory, name="Abroad")
    run = edit(sam, ticked(his, hers, abroad), set={"industry": "Glass"})

    assert (run.total, run.changed, run.refused) == (3, 1, 2)
    assert read(ada, hers).industry is None and read(mallory, abroad).industry is None
    assert {title for title, _reason in refused(sam, run)} == {""}, "what he may not see is not named"

    run = edit(sam, Selection(CUSTOMER, all=True), set={"industry": "Sand"})
    assert (run.total, run.changed) == (1, 1) and read(ada, hers).industry is None


def test_whoever_may_not_hand_over_does_not_do_it_by_a_bulk_edit(ada, sam, eve):
    record_id = make(sam)
    with pytest.raises(Forbidden):
        edit(sam, ticked(record_id), set={"owner": eve.member_id})


def test_words_are_added_and_taken_away(ada):
    one, two = make(ada, tags=["vip", "old"]), make(ada)
    run = edit(ada, ticked(one, two), add={"tags": ["fair"]}, remove={"tags": ["old"]})
    assert run.changed == 2
    assert (read(ada, one).tags, read(ada, two).tags) == (["fair", "vip"], ["fair"])
    edit(ada, ticked(one, two), remove={"tags": ["fair", "vip"]})
    assert read(ada, two).tags is None


def test_own_fields_are_changed_with_their_index_and_emptied_again(ada):
    with ada.inside():
        field = add_custom_field("customer", label="Size", type="integer", key="size", taken=())
    ids = [make(ada), make(ada)]
    edit(ada, ticked(*ids), set={"size": 7})
    with ada.inside():
        indexed = select(CustomValue.n).where(CustomValue.field_id == field.id)
        assert db.session().scalars(indexed).all() == [7.0, 7.0]
    edit(ada, ticked(*ids), set={"size": None})
    with ada.inside():
        assert db.session().scalars(indexed).all() == []
    assert read(ada, ids[0]).custom == {}


def test_a_required_field_is_not_emptied_and_a_link_leads_somewhere(ada):
    record_id = make(ada)
    with pytest.raises(Invalid):
        edit(ada, ticked(record_id), set={"name": None})
    with pytest.raises(Invalid):
        edit(ada, ticked(record_id), set={"owner": new_id()})


def test_a_family_stays_a_tree_and_who_would_break_it_is_named(ada):
    top = make(ada, name="Top")
    below, free = make(ada, name="Below", parent=top), make(ada, name="Free")
    run = edit(ada, ticked(top, free), set={"parent": below})
    assert (run.changed, run.refused) == (1, 1)
    ((title, reason),) = refused(ada, run)
    assert title == "Top" and "above itself" in reason and read(ada, free).parent_id == below


def test_each_record_has_an_event_of_its_own(ada):
    ids = [make(ada) for _n in range(3)]
    edit(ada, ticked(*ids), set={"industry": "Glass"})
    with ada.inside():
        events = db.session().scalars(select(EventRow.name).where(EventRow.record_id.in_(ids))).all()
    assert events.count("customer.updated") == 3


def test_many_are_deleted_together_and_come_back_together(ada):
    ids = [make(ada) for _n in range(3)]
    with ada.inside():
        run = services.delete_records(ticked(*ids))
        assert run.changed == 3
    assert read(ada, ids[0]).deleted_at
    with ada.inside():
        undoing = services.undo(db.get(Run, run.id))
        assert undoing.changed == 3
    assert read(ada, ids[0]).deleted_at is None
    assert look(ada, run.id).can_be_undone is False


def test_nothing_is_undone_after_thirty_days(ada, clock):
    run = edit(ada, ticked(make(ada)), set={"industry": "Glass"})
    assert look(ada, run.id).can_be_undone
    clock.move(days=31)
    assert not look(ada, run.id).can_be_undone


def test_a_cancelled_run_changes_nothing(ada, run_jobs):
    fill(ada, 60, industry="Glass")
    with ada.inside():
        run = services.edit_records(Selection(CUSTOMER, all=True), Change(CUSTOMER, set={"industry": "Sand"}))
        services.cancel_run(run)
    run_jobs()
    assert look(ada, run.id).status == "cancelled"
    with ada.inside():
        assert db.session().scalar(select(func.count()).where(Customer.industry == "Sand")) == 0


def test_a_run_keeps_the_rights_of_the_day_it_is_done(ada, sam, run_jobs):
    """Sam asked for it while he might; by the time a worker comes, the records are somebody else's."""
    fill(sam, 60)
    with sam.inside():
        run = services.edit_records(Selection(CUSTOMER, all=True), Change(CUSTOMER, set={"industry": "Sand"}))
    with ada.inside():
        for row in db.session().scalars(select(Customer)):
            row.owner_id = ada.member_id
    run_jobs()
    assert (look(sam, run.id).status, look(sam, run.id).changed) == ("done", 0)


def test_the_neighbour_does_not_see_the_run(ada, mallory, sam):
    run = edit(ada, ticked(make(ada)), set={"industry": "Glass"})
    assert ada.get(f"runs/{run.id}").status_code == 200
    assert mallory.get(f"/w/globex/runs/{run.id}").status_code == 404
    assert sam.get(f"runs/{run.id}").status_code == 404
