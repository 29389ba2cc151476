"""What changes of many records do with fields that are calculated or secret, and what is kept of a secret."""

import pytest
from sqlalchemy import text

from core import current, db
from core.customers.types import CUSTOMER
from core.db import new_id
from core.errors import Invalid
from core.records import making
from core.records.field_changes import add_field
from core.records.runs import services as runs
from core.records.runs.changing import Change
from core.records.runs.models import Run
from core.records.runs.selection import Selection
from core.records.runs.undoing import undo_run
from core.records.services import create_record, update_record
from core.records.sheets.reading import changeable
from core.records.types import type_named
from core.records.views.services import get_view, save_view
from core.records.views.setup import Setup

NUMBER = "11010519491231002X"


def own(label, type, **config):
    return add_field(CUSTOMER, label=label, type=type, config=config).key


def test_a_state_may_ask_for_what_is_calculated_also_of_many_at_once(ada):
    states = [{"value": "new", "label": "New"}, {"value": "used", "label": "Used"}]
    with ada.inside():
        machine = making.make_type(label="Machine", states=states)
        with making.afresh():
            kind = type_named(machine.name)
            hours = add_field(kind, label="Hours", type="integer", config={}).key
            days = add_field(kind, label="Days", type="formula", config={"formula": f"{hours} / 24"}).key
        with making.afresh():
            making.set_states(machine, [states[0], states[1] | {"requires": [days]}])
        with making.afresh():
            kind = type_named(machine.name)
            full = create_record(kind, {"name": "A", hours: 48}).id
            bare = create_record(kind, {"name": "B"}).id
            run = runs.edit_records(Selection(kind, (full, bare)), Change(kind, {"status": "used"}))
            assert (run.status, run.changed, run.refused) == ("done", 1, 1), run.error
            assert "Days" in runs.rows_of(run, "refused")[0].reason


@pytest.mark.parametrize("type", ["secret", "identity", "auto_number", "file", "formula"])
def test_what_cannot_be_set_for_many_is_no_target(ada, type):
    with ada.inside():
        config = {"formula": "1 + 1"} if type == "formula" else {"pattern": "N-{0000}"} if type == "auto_number" else {}
        key = own("Odd", type, **config)
        with pytest.raises(Invalid):
            runs.edit_records(
                Selection(CUSTOMER, (create_record(CUSTOMER, {"name": "A"}).id,)), Change(CUSTOMER, {key: None})
            )
        assert key not in changeable(CUSTOMER)


def test_undoing_says_that_a_secret_stays_as_it_is(ada):
    with ada.inside():
        key = own("Password", "secret")
        of = CUSTOMER.fields()[key]
        record = create_record(CUSTOMER, {"name": "A", key: of.parse("old old old")})
        run_id = new_id()
        with current.because("bulk", str(run_id)):
            update_record(CUSTOMER, record, {key: of.parse("new new new"), "name": "B"})
        undone = undo_run(run_id, record_type=CUSTOMER)
        assert [record.id] == [each for each, _why in undone.kept] and "Password" in undone.kept[0][1]
        db.session().expire_all()
        assert CUSTOMER.get(record.id).name == "A" and of.get(CUSTOMER.get(record.id)).open() == "new new new"


def test_a_saved_filter_by_an_identity_number_finds_the_record_and_holds_no_number(ada):
    with ada.inside():
        key = own("ID", "identity")
        of = CUSTOMER.fields()[key]
        made = create_record(CUSTOMER, {"name": "A", key: of.parse(NUMBER)})
        create_record(CUSTOMER, {"name": "B"})
        asked = {"any": [{"field": key, "op": "is", "value": NUMBER}, {"field": key, "op": "in", "value": [NUMBER]}]}
        view = save_view(CUSTOMER, name="Him", setup=Setup(condition=asked))
        kept = db.session().scalar(text("select condition::text from view where id = :id"), {"id": view.id})
        assert NUMBER not in kept and kept.count("sealed:") == 2
        again = Setup.of(get_view(view.id)).checked(CUSTOMER)
        assert Selection(CUSTOMER, all=True, condition=again.condition).lookup(("view",)) == [made.id]
        many = Selection(CUSTOMER, all=True, condition=asked)
        assert NUMBER not in str(many.kept()) and Selection.read(CUSTOMER, many.kept()).lookup(("view",)) == [made.id]
    page = ada.get(f"customers/?view={view.id}").get_data(as_text=True)
    assert NUMBER not in page and "110***********002X" in page
    with ada.inside():
        assert db.session().query(Run).count() == 0
