"""What related records, or the lines of a record, add up to: one aggregate in the same statement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from core import current
from core.errors import Invalid
from core.i18n import LazyText, _, _l
from core.records.conditions import Compiler
from core.records.fields import AnyRecord, FieldType
from core.records.formulas.errors import FormulaError
from core.records.formulas.kinds import KINDS, Line, Term, correlated, text_of
from core.records.formulas.nodes import FieldPath
from core.records.formulas.sql import Sql, sql
from core.records.formulas.translating import Scope, Translator, rows_of
from core.records.side_index import CustomValue
from core.records.types import RecordType, enabled_types, find_type

FUNCTIONS: dict[str, LazyText] = {
    "count": _l("How many"), "sum": _l("Sum"), "avg": _l("Average"), "min": _l("Least or earliest"),
    "max": _l("Greatest or latest"), "latest": _l("Value of the newest"),
}  # fmt: skip
TAKES = {
    "sum": ("number", "money"), "avg": ("number", "money"), "min": ("number", "money", "date", "instant"),
    "max": ("number", "money", "date", "instant"),
    "latest": ("number", "money", "text", "date", "instant", "yes_no"),
}  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A way from a record to several others: `contact.customer` by the field of theirs that points here, or
    `lines:c_lines` to the lines of a field of its own."""

    name: str
    label: str
    record_type: RecordType | None
    link: FieldType


def relations(record_type: RecordType) -> Iterator[Relation]:
    """All relations of a record type."""
    for of in record_type.fields().values():
        if of.type_name == "lines":
            yield Relation(f"lines:{of.key}", str(of.label), None, of)
    for other in enabled_types():
        for link in other.fields().values():
            if link.refers_to() == record_type.name and link.filterable or isinstance(link, AnyRecord):
                label = f"{other.plural_label} · {link.label}"
                yield Relation(f"{other.name}.{link.key}", label, other, link)


def relation_named(scope: Scope, name: str) -> Relation:
    """Raises FormulaError where there is no such relation (any more)."""
    if name.startswith("lines:"):
        of = scope.fields.get(name.removeprefix("lines:"))
        if of is not None and of.type_name == "lines":
            return Relation(name, str(of.label), None, of)
    owner, _dot, key = name.partition(".")
    other = find_type(owner)
    link = other.fields().get(key) if other else None
    if link is None or not (link.refers_to() == scope.record_type or isinstance(link, AnyRecord)):
        raise FormulaError("unknown_relation", _("Choose which records are summed up."))
    return Relation(name, "", other, link)


def roll_up(
    scope: Scope, relation: str, function: str, field: str = "", condition: Mapping[str, Any] | None = None
) -> Term:
    """The aggregate as a term. It counts all records there are, not only those that somebody may see.

    Raises FormulaError and Invalid.
    """
    if function not in FUNCTIONS:
        raise FormulaError("unknown_function", _("Choose what is worked out."))
    way = relation_named(scope, relation)
    return _of_lines(scope, way, function, field, condition) if way.record_type is None else _of_records(
        scope, way, function, field, condition)  # fmt: skip


def _of_records(scope: Scope, way: Relation, function: str, field: str, condition: Any) -> Term:
    other = way.record_type
    assert other is not None
    there: Any = aliased(other.model)
    term = _aggregated(scope.of(other, there), other.fields(), function, field)
    clauses = [
        there.tenant_id == current.tenant_id(), there.deleted_at.is_(None), rows_of(other, there),
        _points_here(way.link, there, scope),
    ]  # fmt: skip
    if condition:
        clauses.append(Compiler(everywhere=True).compile(other, condition, there))
    newest = there.id.desc()

    def within(value: Sql) -> Any:
        return correlated(select(value).select_from(there).where(*clauses), scope.model)

    return _aggregate(function, term, within, newest)


