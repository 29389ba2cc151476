"""What related records, or the lines of a record, add up to: one aggregate in the same statement."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from core import current
from core.access import scopes_for
from core.errors import Invalid
from core.i18n import LazyText, _, _l
from core.records.conditions import Compiler, invalid
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
    for of in record_type.all_fields().values():
        if of.type_name == "lines":
            yield Relation(f"lines:{of.key}", str(of.label), None, of)
    for other in enabled_types():
        for link in other.all_fields().values():
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
    link = other.all_fields().get(key) if other else None
    if link is None or not (link.refers_to() == scope.record_type or isinstance(link, AnyRecord)):
        raise FormulaError("unknown_relation", _("Choose which records are summed up."))
    return Relation(name, "", other, link)


def roll_up(
    scope: Scope, relation: str, function: str, field: str = "", condition: Mapping[str, Any] | None = None,
    *, seen_only: bool = False,
) -> Term:  # fmt: skip
    """The aggregate as a term. It counts all records there are, with `seen_only` those that the acting member sees.

    Raises FormulaError and Invalid.
    """
    if function not in FUNCTIONS:
        raise FormulaError("unknown_function", _("Choose what is worked out."))
    way = relation_named(scope, relation)
    if way.record_type is None:
        return _of_lines(scope, way, function, field, condition)
    return _of_records(scope, way, function, field, condition, seen_only)


def _of_records(scope: Scope, way: Relation, function: str, field: str, condition: Any, seen_only: bool) -> Term:
    other = way.record_type
    assert other is not None
    there: Any = aliased(other.model)
    term = _aggregated(scope.of(other, there), other.all_fields(), function, field)
    clauses = [
        there.tenant_id == current.tenant_id(), there.deleted_at.is_(None), rows_of(other, there),
        _points_here(way.link, there, scope),
    ]  # fmt: skip
    if seen_only and "all" not in scopes_for("view", other.name):
        clauses.append(there.id.in_(other.visible(other.model.id)))
    if condition:
        clauses.append(Compiler(everywhere=not seen_only).compile(other, condition, there))
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


def require_open(record_type: RecordType, way: Relation, field: str, condition: Any) -> None:
    """Raise Invalid unless the acting member may read all that an aggregate is made of. What is open on some records
    only does not do: a sum would tell of the others."""
    if way.record_type is None:
        _require_open(record_type, way.link.key)
        return
    other = way.record_type
    if not scopes_for("view", other.name):
        raise _unknown(way.name)
    for path in (way.link.key, field, *_paths(condition)):
        if path:
            _require_open(other, path)


def _require_open(record_type: RecordType, path: str) -> None:
    head, _dot, rest = path.partition(".")
    of = record_type.field(head)
    if of is None or of.guarded:
        raise _unknown(head)
    linked = find_type(of.refers_to() or "") if rest else None
    if linked is not None:
        if "all" not in scopes_for("view", linked.name):
            raise _unknown(path)
        _require_open(linked, rest)


def _unknown(path: str) -> Invalid:
    return invalid("unknown_field", _("There is no field “%(key)s” to filter by.", key=path[:60]))


def _paths(condition: Any) -> Iterator[str]:
    """All that a condition asks about."""
    if isinstance(condition, Mapping):
        if isinstance(condition.get("field"), str):
            yield condition["field"]
        for part in condition.values():
            yield from _paths(part)
    elif isinstance(condition, list):
        for part in condition:
            yield from _paths(part)


class _Lines:
    """Columns of lines in the place of a record type, for the compiler of conditions."""

    def __init__(self, columns: Mapping[str, FieldType]) -> None:
        self.columns = columns

    def all_fields(self) -> Mapping[str, FieldType]:
        return self.columns

    def asked_field(self, key: str, *, whole: bool = False) -> FieldType | None:
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


__all__ = ["FUNCTIONS", "Invalid", "Relation", "check_condition", "relations", "require_open", "roll_up"]
