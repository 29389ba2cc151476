"""The types of fields as one chooses among them: in groups, each with its icon."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.i18n import _l
from core.records.custom import OfferedTypes
from core.records.fields import FIELD_TYPES, FieldType

GROUPS = (
    (_l("Text"), ("text", "long_text", "rich_text", "email", "phone", "url", "barcode")),
    (_l("Numbers"), ("integer", "decimal", "percent", "money", "rating", "auto_number")),
    (_l("Dates and times"), ("date", "datetime", "time", "duration", "month")),
    (_l("Choices"), ("choice", "multi_choice", "cascade", "yes_no", "tags", "color")),
    (_l("People and links"), ("member", "team", "lookup", "multi_lookup", "lines")),
    (_l("Calculated"), ("formula", "rollup")),
    (_l("Places and files"), ("address", "geo_point", "file", "image", "signature")),
    (_l("Confidential"), ("identity", "secret")),
)
REST = _l("Further types")


@dataclass(frozen=True)
class Kind:
    name: str
    title: Any
    icon: str


def kind_of(kind: type[FieldType]) -> Kind:
    return Kind(kind.type_name, kind.title, kind.icon or "forms")


def gallery() -> Sequence[tuple[Any, Sequence[Kind]]]:
    """All types on offer in their groups; those of plugins, and whatever has no group, at the end."""
    offered = dict.fromkeys(OfferedTypes())
    named = [(label, [name for name in names if name in offered]) for label, names in GROUPS]
    grouped = {name for _label, names in named for name in names}
    rest = [name for name in offered if name not in grouped]
    return [(label, [kind_of(FIELD_TYPES[n]) for n in names]) for label, names in (*named, (REST, rest)) if names]
