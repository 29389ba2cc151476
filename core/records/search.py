"""Searching all record types for one text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import escape

from core.access.decisions import scopes_for
from core.records.fields import FieldType
from core.records.query import Listing
from core.records.types import RecordType, enabled_types

SHORT = 140


@dataclass(frozen=True)
class Hit:
    """A record that was found: its title, and what tells it from its namesakes."""

    id: UUID
    title: str
    detail: str


def search_records(text: str, *, each: int = 5) -> list[tuple[RecordType, Sequence[Hit]]]:
    """The latest few of every type that the member may see, one statement for each; only types with hits."""
    text = text.strip()[:200]
    if not text:
        return []
    types = [t for t in enabled_types() if scopes_for("view", t.name) and t.model.searched]
    found = [(t, _hits(t, text, each)) for t in types]
    return [(record_type, hits) for record_type, hits in found if hits]


def _hits(record_type: RecordType, text: str, limit: int) -> list[Hit]:
    telling = _telling(record_type)[:2]
    attrs = dict.fromkeys(("id", *(a for f in (record_type.title_field, *telling) for a in f.attrs())))
    columns = [getattr(record_type.model, attr) for attr in attrs]
    page = Listing(record_type, search=text, sort="-updated_at", limit=limit).page(columns=columns)
    return [Hit(row.id, record_type.title_of(row)[:SHORT], _detail(telling, row)) for row in page.records]


def _telling(record_type: RecordType) -> list[FieldType]:
    """Fields whose text says more than the title: what is searched too, then what lists show."""
    fields = [*(f for f in record_type.builtin.values() if f.search), *record_type.list_fields()]
    apart = [f for f in dict.fromkeys(fields) if f is not record_type.title_field and not f.points]
    return [f for f in apart if f.align != "end"]


def _detail(telling: Sequence[FieldType], row: Any) -> str:
    return " · ".join(text[:SHORT] for f in telling if (text := escape(f.html(f.get(row))).striptags()))
