"""Making a field one of another type: nothing is lost, and it can be made what it was."""

import pytest

from core import db
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records import custom, retyping
from core.records.query import Listing
from core.records.services import create_record, update_record


@pytest.fixture
def size(ada):
    """A text field, in which some wrote numbers and some did not."""
    with ada.inside():
        row = custom.add_custom_field("customer", label="Size", type="text", taken=())
        row_id, key = row.id, row.key
    with ada.inside():
        for name, value in (("A", "12"), ("B", "1,100"), ("C", "a dozen"), ("D", "12"), ("E", None)):
            create_record(CUSTOMER, {"name": name} | ({key: value} if value else {}))
    return row_id, key


def values(person, key):
    with person.inside():
        return {record.name: record.custom.get(key) for record in Listing(CUSTOMER, sort="name").page().records}


def row_of(row_id):
    return db.get(custom.CustomField, row_id)


def change(person, row_id, type, **config):
    with person.inside():
        return retyping.change_type(CUSTOMER, row_of(row_id), type, config)


def test_a_preview_tells_what_would_convert_and_what_would_not(ada, size):
    with ada.inside():
        seen = retyping.preview(CUSTOMER, row_of(size[0]), "integer", {})
        assert (seen.converted, seen.refused) == (3, 1)
        assert ("1,100", "1100") in seen.fit and [old for old, _why in seen.unfit] == ["a dozen"]
        assert row_of(size[0]).type == "text"


def test_values_become_of_the_new_type_and_can_be_filtered_and_sorted(ada, size):
    row_id, key = size
    assert change(ada, row_id, "integer")
    assert values(ada, key) == {"A": 12, "B": 1100, "C": None, "D": 12, "E": None}
    with ada.inside():
        found = Listing(CUSTOMER, {"field": key, "op": "gt", "value": 100}).page().records
        assert [record.name for record in found] == ["B"]
        assert [r.name for r in Listing(CUSTOMER, sort=f"-{key}").page().records][0] == "B"


def test_changing_it_back_brings_back_what_did_not_convert(ada, size):
    row_id, key = size
    change(ada, row_id, "integer")
    change(ada, row_id, "text")
    assert values(ada, key) == {"A": "12", "B": "1,100", "C": "a dozen", "D": "12", "E": None}


def test_what_was_written_meanwhile_is_not_overwritten_by_what_was_put_aside(ada, size):
    row_id, key = size
    change(ada, row_id, "integer")
    with ada.inside():
        for record in Listing(CUSTOMER).page().records:
            if record.name in ("B", "C"):
                update_record(CUSTOMER, record, {key: 7})
    change(ada, row_id, "text")
    assert values(ada, key) == {"A": "12", "B": "7", "C": "7", "D": "12", "E": None}


def test_text_becomes_a_choice_by_the_names_of_its_options(ada, size):
    row_id, key = size
    with pytest.raises(Invalid):
        change(ada, row_id, "choice")
    change(ada, row_id, "choice", options=[{"label": "A Dozen", "color": "red"}])
    assert values(ada, key)["C"] == "A Dozen" and values(ada, key)["A"] is None
    with ada.inside():
        assert CUSTOMER.field(key).options[0].color == "red"


def test_many_records_are_converted_by_a_worker(ada, size, run_jobs, monkeypatch):
    monkeypatch.setattr(retyping, "FEW", 2)
    monkeypatch.setattr(retyping, "CHUNK", 2)
    row_id, key = size
    assert not change(ada, row_id, "integer")
    with ada.inside():
        assert retyping.is_changing(row_of(row_id)) and row_of(row_id).type == "text"
    assert "being converted" in ada.get(f"settings/fields/customers/{row_id}").get_data(as_text=True)
    run_jobs()
    assert values(ada, key) == {"A": 12, "B": 1100, "C": None, "D": 12, "E": None}
    with ada.inside():
        assert not retyping.is_changing(row_of(row_id))


def test_a_neighbours_values_stay_as_they_are(ada, mallory, size):
    with mallory.inside():
        other = custom.add_custom_field("customer", label="Size", type="text", taken=(), key=size[1])
        key = other.key
    with mallory.inside():
        create_record(CUSTOMER, {"name": "Globex", key: "12"})
    change(ada, size[0], "integer")
    assert values(mallory, key) == {"Globex": "12"}


def test_the_pages_lead_from_the_choice_over_the_preview_to_the_change(ada, size):
    url = f"settings/fields/customers/{size[0]}/type"
    assert "Whole number" in ada.get(url).get_data(as_text=True)
    assert "Show what would happen" in ada.get(f"{url}?type=integer").get_data(as_text=True)
    seen = ada.post(url, {"type": "integer", "step": "look"}).get_data(as_text=True)
    assert "a dozen" in seen and "1100" in seen
    assert values(ada, size[1])["A"] == "12", "looking changes nothing"
    assert ada.post(url, {"type": "integer", "step": "change"}).status_code == 303
    assert values(ada, size[1])["A"] == 12


def test_what_is_wrong_with_the_new_settings_stands_beside_them(ada, size):
    answer = ada.post(f"settings/fields/customers/{size[0]}/type", {"type": "choice", "step": "look"})
    assert answer.status_code == 422 and 'id="f-options-error"' in answer.get_data(as_text=True)


def test_only_those_who_may_and_only_their_own(sam, mallory, size):
    url = f"settings/fields/customers/{size[0]}/type"
    assert sam.post(url, {"type": "integer", "step": "change"}).status_code == 403
    assert mallory.get(url).status_code == 404
