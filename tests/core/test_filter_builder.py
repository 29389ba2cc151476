"""The filter builder: groups within groups, fields behind links, periods that count days, and inside other forms."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from core.customers.types import CONTACT, CUSTOMER
from core.errors import Invalid
from core.records import custom
from core.records.pages.builder import Builder, read_built
from core.records.services import create_record


def ask(person, status=200, path="customers/filter", **given):
    answer = person.get(f"{path}?{urlencode(given, doseq=True)}")
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return answer


def chosen(person, path="customers/filter", **given):
    """The condition that the form amounts to."""
    location = ask(person, 303, path, step="apply", **given).location
    return json.loads(parse_qs(urlsplit(location).query)["filter"][0])


def fields_of(page):
    """What a browser would send of the form."""
    form = MultiDict()
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        form.add(unescape(name), unescape(value))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        ticked = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        form.add(name, unescape(ticked[1]))
    for tag in re.findall(r"<input [^>]+>", page):
        name, kind = re.search(r' name="([^"]+)"', tag), re.search(r'type="(\w+)"', tag)
        if name and kind and kind[1] in ("text", "number", "date"):
            form.add(name[1], unescape(re.search(r' value="([^"]*)"', tag)[1]))
    return form


NESTED = {
    "all": [
        {"field": "stage", "op": "is", "value": "signed"},
        {"any": [
            {"field": "industry", "op": "contains", "value": "steel"},
            {"not": {"any": [
                {"field": "level", "op": "is", "value": "a"},
                {"all": [{"field": "name", "op": "starts_with", "value": "A"}, {"field": "phone", "op": "empty"}]},
            ]}},
        ]},
    ]
}  # fmt: skip


def test_groups_are_added_within_groups(ada):
    page = ask(ada, step="group", match="all", f0="stage", o0="is", v0="signed").get_data(as_text=True)
    assert 'name="g1"' in page and 'name="p2" value="1"' in page
    form = fields_of(page)
    form["f2"] = "industry"
    deeper = ask(ada, step="group-1", **form.to_dict(flat=False)).get_data(as_text=True)
    assert 'name="g3"' in deeper and 'name="p3" value="1"' in deeper and 'name="p4" value="3"' in deeper


def test_a_nested_filter_comes_back_from_its_form_as_it_was(ada):
    page = ask(ada, filter=json.dumps(NESTED)).get_data(as_text=True)
    assert chosen(ada, **fields_of(page).to_dict(flat=False)) == NESTED


def test_the_chips_of_a_nested_filter_say_it(ada):
    page = ask(ada, path="customers/", filter=json.dumps(NESTED)).get_data(as_text=True)
    assert "Industry contains “steel” or (not (Level is A or (Name starts with “A” and Phone is empty)))" in page


def test_a_group_is_dropped_with_all_that_is_in_it(ada):
    form = fields_of(ask(ada, filter=json.dumps(NESTED)).get_data(as_text=True))
    form["step"] = "drop-1"
    rest = fields_of(ask(ada, **form.to_dict(flat=False)).get_data(as_text=True))
    assert chosen(ada, **rest.to_dict(flat=False)) == {"all": NESTED["all"][:1]}


def test_groups_nest_four_levels_and_no_further(ada):
    page = ask(ada, step="group", match="all").get_data(as_text=True)
    for _level in range(5):
        groups = re.findall(r'name="g(\d+)"', page)
        page = ask(ada, step=f"group-{groups[-1]}", **fields_of(page).to_dict(flat=False)).get_data(as_text=True)
    assert len(re.findall(r'name="g\d+"', page)) == 3


def test_an_empty_group_means_nothing(ada):
    location = ask(ada, 303, step="apply", match="all", g0="any", f1="", p1="0").location
    assert "filter=" not in location


def test_a_field_behind_a_link_can_be_chosen(ada):
    with ada.inside():
        steel = create_record(CUSTOMER, {"name": "Steelworks", "industry": "Steel"})
        arms = create_record(CUSTOMER, {"name": "Arms", "industry": "Arms"})
        create_record(CONTACT, {"name": "Ann", "customer": steel.id})
        create_record(CONTACT, {"name": "Bert", "customer": arms.id})
    page = ask(ada, path="contacts/filter").get_data(as_text=True)
    assert '<optgroup label="Customer ›">' in page and 'value="customer.industry"' in page
    condition = chosen(ada, "contacts/filter", match="all", f0="customer.industry", o0="is", v0="Steel")
    assert condition == {"all": [{"field": "customer.industry", "op": "is", "value": "Steel"}]}
    page = ask(ada, path="contacts/", filter=json.dumps(condition)).get_data(as_text=True)
    assert "Ann" in page and "Bert" not in page and "Customer › Industry is Steel" in page


def test_a_field_of_ones_own_behind_a_link_can_be_chosen_too(ada):
    with ada.inside():
        key = custom.add_custom_field("customer", label="Rank", type="integer", taken=()).key
    with ada.inside():
        good = create_record(CUSTOMER, {"name": "Good", key: 9})
        create_record(CONTACT, {"name": "Ann", "customer": good.id})
    condition = chosen(ada, "contacts/filter", match="all", f0=f"customer.{key}", o0="gt", v0="5")
    assert "Ann" in ask(ada, path="contacts/", filter=json.dumps(condition)).get_data(as_text=True)


def test_a_period_that_counts_days_asks_how_many(ada):
    page = ask(ada, match="all", f0="created_at", o0="within", v0="last_{n}_days", step="show").get_data(as_text=True)
    assert 'name="v0n"' in page and 'value="14"' in page
    given = {"match": "all", "f0": "created_at", "o0": "within", "v0": "more_than_{n}_days_ago", "v0n": "45"}
    assert chosen(ada, **given)["all"][0]["value"] == "more_than_45_days_ago"
    ask(ada, 422, step="apply", **given | {"v0n": "0"})
    ask(ada, 422, step="apply", **given | {"v0n": "x"})


def test_what_the_list_showed_is_carried_through(ada):
    location = ask(ada, 303, step="apply", match="all", f0="stage", o0="is", v0="signed", q="x", sort="-name", group="level",
                   columns="name:200,stage").location  # fmt: skip
    given = parse_qs(urlsplit(location).query)
    assert (given["q"], given["sort"], given["group"], given["columns"]) == (
        ["x"],
        ["-name"],
        ["level"],
        ["name:200,stage"],
    )


@pytest.mark.parametrize("odd", [
    {"f0": "nope"}, {"g0": "some", "f1": "stage", "p1": "0"}, {"f0": "stage", "p0": "0"}, {"f0": "stage", "p0": "99"},
    {"step": "group-99"}, {"step": "drop-x"}, {"step": "nonsense"}, {"f0": "parent.parent.name"}, {"f0": "owner.name"}, {"f0": ".", "o0": "is"},
    {"f0": "stage.name"}, {"match": "nonsense"}, {"kept0": "nonsense"}, {"kept0": "[]"}, {"f0": "created_at", "o0": "within", "v0": "last_{n}_days", "v0n": "x" * 99},
])  # fmt: skip
def test_a_damaged_form_is_still_answered(ada, odd):
    assert "gx-builder" in ask(ada, **({"step": "add"} | odd)).get_data(as_text=True)


def test_it_works_inside_another_form(ada):
    with ada.inside():
        condition = {"all": [{"field": "stage", "op": "is", "value": "signed"}]}
        builder = Builder.of(CUSTOMER, condition, name="rule")
        assert json.loads(builder.text) == condition and builder.action.endswith("/filter/part?name=rule")
    page = ask(ada, path="customers/filter/part", name="rule", **{
        "rule-match": "any", "rule-f0": "stage", "rule-o0": "is", "rule-v0": "lost", "rule-step": "group",
    }).get_data(as_text=True)  # fmt: skip
    assert page.strip().startswith("<fieldset") and 'name="rule-g1"' in page and "<html" not in page
    form = fields_of(page)
    assert json.loads(form["rule"]) == {"any": [{"field": "stage", "op": "is", "value": "lost"}]}
    with ada.inside():
        assert read_built(CUSTOMER, form, "rule") == {"any": [{"field": "stage", "op": "is", "value": "lost"}]}
        assert read_built(CUSTOMER, MultiDict({"rule": json.dumps(NESTED)}), "rule") == NESTED
        assert read_built(CUSTOMER, MultiDict(), "rule") is None
        for wrong in ({"rule": "nonsense"}, {"rule-f0": "employees", "rule-o0": "gt", "rule-v0": "many"}):
            with pytest.raises(Invalid):
                read_built(CUSTOMER, MultiDict(wrong), "rule")


def test_the_part_needs_a_name(ada):
    ask(ada, 422, path="customers/filter/part", name="<x>")
    ask(ada, 422, path="customers/filter/part")
