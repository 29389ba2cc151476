"""Numbers that the workspace gives by itself: in order, never twice, never changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from core import db
from core.counters import TenantCounter
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records.custom import add_custom_field, change_custom_field, get_custom_field, retire_custom_field
from core.records.field_changes import add_field
from core.records.fields import AutoNumber, FieldError
from core.records.fields.autonumber import take_numbers
from core.records.query import Listing
from core.records.services import create_record, update_record


@pytest.fixture
def noon(clock):
    clock.move_to(datetime(2026, 11, 22, 12, tzinfo=UTC))
    return clock


def number_customers(person, pattern="SB-{yyyy}{mm}-{0000}", **config):
    with person.inside():
        return add_custom_field(
            "customer", label="Number", key="number", type="auto_number", taken=(), config={"pattern": pattern} | config
        ).id


def make(person, name="Fabrikam"):
    with person.inside():
        return create_record(CUSTOMER, {"name": name}).custom["number"]


def numbers(person):
    with person.inside():
        return {r.name: r.custom.get("number") for r in Listing(CUSTOMER).page().records}


def test_records_are_numbered_as_they_are_made(noon, ada):
    number_customers(ada)
    assert [make(ada) for _n in range(3)] == ["SB-202611-0001", "SB-202611-0002", "SB-202611-0003"]
    noon.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert make(ada) == "SB-202612-0001"


def test_the_month_is_the_workspaces_own(noon, ada):
    with ada.inside():
        db.session().execute(text("update tenant set timezone = 'Asia/Shanghai' where id = :t"), {"t": ada.tenant_id})
    number_customers(ada)
    noon.move_to(datetime(2026, 11, 30, 17, tzinfo=UTC))
    assert make(ada) == "SB-202612-0001"


def test_it_may_start_elsewhere_and_go_on_over_the_years(noon, ada):
    number_customers(ada, "{yyyy}/{00}", start=99, reset=False)
    assert [make(ada), make(ada)] == ["2026/99", "2026/100"]
    noon.move(days=400)
    assert make(ada) == "2027/101"


def test_what_was_undone_leaves_no_gap(noon, ada):
    number_customers(ada, "{0}")
    with pytest.raises(ZeroDivisionError), ada.inside():
        create_record(CUSTOMER, {"name": "Never"})
        raise ZeroDivisionError
    assert make(ada) == "1"


def test_fifty_at_once_get_fifty_numbers(ada):
    number_customers(ada, "{0000}")
    with ThreadPoolExecutor(10) as pool:
        given = list(pool.map(lambda n: make(ada, f"Customer {n}"), range(50)))
    assert sorted(given) == [f"{n:04d}" for n in range(1, 51)]
    assert sorted(numbers(ada).values()) == sorted(given)


def test_nobody_chooses_or_changes_one(noon, ada):
    number_customers(ada)
    made = ada.api("POST", "customers", {"name": "Fabrikam"}).json["data"]
    assert made["number"] == "SB-202611-0001"
    for answer in (ada.api("POST", "customers", {"name": "Other", "number": "SB-1"}),
                   ada.api("PATCH", f"customers/{made['id']}", {"number": "SB-1"})):  # fmt: skip
        assert answer.status_code == 422 and answer.json["errors"][0]["code"] == "read_only"
    assert ada.api("PATCH", f"customers/{made['id']}", {"number": made["number"]}).status_code == 200
    assert ada.get(f"customers/{made['id']}/fields/number").status_code == 404
    assert 'name="number"' not in ada.get(f"customers/{made['id']}/edit").text
    assert "SB-202611-0001" in ada.get(f"customers/{made['id']}").text


def test_it_is_found_and_sorted_by(noon, ada):
    number_customers(ada)
    make(ada, "First"), make(ada, "Second")
    with ada.inside():
        assert [r.name for r in Listing(CUSTOMER, sort="-number").page().records] == ["Second", "First"]
        found = Listing(CUSTOMER, {"field": "number", "op": "is", "value": "SB-202611-0002"}).page().records
        assert [r.name for r in found] == ["Second"]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [("", "bad_pattern"), ("x" * 61, "bad_pattern"), ("SB-{yyyy}", "no_counter"), ("{0}{0}", "no_counter"),
     ("{q}{0}", "bad_pattern"), ("{{0}}", "bad_pattern"), ("{mm}{0}", "repeats"), ("{yyyy}{dd}{0}", "repeats")],
)  # fmt: skip
def test_a_pattern_that_cannot_work_is_told(pattern, code):
    with pytest.raises(FieldError) as refused:
        AutoNumber.check_settings({"pattern": pattern})
    assert refused.value.code == code


def test_a_field_with_a_wrong_pattern_is_not_made(ada):
    with ada.inside():
        for config in ({"pattern": "SB"}, {}):
            with pytest.raises(Invalid) as refused:
                add_field(CUSTOMER, label="Number", type="auto_number", config=config)
            assert [p.field for p in refused.value.problems] == ["pattern"]


# --- what was there before -------------------------------------------------------------------------------


def test_records_that_were_there_are_numbered_in_their_order_by_their_own_month(noon, ada, run_jobs):
    with ada.inside():
        for name in ("One", "Two"):
            create_record(CUSTOMER, {"name": name})
    noon.move_to(datetime(2026, 12, 5, 12, tzinfo=UTC))
    with ada.inside():
        third = create_record(CUSTOMER, {"name": "Three"}).id
    number_customers(ada)
    fourth = make(ada, "Four")
    run_jobs()
    run_jobs()
    assert fourth == "SB-202612-0001"
    assert numbers(ada) == {"One": "SB-202611-0001", "Two": "SB-202611-0002", "Three": "SB-202612-0002", "Four": fourth}
    assert make(ada, "Five") == "SB-202612-0003"
    with ada.inside():
        assert CUSTOMER.get(third).version == 1
        found = Listing(CUSTOMER, {"field": "number", "op": "is", "value": "SB-202612-0002"}).page().records
        assert [r.name for r in found] == ["Three"]


def test_records_made_while_the_field_was_away_are_numbered_when_it_is_back(noon, ada, run_jobs):
    field = number_customers(ada, "{000}")
    make(ada, "One")
    with ada.inside():
        retire_custom_field(get_custom_field("customer", field))
    with ada.inside():
        create_record(CUSTOMER, {"name": "Two"})
    with ada.inside():
        change_custom_field(get_custom_field("customer", field), retired=False)
    run_jobs()
    assert numbers(ada) == {"One": "001", "Two": "002"}


def test_plain_text_of_a_pattern_is_taken_as_it_is(noon, ada, run_jobs):
    with ada.inside():
        create_record(CUSTOMER, {"name": "One"})
    number_customers(ada, "50%:x'{00}\\")
    run_jobs()
    assert [*numbers(ada).values(), make(ada, "Two")] == ["50%:x'01\\", "50%:x'02\\"]


def test_another_pattern_never_gives_a_number_again(noon, ada):
    field = number_customers(ada, "A-{yyyy}-{000}")
    assert [make(ada), make(ada)] == ["A-2026-001", "A-2026-002"]
    with ada.inside():
        change_custom_field(get_custom_field("customer", field), config={"pattern": "A-{yyyy}-{000}", "reset": False})
    assert make(ada) == "A-2026-003"


def test_an_import_takes_all_its_numbers_at_once(noon, ada, statements):
    number_customers(ada)
    with ada.inside():
        of = CUSTOMER.field("number")
        with statements() as sent:
            taken = take_numbers(of, 3)
        assert taken == ["SB-202611-0001", "SB-202611-0002", "SB-202611-0003"] and len(sent) == 2
        assert take_numbers(of, 0) == []
        assert db.session().query(TenantCounter).one().value == 3


def test_workspaces_count_for_themselves(ada, mallory, noon):
    number_customers(ada), number_customers(mallory)
    assert make(ada) == make(mallory) == "SB-202611-0001"


def test_a_change_of_the_record_leaves_its_number(noon, ada):
    number_customers(ada)
    make(ada)
    with ada.inside():
        (record,) = Listing(CUSTOMER).page().records
        update_record(CUSTOMER, record, {"name": "Renamed"})
        assert record.custom["number"] == "SB-202611-0001"
