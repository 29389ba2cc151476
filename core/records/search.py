"""Searching all record types for one text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import escape
from sqlalchemy import ColumnElement, literal, select, union_all

from core import db
from core.access import scopes_for
from core.records.covers import field_rules
from core.records.fields import FieldType
from core.records.fields.base import columns_of
from core.records.finding import search_clause, typo_clause
from core.records.guards import look_at
from core.records.types import RecordType, enabled_types

SHORT = 140


@dataclass(frozen=True)
class Hit:
    """A record that was found: its title, and what tells it from its namesakes."""

    id: UUID
    title: str
    detail: str


@dataclass(frozen=True)
class Hits:
    """What was found, by record type. `guessed` when nothing has the words as they were typed, but something like
    them."""

    groups: Sequence[tuple[RecordType, Sequence[Hit]]]
    guessed: bool = False


def search_records(text: str, *, each: int = 5) -> Hits:
    """The latest few of every type that the member may see: one statement for all, and one for each type with hits."""
    found, guessed = find_ids(text, each)
    return Hits([(record_type, _hits(record_type, ids)) for record_type, ids in found], guessed)


def find_ids(text: str, each: int) -> tuple[Sequence[tuple[RecordType, Sequence[UUID]]], bool]:
    """The ids of what a text finds, the latest few of every type, and whether they are guesses."""
    text = text.strip()[:200]
    types = [t for t in enabled_types() if scopes_for("view", t.name) and t.model.searched] if text else []
    found = _ids({t: search_clause(t, text) for t in types}, each)
    if found:
        return found, False
    likely = {t: clause for t in types if (clause := typo_clause(t, text)) is not None}
    found = _ids(likely, each)
    return found, bool(found)


def _ids(clauses: Mapping[RecordType, ColumnElement[bool]], each: int) -> Sequence[tuple[RecordType, Sequence[UUID]]]:
    if not clauses:
        return []
    asked = [
        select(t.visible(literal(n).label("n"), t.model.id).where(clause)
               .order_by(t.model.updated_at.desc(), t.model.id.desc()).limit(each).subquery())
        for n, (t, clause) in enumerate(clauses.items())
    ]  # fmt: skip
    ids: dict[int, list[UUID]] = {}
    for n, record_id in db.session().execute(union_all(*asked)):
        ids.setdefault(n, []).append(record_id)
    return [(t, ids[n]) for n, t in enumerate(clauses) if n in ids]


def _hits(record_type: RecordType, ids: Sequence[UUID]) -> list[Hit]:
    telling = _telling(record_type)[:2]
    columns = columns_of(record_type.model, (record_type.title_field, *telling), "id")
    if field_rules(record_type.name):
        look_at(record_type, ids)
    rows = db.session().execute(record_type.visible(*columns).where(record_type.model.id.in_(ids)))
    made = {row.id: Hit(row.id, record_type.title_of(row)[:SHORT], _detail(telling, row)) for row in rows}
    return [made[each] for each in ids if each in made]


def _telling(record_type: RecordType) -> list[FieldType]:
    """Fields whose text says more than the title: what is searched too, then what lists show."""
    fields = [*(f for f in record_type.fields().values() if f.search and not f.custom_id), *record_type.list_fields()]
    apart = [f for f in dict.fromkeys(fields) if f.key != record_type.title and not f.points]
    return [f for f in apart if f.align != "end"]


def _detail(telling: Sequence[FieldType], row: Any) -> str:
    return " · ".join(text[:SHORT] for f in telling if (text := escape(f.html(f.get(row))).striptags()))
