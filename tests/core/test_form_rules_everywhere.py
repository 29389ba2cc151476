"""What a form hides, locks or asks for holds wherever a person changes a record, and not for programs."""

import pytest

from core import db
from core.customers.types import CUSTOMER
from core.records import field_changes
from core.records.laying_out import as_json, save_layout
from core.records.runs import services as runs
from core.records.runs.changing import Change
from core.records.runs.selection import Selection
from core.records.services import create_record, update_record

SIGNED = {"field": "stage", "op": "is", "value": "signed"}
NAMED_A = {"field": "name", "op": "is", "value": "A"}


def lay_out(person, **conditions):
    with person.inside():
        layout = as_json(CUSTOMER.layout([]), CUSTOMER.fields())
        for section in layout["sections"]:
            for placed in section["fields"]:
                placed |= conditions.get(placed["key"], {})
        save_layout(CUSTOMER, layout)


def make(person, *names, **values):
    with person.inside():
        return [create_record(CUSTOMER, {"name": name} | values).id for name in names]


def the(person, record_id):
    with person.inside():
        return CUSTOMER.get(record_id)


def edit(person, ids, **values):
    with person.inside():
        run = runs.edit_records(Selection(CUSTOMER, tuple(ids)), Change(CUSTOMER, values))
        return run.changed, run.refused, [row.reason for row in runs.rows_of(run, "refused")]


@pytest.mark.parametrize("condition", [{"read_only": NAMED_A}, {"visible": {"not": NAMED_A}}])
def test_a_locked_or_hidden_field_is_not_changed_beside_it(ada, condition):
    lay_out(ada, website=condition)
    a, b = make(ada, "A", "B")
    refused = ada.post(f"customers/{a}/fields/website", {"website": "https://example.com"})
    assert refused.status_code == 422 and "Website" in refused.get_data(as_text=True)
    assert ada.post(f"customers/{b}/fields/website", {"website": "https://example.com"}).status_code == 303
    assert the(ada, a).website is None and the(ada, b).website
    assert f"customers/{a}/fields/website" not in ada.get(f"customers/{a}").get_data(as_text=True)
    assert f"customers/{b}/fields/website" in ada.get(f"customers/{b}").get_data(as_text=True)


def test_a_card_does_not_move_where_the_form_locks_its_state_or_asks_for_more(ada):
    lay_out(ada, stage={"read_only": NAMED_A}, website={"required": SIGNED})
    a, b = make(ada, "A", "B")
    assert ada.post("customers/moves", {"id": str(a), "to": "signed"}).status_code == 422
    assert ada.post("customers/moves", {"id": str(b), "to": "signed"}).status_code == 422
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(b), {"website": "https://example.com"})
    assert ada.post("customers/moves", {"id": str(b), "to": "signed"}).status_code == 303
    assert (the(ada, a).stage, the(ada, b).stage) != ("signed", "signed") and the(ada, b).stage == "signed"


def test_of_many_records_those_are_left_whose_form_locks_the_field(ada):
    lay_out(ada, website={"read_only": NAMED_A, "required": {"field": "name", "op": "is", "value": "B"}})
    ids = make(ada, "A", "B", "C", website="https://example.com")
    changed, refused, reasons = edit(ada, ids, website="https://example.org")
    assert (changed, refused) == (2, 1) and "Website" in reasons[0]
    changed, refused, reasons = edit(ada, ids, website=None)
    assert (changed, refused) == (1, 2) and any("Fill in" in reason for reason in reasons)


def test_a_change_on_which_others_depend_is_looked_at_record_by_record(ada):
    lay_out(ada, website={"required": SIGNED})
    (full,) = make(ada, "Full", website="https://example.com")
    (bare,) = make(ada, "Bare")
    changed, refused, reasons = edit(ada, [full, bare], stage="signed")
    assert (changed, refused) == (1, 1) and "Website" in reasons[0]
    assert the(ada, full).stage == "signed" and the(ada, bare).stage != "signed"


def test_what_was_missing_before_does_not_forbid_a_change_of_something_else(ada):
    (one,) = make(ada, "One", stage="signed")
    lay_out(ada, website={"required": SIGNED})
    assert ada.post(f"customers/{one}/fields/industry", {"industry": "Mining"}).status_code == 303


def test_a_program_is_held_to_no_form(ada):
    lay_out(ada, website={"read_only": NAMED_A})
    (a,) = make(ada, "A")
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(a), {"website": "https://example.com"})
    assert the(ada, a).website


def test_a_new_record_has_the_defaults_of_own_fields_whoever_makes_it(ada):
    with ada.inside():
        row = field_changes.add_field(CUSTOMER, label="Level", type="text", config={})
        row.config = field_changes.with_default(row, row.config, "plain")
        field_changes.change_field(CUSTOMER, row.key, label="Level")
        db.flush()
        made = create_record(CUSTOMER, {"name": "A"})
        assert made.custom == {row.key: "plain"}
        assert create_record(CUSTOMER, {"name": "B", row.key: "other"}).custom == {row.key: "other"}
        assert create_record(CUSTOMER, {"name": "C", row.key: None}).custom == {}
