"""Lines: rows of cells inside of a record."""

import re

import pytest

from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records.custom import add_custom_field
from core.records.field_changes import add_field
from core.records.fields import FIELD_TYPES, FieldError
from core.records.query import Listing
from core.records.schemas import from_json
from core.records.services import create_record, update_record

COLUMNS = [
    {"key": "item", "label": "Item", "type": "text", "required": True},
    {"key": "price", "label": "Price", "type": "money"},
    {"key": "number", "label": "Number", "type": "decimal"},
    {"key": "on", "label": "On", "type": "date"},
    {"key": "kind", "label": "Kind", "type": "choice", "config": {"options": [{"value": "a", "label": "Apple"}]}},
    {"key": "note", "label": "Note", "type": "long_text"},
]
ROWS = [
    {"item": "Pear", "price": {"amount": "2.50", "currency": "CNY"}, "number": 4, "on": "2026-03-08", "kind": "a"},
    {"item": "Plum", "price": {"amount": "10.00", "currency": "CNY"}, "number": 0.5, "note": "two\nlines\tand \\n"},
]


@pytest.fixture
def lines(ada):
    with ada.inside():
        add_custom_field("customer", label="Order", key="c_order", type="lines", config={"columns": COLUMNS}, taken=[])


def order():
    return CUSTOMER.field("c_order")


@pytest.fixture
def record_id(ada, lines):
    with ada.inside():
        return create_record(CUSTOMER, from_json(CUSTOMER, {"name": "Acme", "c_order": ROWS})).id


def test_lines_come_out_as_they_went_in_by_api_and_by_text(ada, record_id):
    assert ada.api("GET", f"customers/{record_id}").json["data"]["c_order"] == ROWS
    with ada.inside():
        value = order().get(CUSTOMER.get(record_id))
        assert order().parse(order().text(value)) == value
        assert order().text(value).splitlines()[0] == "Pear\t2.50 CNY\t4.0\t2026-03-08\tApple\t"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"item": "x"}, {"item": "y", "price": {"amount": "much"}}], "Line 2, Price: "),
        ([{"item": "x", "on": "soon"}], "Line 1, On: "),
        ([{"number": 4}], "Line 1, Item: Fill in “Item”."),
        ([{"item": "x", "colour": "red"}], "Line 1: there is no column “colour”."),
        (["x"], "Line 1: send an object"),
        ([{"item": 5}], "Line 1, Item: "),
        ("x", "Send a list"),
        ([{"item": "x"}] * 501, "at most 500 lines"),
        ([{"number": True}], "Line 1, Number: "),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(ada, lines, rows, message):
    refused = ada.api("POST", "customers", {"name": "Acme", "c_order": rows})
    assert refused.status_code == 422
    (error,) = refused.json["errors"]
    assert error["field"] == "c_order" and message in error["message"]


def test_a_form_shows_fills_and_reorders_lines_without_script(ada, record_id):
    page = ada.get(f"customers/{record_id}/edit").text
    assert 'name="c_order-0-item"' in page and 'value="Pear"' in page and 'name="c_order-2-item"' in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    form = {
        "name": "Acme", "version": version, "kind": "company", "stage": "potential",
        "c_order-row": ["1", "0", "2", "7"], "c_order-0-item": "Pear", "c_order-0-price": "3", "c_order-0-number": "1",
        "c_order-1-item": "Plum", "c_order-1-price": "1.5 USD", "c_order-2-item": "", "c_order-7-item": "Fig",
    }  # fmt: skip
    ada.post(f"customers/{record_id}", form)
    shown = ada.api("GET", f"customers/{record_id}").json["data"]["c_order"]
    assert [row["item"] for row in shown] == ["Plum", "Pear", "Fig"]
    assert shown[0]["price"] == {"amount": "1.50", "currency": "USD"}


def test_a_refused_form_keeps_what_was_typed_and_marks_the_field(ada, lines):
    page = ada.post("customers/", {
        "name": "Acme", "c_order-row": ["0", "1"], "c_order-0-item": "Pear", "c_order-1-price": "much",
    })  # fmt: skip
    assert page.status_code == 422
    assert "Line 2, Price: " in page.text and 'value="much"' in page.text and 'value="Pear"' in page.text


def test_a_list_counts_lines_and_the_page_shows_them_with_totals(ada, record_id):
    assert "2 lines" in ada.get("customers/?columns=name,c_order").text
    page = ada.get(f"customers/{record_id}").text
    assert "Plum" in page and "¥12.50" in page and ">4.5<" in page


