"""An administrator gives a record type further fields, renames, orders, hides and shows them again."""

import re

from core import db
from core.customers.types import CUSTOMER
from core.records.custom import OfferedTypes, fields_of
from core.records.field_changes import add_field
from core.records.fields import FIELD_TYPES
from core.records.services import create_record

OPTIONS = {"options": [{"label": "A"}, {"label": "B"}]}
FILES = ("file", "image", "signature")


def add(person, **typed):
    return person.post("settings/fields/customers", {"type": "text"} | typed)


def page(person):
    return person.get("settings/fields/customers").get_data(as_text=True)


def rows(person):
    with person.inside():
        return {row.label: row for row in fields_of("customer")}


def test_a_field_is_added_and_is_in_the_form_at_once(ada):
    assert "No fields of your own yet" in page(ada)
    assert add(ada, label="交货条款", type="choice", options="EXW\nFOB\n\nFOB").status_code == 303
    assert "交货条款" in page(ada) and "c_jiaohuotiaokuan" in page(ada)
    form = ada.get("customers/new").get_data(as_text=True)
    assert "交货条款" in form and form.count(">FOB<") == 1


def test_what_is_missing_is_said_beside_its_field(ada):
    for typed, field in (({"label": ""}, "label"), ({"label": "x" * 200}, "label"), ({"label": "X", "type": "nonsense"}, "label"),
                         ({"label": "Kept", "type": "choice", "options": " "}, "options")):  # fmt: skip
        answer = add(ada, **typed)
        assert answer.status_code == 422 and f'id="f-{field}-error"' in answer.get_data(as_text=True), typed
    assert 'value="Kept"' in answer.get_data(as_text=True)


def test_a_renamed_field_and_a_renamed_option_keep_their_values(ada):
    add(ada, label="Terms", type="choice", options="EXW\nFOB")
    row = rows(ada)["Terms"]
    with ada.inside():
        record_id = create_record(CUSTOMER, {"name": "Fabrikam", row.key: "FOB"}).id
    ada.post(f"settings/fields/customers/{row.id}", {"label": "Delivery", "options": "EXW\nFree on board\nCIF"})
    with ada.inside():
        shown = CUSTOMER.field(row.key)
        record = CUSTOMER.get(record_id)
        assert (str(shown.label), shown.text(shown.get(record))) == ("Delivery", "Free on board")


def test_fields_are_put_in_order(ada):
    for label in ("One", "Two", "Three"):
        add(ada, label=label)
    three = rows(ada)["Three"].id
    ada.post(f"settings/fields/customers/{three}/position", {"way": "up"})
    assert [row.label for row in _live(ada)] == ["One", "Three", "Two"]
    ada.post(f"settings/fields/customers/{three}/position", {"way": "down"})
    ada.post(f"settings/fields/customers/{three}/position", {"way": "down"})
    assert [row.label for row in _live(ada)] == ["One", "Two", "Three"]


def _live(person):
    with person.inside():
        return [row for row in fields_of("customer") if row.retired_at is None]


def test_a_hidden_field_comes_back_with_its_values(ada):
    add(ada, label="Terms")
    row = rows(ada)["Terms"]
    with ada.inside():
        record_id = create_record(CUSTOMER, {"name": "Fabrikam", row.key: "by sea"}).id
    ada.post(f"settings/fields/customers/{row.id}/retirement")
    page(ada)
    assert "Terms" not in ada.get(f"customers/{record_id}/edit").get_data(as_text=True)
    assert "Hidden fields" in page(ada)
    ada.post(f"settings/fields/customers/{row.id}/restoration")
    assert "by sea" in ada.get(f"customers/{record_id}/edit").get_data(as_text=True)


def test_script_in_a_label_or_option_is_just_text(ada):
    nasty = "<script>alert(1)</script>"
    add(ada, label=nasty, type="choice", options=nasty, help=nasty)
    for url in ("settings/fields/customers", "customers/new", "customers/", "customers/filter", "customers/board"):
        assert nasty not in ada.get(url).get_data(as_text=True), url


def test_only_those_who_may_and_only_their_own(ada, sam, mallory):
    add(ada, label="Terms")
    row = rows(ada)["Terms"]
    assert sam.get("settings/fields/customers").status_code == 403
    assert add(sam, label="Mine").status_code == 403
    assert mallory.get(f"settings/fields/customers/{row.id}").status_code == 404
    assert mallory.post(f"settings/fields/customers/{row.id}/retirement").status_code == 404
    assert ada.get("settings/fields/follow-ups").status_code == 404
    assert ada.get("settings/fields/").location == "/w/acme/settings/fields/customers"


def test_every_type_on_offer_can_be_added_filled_and_shown(ada):
    kinds = re.findall(r"new\?type=(\w+)", ada.get("settings/fields/customers/new").get_data(as_text=True))
    assert len(kinds) >= 15
    with ada.inside():
        assert set(kinds) == set(OfferedTypes())
    for kind in kinds:
        assert ada.get(f"settings/fields/customers/new?type={kind}").status_code == 200, kind
        config = FIELD_TYPES[kind].example_config() | (OPTIONS if kind in ("choice", "multi_choice") else {})
        config |= {"target": "customer"} if "lookup" in kind else {}
        with ada.inside():
            add_field(CUSTOMER, label=f"Own {kind}", type=kind, config=config)
    for row in rows(ada).values():
        assert ada.get(f"settings/fields/customers/{row.id}").status_code == 200, row.type
    with ada.inside():
        own = [f for f in CUSTOMER.form_fields() if f.custom_id]
        values = {
            f.key: f.parse_json(f.example()) for f in own if f.editable and not f.points and f.type_name not in FILES
        }
        record = create_record(CUSTOMER, {"name": "Everything"} | values)
        db.flush()
        record_id = record.id
    keys = ",".join(["name", *(f.key for f in own)])
    for url in (f"customers/?columns={keys}", f"customers/{record_id}/edit", f"customers/{record_id}"):
        assert ada.get(url).status_code == 200, url
    assert ada.get("settings/fields/customers/form").status_code == 200
