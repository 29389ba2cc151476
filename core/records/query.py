"""Reading many records: filter, search, sort, and pages by key, which cost the same however far one reads."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Uuid, and_, cast, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY

from core import current, db
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.conditions import Condition, compile_condition
from core.records.custom import CustomValue
from core.records.fields import FieldError, FieldType
from core.records.fields.operators import escape_like
from core.records.text import grams, normalise, tsvector
from core.records.types import RecordType

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
    """What to read of a record type. `sort` is a field's key, with `-` before it for descending."""

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
        wanted = [*(columns or (self.record_type.model,)), *([self._counted().label("counted")] if total else ())]
        statement = order.apply(self.matching(*wanted), self.after or self.before, backwards)
        rows = list(db.session().execute(statement.limit(self.limit + 1)))
        counted = rows[0].counted if rows and total else None
        more, rows = len(rows) > self.limit, rows[: self.limit]
        if backwards:
            rows.reverse()
        first, last = (order.cursor(rows[0]), order.cursor(rows[-1])) if rows else (None, None)
        return Page(
            rows if columns else [row[0] for row in rows],
            next=last if (more or backwards) else None,
            previous=first if (more if backwards else self.after is not None) else None,
            total=self.count() if total and not rows else counted,
        )

    def matching(self, *entities: Any) -> Any:
        found = self.record_type.visible(*(entities or (self.record_type.model,)))
        if self.condition:
            found = found.where(compile_condition(self.record_type, self.condition))
        if self.search.strip():
            found = found.where(search_clause(self.record_type, self.search))
        return found

    def count(self, most: int = COUNTED) -> int:
        """How many match, counted up to just past `most`."""
        return db.session().scalar(select(self._counted(most))) or 0

    def _counted(self, most: int = COUNTED) -> Any:
        some = self.matching(literal(1)).limit(most + 1).subquery()
        return select(func.count()).select_from(some).scalar_subquery()


def search_clause(record_type: RecordType, typed: str) -> ColumnElement[bool]:
    """Records whose searchable text contains what was typed, or whose title's pinyin begins with it."""
    model, text = record_type.model, normalise(typed)
    prefix = text + "\U0010ffff"
    by_pinyin = and_(model.search_pinyin >= text, model.search_pinyin < prefix)
    if len(text) < 2:
        return or_(and_(model.search_norm >= text, model.search_norm < prefix), by_pinyin)
    inside = _contains(model, text.split())
    if NUMBER.fullmatch(text) and (digits := re.sub(r"\D", "", text)) != text:
        return or_(inside, _contains(model, [digits]))
    return or_(inside, by_pinyin) if text.isascii() and text.isalpha() else inside


NUMBER = re.compile(r"\+?[\d\s().-]{5,}")
"""A telephone number as people write it; records hold it without the marks between."""


def _contains(model: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """The searchable text has each of the words, wherever."""
    found = [model.search_text.ilike(f"%{escape_like(word)}%", escape="\\") for word in words]
    if pairs := grams(" ".join(words)):
        query = " & ".join(tsvector([pair]) for pair in pairs)
        found.insert(0, model.search_grams.op("@@")(cast(query, TSQUERY)))
    return and_(*found)


class Order:
    """A sort by one field, made total by the id. Empty values come last in both directions."""

    def __init__(self, record_type: RecordType, field: FieldType, descending: bool) -> None:
        self.field, self.descending, self.model = field, descending, record_type.model
        self.by_id = field.key == "created_at"
        self.nullable = not self.by_id and bool(field.custom_id or field.expression(self.model).nullable)

    @classmethod
    def of(cls, record_type: RecordType, sort: str) -> "Order":
        key = sort.lstrip("-")
        field = record_type.field(key)
        if field is None or not field.filterable or not field.slot:
            raise Invalid(
                [FieldProblem("sort", "unknown_field", _("There is no field “%(key)s” to sort by.", key=key[:60]))]
            )
        return cls(record_type, field, sort.startswith("-"))

    def apply(self, statement: Any, cursor: str | None, backwards: bool) -> Any:
        model: Any = self.model
        if self.by_id:
            statement = statement.add_columns(model.id)
        elif self.field.custom_id:
            side = CustomValue
            self.value = getattr(side, self.field.slot)
            statement = statement.outerjoin(side, and_(
                side.tenant_id == current.tenant_id(), side.record_id == model.id,
                side.field_id == self.field.custom_id,
            )).add_columns(self.value)  # fmt: skip
        else:
            self.value = self.field.sort_expression(self.field.expression(model))
            statement = statement.add_columns(self.value)
        if cursor:
            statement = statement.where(self._beyond(*self._read(cursor), backwards))
        descending = self.descending != backwards
        direction = (lambda c: c.desc()) if descending else (lambda c: c.asc())
        if self.by_id:
            return statement.order_by(direction(model.id))
        first = direction(self.value)
        if self.nullable:
            first = first.nulls_first() if backwards else first.nulls_last()
        return statement.order_by(first, direction(model.id))

    def _beyond(self, value: Any, row_id: UUID, backwards: bool) -> ColumnElement[bool]:
        descending, model = self.descending != backwards, self.model
        if self.by_id:
            return model.id < row_id if descending else model.id > row_id
        mine, key = (
            tuple_(self.value, model.id),
            tuple_(literal(value, self.value.type), literal(row_id, Uuid)),
        )
        if not self.nullable:
            return mine < key if descending else mine > key
        same_empty = and_(self.value.is_(None), model.id < row_id if descending else model.id > row_id)
        if value is None:
            return or_(same_empty, self.value.is_not(None)) if backwards else same_empty
        further = mine < key if descending else mine > key
        return further if backwards else or_(further, self.value.is_(None))

    def cursor(self, row: Any) -> str:
        value = None if self.by_id else row[-1]
        row_id = row[0].id if isinstance(row[0], self.model) else row.id
        return base64.urlsafe_b64encode(orjson.dumps([value, row_id])).decode().rstrip("=")

    def _read(self, cursor: str) -> tuple[Any, UUID]:
        try:
            value, row_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if self.by_id or value is None:
                return None, UUID(row_id)
            return self._typed(value), UUID(row_id)
        except (ValueError, TypeError, AttributeError, FieldError):
            raise Invalid(
                [FieldProblem("after", "bad_cursor", _("This page is gone. Start again from the first."))]
            ) from None

    def _typed(self, value: Any) -> Any:
        kind = self.value.type.python_type
        if kind is float and isinstance(value, int):
            return float(value)
        if isinstance(value, str) and kind is not str:
            return kind(value) if kind is UUID else kind.fromisoformat(value)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise TypeError(value)
        return value
