"""Every engine over every field type, as a custom field of customers."""

import pytest
from markupsafe import escape
from sqlalchemy import text

from core import db
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records.conditions import holds
from core.records.custom import CUSTOM_TYPES, add_custom_field
from core.records.fields import FIELD_TYPES, FieldError
from core.records.query import Listing
from core.records.schemas import from_form, from_json
from core.records.services import create_record, update_record

OPTIONS = {"options": [{"value": "red", "label": "Red <b>"}, {"value": "blue", "label": "Blue"}]}
WRONG = {
    "email": "nobody", "phone": "12", "url": "not a url at all", "integer": "1.5", "decimal": "many",
    "percent": "much", "money": {"amount": "lots"}, "date": "soon", "datetime": "yesterday", "choice": "green",
    "multi_choice": ["green"], "yes_no": "perhaps", "member": "nobody", "tags": ["x" * 60], "text": "x" * 501,
    "long_text": "x" * 50_001,
}  # fmt: skip
NASTY = (
    "'; drop table customer; --",
    "<script>alert(1)</script>",
    "%s %(x)s {0}",
    "\x00",
    "🙂" * 300,
    "مرحبا",
    "x" * 6000,
)


@pytest.fixture
def field(ada, kind):
    with ada.inside():
        config = OPTIONS if "options" in FIELD_TYPES[kind].configurable else {}
        add_custom_field("customer", label="Thing", key="thing", type=kind, config=config, taken=["name"])


def example_of(person, kind):
    return str(person.member_id) if kind == "member" else thing().example()


def thing():
    return CUSTOMER.field("thing")


def made(person, kind, **more):
    values = from_json(CUSTOMER, {"name": "Acme", "thing": example_of(person, kind)} | more)
    return create_record(CUSTOMER, values)


each = pytest.mark.parametrize("kind", CUSTOM_TYPES)


@each
def test_a_value_goes_in_and_comes_out_the_same_by_every_way(ada, field, kind):
    with ada.inside():
        made(ada, kind)
    with ada.inside():
        (record,) = Listing(CUSTOMER).page().records
        value = thing().get(record)
        dumped = thing().dump(value)
        assert thing().parse_json(dumped) == value
        assert thing().load(dumped) == value
        if kind != "member":
            assert thing().parse(thing().text(value)) == value
        assert thing().diff(value, value) is None
        assert thing().diff(None, value) == [None, dumped]
        assert thing().json_schema()["type"] in ("string", "number", "integer", "boolean", "array", "object")


@each
def test_wrong_values_get_the_fields_own_error_and_write_nothing(ada, field, kind):
    with ada.inside():
        with pytest.raises(Invalid) as refused:
            from_json(CUSTOMER, {"name": "Acme", "thing": WRONG[kind]})
        assert [p.field for p in refused.value.problems] == ["thing"]
        assert refused.value.problems[0].message
        assert Listing(CUSTOMER).page().records == []


@each
def test_wrong_json_types_are_refused(ada, field, kind):
    with ada.inside():
        for raw in ({}, [], {"a": [1]}, True, 1, 1.5, "x", 10**400):
            if type(raw) in thing().json_types or (isinstance(raw, int) and float in thing().json_types):
                continue
            with pytest.raises(FieldError):
                thing().parse_json(raw)


@each
def test_every_operator_compiles_and_means_what_it_says(ada, field, kind):
    with ada.inside():
        record = made(ada, kind)
        empty = create_record(CUSTOMER, {"name": "Without"})
    with ada.inside():
        value = example_of(ada, kind)
        for name, op in thing().operators.items():
            operand = {
                "value": value, "none": None, "text": str(thing().text(thing().get(record)) or value)[:5],
                "list": value if isinstance(value, list) else [value], "two": [value, value], "period": "this_year",
            }[op.takes]  # fmt: skip
            condition = {"field": "thing", "op": name} | ({} if op.takes == "none" else {"value": operand})
            found = {r.name for r in Listing(CUSTOMER, condition).page().records}
            if name in (
                "is",
                "in",
                "has_any",
                "has_all",
                "gte",
                "lte",
                "between",
                "not_empty",
                "contains",
                "starts_with",
            ):
                assert found == {"Acme"}, name
            elif name in ("is_not", "not_in", "empty", "not_contains"):
                assert found == {"Without"}, name
            assert holds(CUSTOMER, record, condition) == ("Acme" in found)
            assert holds(CUSTOMER, empty, condition) == ("Without" in found)


@each
def test_lists_sort_by_it_with_empty_values_last(ada, field, kind):
    with ada.inside():
        create_record(CUSTOMER, {"name": "Without"})
        made(ada, kind)
        create_record(CUSTOMER, {"name": "Without too"})
    with ada.inside():
        if not thing().slot:
            with pytest.raises(Invalid):
                Listing(CUSTOMER, sort="thing").page()
            return
        for sort in ("thing", "-thing"):
            listing = Listing(CUSTOMER, sort=sort, limit=1)
            names, after = [], None
            while True:
                page = Listing(CUSTOMER, sort=sort, limit=1, after=after).page()
                names += [r.name for r in page.records]
                if (after := page.next) is None:
                    break
            assert names[0] == "Acme" and len(set(names)) == 3
            assert listing.page().records[0].name == "Acme"


@each
def test_it_can_be_emptied_and_leaves_no_trace_in_the_side_index(ada, field, kind):
    with ada.inside():
        record = made(ada, kind)
        update_record(CUSTOMER, record, {"thing": None})
        assert thing().get(record) is None and "thing" not in record.custom
        assert db.session().execute(text("select count(*) from custom_value")).scalar() == 0


@each
@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_whatever_is_typed_is_kept_as_it_is_or_refused(ada, field, kind, nasty):
    with ada.inside():
        form = FakeForm(name="Acme", kind="company", stage="potential", thing=nasty)
        try:
            record = create_record(CUSTOMER, from_form(CUSTOMER, form))
        except Invalid as refused:
            assert {p.field for p in refused.problems} == {"thing"}
            return
        shown = str(thing().html(thing().get(record)))
        assert "<script" not in shown and ("<b>" not in shown)
        assert "\x00" not in str(record.custom)


class FakeForm(dict):
    def getlist(self, key):
        return [self[key]] if key in self else []


@each
def test_the_mask_hides_the_value(ada, field, kind):
    with ada.inside():
        record = made(ada, kind)
        value = thing().get(record)
        assert thing().mask(None) is None
        assert str(escape(thing().text(value))) not in str(thing().mask(value)) or not thing().text(value)
