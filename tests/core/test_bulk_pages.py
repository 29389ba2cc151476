"""The pages of work on many records: picking, asking, doing, watching, taking back."""

import re

import pytest

from core.customers.types import CUSTOMER
from core.records import custom
from core.records.services import create_record
from core.records.types import type_named
from tests.core.test_bulk_changes import fill, look, make, read

FILTER = '{"field":"industry","op":"is","value":"Glass"}'


def text(answer):
    return answer.get_data(as_text=True)


def post(person, url, **form):
    return person.post(f"customers/{url}", form, follow_redirects=True)


def test_the_bar_offers_what_one_may_do(ada, bob, sam):
    make(ada)
    make(sam)
    bar = text(ada.get("customers/"))
    assert all(f"/w/acme/customers/bulk/{what}" in bar for what in ("edit", "owner", "deletion"))
    assert "/w/acme/customers/export" in bar
    looked = text(bob.get("customers/"))
    assert 'name="id"' not in looked and "bulk/edit" not in looked and "data-bulk" not in looked
    mine = text(sam.get("customers/"))
    assert "bulk/edit" in mine and "bulk/owner" not in mine and "customers/export" not in mine


def test_a_list_of_several_pages_offers_all_that_match(ada):
    fill(ada, 60, industry="Glass")
    page = text(ada.get(f"customers/?filter={FILTER}"))
    assert 'name="all" value="1" data-total="60"' in page
    assert re.search('name="filter" value="[^"]*Glass', page)
    make(ada, name="One")
    assert 'name="all"' not in text(ada.get("customers/?q=one"))


def test_fields_are_chosen_one_after_the_other_and_keep_what_was_typed(ada):
    one = make(ada)
    page = text(post(ada, "bulk/edit", id=str(one)))
    assert "Choose a field" in page and 'value="industry"' in page and "disabled" in page
    page = text(post(ada, "bulk/edit", id=str(one), add="industry"))
    assert 'name="v-industry"' in page and "Change 1" in page
    page = text(post(ada, "bulk/edit", id=str(one), field="industry", add="level", **{"v-industry": "Glass"}))
    assert 'value="Glass"' in page and 'name="v-level"' in page
    page = text(post(ada, "bulk/edit", id=str(one), field=["industry", "level"], drop="level"))
    assert 'name="v-level"' not in page
    assert read(ada, one).industry is None


def test_what_was_chosen_is_set_and_can_be_undone_from_the_toast(ada):
    ids = [make(ada, industry="Steel", level="a") for _n in range(2)]
    form = {"id": [str(i) for i in ids], "field": ["industry", "level"], "v-industry": "Glass", "how-level": "empty"}
    page = text(post(ada, "bulk/edit", go="1", **form))
    assert "2 were changed" in page
    assert [(read(ada, i).industry, read(ada, i).level) for i in ids] == [("Glass", None)] * 2

    undo = re.search(r'action="(/w/acme/runs/[^"]+/undoing)"', page)[1]
    assert "2 are as they were" in text(ada.post(undo, follow_redirects=True))
    assert (read(ada, ids[0]).industry, read(ada, ids[0]).level) == ("Steel", "a")
    assert "can no longer be undone" in text(ada.post(undo, follow_redirects=True))


def test_faults_stand_beside_their_field_and_nothing_is_changed(ada):
    one = make(ada)
    form = {"id": str(one), "field": ["email", "industry"], "v-email": "nonsense", "v-industry": "", "go": "1"}
    answer = post(ada, "bulk/edit", **form)
    page = text(answer)
    assert answer.status_code == 422
    assert "Enter an e-mail address" in page and "choose to empty it" in page and 'value="nonsense"' in page
    assert read(ada, one).version == 1


def test_all_that_match_are_counted_before_and_changed_in_the_background(ada, run_jobs):
    fill(ada, 60, industry="Glass")
    other = make(ada, industry="Steel")
    page = text(post(ada, "bulk/edit", all="1", filter=FILTER, add="location"))
    assert "60 selected" in page and "Change 60" in page

    page = text(post(ada, "bulk/edit", all="1", filter=FILTER, field="location", go="1", **{"v-location": "Leeds"}))
    assert "Working on it" in page and "0 of 60" in page
    run_id = re.search(r'id="run-([^"]+)"', page)[1]
    run_jobs()
    page = text(ada.get(f"runs/{run_id}"))
    assert "Leeds" in page and "every 1s" not in page
    assert (look(ada, run_id).changed, read(ada, other).location) == (60, None)
    assert "Bulk edit: Customers" in text(ada.get("runs"))


