"""Every engine over one field type, as a custom field of customers.

A plugin that brings a type has its tests inherit these:

    class TestPlate(FieldTypeConformance):
        @pytest.fixture
        def kind(self):
            return "garage_plate"
"""

from collections.abc import Callable
from typing import Any, cast

import jsonschema
import pytest
from markupsafe import escape
from sqlalchemy import select, text

from core import db
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.files import keep_file
from core.records.conditions import holds
from core.records.custom import add_custom_field
from core.records.duplicates.merging import merge_records, mergeable, suggested_values
from core.records.exports.services import Choices, begin_export, file_of
from core.records.fields import FIELD_TYPES, FieldError, FieldType
from core.records.imports.models import Import
from core.records.imports.services import begin_import, map_import, start_import
from core.records.query import Listing
from core.records.runs.changing import Change
from core.records.runs.selection import Selection
from core.records.runs.services import edit_records
from core.records.runs.undoing import undo_run
from core.records.schemas import from_form, from_json
from core.records.services import create_record, update_record
from core.records.side_index import CustomValue
from core.records.types import type_named
from core.testing.cast import Person

EXAMPLE_ID = "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"
"""The id in examples of links; a real one takes its place."""
NONSENSE = "x" * 60_001
"""What no type accepts in JSON, be it as text."""
NASTY = (
    "'; drop table customer; --",
    "<script>alert(1)</script>",
    "%s %(x)s {0}",
    "\x00",
    "🙂" * 300,
    "مرحبا",
    "x" * 6000,
)
FINDS = {"is", "in", "has_any", "has_all", "gte", "lte", "between", "not_empty", "contains", "starts_with", "under"}
FINDS_THE_OTHER = {"is_not", "not_in", "empty", "not_contains"}


class Typed(dict[str, Any]):
    """A posted form."""

    def getlist(self, key: str) -> list[Any]:
        found = self.get(key, [])
        return found if isinstance(found, list) else [found]


def thing() -> FieldType:
    found = CUSTOMER.field("thing")
    assert found is not None
    return found


def with_id(example: Any, real: str) -> Any:
    """The example, naming what is really there."""
    if isinstance(example, dict):
        return {key: with_id(each, real) for key, each in example.items()}
    if isinstance(example, list):
        return [with_id(each, real) for each in example]
    return real if example == EXAMPLE_ID else example


def example_of(person: Person) -> Any:
    """A valid value in JSON. What it points at is made."""
    example, target = thing().example(), thing().refers_to() or getattr(thing(), "target", None)
    if EXAMPLE_ID not in str(example):
        return example
    if target == "member":
        return with_id(example, str(person.member_id))
    if target == "file":
        return with_id(example, str(keep_file("offer.png", PNG).id))
    other = create_record(CUSTOMER, {"name": "Somebody else"})
    if target in (None, "customer"):
        return with_id(example, str(other.id))
    made = create_record(type_named(target), {"name": "Whom it points at", "customer": other.id})
    return with_id(example, str(made.id))


def words(value: Any) -> str:
    """The value as a search for a text meets it."""
    found = thing().indexed(value)
    return found if isinstance(found, str) else thing().text(value)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606868000001840101568f"
    "20230000000049454e44ae426082"
)


