"""How a few of the rows look that make or change records: old and new of each field, as a person reads it."""

from collections.abc import Mapping
from typing import Any

from core.records.fields import FieldError, FieldType
from core.records.imports.reading import Incoming
from core.records.types import titles

Shown = dict[str, list[str]]


def created_example(fields: Mapping[str, FieldType], row: Incoming) -> Shown:
    values = {key: row.values[key] for key in fields if row.values.get(key) is not None}
    return {key: ["", _text(fields[key], value)] for key, value in values.items()} | {
        key: ["", name] for key, name in row.names.items()
    }


def updated_example(fields: Mapping[str, FieldType], changes: Mapping[str, Any]) -> Shown:
    """From what history keeps of a change."""
    return {key: [_text(fields[key], _loaded(fields[key], each)) for each in pair] for key, pair in changes.items()}


def _loaded(field: FieldType, kept: Any) -> Any:
    try:
        return field.load(kept)
    except FieldError:
        return None


def _text(field: FieldType, value: Any) -> str:
    if value is None:
        return ""
    wanted: dict[str, set[Any]] = {}
    for target, record_id in field.all_pointed(value):
        wanted.setdefault(target, set()).add(record_id)
    return field.text(value, titles(wanted) if wanted else {})[:300]
