"""Fields of a form that are hidden, required or locked by what stands in others."""

import pytest
from sqlalchemy import event

from core import db
from core.customers.types import CONTACT, CUSTOMER
from core.errors import Invalid
from core.records import custom
from core.records.conditions import which_hold
from core.records.form_rules import rules_of
from core.records.laying_out import as_json, save_layout
from core.records.services import create_record
from core.records.typed import TypedRecord

SIGNED = {"field": "stage", "op": "is", "value": "signed"}


def lay_out(person, record_type=CUSTOMER, **conditions):
    """The standard form with conditions on some fields: `lay_out(ada, notes={"visible": SIGNED})`."""
    with person.inside():
        layout = as_json(record_type.layout([]), record_type.fields())
        for section in layout["sections"]:
            for placed in section["fields"]:
                placed |= conditions.get(placed["key"], {})
        save_layout(record_type, layout)


def add(person, **said):
    with person.inside():
        return custom.add_custom_field("customer", **({"type": "text", "taken": ()} | said)).key


def the(person, record_id):
    with person.inside():
        return CUSTOMER.get(record_id)


def make(person, **values):
    with person.inside():
        return create_record(CUSTOMER, {"name": "Fabrikam"} | values).id


def rules(person, **typed):
    return person.post("customers/rules", {"name": "Fabrikam"} | typed).get_json()


def test_what_is_typed_decides_what_is_shown(ada):
    lay_out(ada, notes={"visible": SIGNED}, industry={"required": SIGNED}, location={"read_only": SIGNED})
    assert rules(ada, stage="signed") == {
        "notes": {"hidden": False, "required": False, "locked": False},
        "industry": {"hidden": False, "required": True, "locked": False},
        "location": {"hidden": False, "required": False, "locked": True},
    }
    told = rules(ada, stage="")
    assert told["notes"]["hidden"] and not told["industry"]["required"] and not told["location"]["locked"]


def test_the_form_begins_as_the_conditions_say(ada):
    lay_out(ada, notes={"visible": SIGNED})
    page = ada.get("customers/new").get_data(as_text=True)
    assert 'data-rules="notes" hidden' in page and 'data-rules-on="stage"' in page
    assert 'data-rules="notes">' in ada.get("customers/new?stage=signed").get_data(as_text=True)


def test_hidden_fields_are_not_written_whatever_is_posted(ada):
    lay_out(ada, notes={"visible": SIGNED})
    record_id = make(ada, notes="as it was", stage="talking")
    typed = {"name": "Fabrikam", "kind": "company", "version": "1"}
    ada.post(f"customers/{record_id}", typed | {"stage": "talking", "notes": "smuggled"})
    record = the(ada, record_id)
    assert record.notes == "as it was"
    ada.post(f"customers/{record_id}", typed | {"stage": "signed", "notes": "seen", "version": str(record.version)})
    assert the(ada, record_id).notes == "seen"


def test_locked_fields_stay_as_they_are(ada):
    lay_out(ada, notes={"read_only": SIGNED})
    record_id = make(ada, notes="as it was", stage="signed")
    ada.post(f"customers/{record_id}", {"name": "Fabrikam AG", "stage": "signed", "notes": "smuggled", "version": "1"})
    record = the(ada, record_id)
    assert (record.name, record.notes) == ("Fabrikam AG", "as it was")
    page = ada.get(f"customers/{record_id}/edit").get_data(as_text=True)
    assert 'data-rules="notes" disabled' in page


def test_what_is_required_now_is_said_beside_its_field(ada):
    lay_out(ada, industry={"required": SIGNED})
    refused = ada.post("customers/", {"name": "Fabrikam", "stage": "signed"})
    assert refused.status_code == 422 and 'id="f-industry-error"' in refused.get_data(as_text=True)
    assert ada.post("customers/", {"name": "Fabrikam", "stage": "signed", "industry": "Steel"}).status_code == 303
    assert ada.post("customers/", {"name": "Contoso"}).status_code == 303


def test_a_required_field_that_is_hidden_is_not_asked_for(ada):
    key = add(ada, label="Contract", required=True)
    lay_out(ada, **{key: {"visible": SIGNED}})
    assert ada.post("customers/", {"name": "Fabrikam"}).status_code == 303
    assert ada.post("customers/", {"name": "Contoso", "stage": "signed"}).status_code == 422


