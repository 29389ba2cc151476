"""What administrators change of fields, forms and record types stands in the log, with who did it."""

import pytest
from sqlalchemy import select

from core import db
from core.customers.types import CUSTOMER
from core.events import EventRow, read_back
from core.records import custom, field_changes, making
from core.records.laying_out import as_json, drop_layout, save_layout
from core.records.retyping import change_type


@pytest.fixture
def log(ada):
    """The events of the shape so far: names, and all of them by `log.rows`."""

    def read():
        with ada.inside():
            about = EventRow.record_type.in_(("field", "record_type"))
            rows = db.session().scalars(select(EventRow).where(about).order_by(EventRow.id)).all()
            assert all(row.actor_id == ada.member_id and read_back(row).title for row in rows)
            return [row.name for row in rows], rows

    return read


def test_a_field_s_life_is_told(ada, log):
    with ada.inside():
        row = field_changes.add_field(CUSTOMER, label="Plant", type="text", config={})
        field_changes.change_field(CUSTOMER, row.key, label="Works", required=True)
        field_changes.change_field(CUSTOMER, row.key, label="Works", required=True)  # nothing new
        change_type(CUSTOMER, row, "long_text", {})
        field_changes.retire_field(CUSTOMER, row.key)
        field_changes.restore_field(CUSTOMER, row.key)
    names, rows = log()
    assert names == ["field.added", "field.changed", "field.type_changed", "field.retired", "field.brought_back"]
    assert rows[1].changes == {"label": ["Plant", "Works"], "required": [False, True]}
    assert rows[2].changes == {"type": ["text", "long_text"]}
    assert {row.data["of"] for row in rows} == {"customer"}


def test_so_are_changes_of_built_in_fields(ada, log):
    with ada.inside():
        field_changes.change_field(CUSTOMER, "industry", label="Trade")
        field_changes.retire_field(CUSTOMER, "industry", although_used=True)
        field_changes.restore_field(CUSTOMER, "industry")
    assert log()[0] == ["field.changed", "field.retired", "field.brought_back"]


def test_so_are_forms_and_record_types(ada, log):
    with ada.inside():
        layout = as_json(CUSTOMER.layout([]), CUSTOMER.fields())
        save_layout(CUSTOMER, layout)
        save_layout(CUSTOMER, layout)
        drop_layout(CUSTOMER)
        drop_layout(CUSTOMER)
        own = making.make_type(label="Machine")
        making.change_type(own, label="Engine")
        making.retire_type(own)
        making.restore_type(own)
    names, rows = log()
    assert names == [
        *["record_type.form_changed"] * 2,
        "record_type.made", "record_type.changed", "record_type.retired", "record_type.brought_back",
    ]  # fmt: skip
    assert rows[3].changes["label"] == ["Machine", "Engine"]


def test_the_change_feed_and_the_pages_go_on_without_them(ada, log):
    with ada.inside():
        made = custom.add_custom_field("customer", label="Plant", type="text", taken=())
    assert log()[0] == ["field.added"]
    answer = ada.api("GET", "events")
    assert answer.status_code == 200 and not [each for each in answer.json["data"] if each["record_id"] == str(made.id)]
    assert ada.get("").status_code == 200


def test_a_program_is_told_what_uses_a_field_before_it_is_retired(ada):
    with ada.inside():
        row = field_changes.add_field(CUSTOMER, label="Plant", type="text", config={})
        save_layout(CUSTOMER, as_json(CUSTOMER.layout([]), CUSTOMER.fields()))
    refused = ada.api("DELETE", f"record-types/customer/fields/{row.key}")
    assert refused.status_code == 409 and refused.json["type"].endswith("in_use")
    assert [use["title"] for use in refused.json["uses"]] == ["Form for everyone"]
    assert ada.api("DELETE", f"record-types/customer/fields/{row.key}?although_used=true").status_code == 204
    assert ada.api("GET", f"record-types/customer/fields/{row.key}").json["data"]["retired"]
