"""Reading many records: filter, search, sort, and pages by key, which cost the same however far one reads."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, False_, Text, Uuid, and_, exists, func, literal, not_, or_, select, tuple_
from sqlalchemy.orm import aliased

from core import current, db
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import Condition, compile_condition
from core.records.covers import field_rules
from core.records.fields import FieldError, FieldType
from core.records.finding import search_clause
from core.records.guards import look_at
from core.records.model import Record
from core.records.side_index import CustomValue
from core.records.types import RecordType

MOST_KEYS = 3
"""How many fields a list can be sorted by at once."""
COUNTED = 1000
"""Totals are exact up to here; beyond it is "1,000+"."""


@dataclass(frozen=True)
class Page:
    """Some records in order. `next` and `previous` are cursors, None at the ends."""

    records: Sequence[Any]
    next: str | None
    previous: str | None
    total: int | None = None

    @property
    def more_than_counted(self) -> bool:
        return self.total is not None and self.total > COUNTED


@dataclass(frozen=True)
class Listing:
    """What to read of a record type. `sort` is a field's key, with `-` before it for descending, or several."""

    record_type: RecordType
    condition: Condition | None = None
    search: str = ""
    sort: str = ""
    limit: int = 50
    after: str | None = None
    before: str | None = None

    def page(self, *, total: bool = False, columns: Sequence[Any] = ()) -> Page:
        """Raises Invalid for a condition, sort or cursor that does not fit.

        With `columns` the page holds rows of these (the id among them) in place of whole records.
        """
        order = Order.of(self.record_type, self.sort or self.record_type.sort)
        backwards = self.before is not None
        wanted = list(columns or (self.record_type.model,))
        rows: list[Any] = []
        counted = None
        for number, part in enumerate(order.parts(self.after or self.before, backwards)):
            asked = [*wanted, self._counted().label("counted")] if total and not number else wanted
            statement = part.apply(self.matching(*asked, known=part.known)).limit(self.limit + 1 - len(rows))
            if _is_never(statement):
                continue
            found = list(db.session().execute(statement))
            if total and found and not number:
                counted = found[0].counted
            rows += found
            if len(rows) > self.limit:
                break
        more, rows = len(rows) > self.limit, rows[: self.limit]
        if backwards:
            rows.reverse()
        if rows and field_rules(self.record_type.name):
            look_at(self.record_type, [_id_of(row) for row in rows])
        first, last = (order.cursor(rows[0]), order.cursor(rows[-1])) if rows else (None, None)
        return Page(
            rows if columns else [row[0] for row in rows],
            next=last if (more or backwards) else None,
            previous=first if (more if backwards else self.after is not None) else None,
            total=self.count() if total and counted is None else counted,
        )

    def matching(self, *entities: Any, known: Mapping[UUID, Any] = {}) -> Any:
        """The records as a statement. `known` are custom fields whose value is at hand, see `compile_condition`."""
        found = self.record_type.visible(*(entities or (self.record_type.model,)))
        if self.condition:
            found = found.where(compile_condition(self.record_type, self.condition, known))
        if self.search.strip():
            found = found.where(search_clause(self.record_type, self.search))
        return found

    def count(self, most: int = COUNTED) -> int:
        """How many match, counted up to just past `most`."""
        return db.session().scalar(select(self._counted(most))) or 0

    def _counted(self, most: int = COUNTED) -> Any:
        some = self.matching(literal(1)).limit(most + 1).subquery()
        return select(func.count()).select_from(some).scalar_subquery()


def _id_of(row: Any) -> UUID:
    """The id of the record that a row is, or begins with."""
    return row[0].id if isinstance(row[0], Record) else row.id


def _is_never(statement: Any) -> bool:
    """Whether a statement finds nothing, as the condition alone tells."""
    where = statement.whereclause
    parts = getattr(where, "clauses", (where,))
    return any(isinstance(getattr(part, "element", part), False_) for part in parts)


