"""A record that is only being typed, as conditions see one: its values stand in SQL where columns would."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, cast, literal
from sqlalchemy.types import TypeEngine

from core.records.fields import FieldType
from core.records.side_index import CustomValue
from core.records.types import RecordType


class TypedRecord:
    """Takes the place of the model when a condition is compiled.

    `values` are the values by field key; what is not among them is as `record` has it, if there is one.
    """

    def __init__(self, record_type: RecordType, values: Mapping[str, Any], record: Any = None) -> None:
        self._record = record_type.new()
        self._columns = record_type.model.__table__.c
        custom: dict[str, Any] = {}
        for key, field in record_type.all_fields().items():
            if field.computed:
                continue
            value = values[key] if key in values else field.get(record) if record is not None else None
            if field.custom_id:
                custom |= {key: field.store(value)} if value is not None else {}
            else:
                field.set(self._record, value)
        self._record.custom = custom
        self._record.id = record.id if record is not None else None

    def __getattr__(self, attr: str) -> ColumnElement[Any]:
        return _bound(getattr(self._record, attr), self._columns[attr].type)

    def indexed(self, field: FieldType) -> ColumnElement[Any]:
        """A custom value as the side index would hold it."""
        value = field.get(self._record)
        column = CustomValue.__table__.c[field.slot]
        return _bound(None if value is None else field.indexed(value), column.type)


def _bound(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Postgres has to be told the type: it cannot guess that of nothing."""
    return cast(literal(value, kind), kind)
