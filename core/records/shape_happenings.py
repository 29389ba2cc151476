"""What administrators do to the shape of a workspace, for the log: its fields, its record types, their forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.events import Event, emit
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class ShapeChanged(Event):
    """`record_id` is that of the row that was changed; `of` the record type that it is about."""

    icon = "adjustments"
    audited: ClassVar[bool] = True

    of: str
    title: str


@dataclass(frozen=True, kw_only=True)
class FieldAdded(ShapeChanged):
    name = "field.added"
    label = _l("Field added")
    text = _l("added the field “{title}”")


@dataclass(frozen=True, kw_only=True)
class FieldChanged(ShapeChanged):
    """`changes` maps label, help, required and config to [old, new]."""

    name = "field.changed"
    label = _l("Field changed")
    text = _l("changed the field “{title}”")


@dataclass(frozen=True, kw_only=True)
class FieldRetyped(ShapeChanged):
    name = "field.type_changed"
    label = _l("Type of a field changed")
    text = _l("changed the type of the field “{title}”")


@dataclass(frozen=True, kw_only=True)
class FieldRetired(ShapeChanged):
    name = "field.retired"
    label = _l("Field hidden")
    text = _l("hid the field “{title}”")


@dataclass(frozen=True, kw_only=True)
class FieldRestored(ShapeChanged):
    name = "field.brought_back"
    label = _l("Field brought back")
    text = _l("brought the field “{title}” back")


@dataclass(frozen=True, kw_only=True)
class TypeMade(ShapeChanged):
    name = "record_type.made"
    label = _l("Record type made")
    text = _l("made the record type “{title}”")


@dataclass(frozen=True, kw_only=True)
class TypeChanged(ShapeChanged):
    """`changes` maps what was set (labels, looks, columns, states) to [old, new]."""

    name = "record_type.changed"
    label = _l("Record type changed")
    text = _l("changed the record type “{title}”")


@dataclass(frozen=True, kw_only=True)
class TypeRetired(ShapeChanged):
    name = "record_type.retired"
    label = _l("Record type hidden")
    text = _l("hid the record type “{title}”")


@dataclass(frozen=True, kw_only=True)
class TypeRestored(ShapeChanged):
    name = "record_type.brought_back"
    label = _l("Record type brought back")
    text = _l("brought the record type “{title}” back")


@dataclass(frozen=True, kw_only=True)
class FormLaidOut(ShapeChanged):
    """`changes` holds the layout that was and the one that is; none stands for the standard form."""

    name = "record_type.form_changed"
    label = _l("Form laid out")
    text = _l("laid out the form of “{title}”")


FIELD, TYPE = "field", "record_type"
"""What the events call the records that they are about. No record type has these names."""


def say(
    kind: type[ShapeChanged], row_id: UUID, *, of: str, title: str, changes: Mapping[str, Any] | None = None
) -> None:
    about = FIELD if kind.name.startswith(f"{FIELD}.") else TYPE
    emit(kind(record_type=about, record_id=row_id, of=of, title=str(title), changes=changes or None))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs, as events tell changes."""
    return {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