def test_sam_is_told_how_many_are_left_out(ada, sam):
    with sam.inside():
        his = create_record(CUSTOMER, {"name": "His"}).id
    hers = make(ada, name="Hers")
    page = text(sam.post("customers/bulk/edit", {"id": [str(his), str(hers)], "add": "industry"}))
    assert "1 of them is left out" in page and "Change 1" in page
    form = {"id": [str(his), str(hers)], "field": "industry", "v-industry": "Glass", "go": "1"}
    page = text(sam.post("customers/bulk/edit", form, follow_redirects=True))
    assert "There is no such record, or you may not see it." in page and "Hers" not in page


def test_all_are_deleted_only_after_the_number_was_said(ada):
    ids = [make(ada, industry="Glass") for _n in range(3)]
    page = text(post(ada, "bulk/deletion", all="1", filter=FILTER))
    assert "Delete 3" in page and read(ada, ids[0]).deleted_at is None
    assert "3 were deleted" in text(post(ada, "bulk/deletion", all="1", filter=FILTER, go="1"))
    assert read(ada, ids[0]).deleted_at


def test_an_action_is_run_on_many_and_who_would_not_have_it_is_named(ada, leads, sam):
    with ada.inside():
        lead = type_named("lead")
        ids = [create_record(lead, {"name": f"Lead {n}", "owner": ada.member_id}).id for n in range(2)]
    page = text(ada.post("leads/bulk/actions/disqualify", {"id": [str(i) for i in ids]}))
    assert 'name="v-reason"' in page and "Disqualify" in page
    assert ada.post("leads/bulk/actions/disqualify", {"id": str(ids[0]), "go": "1"}).status_code == 422
    form = {"id": str(ids[0]), "go": "1", "v-reason": "Not now"}
    assert "1 is done" in text(ada.post("leads/bulk/actions/disqualify", form, follow_redirects=True))
    form = {"id": [str(i) for i in ids], "go": "1", "v-reason": "Not now"}
    page = text(ada.post("leads/bulk/actions/disqualify", form, follow_redirects=True))
    assert "Lead 0" in page and "makes no sense here any more" in page
    with ada.inside():
        assert {type_named("lead").get(i).status for i in ids} == {"disqualified"}


def test_own_fields_with_any_control_can_be_edited_in_bulk(ada):
    options = [{"value": "a", "label": "Alpha"}, {"value": "b", "label": "Beta"}]
    with ada.inside():
        taken = list(CUSTOMER.fields())
        for kind, config in (("choice", {"options": options}), ("multi_choice", {"options": options}), ("date", {}),
                             ("money", {}), ("yes_no", {}), ("integer", {}), ("lookup", {"target": "customer"})):  # fmt: skip
            custom.add_custom_field("customer", label=kind, type=kind, key=f"own_{kind}", taken=taken, config=config)
    one = make(ada)
    typed = {"choice": "a", "multi_choice": ["a", "b"], "date": "2026-03-08", "money": "12.5", "yes_no": "1",
             "integer": "7", "lookup": str(one)}  # fmt: skip
    form = {f"v-own_{kind}": value for kind, value in typed.items()}
    page = text(post(ada, "bulk/edit", id=str(one), go="1", field=[f"own_{kind}" for kind in typed], **form))
    assert "1 was changed" in page
    assert read(ada, one).custom == {
        "own_choice": "a", "own_multi_choice": ["a", "b"], "own_date": "2026-03-08", "own_integer": 7,
        "own_money": {"amount": "12.50", "currency": "CNY"}, "own_yes_no": True, "own_lookup": str(one),
    }  # fmt: skip


@pytest.mark.parametrize("junk", ["", "\x00", "{", '{"field":"nope","op":"is"}', "a" * 3000, "‮", "1' or 1=1 --"])
def test_any_form_is_answered(ada, junk):
    one = str(make(ada))
    for url in ("bulk/edit", "bulk/deletion", "bulk/owner", "export"):
        for name in ("id", "all", "filter", "q", "sort", "columns", "field", "add", "format", "what"):
            form = {"id": one, "all": "1", "go": "1", "field": "industry", "v-industry": "x", name: junk}
            assert ada.post(f"customers/{url}", form).status_code < 500, (url, name)
    assert ada.get("customers/export", query_string={"filter": junk, "sort": junk}).status_code < 500


def test_the_dialog_of_a_condition_that_is_gone_says_so(ada):
    answer = ada.post("customers/bulk/edit", {"all": "1", "filter": '{"field":"gone","op":"is","value":1}'})
    assert answer.status_code == 422
