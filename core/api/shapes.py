"""How records look in JSON: which keys, and how to read each; decided once per answer and not once per record."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from typing import Any

from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.fields import DateTime, FieldType, Lookup, columns_of
from core.records.schemas import SYSTEM
from core.records.types import RecordType

Read = Callable[[Any], Any]


@dataclass(frozen=True)
class Shape:
    """The fields of a record type that are to be shown, besides the id, which always is."""

    record_type: RecordType
    fields: Mapping[str, FieldType]
    versioned: bool = True

    def dump(self, record: Any) -> dict[str, Any]:
        """One record as JSON. What a custom field has stored is JSON already."""
        own = record.custom or {}
        found: dict[str, Any] = {"id": str(record.id)}
        found |= {
            key: own.get(key) if field.custom_id and not _computed(field) else field.dump(field.get(record))
            for key, field in self.fields.items()
        }
        return found | ({"version": record.version} if self.versioned else {})

    @cached_property
    def columns(self) -> list[Any]:
        """What a list has to fetch: the plain fields first, in their order, then what the others are made of."""
        plain = [field.attr for field in self._plain.values()]
        attrs = ("id", "version", *plain) if self.versioned else ("id", *plain)
        return columns_of(self.record_type.model, self._made.values(), *attrs)

    def rows(self, rows: Iterable[Any]) -> list[dict[str, Any]]:
        """Rows of `columns` as what orjson writes as the same JSON; it writes ids and times faster than we do."""
        keys = ["id", *(["version"] if self.versioned else []), *self._plain]
        fixes = [(key, fix) for key, field in self._plain.items() if (fix := _fix(field))]
        makers = [(key, _maker(field)) for key, field in self._made.items()]
        found = []
        for row in rows:
            one = dict(zip(keys, row, strict=False))
            for key, fix in fixes:
                if one[key] is not None:
                    one[key] = fix(one[key])
            for key, make in makers:
                one[key] = make(row)
            found.append(one)
        return found

    @cached_property
    def _plain(self) -> dict[str, FieldType]:
        """Fields that are one column each."""
        return {key: f for key, f in self.fields.items() if not f.custom_id and not _computed(f)}

    @cached_property
    def _made(self) -> dict[str, FieldType]:
        return {key: f for key, f in self.fields.items() if key not in self._plain}


def _computed(field: FieldType) -> bool:
    """Whether the value is more, or less, than what one place holds: money, a link to any type, a secret."""
    if field.guarded:
        return True
    made = type(field).get is not FieldType.get
    if type(field).store is not FieldType.store:
        return True
    return made and not (field.custom_id and "custom" in field.attrs())


def _fix(field: FieldType) -> Read | None:
    dump = type(field).dump
    if dump is DateTime.dump:
        return lambda moment: moment.astimezone(UTC)
    return None if dump in (FieldType.dump, Lookup.dump) else field.dump


def _maker(field: FieldType) -> Read:
    key = field.key
    if field.custom_id and not _computed(field):
        return lambda row: (row.custom or {}).get(key)
    return lambda row: field.dump(field.get(row))


def shape_of(record_type: RecordType, only: Sequence[str] = ()) -> Shape:
    """The shape with all fields, or with `only` some. Raises Invalid for a field that does not exist."""
    fields = record_type.fields()
    if unknown := [key for key in only if key not in fields and key not in SYSTEM]:
        message = _("There is no such field.")
        raise Invalid([FieldProblem("fields", "unknown_field", f"{key[:60]}: {message}") for key in unknown])
    if not only:
        return Shape(record_type, fields)
    return Shape(record_type, {key: f for key, f in fields.items() if key in only}, "version" in only)