@dataclass(frozen=True)
class SortKey:
    """One field that a list is sorted by, with its SQL in the statement at hand."""

    field: FieldType
    descending: bool
    value: Any
    nullable: bool


class Order:
    """A sort by some fields, made total by the id. Empty values come last in both directions."""

    def __init__(self, record_type: RecordType, by: Sequence[tuple[FieldType, bool]]) -> None:
        self.record_type, self.model, self.by = record_type, record_type.model, by
        self.valued = [(field, falls) for field, falls in by if field.key != BY_ID]

    @classmethod
    def of(cls, record_type: RecordType, sort: str) -> "Order":
        """`name`, `-score`, or several with commas between. Raises Invalid."""
        by: dict[str, tuple[FieldType, bool]] = {}
        for each in sort.split(",")[:MOST_KEYS]:
            key = each.strip().removeprefix("-")
            field = record_type.field(key)
            if field is None or not field.filterable or not field.slot or field.guarded:
                raise Invalid(
                    [FieldProblem("sort", "unknown_field", _("There is no field “%(key)s” to sort by.", key=key[:60]))]
                )
            by.setdefault(key, (field, each.strip().startswith("-")))
            if key == BY_ID:
                break
        return cls(record_type, list(by.values()))

    def parts(self, cursor: str | None, backwards: bool) -> "list[Part]":
        """What to read, one after the other until there is enough.

        By a custom field these are the records that have a value, in the order of the side index, and those that
        have none: read together, the whole table would have to be joined and sorted for each page.
        """
        first, at = self.by[0][0], self._read(cursor) if cursor else None
        if not _is_aside(first):
            return [Part(self, "all", at, backwards)]
        parts = [Part(self, "valued", None, backwards), Part(self, "empty", None, backwards)]
        if backwards:
            parts.reverse()
        if at is None:
            return parts
        begun = "empty" if at[0][0] is None else "valued"
        while parts[0].which != begun:
            parts.pop(0)
        parts[0] = Part(self, begun, at, backwards)
        return parts

    def apply(self, statement: Any, cursor: str | None, backwards: bool) -> Any:
        """The whole order in one statement."""
        return Part(self, "all", self._read(cursor) if cursor else None, backwards).apply(statement)

    def cursor(self, row: Any) -> str:
        """Where a row stands. Its last columns are the values that it is sorted by."""
        values = list(row[-len(self.valued) :]) if self.valued else []
        return base64.urlsafe_b64encode(orjson.dumps([*values, _id_of(row)])).decode().rstrip("=")

    def _read(self, cursor: str) -> tuple[list[Any], UUID]:
        try:
            *values, row_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            keys = Part(self, "all", None, False).keys
            typed = [v if v is None else _typed(v, k.value.type) for v, k in zip(values, keys, strict=True)]
            return typed, UUID(row_id)
        except (ValueError, TypeError, AttributeError, FieldError):
            raise Invalid(
                [FieldProblem("after", "bad_cursor", _("This page is gone. Start again from the first."))]
            ) from None