class FieldTypeConformance:
    """Give it a fixture `kind`, the name of the type."""

    @pytest.fixture
    def kind(self) -> str:
        raise NotImplementedError

    @pytest.fixture
    def field(self, ada: Person, kind: str) -> None:
        with ada.inside():
            config = FIELD_TYPES[kind].example_config()
            add_custom_field("customer", label="Thing", key="thing", type=kind, config=config, taken=["name"])

    @pytest.fixture
    def stored(self, field: None, kind: str) -> None:
        if FIELD_TYPES[kind].computed:
            pytest.skip("what is calculated is not stored; its own tests say what it holds")

    @pytest.fixture
    def writable(self, stored: None, kind: str) -> None:
        if FIELD_TYPES[kind].assigned:
            pytest.skip("nobody writes what is assigned; its own tests say how")

    def made(self, person: Person, **more: Any) -> Any:
        value = {} if thing().assigned else {"thing": example_of(person)}
        return create_record(CUSTOMER, from_json(CUSTOMER, {"name": "Acme"} | value | more))

    def test_a_value_goes_in_and_comes_out_the_same_by_every_way(self, ada: Person, stored: None) -> None:
        with ada.inside():
            self.made(ada)
        with ada.inside():
            record = named("Acme")
            value = thing().get(record)
            assert value is not None
            dumped = thing().dump(value)
            assert thing().load(record.custom["thing"]) == value
            if not thing().secret:  # of which only a cover goes out
                assert thing().parse_json(dumped) == value
            if not thing().points and not thing().secret:
                assert thing().parse(thing().text(value)) == value
            assert thing().diff(value, value) is None
            assert thing().diff(None, value) is not None
            assert thing().json_schema()

    def test_wrong_values_get_the_fields_own_error_and_write_nothing(self, ada: Person, writable: None) -> None:
        with ada.inside():
            with pytest.raises(Invalid) as refused:
                from_json(CUSTOMER, {"name": "Acme", "thing": NONSENSE})
            assert [p.field for p in refused.value.problems] == ["thing"]
            assert refused.value.problems[0].message
            assert Listing(CUSTOMER).page().records == []

    def test_wrong_json_types_are_refused(self, ada: Person, writable: None) -> None:
        with ada.inside():
            wrong: list[Any] = [{}, [], {"a": [1]}, True, 1, 1.5, "x", 10**400]
            for raw in wrong:
                if type(raw) in thing().json_types or (isinstance(raw, int) and float in thing().json_types):
                    continue
                with pytest.raises(FieldError):
                    thing().parse_json(raw)

    def test_every_operator_compiles_and_means_what_it_says(self, ada: Person, writable: None) -> None:
        with ada.inside():
            record = self.made(ada)
            empty = create_record(CUSTOMER, {"name": "Without"})
            value = thing().example() if thing().secret else record.custom["thing"]
        with ada.inside():
            for name, op in thing().operators.items():
                operand = {
                    "value": value, "none": None, "text": words(thing().get(record))[:5],
                    "list": value if isinstance(value, list) else [value], "two": [value, value],
                    "period": "this_year", "point": [30.27, 120.15, 50],
                }[op.takes]  # fmt: skip
                if op.takes == "value" and isinstance(value, list):
                    operand = value[0]
                condition = {"field": "thing", "op": name} | ({} if op.takes == "none" else {"value": operand})
                found = {r.name for r in Listing(CUSTOMER, condition).page().records} - {"Somebody else"}
                if name in FINDS:
                    assert found == {"Acme"}, name
                elif name in FINDS_THE_OTHER:
                    assert found == {"Without"}, name
                assert holds(CUSTOMER, record, condition) == ("Acme" in found)
                assert holds(CUSTOMER, empty, condition) == ("Without" in found)

    def test_lists_sort_by_it_with_empty_values_last(self, ada: Person, writable: None) -> None:
        with ada.inside():
            create_record(CUSTOMER, {"name": "Without"})
            self.made(ada)
        with ada.inside():
            if not thing().slot:
                with pytest.raises(Invalid):
                    Listing(CUSTOMER, sort="thing").page()
                return
            for sort in ("thing", "-thing"):
                names: list[str] = []
                after = None
                while True:
                    page = Listing(CUSTOMER, sort=sort, limit=1, after=after).page()
                    names += [r.name for r in page.records]
                    if (after := page.next) is None:
                        break
                assert names[0] == "Acme" and len(set(names)) == len(names) >= 2

    def test_it_can_be_emptied_and_leaves_no_trace_in_the_side_index(self, ada: Person, writable: None) -> None:
        with ada.inside():
            record = self.made(ada)
            update_record(CUSTOMER, record, {"thing": None})
            assert thing().get(record) is None and "thing" not in record.custom
            mine = text("select count(*) from custom_value where record_id = :id")
            assert db.session().execute(mine, {"id": record.id}).scalar() == 0

    @pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
    def test_whatever_is_typed_is_kept_as_it_is_or_refused(self, ada: Person, writable: None, nasty: str) -> None:
        with ada.inside():
            form = Typed(name="Acme", kind="company", stage="potential", thing=nasty)
            try:
                record = create_record(CUSTOMER, from_form(CUSTOMER, form))
            except Invalid as refused:
                assert {p.field for p in refused.problems} == {"thing"}
                return
            for shown in (thing().html(thing().get(record)), thing().page_html(thing().get(record))):
                assert "<script" not in str(shown)
            assert "\x00" not in str(record.custom)

    def test_the_mask_hides_the_value(self, ada: Person, stored: None) -> None:
        with ada.inside():
            value = thing().get(self.made(ada))
            assert thing().mask(None) is None
            shown = str(escape(thing().text(value)))
            assert not shown or shown not in str(thing().mask(value))

    def test_it_has_its_place_in_lists_forms_and_the_records_page(self, ada: Person, field: None, kind: str) -> None:
        with ada.inside():
            record = create_record(CUSTOMER, {"name": "Acme"}) if FIELD_TYPES[kind].computed else self.made(ada)
            shown = str(escape(thing().html(thing().get(record)))) if kind in PLAINLY_SHOWN else ""
        listed = ada.get("customers/?columns=name,thing")
        page = ada.get(f"customers/{record.id}")
        assert listed.status_code == page.status_code == 200
        assert "Thing" in listed.text and "Thing" in page.text
        assert shown in listed.text and shown in page.text
        form = ada.get(f"customers/{record.id}/edit")
        assert form.status_code == 200
        of = FIELD_TYPES[kind]
        assert ('name="thing' in form.text) is not (of.computed or of.assigned)

    def test_its_form_sends_back_what_it_shows(self, ada: Person, writable: None) -> None:
        """Saving a form that nobody touched changes nothing."""
        with ada.inside():
            record = self.made(ada)
            before = dict(record.custom)
            typed = thing().typed(thing().get(record))
        sent = {"name": "Acme", "kind": "company", "stage": "potential", "version": "1"} | as_posted(typed)
        answer = ada.post(f"customers/{record.id}", sent)
        assert answer.status_code in (302, 303), answer.text
        with ada.inside():
            assert named("Acme").custom == before

    def test_it_is_changed_where_it_stands(self, ada: Person, writable: None) -> None:
        with ada.inside():
            record = create_record(CUSTOMER, {"name": "Acme"})
            if not thing().editable:
                return
            example = example_of(ada)
            value = thing().parse_json(example)
            typed = example if thing().secret else thing().typed(value)
        form = ada.get(f"customers/{record.id}/fields/thing")
        assert form.status_code == 200 and 'name="thing' in form.text
        answer = ada.post(f"customers/{record.id}/fields/thing", as_posted(typed))
        assert answer.status_code in (200, 302, 303), answer.text
        with ada.inside():
            assert thing().get(named("Acme")) == value

    def test_the_api_takes_it_shows_it_and_describes_it(self, ada: Person, writable: None) -> None:
        with ada.inside():
            value = example_of(ada)
        made = ada.api("POST", "customers", {"name": "Acme", "thing": value})
        assert made.status_code == 201, made.json
        url = f"customers/{made.json['data']['id']}"
        shown = ada.api("GET", url).json["data"]["thing"]
        assert shown is not None
        again = ada.api("PATCH", url, {"thing": shown})
        assert again.status_code == 200 and again.json["data"]["thing"] == shown
        (listed,) = [c for c in ada.api("GET", "customers?fields=name,thing").json["data"] if c["name"] == "Acme"]
        assert listed["thing"] == shown
        described = ada.api("GET", "openapi.json").json["components"]["schemas"]
        assert "thing" in described["Customer"]["properties"]

    def test_its_schema_accepts_what_the_api_shows(self, ada: Person, stored: None) -> None:
        with ada.inside():
            self.made(ada)
        (shown,) = [c for c in ada.api("GET", "customers").json["data"] if c["name"] == "Acme"]
        spec = ada.api("GET", "openapi.json").json
        schema = {**spec["components"]["schemas"]["Customer"]["properties"]["thing"], "components": spec["components"]}
        jsonschema.validate(shown["thing"], schema)

    def test_many_records_are_given_it_at_once_and_it_is_taken_back(self, ada: Person, writable: None) -> None:
        if FIELD_TYPES[thing_kind(ada)].secret or FIELD_TYPES[thing_kind(ada)].type_name in FILES:
            return  # of these each record has its own
        with ada.inside():
            value = thing().parse_json(example_of(ada))
            ids = [create_record(CUSTOMER, {"name": f"Number {n}"}).id for n in range(3)]
        with ada.inside():
            run = edit_records(Selection(CUSTOMER, tuple(ids)), Change(CUSTOMER, set={"thing": value}))
        with ada.inside():
            held = [thing().dump(thing().get(CUSTOMER.get(each))) for each in ids]
            assert held == [thing().dump(value)] * 3
            if "not_empty" in thing().operators:
                found = Listing(CUSTOMER, {"field": "thing", "op": "not_empty"}).page().records
                assert {r.id for r in found} >= set(ids)
        with ada.inside():
            undone = undo_run(run.id, record_type=CUSTOMER)
            assert undone.restored == 3 and not undone.kept
        with ada.inside():
            assert [thing().get(CUSTOMER.get(each)) for each in ids] == [None] * 3

    @pytest.mark.parametrize("format", ["csv", "xlsx"])
    def test_it_is_exported_and_comes_back_unchanged(
        self, ada: Person, stored: None, run_jobs: Callable[[], None], format: str
    ) -> None:
        with ada.inside():
            record = self.made(ada)
            before = thing().dump(thing().get(record))
            kind = thing()
        with ada.inside():
            run = begin_export(
                Selection(CUSTOMER, (record.id,)), ("name", "thing"), Choices(format=format), sort="name"
            )
            content = bytes(file_of(run).content)
        if kind.secret:
            assert str(kind.example()) not in content.decode(errors="replace")
        if kind.secret or kind.assigned or not kind.importable:
            return
        with ada.inside():
            update_record(CUSTOMER, CUSTOMER.get(record.id), {"thing": None})
        with ada.inside():
            brought = begin_import(CUSTOMER, f"again.{format}", content)
            map_import(brought, ["name", "thing", *[None] * (len(brought.headers) - 2)],
                       {"match": ["name"], "mode": "update"})  # fmt: skip
            start_import(brought)
        run_jobs()
        with ada.inside():
            done = db.get(Import, brought.id)
            assert done is not None and (done.status, done.updated, done.refused) == ("done", 1, 0)
            assert thing().dump(thing().get(CUSTOMER.get(record.id))) == before

    def test_it_is_summed_up_as_it_offers(self, ada: Person, stored: None) -> None:
        with ada.inside():
            self.made(ada)
            create_record(CUSTOMER, {"name": "Without"})
        with ada.inside():
            for name in thing().aggregates:
                if thing().slot:
                    column: Any = getattr(CustomValue, thing().slot)
                    mine = (CustomValue.tenant_id == ada.tenant_id) & (CustomValue.field_id == thing().custom_id)
                    assert db.session().scalar(select(thing().aggregate(name, column)).where(mine)) is not None, name
            with pytest.raises(FieldError):
                thing().aggregate("median of the moon", cast(Any, CustomValue.s))

    def test_of_two_records_that_are_merged_the_one_that_has_it_gives_it(self, ada: Person, writable: None) -> None:
        with ada.inside():
            kept, gone = create_record(CUSTOMER, {"name": "Acme"}), self.made(ada)
            value = thing().dump(thing().get(gone))
        with ada.inside():
            values = suggested_values(CUSTOMER, CUSTOMER.get(kept.id), [CUSTOMER.get(gone.id)])
            merge_records(CUSTOMER, kept.id, [gone.id], values)
        with ada.inside():
            if mergeable(thing()):
                assert thing().dump(thing().get(CUSTOMER.get(kept.id))) == value

    def test_its_changes_are_told(self, ada: Person, writable: None) -> None:
        with ada.inside():
            record = self.made(ada)
            update_record(CUSTOMER, record, {"thing": None})
        page = ada.get(f"customers/{record.id}/history")
        assert page.status_code == 200 and "Thing" in page.text


