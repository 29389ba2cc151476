"""Conditions: JSON trees over fields, compiled to SQL. The one evaluator; a single record is tested with it too.

`{"all": [{"field": "status", "op": "is", "value": "new"}, {"any": [...]}, {"not": {...}}]}`; a field may be a
path through a link: `customer.industry`; or what related records add up to, perhaps only those that meet a condition:
`{"field": "orders.sum(amount)", "op": "gt", "value": 1000, "where": {...}}`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, exists, false, func, not_, or_, select, true

from core import current, db
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.fields import FieldError, FieldType
from core.records.guards import Guard
from core.records.side_index import CustomValue
from core.records.typed import TypedRecord
from core.records.types import RecordType, find_type, scope_conditions

MAX_DEPTH = 8
MAX_TESTS = 100
COMPLEMENT = {"is_not": "is", "not_in": "in", "not_contains": "contains", "empty": "not_empty"}
"""A custom field without a value has no row to compare with: these are asked as "no row that is …"."""

Condition = Mapping[str, Any]


class Compiler:
    """One condition on its way to SQL, with how much of it there may be."""

    def __init__(self, known: Mapping[UUID, Any] = {}, *, everywhere: bool = False, whole: bool = False) -> None:
        """A condition asks as the acting member may: what an administrator wrote down for all is `whole`, and asks of
        fields that the member may not read, too. With `everywhere`, its paths lead through all records, besides."""
        self.tests = 0
        self.known, self.everywhere, self.whole = known, everywhere, whole or everywhere

    def compile(self, record_type: RecordType, condition: Any, model: Any, depth: int = 1) -> ColumnElement[bool]:
        if depth > MAX_DEPTH:
            raise invalid("too_deep", _("This filter is nested deeper than %(limit)s levels.", limit=MAX_DEPTH))
        if not isinstance(condition, Mapping):
            raise invalid("not_a_condition", _("A filter is an object with “all”, “any”, “not” or a “field”."))
        keys = set(condition)
        if keys in ({"all"}, {"any"}):
            return self._group(record_type, condition, model, depth)
        if keys == {"not"}:
            return not_(self.compile(record_type, condition["not"], model, depth + 1))
        if {"field", "op"} <= keys <= {"field", "op", "value", "where"}:
            return self._test(record_type, condition, model)
        raise invalid("not_a_condition", _("A filter is an object with “all”, “any”, “not” or a “field”."))

    def _group(self, record_type: RecordType, group: Condition, model: Any, depth: int) -> ColumnElement[bool]:
        ((word, parts),) = group.items()
        if not isinstance(parts, list):
            raise invalid("not_a_condition", _("“%(word)s” holds a list of conditions.", word=word))
        compiled = [self.compile(record_type, part, model, depth + 1) for part in parts]
        return and_(true(), *compiled) if word == "all" else or_(false(), *compiled)

    def _test(self, record_type: RecordType, test: Condition, model: Any) -> ColumnElement[bool]:
        self.tests += 1
        if self.tests > MAX_TESTS:
            raise invalid("too_many", _("A filter may have at most %(limit)s conditions.", limit=MAX_TESTS))
        path = test["field"]
        if not isinstance(path, str) or len(path) > 200:
            raise invalid("unknown_field", _("Name a field."))
        if path.endswith(")"):
            return self._compare(aggregate_of(record_type, path, test.get("where"), whole=self.whole), test, model)
        if "where" in test:
            raise invalid("not_a_condition", _("“where” belongs to a sum, count, … of related records."))
        head, _dot, rest = path.partition(".")
        field = record_type.asked_field(head, whole=self.whole)
        if field is None or not field.filterable:
            raise invalid("unknown_field", _("There is no field “%(key)s” to filter by.", key=head[:60]))
        if rest:
            found = self._through(field, test | {"field": rest} if isinstance(test, dict) else test, model)
        else:
            found = self._compare(field, test, model)
        return and_(field.readable(), found) if isinstance(field, Guard) else found

    def _through(self, field: FieldType, test: Condition, model: Any) -> ColumnElement[bool]:
        target = find_type(field.refers_to() or "")
        if target is None:
            raise invalid("unknown_field", _("“%(key)s” is no link to a record.", key=field.key))
        known, self.known = self.known, {}  # what is known is known of the record itself
        inner = self._test(target, test, target.model)
        self.known = known
        found = target.existing if self.everywhere else target.visible
        if field.custom_id:
            ids = found(cast(target.model.id, Text)).where(inner)
            return _side_index(field, lambda column, _: column.in_(ids), None, model)
        return field.expression(model).in_(found(target.model.id).where(inner))

    def _compare(self, field: FieldType, test: Condition, model: Any) -> ColumnElement[bool]:
        op_name = test["op"]
        op = field.operators.get(op_name) if isinstance(op_name, str) else None
        if op is None:
            known = ", ".join(field.operators)
            raise invalid("unknown_operator", _("“%(key)s” can be compared by: %(list)s.", key=field.key, list=known))
        try:
            operand = field.operand(op, test.get("value"))
        except FieldError as error:
            raise Invalid([FieldProblem(f"filter.{field.key}", error.code, error.message)]) from None
        if not field.custom_id or field.computed or not field.slot:
            return op.build(field.expression(model), operand)
        if field.custom_id in self.known:
            return _at_hand(field, op_name, operand, self.known[field.custom_id])
        if op_name in COMPLEMENT:
            positive = field.operators[COMPLEMENT[op_name]]
            return not_(_side_index(field, positive.build, operand, model))
        return _side_index(field, op.build, operand, model)


def _at_hand(field: FieldType, op_name: str, operand: Any, value: Any) -> ColumnElement[bool]:
    """The same for a value that is joined already, or for records that are known to have none."""
    positive = field.operators[COMPLEMENT.get(op_name, op_name)]
    held = false() if value is None else positive.build(value, operand)
    return not_(held) if op_name in COMPLEMENT else held


def _side_index(field: FieldType, build: Any, operand: Any, model: Any) -> ColumnElement[bool]:
    if isinstance(model, TypedRecord):
        return func.coalesce(build(model.indexed(field), operand), false())
    return exists(
        select(CustomValue.id)
        .where(
            CustomValue.tenant_id == current.tenant_id(),
            CustomValue.record_id == model.id,
            CustomValue.field_id == field.custom_id,
            build(getattr(CustomValue, field.slot), operand),
        )
        .correlate(model)  # and not the side index of the sort, when it is sorted by a custom field as well
    )


Aggregate = Callable[[RecordType, str, Any, bool], FieldType]
_aggregates: list[Aggregate] = []


def add_aggregate(make: Aggregate) -> None:
    """Say what makes a field of `contacts.count()`: roll-ups do, which are themselves made of conditions."""
    _aggregates.append(make)


def aggregate_of(record_type: RecordType, path: str, where: Any = None, *, whole: bool = False) -> FieldType:
    """The field that stands for what related records add up to: `orders.sum(amount)`, of those records and fields that
    the acting member may see, unless `whole`. Raises Invalid."""
    if not _aggregates:
        raise invalid("unknown_field", _("There is no field “%(key)s” to filter by.", key=path[:60]))
    return _aggregates[0](record_type, path, where, whole)


def invalid(code: str, message: str) -> Invalid:
    return Invalid([FieldProblem("filter", code, message)])


def compile_condition(
    record_type: RecordType,
    condition: Condition,
    known: Mapping[UUID, Any] = {},
    *,
    whole: bool = False,
) -> ColumnElement[bool]:
    """The condition as SQL over the type's table. Raises Invalid, naming the field and the remedy.

    A `whole` one was written down by an administrator for all, and asks of fields that the member may not read, too.

    `known` maps the ids of custom fields to the column that holds their value in the statement, or to None where
    the records have no value: a list that is sorted by such a field has it at hand, and need not look it up again.
    """
    return Compiler(known, whole=whole).compile(record_type, condition, record_type.model)


def _of_scope(record_type: RecordType, condition: Any) -> ColumnElement[bool]:
    """The condition of a role's scope: whether a record is in it must not depend on what the member may see."""
    try:
        return Compiler(everywhere=True).compile(record_type, condition, record_type.model)
    except Invalid:
        return false()