class Part:
    """All records in an order, or only those with a value in the first field, or those without."""

    def __init__(self, order: Order, which: str, at: tuple[list[Any], UUID] | None, backwards: bool) -> None:
        self.order, self.which, self.at, self.backwards = order, which, at, backwards
        self.model: Any = order.model
        self.id: Any = self.model.id
        self.joins: list[tuple[Any, ColumnElement[bool], bool]] = []
        self.keys = [self._key(n, *by) for n, by in enumerate(order.valued)]
        self.known: dict[UUID, Any] = {}
        first = order.by[0][0]
        if which == "valued" and first.custom_id:
            self.known[first.custom_id] = self.keys[0].value
        elif which == "empty" and first.custom_id:
            self.known[first.custom_id] = None
            self.keys = self.keys[1:]

    def _key(self, number: int, field: FieldType, descending: bool) -> SortKey:
        if not _is_aside(field):
            value = field.sort_expression(field.expression(self.model))
            nullable = bool(field.custom_id or getattr(value, "nullable", True))
            return SortKey(field, descending, value, nullable)
        side = aliased(CustomValue)
        value = getattr(side, field.slot)
        on = and_(side.tenant_id == current.tenant_id(), side.record_id == self.model.id,
                  side.field_id == field.custom_id)  # fmt: skip
        valued = number == 0 and self.which == "valued"
        if valued:
            on, self.id = and_(on, value.is_not(None)), side.record_id
        if number or self.which != "empty":
            self.joins.append((side, on, not valued))
        return SortKey(field, descending, value, not valued)

    def apply(self, statement: Any) -> Any:
        for side, on, outer in self.joins:
            statement = statement.join(side, on, isouter=outer)
        if self.which == "empty":
            statement = statement.where(not_(self._has_value()))
            statement = statement.add_columns(literal(None, Text))
        statement = statement.add_columns(*(key.value for key in self.keys))
        if self.at is not None:
            values = self.at[0][len(self.order.valued) - len(self.keys) :]
            statement = statement.where(self._beyond(self.keys, values, self.at[1]))
        return statement.order_by(*map(self._ordered, self.keys), self._direction(self.id))

    def _has_value(self) -> ColumnElement[bool]:
        of = self.order.by[0][0]
        found = select(CustomValue.id).where(
            CustomValue.tenant_id == current.tenant_id(),
            CustomValue.record_id == self.model.id,
            CustomValue.field_id == of.custom_id,
            getattr(CustomValue, of.slot).is_not(None),
        )
        return exists(found.correlate(self.model))

    def _ordered(self, key: SortKey) -> Any:
        way = key.value.desc() if key.descending != self.backwards else key.value.asc()
        return (way.nulls_first() if self.backwards else way.nulls_last()) if key.nullable else way

    def _direction(self, column: Any) -> Any:
        return column.desc() if self._falls else column.asc()

    @property
    def _falls(self) -> bool:
        """Whether the ids fall: as the values of the last field do."""
        return self.order.by[-1][1] != self.backwards

    def _beyond(self, keys: Sequence[SortKey], values: Sequence[Any], row_id: UUID) -> ColumnElement[bool]:
        """What comes after the row with these values."""
        if not keys:
            return self.id < row_id if self._falls else self.id > row_id
        key, value, rest = keys[0], values[0], keys[1:]
        if not rest and (key.descending != self.backwards) is self._falls:
            return self._beyond_last(key, value, row_id)
        if value is None:
            same = and_(key.value.is_(None), self._beyond(rest, values[1:], row_id))
            return or_(same, key.value.is_not(None)) if self.backwards else same
        falls = key.descending != self.backwards
        at = literal(value, key.value.type)
        further = key.value < at if falls else key.value > at
        after = or_(further, and_(key.value == at, self._beyond(rest, values[1:], row_id)))
        if key.nullable:
            return after if self.backwards else or_(after, key.value.is_(None))
        return and_(key.value <= at if falls else key.value >= at, after)

    def _beyond_last(self, key: SortKey, value: Any, row_id: UUID) -> ColumnElement[bool]:
        mine = tuple_(key.value, self.id)
        if key.nullable and value is None:
            same_empty = and_(key.value.is_(None), self._beyond((), (), row_id))
            return or_(same_empty, key.value.is_not(None)) if self.backwards else same_empty
        there = tuple_(literal(value, key.value.type), literal(row_id, Uuid))
        further = mine < there if self._falls else mine > there
        return or_(further, key.value.is_(None)) if key.nullable and not self.backwards else further


BY_ID = "created_at"
"""Ids are made in the order of time: what is sorted by its making is sorted by its id."""


def _is_aside(field: FieldType) -> bool:
    """Whether the values are in the side index."""
    return bool(field.custom_id) and not getattr(field, "computed", False)


def _typed(value: Any, type: Any) -> Any:
    kind = type.python_type
    if kind is float and isinstance(value, int):
        return float(value)
    if isinstance(value, str) and kind is not str:
        return kind(value) if kind is UUID else kind.fromisoformat(value)
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise TypeError(value)
    return value
