"""Conditions: JSON trees over fields, compiled to SQL. The one evaluator; a single record is tested with it too.

`{"all": [{"field": "status", "op": "is", "value": "new"}, {"any": [...]}, {"not": {...}}]}`; a field may be a
path through a link: `customer.industry`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select, true

from core import current, db
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.custom import CustomValue
from core.records.fields import FieldError, FieldType
from core.records.types import RECORD_TYPES, RecordType

MAX_DEPTH = 8
MAX_TESTS = 100
COMPLEMENT = {"is_not": "is", "not_in": "in", "not_contains": "contains", "empty": "not_empty"}
"""A custom field without a value has no row to compare with: these are asked as "no row that is …"."""

Condition = Mapping[str, Any]


class Compiler:
    """One condition on its way to SQL, with how much of it there may be."""

    def __init__(self) -> None:
        self.tests = 0

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
        if {"field", "op"} <= keys <= {"field", "op", "value"}:
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
        head, _dot, rest = path.partition(".")
        field = record_type.field(head)
        if field is None or not field.filterable:
            raise invalid("unknown_field", _("There is no field “%(key)s” to filter by.", key=head[:60]))
        if rest:
            return self._through(field, test | {"field": rest} if isinstance(test, dict) else test, model)
        return self._compare(field, test, model)

    def _through(self, field: FieldType, test: Condition, model: Any) -> ColumnElement[bool]:
        target = RECORD_TYPES.get(field.refers_to() or "")
        if target is None or field.custom_id:
            raise invalid("unknown_field", _("“%(key)s” is no link to a record.", key=field.key))
        inner = self._test(target, test, target.model)
        ids = target.visible(target.model.id).where(inner)
        return field.expression(model).in_(ids)

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
        if not field.custom_id or not field.slot:
            return op.build(field.expression(model), operand)
        if op_name in COMPLEMENT:
            positive = field.operators[COMPLEMENT[op_name]]
            return not_(_side_index(field, positive.build, operand, model))
        return _side_index(field, op.build, operand, model)


def _side_index(field: FieldType, build: Any, operand: Any, model: Any) -> ColumnElement[bool]:
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


def invalid(code: str, message: str) -> Invalid:
    return Invalid([FieldProblem("filter", code, message)])


def compile_condition(record_type: RecordType, condition: Condition) -> ColumnElement[bool]:
    """The condition as SQL over the type's table. Raises Invalid, naming the field and the remedy."""
    return Compiler().compile(record_type, condition, record_type.model)


def holds(record_type: RecordType, record: Any, condition: Condition) -> bool:
    """Whether a saved record meets a condition, by the same SQL that filters lists."""
    model = record_type.model
    found = select(model.id).where(
        model.tenant_id == current.tenant_id(),
        model.id == record.id,
        compile_condition(record_type, condition),
    )
    return db.session().execute(found).first() is not None
