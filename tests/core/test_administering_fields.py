"""An administrator looks after the fields of a type: built-in ones too, and knows where each is used."""

import pytest

from core.activities.types import TASK
from core.customers.types import CONTACT, CUSTOMER
from core.errors import Conflict, Invalid
from core.records import custom, field_changes
from core.records.field_changes import InUse
from core.records.laying_out import as_json, save_layout
from core.records.services import create_record
from core.records.usage import where_used

HOSTILE = (
    "😀🚀",
    "'; drop table customer; --",
    "مرحبا بالعالم",
    "id", "version", "custom", "tenant_id", "select", "None", "__class__", "created_at", "name",
    "{{ 7*7 }} %s {0}", "<script>alert(1)</script>", "../../etc/passwd",
    "交货条款", "Ünïcödé", "a" * 100,
)  # fmt: skip


def page(person, url="settings/fields/customers"):
    return person.get(url).get_data(as_text=True)


def add(person, **typed):
    return person.post("settings/fields/customers", {"type": "text"} | typed)


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_name_is_just_a_name(ada, label):
    assert add(ada, label=label).status_code == 303
    with ada.inside():
        (row,) = custom.fields_of("customer")
        key = row.key
        assert row.label == label and key.startswith("c_") and key.isascii() and key not in CUSTOMER.builtin
        record_id = create_record(CUSTOMER, {"name": "Fabrikam", key: "its value"}).id
    for url in (
        "settings/fields/customers",
        "customers/new",
        f"customers/{record_id}",
        "settings/fields/customers/form",
    ):
        shown = page(ada, url)
        assert "<script>alert" not in shown and "49 %s" not in shown
    assert "its value" in page(ada, f"customers/{record_id}")


def test_a_name_of_a_thousand_characters_or_of_nothing_that_shows_is_refused(ada):
    for label in ("x" * 1000, "   ", "\u202e\u200b", "\x00\x00"):
        answer = add(ada, label=label)
        assert answer.status_code == 422 and 'id="f-label-error"' in answer.get_data(as_text=True), repr(label)


def test_what_turns_the_direction_of_text_around_it_is_taken_out(ada):
    add(ada, label="in\u202evoice\u2066")
    with ada.inside():
        assert custom.fields_of("customer")[0].label == "invoice"


def test_keys_never_collide(ada):
    for label in ("Credit", "Credit", "credit!", "Credit currency"):
        assert add(ada, label=label, type="money" if label == "Credit" else "text").status_code == 303
    with ada.inside():
        keys = [row.key for row in custom.fields_of("customer")]
        assert len(set(keys)) == 4 and "c_credit_currency" not in keys
        for key in ("name", "owner", "id", "version", "csrf_token", "UPPER", "a b", "x'; --", "c_credit", ""):
            if key:
                with pytest.raises(Invalid):
                    field_changes.add_field(CUSTOMER, label="X", type="text", config={}, key=key)


def test_a_built_in_field_is_called_otherwise_explained_and_required(ada):
    url = "settings/fields/customers/ready/industry"
    assert ada.post(url, {"label": "行业", "help": "As in the register.", "required": "1"}).status_code == 303
    form = page(ada, "customers/new")
    assert "行业" in form and "As in the register." in form
    refused = ada.post("customers/", {"name": "Fabrikam"})
    assert refused.status_code == 422 and 'id="f-industry-error"' in refused.get_data(as_text=True)
    ada.post(url, {"label": "Industry", "help": ""})
    assert ada.post("customers/", {"name": "Fabrikam"}).status_code == 303
    assert ada.post(url, {"label": " "}).status_code == 422


def test_a_built_in_field_is_hidden_and_comes_back_with_its_values(ada):
    with ada.inside():
        record_id = create_record(CUSTOMER, {"name": "Fabrikam", "source": "Trade fair"}).id
    ada.post("settings/fields/customers/ready/source/retirement")
    assert "Trade fair" not in page(ada, f"customers/{record_id}") and "Trade fair" not in page(ada, "customers/")
    assert "Show again" in page(ada)
    ada.post("settings/fields/customers/ready/source/restoration")
    assert "Trade fair" in page(ada, f"customers/{record_id}")


@pytest.mark.parametrize(
    ("record_type", "key"), [(CUSTOMER, "name"), (CUSTOMER, "owner"), (CONTACT, "customer"), (TASK, "title")]
)
def test_what_no_record_is_without_cannot_be_retired(ada, record_type, key):
    with ada.inside(), pytest.raises(Conflict, match="no record is without it"):
        field_changes.retire_field(record_type, key, although_used=True)