def test_a_field_hidden_by_another_hides_a_third(ada):
    lay_out(ada, industry={"visible": SIGNED}, notes={"visible": {"field": "industry", "op": "is", "value": "Steel"}})
    assert not rules(ada, stage="signed", industry="Steel")["notes"]["hidden"]
    assert rules(ada, industry="Steel")["notes"]["hidden"], "what is hidden does not count"


def test_own_fields_links_and_lists_can_be_asked_about(ada):
    size = add(ada, label="Size", type="integer")
    kinds = add(ada, label="Kinds", type="multi_choice", config={"options": custom.options_of("a\nb")})
    since = add(ada, label="Since", type="date")
    parent = make(ada, name="Holding", industry="Steel")
    with ada.inside():
        cases = {
            (size, "gt", 5): ({size: 6}, {size: 5}),
            (size, "empty", None): ({}, {size: 5}),
            (size, "is_not", 5): ({}, {size: 5}),
            (kinds, "has_any", ("a",)): ({kinds: ["a", "b"]}, {kinds: ["b"]}),
            (since, "gte", "2026-03-08"): ({since: CUSTOMER.field(since).parse("2026-03-09")}, {}),
            ("parent.industry", "is", "Steel"): ({"parent": parent}, {}),
            ("tags", "has_all", ("vip",)): ({"tags": ["vip"]}, {"tags": ["x"]}),
            ("name", "contains", "brik"): ({"name": "Fabrikam"}, {"name": "Contoso"}),
            ("annual_revenue", "gt", "10"): ({"annual_revenue": CUSTOMER.field("annual_revenue").parse("11 CNY")}, {}),
        }
        for (key, op, value), (met, unmet) in cases.items():
            value = list(value) if isinstance(value, tuple) else value
            condition = {"field": key, "op": op} | ({} if value is None else {"value": value})
            for values, expected in ((met, True), (unmet, False)):
                assert which_hold(CUSTOMER, TypedRecord(CUSTOMER, values), [condition]) == [expected], (key, op, values)


def test_all_conditions_of_a_form_are_one_statement(ada):
    lay_out(
        ada, **{key: {"visible": SIGNED, "required": SIGNED} for key in ("notes", "industry", "location", "source")}
    )
    with ada.inside():
        layout, said = CUSTOMER.layout(), []
        event.listen(db.session(), "do_orm_execute", lambda state: said.append(state.statement))
        found = rules_of(CUSTOMER, layout, {"stage": "signed", "notes": "x", "industry": "y"})
        assert found.required == {"notes", "industry", "location", "source"} and len(said) == 1


def test_a_condition_about_a_field_that_is_gone_hides_nothing_for_good(ada):
    key = add(ada, label="Gone")
    lay_out(ada, notes={"required": {"field": key, "op": "is", "value": "x"}})
    with ada.inside():
        custom.retire_custom_field(custom.fields_of("customer")[0])
    assert ada.get("customers/new").status_code == 200
    assert rules(ada)["notes"] == {"hidden": False, "required": False, "locked": False}


@pytest.mark.parametrize("what", ["visible", "read_only"])
def test_what_no_record_is_without_is_never_hidden_or_locked(ada, what):
    with pytest.raises(Invalid, match="must always be there"):
        lay_out(ada, name={what: SIGNED})


def test_a_field_cannot_depend_on_itself(ada):
    with pytest.raises(Invalid, match="cannot depend on itself"):
        lay_out(ada, notes={"visible": {"field": "notes", "op": "empty"}})


def test_others_cannot_ask_about_records_they_do_not_see(ada, mallory):
    lay_out(ada, notes={"visible": SIGNED})
    record_id = make(ada)
    assert ada.post(f"customers/{record_id}/rules", {"stage": "signed"}).get_json()["notes"]["hidden"] is False
    assert mallory.post(f"customers/{record_id}/rules", {"stage": "signed"}).status_code == 404


def test_without_scripts_the_form_can_be_asked_to_show_what_belongs_to_it(ada):
    lay_out(ada, notes={"visible": SIGNED})
    page = ada.post("customers/", {"name": "Fabrikam", "stage": "signed", "step": "show"}).get_data(as_text=True)
    assert 'data-rules="notes">' in page and 'value="Fabrikam"' in page


def test_contacts_have_forms_of_their_own(ada):
    lay_out(ada, CONTACT, email={"visible": {"field": "phone", "op": "empty"}})
    assert ada.post("contacts/rules", {"phone": "13800138000"}).get_json()["email"]["hidden"]
