"""A field may be one in which no two living records have the same, whichever way a value comes in."""

import threading

import pytest

from core import db
from core.customers.types import CONTACT, CUSTOMER
from core.errors import Conflict, Invalid
from core.records import custom, field_changes
from core.records.duplicates.matching import look_alikes
from core.records.duplicates.merging import merge_records
from core.records.duplicates.unmerging import undo_merge
from core.records.imports import services as imports
from core.records.imports.models import Import
from core.records.runs import services as runs
from core.records.runs.changing import Change
from core.records.runs.selection import Selection
from core.records.search import search_records
from core.records.services import create_record, delete_record, restore_record, update_record
from core.records.types import find_type


@pytest.fixture
def tax(ada):
    """The key of a text that is unique."""
    with ada.inside():
        return field_changes.add_field(CUSTOMER, label="Tax number", type="text", config={"unique": True}).key


def add(name, **values):
    return create_record(CUSTOMER, {"name": name} | values)


def test_what_another_has_is_refused_and_the_other_named_however_it_is_written(ada, tax):
    with ada.inside():
        add("Fabrikam", **{tax: "DE 123"})
        for same in ("DE 123", "de  123", "ＤＥ １２３"):
            with pytest.raises(Invalid) as refused:
                add("Contoso", **{tax: same})
            assert refused.value.problems[0].field == tax and "Fabrikam" in refused.value.message
        assert add("Contoso", **{tax: "DE 124"}).id and add("Empty").id and add("Empty too").id


def test_a_change_and_the_form_and_the_api_are_refused_beside_the_field(ada, tax):
    with ada.inside():
        add("Fabrikam", **{tax: "1"})
        other = add("Contoso", **{tax: "2"}).id
    answer = ada.post("customers/", {"name": "Third", tax: "1"})
    assert answer.status_code == 422 and f'id="f-{tax}-error"' in answer.get_data(as_text=True)
    answer = ada.post(f"customers/{other}/fields/{tax}", {tax: "1"})
    assert answer.status_code == 422 and "Fabrikam" in answer.get_data(as_text=True)
    with ada.inside():
        assert CUSTOMER.get(other).custom[tax] == "2"
        update_record(CUSTOMER, CUSTOMER.get(other), {tax: "2 "})  # its own


def test_deleting_frees_the_value_and_restoring_asks_again(ada, tax):
    with ada.inside():
        first = add("Fabrikam", **{tax: "1"})
        delete_record(CUSTOMER, first)
        db.flush()
        second = add("Contoso", **{tax: "1"})
        with pytest.raises(Conflict, match="Contoso"):
            restore_record(CUSTOMER, first.id)
        delete_record(CUSTOMER, second)
        restore_record(CUSTOMER, first.id)
        with pytest.raises(Conflict, match="Fabrikam"):
            restore_record(CUSTOMER, second.id)


