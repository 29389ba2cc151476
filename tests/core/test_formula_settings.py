"""Setting up calculated fields and lines in the browser."""

import re

import pytest

from core.customers.types import CUSTOMER
from core.records.custom import add_custom_field
from core.records.services import create_record


def check(ada, formula, **more):
    page = ada.post("settings/formulas/customers", {"formula": formula} | more, headers={"HX-Request": "true"})
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>", "", page.text, flags=re.S))


def test_a_formula_is_checked_while_it_is_written(ada):
    assert "Gives a number." in check(ada, "employees / 3")
    with ada.inside():
        create_record(CUSTOMER, {"name": "Acme <b>", "employees": 10})
    assert "For “Acme &lt;b&gt;”: <strong>3.33</strong>" in check(ada, "employees / 3", decimals="2")
    assert "<strong>empty</strong>" in check(ada, "founded + 1")
    wrong = check(ada, "employees + <name>")
    assert "Character 13:" in wrong and "<mark>&lt;</mark>" in wrong
    assert check(ada, "  ").strip() == ""


def test_only_who_may_set_fields_may_try_formulas(bob):
    assert bob.post("settings/formulas/customers", {"formula": "1"}).status_code == 403


def test_formula_roll_up_and_lines_are_set_up_on_their_pages(ada):
    assert "isempty(phone)" in ada.get("settings/fields/customers/new?type=formula").text
    ada.post(
        "settings/fields/customers", {"type": "formula", "label": "Half", "formula": "employees / 2", "decimals": "1"}
    )
    page = ada.get("settings/fields/customers/new?type=rollup").text
    assert 'value="contact.customer"' in page and 'value="task.about"' in page
    ada.post("settings/fields/customers", {
        "type": "rollup", "label": "Bosses", "relation": "contact.customer", "function": "count",
        "condition-0-field": "title", "condition-0-op": "in", "condition-0-value": "Boss, Chief",
    })  # fmt: skip
    ada.post("settings/fields/customers", {
        "type": "lines", "label": "Order", "columns-row": ["0", "1"], "columns-0-label": "Item", "columns-0-type": "text",
        "columns-0-required": "yes", "columns-1-label": "Price", "columns-1-type": "money",
    })  # fmt: skip
    with ada.inside():
        fields = CUSTOMER.fields()
        assert (fields["c_half"].formula, fields["c_half"].decimals) == ("employees / 2", 1)
        condition = {"all": [{"field": "title", "op": "in", "value": ["Boss", "Chief"]}]}
        assert fields["c_bosses"].condition == condition
        assert [(of.key, of.required) for of in fields["c_order"].by_key.values()] == [("item", True), ("price", False)]
        ids = {key: fields[key].custom_id for key in ("c_half", "c_bosses", "c_order")}
    assert 'value="Boss, Chief"' in ada.get(f"settings/fields/customers/{ids['c_bosses']}").text
    assert 'value="Item"' in ada.get(f"settings/fields/customers/{ids['c_order']}").text
    assert "employees / 2" in ada.get(f"settings/fields/customers/{ids['c_half']}").text


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"type": "formula", "formula": "employees +"}, "The formula ends too early."),
        ({"type": "formula", "formula": ""}, "Fill in “Formula”."),
        ({"type": "formula", "formula": "1 + nowhere"}, "There is no field “nowhere”."),
        ({"type": "formula", "formula": "c_it + 1"}, "“It” is calculated from itself."),
        ({"type": "rollup", "relation": "contact.customer", "function": "sum", "field": ""}, "Choose the field"),
        (
            {"type": "rollup", "relation": "contact.customer", "function": "sum", "field": "name"},
            "cannot be worked out",
        ),
        ({"type": "lines"}, "Fill in “Columns”."),
    ],
)
def test_what_does_not_fit_is_said_on_the_page_and_nothing_is_made(ada, form, message):
    page = ada.post("settings/fields/customers", {"label": "It"} | form)
    assert page.status_code == 422
    assert message in page.text
    with ada.inside():
        assert "c_it" not in CUSTOMER.fields()


def test_a_formula_in_use_is_not_made_to_lead_round_in_a_circle(ada):
    with ada.inside():
        one = add_custom_field("customer", label="One", key="c_one", type="formula", config={"formula": "1"}, taken=[])
        add_custom_field("customer", label="Two", key="c_two", type="formula", config={"formula": "c_one"}, taken=[])
        one_id = one.id
    page = ada.post(f"settings/fields/customers/{one_id}", {"label": "One", "formula": "c_two + 1"})
    assert page.status_code == 422 and "goes round in a circle" in page.text
    with ada.inside():
        assert CUSTOMER.field("c_one").formula == "1"


def test_a_circle_is_told_of_while_it_is_being_typed(ada):
    with ada.inside():
        add_custom_field("customer", label="One", key="c_one", type="formula", config={"formula": "1"}, taken=[])
        add_custom_field("customer", label="Two", key="c_two", type="formula", config={"formula": "c_one"}, taken=[])
    typed = {"formula": "c_two + 1"}
    assert "goes round in a circle" in ada.post("settings/formulas/customers", typed | {"key": "c_one"}).text
    assert "goes round in a circle" not in ada.post("settings/formulas/customers", typed).text
    assert ada.post("settings/formulas/customers", typed | {"key": "nonsense"}).status_code == 200
