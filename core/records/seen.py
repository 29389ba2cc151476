"""What of the past the acting member may read: changes that events tell of, by the same rules as the fields."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from core.access.adding import HIDDEN, READ
from core.records.covers import field_rules
from core.records.types import find_type


def seen_changes(row: Any) -> Mapping[str, Any] | None:
    """The changes that an event tells of, [old, new] by field in JSON, as the acting member may read them."""
    rules = dict(field_rules(row.record_type))
    if not rules or not row.changes:
        return row.changes
    record_type = find_type(row.record_type)
    fields: Mapping[str, Any] = record_type.fields() if record_type else {}
    told: dict[str, Any] = {}
    for key, change in row.changes.items():
        of = fields.get(key)
        if key in rules and (of is None or of.guarded):
            if of is not None and (level := of.level(SimpleNamespace(id=row.record_id))) > HIDDEN:
                told[key] = change if level >= READ else [_covered(of, each) for each in change]
        else:
            told[key] = change
    return told


def seen_data(row: Any) -> Mapping[str, Any]:
    """What an event tells besides, without the name of a field that is not there for the acting member."""
    key = row.data.get("field_key")
    if key is None or key not in dict(field_rules(row.record_type)):
        return row.data
    record_type = find_type(row.record_type)
    there = record_type is not None and record_type.field(key) is not None
    return row.data if there else {k: value for k, value in row.data.items() if not k.startswith("field_")}


def _covered(of: Any, kept: Any) -> Any:
    """The cover of a value that history holds."""
    return None if kept is None else str(of.mask(of.load(kept)))
