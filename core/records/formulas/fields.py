"""The field types whose values are calculated in SQL: the formula, and the roll-up of related records."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy import Text as TextColumn

from core.db import new_id
from core.errors import Invalid
from core.i18n import _, _l
from core.records.conditions import add_aggregate, invalid
from core.records.fields import (
    NO_NAMES,
    AnyRecord,
    Choice,
    Date,
    DateTime,
    Decimal,
    FieldError,
    FieldType,
    Integer,
    Money,
    Names,
    Option,
    Text,
    YesNo,
    add_field_type,
)
from core.records.fields.number import Amount
from core.records.fields.operators import Operator
from core.records.formulas.controls import ConditionText, FormulaText, RelatedFieldText, RelationText
from core.records.formulas.errors import FormulaError
from core.records.formulas.kinds import Term, final
from core.records.formulas.parser import parse
from core.records.formulas.rollups import FUNCTIONS, check_condition, relation_named, relations, require_open, roll_up
from core.records.formulas.sql import sql
from core.records.formulas.translating import Scope, translate
from core.records.formulas.values import computed_row
from core.records.model import Record
from core.records.types import RecordType, find_type

SHOWN: dict[str, type[FieldType]] = {
    "number": Decimal, "money": Money, "text": Text, "date": Date, "instant": DateTime, "yes_no": YesNo,
}  # fmt: skip


class Computed(FieldType):
    """What both share. How a value looks and is compared is said by the field type of its kind, `shown`."""

    computed = True

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, **(rest | {"required": False, "editable": False}))

    # --- its place -------------------------------------------------------------------------------------

    def term(self, scope: Scope, at: int = 0) -> Term:
        """The field as a part of a larger formula. Raises FormulaError."""
        try:
            return self.work_out(scope.entering(self.key, self.label, at))
        except FormulaError as error:
            if error.code in ("loop", "too_large") or not scope.trail:
                raise
            message = _("“%(label)s” cannot be worked out: %(message)s", label=self.label, message=error.plain)
            raise FormulaError("faulty", message, at) from None
        except Invalid as invalid:
            raise FormulaError("wrong_condition", invalid.problems[0].message, at) from None

    def work_out(self, scope: Scope) -> Term:
        raise NotImplementedError

    def scope(self, model: Any) -> Scope:
        record_type = find_type(self.record_type)
        fields = record_type.all_fields() if record_type else {}
        return Scope(self.record_type, {**fields, self.key: self}, model)

    def check_place(self) -> None:
        self.check()

    def check(self) -> str:
        """The kind of what it comes to. Raises FormulaError, above all for what leads round in a circle."""
        record_type = find_type(self.record_type)
        assert record_type is not None
        return self.term(self.scope(record_type.model)).kind

    @property
    def fault(self) -> str | None:
        """Why it cannot be worked out (any more): a field that it is made of may be gone."""
        try:
            self.check()
        except FormulaError as error:
            return error.message
        return None

    @cached_property
    def shown(self) -> FieldType:
        """The field type of what it comes to. A field is made anew whenever any field of the tenant changes."""
        try:
            return self.look(self.check())
        except FormulaError:
            return Text(self.label)

    def look(self, kind: str) -> FieldType:
        made = SHOWN[kind](self.label, help=self.help)
        made.key = self.key
        return made

    # --- reading ---------------------------------------------------------------------------------------

    def attrs(self) -> tuple[str, ...]:
        return ()

    @property
    def column(self) -> str:
        """What the value is called in a row of a list; an amount's currency has `_currency` after it."""
        return f"computed_{self.key}"

    def columns(self, model: Any) -> list[Any]:
        made = self._final(model)
        names = (self.column, f"{self.column}_currency")
        return [each.label(name) for each, name in zip(made, names, strict=False)]

    def expression(self, model: Any) -> ColumnElement[Any]:
        return self._final(model)[0]

    def _final(self, model: Any) -> Sequence[ColumnElement[Any]]:
        try:
            return final(self.term(self.scope(model)))
        except FormulaError:
            return (sql("null::text").typed(TextColumn()),)

    def get(self, record: Any) -> Any:
        row = computed_row(self.record_type, self.key, record) if isinstance(record, Record) else record
        value = getattr(row, self.column, None)
        if value is None or not isinstance(self.shown, Money):
            return value
        return Amount(int(value), getattr(row, f"{self.column}_currency"))

    def set(self, record: Any, value: Any) -> None:
        raise TypeError(f"{self.key} is calculated")

    # --- as the field type of its kind -----------------------------------------------------------------

    @property
    def slot(self) -> str:  # type: ignore[override]
        return self.shown.slot

    @property
    def widget(self) -> str:  # type: ignore[override]
        return self.shown.widget

    @property
    def operators(self) -> Mapping[str, Operator]:  # type: ignore[override]
        return self.shown.operators

    @property
    def aggregates(self) -> tuple[str, ...]:  # type: ignore[override]
        return self.shown.aggregates

    @property
    def align(self) -> str:  # type: ignore[override]
        return self.shown.align

    @property
    def json_types(self) -> tuple[type, ...]:  # type: ignore[override]
        return self.shown.json_types

    def indexed(self, value: Any) -> Any:
        return self.shown.indexed(value)

    def parse(self, raw: Any) -> Any:
        return self.shown.parse(raw)

    def load(self, stored: Any) -> Any:
        return None if stored is None else self.shown.load(stored)

    def dump(self, value: Any) -> Any:
        return self.shown.dump(value)

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return self.shown.text(value, names)

    def typed(self, value: Any) -> Any:
        return self.shown.typed(value)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return self.shown.html(value, names)

    def mask(self, value: Any) -> Any:
        return self.shown.mask(value)

    def json_schema(self) -> dict[str, Any]:
        return self.shown.json_schema()

    def example(self) -> Any:
        return self.shown.example()

    def operand(self, op: Operator, raw: Any) -> Any:
        return self.shown.operand(op, raw)

    def aggregate(self, name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return self.shown.aggregate(name, column)


class Formula(Computed):
    """A value worked out of other fields of the record, and of records that it links to."""

    type_name = "formula"
    icon = "math-function"
    title = _l("Formula")
    configurable: ClassVar[tuple[str, ...]] = ("formula", "decimals")

    def __init__(self, label: Any, *, formula: str, decimals: int | None = None, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.formula, self.decimals = formula, decimals

    def work_out(self, scope: Scope) -> Term:
        found = translate(self.formula, scope)
        if self.decimals is None or found.kind not in ("number", "money"):
            return found
        return Term(found.kind, sql(f"round({{}}, {int(self.decimals)})", found.sql), found.currencies)

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return named({
            "formula": FormulaText(_l("Formula"), required=True, help=_l(
                "Fields by their keys, as in amount * 0.06 or if(stage = 'signed', 'won', 'open'). What a value needs "
                "and is empty makes it empty; amounts in different currencies give nothing.")),
            "decimals": Integer(_l("Decimals"), range=(0, 8), help=_l("How many are kept of a number. Empty: all.")),
        })  # fmt: skip

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        made = dict(config)
        made["formula"] = str(made.get("formula") or "").replace("\x00", "").strip()
        parse(made["formula"])
        if made.get("decimals") is None:
            made.pop("decimals", None)
        return made

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"formula": "1 + 1"}


class RollUp(Computed):
    """What related records, or the lines of the record, add up to: all there are, whoever may see them."""

    type_name = "rollup"
    icon = "sum"
    title = _l("Roll-up")
    configurable: ClassVar[tuple[str, ...]] = ("relation", "function", "field", "condition")
    seen_only = False
    """Whether only the records count that the acting member sees: of what a member adds up, and no administrator."""

    def __init__(
        self, label: Any, *, relation: str, function: str = "count", field: str = "",
        condition: Mapping[str, Any] | None = None, **rest: Any,
    ) -> None:  # fmt: skip
        super().__init__(label, **rest)
        self.relation, self.function, self.field, self.condition = relation, function, field, condition

    def work_out(self, scope: Scope) -> Term:
        return roll_up(scope, self.relation, self.function, self.field, self.condition, seen_only=self.seen_only)

    def look(self, kind: str) -> FieldType:
        made = Integer(self.label, help=self.help) if self.function == "count" else super().look(kind)
        made.key = self.key
        return made

    def check(self) -> str:
        if self.condition:
            record_type = find_type(self.record_type)
            assert record_type is not None
            check_condition(relation_named(self.scope(record_type.model), self.relation), self.condition)
        return super().check()

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return named({
            "relation": RelationText(_l("Of which records"), required=True, help=_l(
                "Records of another type that point at this one, or the lines of one of its fields. All of them "
                "count, also those that whoever looks may not see.")),
            "function": Choice(_l("What is worked out"), required=True,
                               options=[Option(name, label) for name, label in FUNCTIONS.items()]),
            "field": RelatedFieldText(_l("Of which field"), help=_l("Not needed for how many.")),
            "condition": ConditionText(_l("Only those that meet"), help=_l(
                "All of these have to hold. Several values stand with commas between them.")),
        })  # fmt: skip

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        made = {name: value for name, value in config.items() if value not in (None, "", {})}
        if not isinstance(made.get("relation"), str):
            raise FieldError("required", _("Choose which records are summed up."))
        if made.get("function") not in FUNCTIONS:
            raise FieldError("unknown_function", _("Choose what is worked out."))
        if made["function"] != "count" and not made.get("field"):
            raise FieldError("required", _("Choose the field that is summed up."))
        if isinstance(made.get("condition"), str):
            made["condition"] = ConditionText("").parse(made["condition"])
        return made

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"relation": "contact.customer", "function": "count"}