def thing_kind(person: Person) -> str:
    with person.inside():
        return thing().type_name


FILES = {"file", "image", "signature"}
PLAINLY_SHOWN = {"text", "integer", "decimal", "date", "time", "month"}


def named(name: str) -> Any:
    (found,) = [r for r in Listing(CUSTOMER).page().records if r.name == name]
    return found


def as_posted(typed: Any) -> dict[str, Any]:
    """What a browser sends of a control that holds this."""
    if isinstance(typed, dict) and set(typed) == {"amount", "currency"}:
        return {"thing": typed["amount"], "thing_currency": typed["currency"]}
    if isinstance(typed, dict):
        return {f"thing-{part}": text for part, text in typed.items()}
    if isinstance(typed, list) and any(isinstance(each, dict) for each in typed):
        cells = {f"thing-{n}-{key}": _cell(cell) for n, row in enumerate(typed) for key, cell in row.items()}
        return {"thing-row": [str(n) for n in range(len(typed))]} | cells
    if isinstance(typed, list):
        return {"thing": [str(each) for each in typed]}
    return {"thing": "" if typed is None else str(typed)}


def _cell(typed: Any) -> str:
    """What stands in the control of a line's cell."""
    return " ".join(typed.values()) if isinstance(typed, dict) else "" if typed is None else str(typed)
