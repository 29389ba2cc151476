"""What became of a merged record is told to whoever asks for it, and what happened to it stays with the kept one."""

from core.customers.types import CONTACT, CUSTOMER
from core.records.duplicates.merging import merge_records
from core.records.duplicates.unmerging import undo_merge
from core.records.field_changes import add_field
from core.records.services import create_record, update_record


def contacts(person):
    with person.inside():
        at = create_record(CUSTOMER, {"name": "Fabrikam"}).id
        made = [create_record(CONTACT, {"name": name, "customer": at}) for name in ("Ann Lee", "Ann B. Lee", "A. Lee")]
        update_record(CONTACT, made[1], {"title": "Chief buyer"})
        return [each.id for each in made]


def test_the_kept_record_s_history_tells_what_happened_to_those_that_went_into_it(ada):
    kept, gone, _other = contacts(ada)
    before = ada.get(f"contacts/{kept}/history").get_data(as_text=True)
    assert "Chief buyer" not in before
    with ada.inside():
        merge = merge_records(CONTACT, kept, [gone], {"title": None}).id
    told = ada.get(f"contacts/{kept}/history").get_data(as_text=True)
    assert "Chief buyer" in told and "created “Ann B. Lee”" in told
    assert f"contacts/{gone}/history" not in told  # nothing of it can be put back there
    with ada.inside():
        undo_merge(merge)
    assert "created “Ann B. Lee”" not in ada.get(f"contacts/{kept}/history").get_data(as_text=True)


def test_through_two_merges_the_first_one_s_history_is_told_too(ada):
    first, second, third = contacts(ada)
    with ada.inside():
        merge_records(CONTACT, second, [first], {})
        merge_records(CONTACT, third, [second], {})
    told = ada.get(f"contacts/{third}/history").get_data(as_text=True)
    assert "created “Ann Lee”" in told and "created “Ann B. Lee”" in told


def test_a_program_that_asks_for_a_merged_record_hears_where_it_is(ada):
    with ada.inside():
        kept, gone, lost = (create_record(CUSTOMER, {"name": name}).id for name in ("A", "B", "C"))
        merge_records(CUSTOMER, kept, [gone], {})
    answer = ada.api("GET", f"customers/{gone}")
    assert answer.status_code == 404 and answer.json["merged_into"] == str(kept)
    with ada.inside():
        CUSTOMER.get(lost).deleted_at = CUSTOMER.get(lost).created_at
    answer = ada.api("GET", f"customers/{lost}")
    assert answer.status_code == 404 and "merged_into" not in answer.json


def test_a_customer_s_timeline_tells_changed_lines_row_by_row(ada):
    column = {"key": "what", "label": "What", "type": "text"}
    with ada.inside():
        row = add_field(CUSTOMER, label="Machines", type="lines", config={"columns": [column]})
        made = create_record(CUSTOMER, {"name": "A", row.key: [{"what": "Pump"}, {"what": "Valve"}]})
        update_record(CUSTOMER, made, {row.key: [{"what": "Pump"}, {"what": "Hose"}]})
    told = ada.get(f"customers/{made.id}").get_data(as_text=True)
    assert '<span class="gx-line-change"><b>2</b> Valve</span>' in told
    assert '<span class="gx-line-change"><b>2</b> Hose</span>' in told