def named(settings: dict[str, FieldType]) -> dict[str, FieldType]:
    for name, asked in settings.items():
        asked.bind(name)
    return settings


AGGREGATE = re.compile(r"([a-z][a-z0-9_.:-]{0,120})\.(count|sum|avg|min|max|latest)\(([a-z0-9_.]{0,100})\)")


def aggregate_field(record_type: RecordType, path: str, where: Any, whole: bool) -> FieldType:
    """`contacts.count()`, or by the link where there are several: `contact.customer.count()`. Raises Invalid."""
    found = AGGREGATE.fullmatch(path)
    ways = {way.name: way for way in relations(record_type)} if found else {}
    relation = found[1] if found else ""
    if relation not in ways:
        meant = [way for way in ways.values() if way.record_type and relation == way.record_type.plural]
        close = [way for way in meant if not isinstance(way.link, AnyRecord)] or meant
        if len(close) != 1:
            raise invalid("unknown_field", _("There is no field “%(key)s” to filter by.", key=path[:60]))
        relation = close[0].name
    assert found is not None
    if where is not None and _has_aggregate(where):
        raise invalid("too_deep", _("A condition inside of a sum cannot ask for another sum."))
    if not whole:
        require_open(record_type, ways[relation], found[3], where)
    label = f"{FUNCTIONS[found[2]]}: {ways[relation].label}"
    of = RollUp(label, relation=relation, function=found[2], field=found[3], condition=where)
    of.bind_custom(path, new_id())
    of.record_type, of.seen_only = record_type.name, not whole
    if of.fault:
        raise invalid("unknown_field", of.fault)
    return of


def _has_aggregate(condition: Any) -> bool:
    left = [condition]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            if str(part.get("field", "")).endswith(")"):
                return True
            left += part.values()
        elif isinstance(part, list):
            left += part
    return False


add_aggregate(aggregate_field)
add_field_type(Formula)
add_field_type(RollUp)