def test_the_history_shows_the_lines_that_changed_and_no_others(ada, record_id):
    with ada.inside():
        record = CUSTOMER.get(record_id)
        rows = order().get(record)
        update_record(CUSTOMER, record, {"c_order": [rows[0], {**rows[1], "number": 9.0}, {"item": "Fig"}]})
    page = ada.get(f"customers/{record_id}/history").text
    changes = re.findall(r'<span class="gx-line-change"><b>(\d)</b> (.*?)</span>', page)
    changed = [each for each in changes if each[0] in "23"]
    assert [number for number, _text in changed][:3] == ["2", "2", "3"]
    assert "9" in changed[1][1] and "Fig" in changed[2][1]


def test_lines_are_told_apart_from_none_in_filters(ada, record_id):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Bare"})
        for op, names in (("empty", ["Bare"]), ("not_empty", ["Acme"])):
            assert [r.name for r in Listing(CUSTOMER, {"field": "c_order", "op": op}).page().records] == names


def test_the_api_describes_lines(ada, lines):
    schema = ada.api("GET", "openapi.json").json
    text = str(schema)
    assert "'maxItems': 500" in text and "'title': 'Item'" in text


def test_lines_add_up_in_roll_ups_and_these_in_formulas(ada, record_id):
    with ada.inside():
        for key, function, field, condition in (
            ("c_n", "count", "", None), ("c_sum", "sum", "price", None), ("c_max", "max", "number", None),
            ("c_new", "latest", "item", None), ("c_on", "min", "on", None),
            ("c_a", "sum", "number", {"field": "kind", "op": "is", "value": "a"}),
            ("c_dear", "count", "", {"field": "price", "op": "gt", "value": {"amount": "3", "currency": "CNY"}}),
        ):  # fmt: skip
            config = {"relation": "lines:c_order", "function": function, "field": field, "condition": condition}
            add_custom_field("customer", label=key, key=key, type="rollup", taken=[],
                             config={k: v for k, v in config.items() if v})  # fmt: skip
        add_custom_field("customer", label="f", key="c_f", type="formula", taken=[],
                         config={"formula": "c_sum * 2 & ' for ' & len(c_order)"})  # fmt: skip
        record = CUSTOMER.get(record_id)
        shown = {key: CUSTOMER.field(f"c_{key}").dump(CUSTOMER.field(f"c_{key}").get(record))
                 for key in ("n", "sum", "max", "new", "on", "a", "dear", "f")}  # fmt: skip
        assert shown == {"n": 2, "sum": {"amount": "12.50", "currency": "CNY"}, "max": 4, "new": "Plum",
                         "on": "2026-03-08", "a": 4, "dear": 1, "f": "25 CNY for 2"}  # fmt: skip
        bare = create_record(CUSTOMER, {"name": "Bare"})
        assert CUSTOMER.field("c_n").get(bare) == 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([], "at least one column"),
        ([{"label": "A", "type": "lookup"}], "Line 1, Type"),
        ([{"label": "A", "type": "choice"}], "at least one option"),
        ([{"label": "A", "type": "text", "key": "a"}, {"label": "B", "type": "text", "key": "a"}], "Line 2, Key"),
        ([{"label": "A", "type": "text", "key": "'; drop"}], "Line 1, Key"),
        ([{"label": f"A{n}", "type": "text"} for n in range(21)], "at most 20"),
    ],
)
def test_columns_are_checked_when_they_are_set(ada, columns, message):
    with ada.inside():
        with pytest.raises(Invalid) as refused:
            add_field(CUSTOMER, label="Order", type="lines", config={"columns": columns})
        assert message in refused.value.problems[0].message


def test_columns_get_keys_of_their_own_and_keep_the_values_of_their_options(ada):
    with ada.inside():
        kind = FIELD_TYPES["lines"]
        kept = kind.check_settings({"columns": [
            {"label": "Unit price", "type": "money"}, {"label": "单价", "type": "text"}, {"label": "数量", "type": "integer"},
            {"label": "Size", "type": "choice", "options": "Small, Large"},
        ]})["columns"]  # fmt: skip
        assert [each["key"] for each in kept] == ["unit_price", "column", "column_2", "size"]
        assert [o["value"] for o in kept[3]["config"]["options"]] == ["Small", "Large"]
        again = kind.check_settings({"columns": kept})["columns"]
        assert again == kept
        with pytest.raises(FieldError):
            kind.check_settings({"columns": "x"})
