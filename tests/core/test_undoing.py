"""Taking back what was done to many records at once."""

import pytest
from sqlalchemy import select

from core import current, db
from core.customers.models import Customer
from core.customers.types import CUSTOMER
from core.db import new_id
from core.events import EventRow
from core.records.custom import add_custom_field
from core.records.fields import Amount
from core.records.query import Listing
from core.records.runs.undoing import undo_run
from core.records.services import create_record, delete_record, update_record
from core.records.side_index import CustomValue


@pytest.fixture
def acme(ada):
    with ada.inside():
        return create_record(CUSTOMER, {"name": "Acme", "industry": "Steel"}).id


def change(person, record_id, run_id=None, **values):
    with person.inside(), current.because("bulk" if run_id else "member", str(run_id) if run_id else None):
        update_record(CUSTOMER, db.get(Customer, record_id), values)


def undo(person, run_id):
    with person.inside():
        return undo_run(run_id, record_type=CUSTOMER)


def read(person, record_id):
    with person.inside():
        return db.session().scalars(select(Customer).where(Customer.id == record_id)).one()


def test_fields_get_their_old_values_back_and_history_says_so(ada, acme):
    run = new_id()
    change(ada, acme, run, industry="Glass", annual_revenue=Amount(1250, "EUR"), tags=["a"])
    change(ada, acme, run, industry="Sand")
    undone = undo(ada, run)

    record = read(ada, acme)
    assert (undone.restored, undone.kept) == (1, [])
    assert (record.industry, record.annual_revenue_minor, record.tags, record.version) == ("Steel", None, None, 4)
    assert record.annual_revenue_currency is None
    with ada.inside():
        last = db.session().scalars(select(EventRow).order_by(EventRow.id.desc()).limit(1)).one()
    assert last.changes["industry"] == ["Sand", "Steel"] and last.cause["kind"] == "undo" and last.run_id


def test_what_was_changed_again_since_stays_and_is_named(ada, acme):
    run = new_id()
    change(ada, acme, run, industry="Glass", location="Leeds")
    change(ada, acme, industry="Paper")
    undone = undo(ada, run)

    record = read(ada, acme)
    assert (record.industry, record.location, undone.restored) == ("Paper", None, 1)
    assert [(i, "Industry" in reason) for i, reason in undone.kept] == [(acme, True)]


def test_a_name_put_back_is_found_by_search_again(ada, acme):
    run = new_id()
    change(ada, acme, run, name="北京建国科技")
    undo(ada, run)
    with ada.inside():
        found = [[r.name for r in Listing(CUSTOMER, search=typed).page().records] for typed in ("acm", "bjjg")]
    assert found == [["Acme"], []]


def test_own_fields_come_back_with_their_index(ada, acme):
    with ada.inside():
        field = add_custom_field("customer", label="Size", type="integer", key="size", taken=())
    change(ada, acme, size=3)
    run = new_id()
    change(ada, acme, run, size=9)
    undo(ada, run)
    with ada.inside():
        indexed = select(CustomValue.n).where(CustomValue.record_id == acme, CustomValue.field_id == field.id)
        assert db.session().scalars(indexed).all() == [3.0]
    assert read(ada, acme).custom == {"size": 3}


def test_what_was_made_goes_unless_something_happened_to_it(ada):
    run = new_id()
    with ada.inside(), current.because("import", str(run)):
        plain, busy = (create_record(CUSTOMER, {"name": name}).id for name in ("Plain", "Busy"))
    change(ada, busy, location="Leeds")
    undone = undo(ada, run)

    assert read(ada, plain).deleted_at and read(ada, busy).deleted_at is None
    assert (undone.restored, [i for i, _reason in undone.kept]) == (1, [busy])


def test_what_was_deleted_comes_back(ada, acme):
    run = new_id()
    with ada.inside(), current.because("bulk", str(run)):
        delete_record(CUSTOMER, db.get(Customer, acme))
    undone = undo(ada, run)
    assert undone.restored == 1 and read(ada, acme).deleted_at is None
    assert undo(ada, run).restored == 0


def test_what_was_deleted_since_is_left_alone(ada, acme):
    run = new_id()
    change(ada, acme, run, industry="Glass")
    with ada.inside():
        delete_record(CUSTOMER, db.get(Customer, acme))
    undone = undo(ada, run)
    assert undone.restored == 0 and [i for i, _reason in undone.kept] == [acme]


def test_a_parent_that_would_be_below_its_child_is_not_put_back(ada, acme):
    with ada.inside():
        child = create_record(CUSTOMER, {"name": "Child", "parent": acme}).id
    run = new_id()
    change(ada, child, run, parent=None)
    change(ada, acme, parent=child)
    undone = undo(ada, run)
    assert read(ada, child).parent_id is None
    assert undone.restored == 0 and "cannot be above itself" in undone.kept[0][1]


def test_many_records_cost_as_many_statements_as_few(ada, statements):
    run = new_id()
    with ada.inside():
        ids = [create_record(CUSTOMER, {"name": f"Company {n}", "industry": f"i{n}"}).id for n in range(60)]
    for record_id in ids:
        change(ada, record_id, run, industry="Glass")
    with statements() as sent:
        undone = undo(ada, run)
    assert undone.restored == 60 and len(sent) < 16
    assert read(ada, ids[7]).industry == "i7"


def test_the_neighbour_cannot_take_it_back(ada, mallory, acme):
    run = new_id()
    change(ada, acme, run, industry="Glass")
    assert undo(mallory, run).restored == 0
    assert read(ada, acme).industry == "Glass"