scope_conditions.append(_of_scope)


def as_kept(record_type: RecordType, condition: Condition | None) -> Condition | None:
    """The condition as it may be kept: what records hold encrypted stands encrypted in it, too."""
    return None if condition is None else _sealed(record_type, condition)


def _sealed(record_type: RecordType, part: Any) -> Any:
    if isinstance(part, list):
        return [_sealed(record_type, each) for each in part]
    if not isinstance(part, Mapping):
        return part
    if "field" not in part:
        return {word: _sealed(record_type, each) for word, each in part.items()}
    of, rest = record_type, str(part["field"])
    while "." in rest and not rest.endswith(")"):
        head, _dot, rest = rest.partition(".")
        link = of.field(head)
        target = find_type(link.refers_to() or "") if link else None
        if target is None:
            return part
        of = target
    field = of.field(rest)
    if field is None or "value" not in part:
        return part
    return {**part, "value": field.kept_operand(part["value"])}


def holds(record_type: RecordType, record: Any, condition: Condition) -> bool:
    """Whether a saved record meets a condition, by the same SQL that filters lists."""
    model = record_type.model
    found = select(model.id).where(
        model.tenant_id == current.tenant_id(),
        model.id == record.id,
        compile_condition(record_type, condition),
    )
    return db.session().execute(found).first() is not None


def which_hold(record_type: RecordType, typed: TypedRecord, conditions: Sequence[Condition]) -> list[bool]:
    """Which of these conditions a record meets that is only being typed, all of them in one statement.

    One that cannot be asked any more, since a field of it is gone, is not met.
    """
    asked: list[ColumnElement[bool]] = []
    for condition in conditions:
        try:
            asked.append(Compiler(whole=True).compile(record_type, condition, typed))
        except Invalid:
            asked.append(false())
    if not asked:
        return []
    row = db.session().execute(select(*(each.label(f"c{n}") for n, each in enumerate(asked)))).one()
    return [bool(met) for met in row]
