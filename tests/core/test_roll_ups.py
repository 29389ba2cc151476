"""Roll-ups: what related records and lines add up to."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.activities.types import TASK
from core.customers.types import CONTACT, CUSTOMER
from core.errors import Invalid
from core.records.custom import add_custom_field, change_custom_field
from core.records.fields import Amount
from core.records.making import make_type
from core.records.query import Listing
from core.records.services import create_record, delete_record, update_record
from core.records.types import find_type


def roll_up(key, relation, function="count", field="", condition=None, *, of="customer"):
    config = {"relation": relation, "function": function, "field": field, "condition": condition}
    return add_custom_field(of, label=key, key=key, type="rollup", taken=["name"],
                            config={k: v for k, v in config.items() if v})  # fmt: skip


def formula(key, text, *, of="customer"):
    return add_custom_field(of, label=key, key=key, type="formula", config={"formula": text}, taken=["name"])


def value(record_type, record, key):
    return record_type.field(key).get(record)


@pytest.fixture
def family(ada):
    """A parent with three children, of which two have employees."""
    with ada.inside():
        parent = create_record(CUSTOMER, {"name": "Parent"})
        for name, employees, minor in (("One", 10, 100), ("Two", 30, 250), ("Three", None, None)):
            money = {"annual_revenue": Amount(minor, "CNY")} if minor else {}
            create_record(CUSTOMER, {"name": name, "employees": employees, "parent": parent.id} | money)
        return parent.id


def test_related_records_are_counted_summed_and_compared(ada, family):
    with ada.inside():
        for function in ("sum", "avg", "min", "max", "latest"):
            roll_up(f"c_{function}", "customer.parent", function, "employees")
        roll_up("c_count", "customer.parent")
        roll_up("c_money", "customer.parent", "sum", "annual_revenue")
        roll_up("c_name", "customer.parent", "latest", "name")
        roll_up("c_since", "customer.parent", "min", "created_at")
        roll_up("c_large", "customer.parent", "count", "", {"field": "employees", "op": "gt", "value": 15})
        parent = CUSTOMER.get(family)
        found = {key: value(CUSTOMER, parent, f"c_{key}") for key in ("count", "sum", "avg", "min", "max", "latest")}
        assert found == {"count": 3, "sum": 40, "avg": 20, "min": 10, "max": 30, "latest": None}
        assert value(CUSTOMER, parent, "c_money") == Amount(350, "CNY")
        assert value(CUSTOMER, parent, "c_name") == "Three"
        assert value(CUSTOMER, parent, "c_since") <= parent.updated_at.now(parent.updated_at.tzinfo)
        assert value(CUSTOMER, parent, "c_large") == 1
        lonely = create_record(CUSTOMER, {"name": "Lonely"})
        assert value(CUSTOMER, lonely, "c_count") == 0
        assert value(CUSTOMER, lonely, "c_sum") == 0
        assert value(CUSTOMER, lonely, "c_money") == Amount(0, "CNY")
        assert value(CUSTOMER, lonely, "c_avg") is None


def test_amounts_in_several_currencies_add_up_to_nothing(ada, family):
    with ada.inside():
        roll_up("c_money", "customer.parent", "sum", "annual_revenue")
        create_record(CUSTOMER, {"name": "Abroad", "parent": family, "annual_revenue": Amount(5, "USD")})
        assert value(CUSTOMER, CUSTOMER.get(family), "c_money") is None


def test_own_links_links_to_any_record_and_own_types_are_rolled_up(ada):
    with ada.inside():
        own = make_type(label="Machine")
        add_custom_field(own.name, label="Of", key="c_of", type="lookup", config={"target": "customer"}, taken=[])
        add_custom_field(own.name, label="Power", key="c_power", type="decimal", taken=[])
        other = make_type(label="Tool")
        add_custom_field(other.name, label="Of", key="c_of", type="lookup", config={"target": "customer"}, taken=[])
        roll_up("c_power", f"{own.name}.c_of", "sum", "c_power")
        roll_up("c_tasks", "task.about")
        machine, tool = find_type(own.name), find_type(other.name)
        customer = create_record(CUSTOMER, {"name": "Acme"})
        for power in (1.5, 2):
            create_record(machine, {"name": "M", "c_of": customer.id, "c_power": power})
        create_record(tool, {"name": "T", "c_of": customer.id})
        create_record(TASK, {"title": "Call", "about": TASK.field("about").parse(f"customer:{customer.id}")})
        assert value(CUSTOMER, customer, "c_power") == 3.5
        assert value(CUSTOMER, customer, "c_tasks") == 1


def test_formulas_use_roll_ups_and_roll_ups_formulas(ada, family):
    with ada.inside():
        formula("c_half", "employees / 2")
        roll_up("c_halves", "customer.parent", "sum", "c_half")
        formula("c_per_child", "c_halves / 4")
        roll_up("c_deep", "customer.parent", "max", "c_per_child")
        assert value(CUSTOMER, CUSTOMER.get(family), "c_per_child") == 5
        assert value(CUSTOMER, CUSTOMER.get(family), "c_deep") == 0
        over = Listing(CUSTOMER, {"field": "c_halves", "op": "gt", "value": 19}, sort="-c_halves").page()
        assert [r.name for r in over.records] == ["Parent"]


def test_what_is_gone_no_longer_counts_and_what_nobody_may_see_still_does(ada, bob, family):
    with ada.inside():
        roll_up("c_count", "customer.parent")
        one = Listing(CUSTOMER, {"field": "name", "op": "is", "value": "One"}).page().records[0]
        delete_record(CUSTOMER, one)
        assert value(CUSTOMER, CUSTOMER.get(family), "c_count") == 2


def test_roll_ups_that_lead_round_in_a_circle_are_refused(ada):
    with ada.inside():
        sum_of = roll_up("c_sum", "customer.parent", "sum", "employees")
        formula("c_double", "c_sum * 2")
        for field in ("c_sum", "c_double", "parent.c_double"):
            with pytest.raises(Invalid) as refused:
                change_custom_field(sum_of, config={"relation": "customer.parent", "function": "sum", "field": field})
            assert refused.value.problems[0].code == "loop", field


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"relation": "nothing.here", "function": "count"}, "unknown_relation"),
        ({"relation": "contact.name", "function": "count"}, "unknown_relation"),
        ({"relation": "customer.parent", "function": "median", "field": "employees"}, "unknown_function"),
        ({"relation": "customer.parent", "function": "sum", "field": "name"}, "wrong_type"),
        ({"relation": "customer.parent", "function": "sum", "field": "nowhere"}, "unknown_field"),
        ({"relation": "customer.parent", "function": "sum"}, "required"),
        (
            {"relation": "customer.parent", "function": "count", "condition": {"field": "x", "op": "is"}},
            "unknown_field",
        ),
        ({"relation": "lines:c_none", "function": "count"}, "unknown_relation"),
    ],
)
def test_a_roll_up_is_refused_when_it_is_written(ada, config, code):
    with ada.inside():
        with pytest.raises(Invalid) as refused:
            add_custom_field("customer", label="It", key="c_it", type="rollup", config=config, taken=[])
        assert refused.value.problems[0].code == code


def test_a_roll_up_is_right_whoever_writes_at_the_same_time(ada, family):
    with ada.inside():
        roll_up("c_count", "customer.parent")
        roll_up("c_sum", "customer.parent", "sum", "employees")
    barrier = Barrier(2)

    def write(n):
        for _round in range(3):
            barrier.wait()
            with ada.inside():
                child = create_record(CUSTOMER, {"name": f"Child {n}", "parent": family, "employees": n})
                barrier.wait()
                update_record(CUSTOMER, child, {"employees": 2 * n})
                value(CUSTOMER, CUSTOMER.get(family), "c_sum")

    with ThreadPoolExecutor(2) as both:
        list(both.map(write, (100, 1000)))
    with ada.inside():
        assert value(CUSTOMER, CUSTOMER.get(family), "c_count") == 9
        assert value(CUSTOMER, CUSTOMER.get(family), "c_sum") == 40 + 3 * (200 + 2000)


def test_a_list_with_three_roll_ups_asks_no_more_often(ada, family, statements):
    with ada.inside():
        roll_up("c_count", "customer.parent")
        roll_up("c_sum", "customer.parent", "sum", "annual_revenue")
        roll_up("c_name", "contact.customer", "latest", "name")
        create_record(CONTACT, {"name": "Zhang San", "customer": family})
    ada.get("customers/?columns=name")
    with statements() as few:
        ada.get("customers/?columns=name")
    with statements() as more:
        page = ada.get("customers/?columns=name,c_count,c_sum,c_name&sort=-c_count").text
    assert "3.50" in page and "Zhang San" in page
    assert len(more) == len(few)
    found = ada.api("GET", f"customers/{family}?fields=c_count,c_sum,c_name").json["data"]
    assert found["c_sum"] == {"amount": "3.50", "currency": "CNY"} and found["c_count"] == 3


def test_conditions_ask_what_related_records_add_up_to(ada, family):
    with ada.inside():
        create_record(CONTACT, {"name": "Zhang San", "title": "Boss", "customer": family})

        def found(field, op, value, **more):
            return [r.name for r in Listing(CUSTOMER, {"field": field, "op": op, "value": value} | more).page().records]

        assert found("contacts.count()", "gt", 0) == ["Parent"]
        assert found("customer.parent.sum(employees)", "between", [40, 50]) == ["Parent"]
        assert found("customers.max(annual_revenue)", "gte", "2.50") == ["Parent"]
        boss = {"field": "title", "op": "is", "value": "Boss"}
        assert found("contacts.count()", "is", 1, where=boss) == ["Parent"]
        assert found("contacts.count()", "is", 1, where={"not": boss}) == []
    listed = ada.get('customers/?filter={"field":"contacts.count()","op":"gt","value":0}')
    assert listed.status_code == 200 and "Zhang" not in listed.text and "Parent" in listed.text
    assert "How many: Contacts" in listed.text


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "contacts.sum(name)", "op": "gt", "value": 1},
        {"field": "nothing.count()", "op": "gt", "value": 1},
        {"field": "contacts.count(); drop()", "op": "gt", "value": 1},
        {"field": "contacts.sum()", "op": "gt", "value": 1},
        {"field": "name", "op": "is", "value": "x", "where": {"field": "name", "op": "empty"}},
        {"field": "contacts.count()", "op": "gt", "value": "many"},
        {"field": "contacts.count()", "op": "gt", "value": 1, "where": {"field": "nowhere", "op": "empty"}},
        {
            "field": "contacts.count()",
            "op": "gt",
            "value": 1,
            "where": {"field": "tasks.count()", "op": "gt", "value": 1, "where": {}},
        },
    ],
)
def test_aggregates_that_do_not_fit_are_refused_as_any_filter(ada, condition):
    with ada.inside(), pytest.raises(Invalid):
        Listing(CUSTOMER, condition).page()