def _points_here(link: FieldType, there: Any, scope: Scope) -> ColumnElement[bool]:
    here = scope.model.id
    if not link.custom_id:
        points: ColumnElement[bool] = link.expression(there) == here
        if isinstance(link, AnyRecord):
            return points & (getattr(there, link.type_attr) == scope.record_type)
        return points
    pointing = select(CustomValue.record_id).where(
        CustomValue.tenant_id == current.tenant_id(),
        CustomValue.field_id == link.custom_id,
        CustomValue.s == cast(here, Text),
    )
    return there.id.in_(correlated(pointing, scope.model))


def _of_lines(scope: Scope, way: Relation, function: str, field: str, condition: Any) -> Term:
    columns: dict[str, FieldType] = way.link.by_key  # type: ignore[attr-defined]
    held = sql("({} -> {})", scope.model.custom, text_of(way.link.key))
    rows = sql("case jsonb_typeof({}) when 'array' then {} else '[]'::jsonb end", held, held).typed(JSONB())
    each = func.jsonb_array_elements(rows).table_valued("value", with_ordinality="place", joins_implicitly=True)
    each = each.render_derived()
    line = Line(sql("{}", each.c.value), list(columns.values()))
    inner = Scope(scope.record_type, columns, line, scope.trail, scope.spent)
    term = _aggregated(inner, columns, function, field)
    clauses = [Compiler(everywhere=True).compile(_Lines(columns), condition, line)] if condition else []  # type: ignore[arg-type]

    def within(value: Sql) -> Any:
        return correlated(select(value).select_from(each).where(*clauses), scope.model)

    return _aggregate(function, term, within, each.c.place.desc())


class _Lines:
    """Columns of lines in the place of a record type, for the compiler of conditions."""

    def __init__(self, columns: Mapping[str, FieldType]) -> None:
        self.columns = columns

    def field(self, key: str) -> FieldType | None:
        return self.columns.get(key)


def _aggregated(scope: Scope, fields: Mapping[str, FieldType], function: str, field: str) -> Term | None:
    """The field that is summed up, None when only rows are counted."""
    if function == "count":
        return None
    if not field:
        raise FormulaError("required", _("Choose the field that is summed up."))
    term = Translator(scope).path(scope, FieldPath(0, tuple(field.split("."))), field.split("."))
    if term.kind not in TAKES[function]:
        message = _("“%(function)s” cannot be worked out of %(kind)s.",
                    function=FUNCTIONS[function], kind=KINDS[term.kind])  # fmt: skip
        raise FormulaError("wrong_type", message)
    return term


def _aggregate(function: str, term: Term | None, within: Any, newest: Any) -> Term:
    if term is None:
        return Term("number", _one(within(sql("count(*)::numeric"))))
    if function == "latest":
        latest = [_one(within(value).order_by(newest).limit(1)) for value in (term.sql, *term.currencies)]
        return Term(term.kind, latest[0], tuple(latest[1:]))
    value = sql("coalesce(sum({}), 0)", term.sql) if function == "sum" else sql(function + "({})", term.sql)
    if not term.currencies:
        return Term(term.kind, _one(within(value)))
    # amounts of several currencies add up to nothing; of one, to an amount in it
    low, high = ", ".join(["{}"] * len(term.currencies)), term.currencies
    lowest, highest = sql(f"min(least({low}))", *high), sql(f"max(greatest({low}))", *high)
    same = "(case when {} is not distinct from {} then {} end)"
    amount = _one(within(sql(same, lowest, highest, value)))
    return Term(term.kind, amount, (_one(within(sql(same, lowest, highest, lowest))),))


def _one(statement: Any) -> Sql:
    return sql("{}", statement.scalar_subquery())


def check_condition(way: Relation, condition: Any) -> None:
    """Raises Invalid for a condition that does not fit the related records."""
    if way.record_type is None:
        columns: dict[str, FieldType] = way.link.by_key  # type: ignore[attr-defined]
        Compiler().compile(_Lines(columns), condition, Line(sql("null::jsonb"), list(columns.values())))  # type: ignore[arg-type]
    else:
        Compiler().compile(way.record_type, condition, way.record_type.model)


__all__ = ["FUNCTIONS", "Invalid", "Relation", "check_condition", "relations", "roll_up"]