def test_two_who_write_it_at_one_moment_do_not_both_get_it(ada, tax):
    got, together = [], threading.Barrier(2)

    def write(name):
        with ada.inside():
            together.wait()
            try:
                add(name, **{tax: "same"})
                got.append("made")
            except Invalid as refused:
                got.append(refused.problems[0].field)

    both = [threading.Thread(target=write, args=(name,)) for name in ("One", "Two")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(got) == sorted(["made", tax])


def test_of_many_that_are_to_get_one_value_only_the_first_does(ada, tax):
    with ada.inside():
        ids = [add(name).id for name in ("A", "B", "C")]
        run = runs.edit_records(Selection(CUSTOMER, tuple(ids)), Change(CUSTOMER, {tax: "same"}))
        assert run.status == "done" and (run.changed, run.refused) == (1, 2), run.error


def test_undoing_a_deletion_brings_back_all_but_what_another_took(ada, tax):
    with ada.inside():
        ids = [add("A", **{tax: "1"}).id, add("B", **{tax: "2"}).id]
        run = runs.delete_records(Selection(CUSTOMER, tuple(ids)))
        db.flush()
        add("C", **{tax: "1"})
        undoing = runs.undo(run)
        assert (undoing.changed, undoing.refused) == (1, 1)
        assert "“C”" in runs.rows_of(undoing, "refused")[0].reason


def test_a_file_with_a_value_twice_brings_one_in_and_names_the_other(ada, tax, run_jobs):
    with ada.inside():
        add("Fabrikam", **{tax: "1"})
        table = b"Name,Tax number\nNew,1\nOther,2\nThird,2\nFourth,3\n"
        run_id = _bring_in(table, match=[])
    run_jobs()
    with ada.inside():
        run = db.get(Import, run_id)
        assert (run.status, run.created, run.refused) == ("done", 2, 2), run.error


def test_a_check_of_a_file_tells_the_same_and_an_update_asks_too(ada, tax, run_jobs):
    with ada.inside():
        add("Fabrikam", **{tax: "1"})
        add("Contoso", **{tax: "2"})
        checked = _bring_in(b"Name,Tax number\nNew,1\nOther,3\nThird,3\n", dry_run=True, match=[])
        changed = _bring_in(b"Name,Tax number\nContoso,1\n", match=["name"], mode="update")
    run_jobs()
    with ada.inside():
        run = db.get(Import, checked)
        assert (run.status, run.created, run.refused) == ("checked", 1, 2)
        run = db.get(Import, changed)
        assert (run.status, run.updated, run.refused) == ("done", 0, 1)


def _bring_in(table, *, dry_run=False, **said):
    run = imports.begin_import(CUSTOMER, "customers.csv", table)
    imports.map_import(run, run.mapping, said)
    (imports.check_import if dry_run else imports.start_import)(run)
    return run.id


def test_it_can_be_switched_on_only_where_no_two_have_the_same(ada):
    with ada.inside():
        row = field_changes.add_field(CUSTOMER, label="Tax number", type="text", config={})
        one = add("Fabrikam", **{row.key: "1"})
        add("Contoso", **{row.key: "1 "})
        other = add("Umbrella", **{row.key: "2"})
    page = ada.post(f"settings/fields/customers/{row.id}", {"label": "Tax number", "unique": "yes"})
    said = page.get_data(as_text=True)
    assert page.status_code == 422 and 'id="f-unique-error"' in said and "Fabrikam" in said and "Contoso" in said
    with ada.inside():
        row = custom.get_custom_field("customer", row.id)
        assert not row.config.get("unique")
        update_record(CUSTOMER, CUSTOMER.get(one.id), {row.key: "3"})
        custom.change_custom_field(row, config={"unique": True})
        with pytest.raises(Invalid):
            update_record(CUSTOMER, CUSTOMER.get(other.id), {row.key: "3"})
        custom.change_custom_field(row, config={})
        update_record(CUSTOMER, CUSTOMER.get(other.id), {row.key: "3"})


def test_merging_hands_the_value_on_and_taking_it_back_gives_it_back(ada, tax):
    with ada.inside():
        kept, gone = add("Fabrikam", **{tax: "1"}), add("Fabrikam Ltd", **{tax: "2"})
        merge = merge_records(CUSTOMER, kept.id, [gone.id], {tax: "2"})
        with pytest.raises(Invalid):
            add("Third", **{tax: "2"})
        undo_merge(merge.id)
        assert (CUSTOMER.get(kept.id).custom[tax], CUSTOMER.get(gone.id).custom[tax]) == ("1", "2")
        with pytest.raises(Invalid):
            add("Third", **{tax: "2"})


def test_an_own_field_tells_duplicates_and_is_found_by_search_where_that_is_wanted(ada, run_jobs):
    with ada.inside():
        row = field_changes.add_field(CUSTOMER, label="Plant", type="text", config={"match_key": True})
        made = add("Fabrikam", **{row.key: "XK-4711"})
        db.flush()
        (alike,) = look_alikes(find_type("customer"), {"name": "Quite different", row.key: "XK-4711"})
        assert alike.id == made.id and alike.is_strong and list(alike.reasons) == ["Plant"]
        assert not search_records("XK-4711").groups
        custom.change_custom_field(row, config={"match_key": True, "found": True})
    run_jobs()
    with ada.inside():
        assert [hit.id for _type, hits in search_records("XK-4711").groups for hit in hits] == [made.id]
    assert f"[name={row.key}]" in ada.get("customers/new").get_data(as_text=True)


def test_a_record_that_an_import_makes_for_a_link_comes_without_what_another_has(ada, tax, run_jobs):
    with ada.inside():
        add("Fabrikam", **{tax: "1"})
        run = imports.begin_import(CONTACT, "contacts.csv", b"Name,Customer,Number\nAnn,Contoso,1\nBob,Umbrella,2\n")
        imports.map_import(run, ["name", "customer", f"customer.{tax}"], {"create_links": ["customer"]})
        imports.start_import(run)
        run_id = run.id
    run_jobs()
    with ada.inside():
        run = db.get(Import, run_id)
        assert (run.status, run.created, run.remarked) == ("done", 2, 1), run.error
        held = {each.name: each.custom for each in db.session().scalars(CUSTOMER.visible())}
        assert held == {"Fabrikam": {tax: "1"}, "Contoso": {}, "Umbrella": {tax: "2"}}


def test_a_field_that_comes_back_is_unique_again(ada, tax):
    with ada.inside():
        one = add("Fabrikam", **{tax: "1"})
        delete_record(CUSTOMER, one)
        field_changes.retire_field(CUSTOMER, tax)
        restore_record(CUSTOMER, one.id)
        field_changes.restore_field(CUSTOMER, tax)
        with pytest.raises(Invalid):
            add("Contoso", **{tax: "1"})


def test_a_program_makes_a_field_unique_and_is_refused_what_another_has(ada):
    said = {"label": "Plant", "type": "integer", "config": {"unique": True}}
    key = ada.api("POST", "record-types/customer/fields", json=said).json["data"]["key"]
    assert ada.api("POST", "customers", json={"name": "A", key: 7}).status_code == 201
    refused = ada.api("POST", "customers", json={"name": "B", key: 7})
    assert refused.status_code == 422
    assert [(e["field"], e["code"]) for e in refused.json["errors"]] == [(key, "not_unique")]
    said = {"label": "Odd", "type": "text", "config": {"unique": "banana"}}
    assert ada.api("POST", "record-types/customer/fields", json=said).status_code == 422


@pytest.mark.parametrize(
    ("type", "one", "same"),
    [
        ("phone", "+8613800138000", "138 0013 8000"),
        ("email", "Ada@Example.com", "ada@example.COM"),
        ("url", "https://example.com", "example.com"),
        ("integer", 7, "7"),
        ("barcode", "6901234567892", "6901234567892"),
        ("identity", "11010519491231002X", "11010519491231002x"),
    ],
)
def test_every_type_that_may_be_unique_knows_its_values_again(ada, type, one, same):
    with ada.inside():
        key = field_changes.add_field(CUSTOMER, label="It", type=type, config={"unique": True}).key
        of = CUSTOMER.fields()[key]
        add("Fabrikam", **{key: of.parse(one)})
        with pytest.raises(Invalid, match="Fabrikam"):
            add("Contoso", **{key: of.parse(same)})
