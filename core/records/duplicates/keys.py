"""By what records of a type are taken for the same: its match keys, its title, and how that sounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, literal, select

from core import current
from core.i18n import _
from core.records.fields import FieldType
from core.records.side_index import CustomValue
from core.records.types import RecordType

NAME, SOUND = "name", "sound"
SCORES = {NAME: 40, SOUND: 20}
KEY_SCORE = 60
HIGHEST = 100


@dataclass(frozen=True)
class Key:
    """Something that two records may share: `name` is the field's key, or `sound`."""

    name: str
    field: FieldType
    score: int

    @property
    def label(self) -> str:
        return _("Sounds alike") if self.name == SOUND else str(self.field.label)

    @property
    def is_strong(self) -> bool:
        """Whether sharing it alone says that somebody enters a record that is there."""
        return self.name != SOUND


def is_matched(record_type: RecordType) -> bool:
    """Whether records of this type may be there twice: not what was said, or is to be done, about some record."""
    return record_type.model.matched


def keys_of(record_type: RecordType) -> list[Key]:
    """The keys of a type, the strongest first."""
    if not is_matched(record_type):
        return []
    title = record_type.title_field
    marked = [f for f in record_type.all_fields().values() if f.match_key and f is not title and f.slot == "s"]
    by_title = KEY_SCORE if title.match_key else SCORES[NAME]
    names = Key(title.key, title, by_title), Key(SOUND, title, SCORES[SOUND])
    return [*(Key(f.key, f, KEY_SCORE) for f in marked), *names]


def rows_of(record_type: RecordType, key: Key) -> Select[Any]:
    """(id, value) of all living records of a type that have something to be told by."""
    model: Any = record_type.model
    if key.field.custom_id:
        value: Any = CustomValue.s
        found = select(model.id, value.label("value")).join(CustomValue, and_(
            CustomValue.tenant_id == current.tenant_id(), CustomValue.record_id == model.id,
            CustomValue.field_id == key.field.custom_id,
        ))  # fmt: skip
    else:
        value = column_of(record_type, key)
        found = select(model.id, value_of(record_type, key).label("value"))
    living = found.where(model.tenant_id == current.tenant_id(), model.deleted_at.is_(None), record_type.rows())
    return living.where(value.is_not(None), cast(value, Text) != "")


def column_of(record_type: RecordType, key: Key) -> ColumnElement[Any]:
    """The model's column that a key compares."""
    model: Any = record_type.model
    if key.name == SOUND:
        return model.match_sound
    return model.match_name if key.field is record_type.title_field else key.field.expression(model)


def value_of(record_type: RecordType, key: Key) -> ColumnElement[Any]:
    """What must be equal. Two people of one name are one only at the same parent: the customer they are at."""
    value = column_of(record_type, key)
    if key.field is not record_type.title_field or record_type.through is None:
        return value
    parent = record_type.builtin[record_type.through].expression(record_type.model)
    return func.concat(cast(parent, Text), literal(" "), value)


def reasons(record_type: RecordType, names: Iterator[str] | list[str]) -> list[str]:
    """The labels of what two records share, of the fields that the member has; how a name sounds says nothing more
    where the name is the same."""
    has = record_type.fields()
    by_name = {key.name: key for key in keys_of(record_type) if key.field.key in has}
    given = [name for name in names if name in by_name]
    title = record_type.title_field.key
    return [str(by_name[n].label) for n in given if not (n == SOUND and title in given)]