def test_a_used_field_is_not_retired_silently(ada):
    add(ada, label="Terms")
    with ada.inside():
        layout = as_json(CUSTOMER.layout([]), CUSTOMER.fields())
        save_layout(CUSTOMER, layout)
        (row,) = custom.fields_of("customer")
        row_id = row.id
        assert [use.kind for use in where_used(CUSTOMER, row.key)] == ["Form"]
        with pytest.raises(InUse, match="Form for everyone"):
            field_changes.retire_field(CUSTOMER, row.key)
    answer = ada.post(f"settings/fields/customers/{row_id}/retirement")
    assert answer.status_code == 422 and "Form for everyone" in answer.get_data(as_text=True)
    assert "Hidden fields" not in page(ada)
    ada.post(f"settings/fields/customers/{row_id}/retirement", {"although_used": "1"})
    assert "Hidden fields" in page(ada)


def test_where_a_field_is_used_is_counted_and_listed(ada):
    add(ada, label="Terms")
    with ada.inside():
        (row,) = custom.fields_of("customer")
        layout = as_json(CUSTOMER.layout([]), CUSTOMER.fields())
        layout["sections"][0]["fields"][1]["visible"] = {"all": [{"field": row.key, "op": "not_empty"}]}
        save_layout(CUSTOMER, layout)
        key = row.key
    assert "2 places" in page(ada)
    assert "Condition in a form" in page(ada, f"settings/fields/customers/uses/{key}")


def test_numbers_have_limits_and_decimals(ada):
    assert (
        add(ada, label="Share", type="decimal", **{"range-low": "0", "range-high": "1", "decimals": "2"}).status_code
        == 303
    )
    with ada.inside():
        field = CUSTOMER.field("c_share")
        assert field.parse("0.123") == 0.12 and field.range == [0, 1]
    refused = ada.post("customers/", {"name": "X", "c_share": "1.5"}).get_data(as_text=True)
    assert "Enter a number from 0 to 1" in refused
    assert add(ada, label="Bad", type="decimal", **{"range-low": "9", "range-high": "1"}).status_code == 422
    assert add(ada, label="Open", type="integer", **{"range-low": "1"}).status_code == 303
    assert "Enter a number from 1 up" in ada.post("customers/", {"name": "X", "c_open": "0"}).get_data(as_text=True)


def test_options_have_colours_and_an_order_and_keep_their_values(ada):
    rows = {"options-label": ["Red one", "Blue one"], "options-value": ["", ""], "options-color": ["red", "blue"]}
    assert add(ada, label="Kind", type="choice", **rows).status_code == 303
    with ada.inside():
        (row,) = custom.fields_of("customer")
        assert [(o["value"], o["color"]) for o in row.config["options"]] == [("Red one", "red"), ("Blue one", "blue")]
        row_id = row.id
    turned = {
        "options-label": ["Blue", "Red one"],
        "options-value": ["Blue one", "Red one"],
        "options-color": ["teal", "red"],
    }
    ada.post(f"settings/fields/customers/{row_id}", {"label": "Kind"} | turned)
    with ada.inside():
        options = CUSTOMER.field("c_kind").options
        assert [(o.value, o.label, o.color) for o in options] == [
            ("Blue one", "Blue", "teal"),
            ("Red one", "Red one", "red"),
        ]


def test_a_default_stands_in_the_form_of_something_new_and_must_fit(ada):
    add(ada, label="Seats", type="integer", **{"range-high": "10"})
    with ada.inside():
        row_id = custom.fields_of("customer")[0].id
    url = f"settings/fields/customers/{row_id}"
    assert ada.post(url, {"label": "Seats", "range-high": "10", "default": "11"}).status_code == 422
    assert ada.post(url, {"label": "Seats", "range-high": "10", "default": "4"}).status_code == 303
    assert 'name="c_seats" ' in page(ada, "customers/new") and 'value="4"' in page(ada, "customers/new")


def test_a_link_says_what_it_links_to(ada):
    assert add(ada, label="Reseller", type="lookup", target="customer").status_code == 303
    assert add(ada, label="Nowhere", type="lookup", target="nonsense").status_code == 422
    with ada.inside():
        assert CUSTOMER.field("c_reseller").refers_to() == "customer"


def test_only_those_who_may_and_only_their_own(ada, sam, mallory):
    assert sam.post("settings/fields/customers/ready/industry", {"label": "Mine"}).status_code == 403
    assert sam.get("settings/fields/customers/uses/industry").status_code == 403
    ada.post("settings/fields/customers/ready/industry", {"label": "Trade of Acme"})
    assert "Trade of Acme" not in page(mallory) and "Trade of Acme" not in page(mallory, "customers/new")
