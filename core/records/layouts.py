"""How a form is laid out: sections of one or two columns, and where each field stands and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.records.fields import FieldType

Condition = Mapping[str, Any]


@dataclass(frozen=True)
class Placed:
    """A field in a form. Its conditions are about the record as it is being typed; None: always visible, required
    only where the field itself is, never locked."""

    field: FieldType
    wide: bool = False
    visible: Condition | None = None
    required: Condition | None = None
    read_only: Condition | None = None

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def is_conditional(self) -> bool:
        return bool(self.visible or self.required or self.read_only)


@dataclass(frozen=True)
class LayoutSection:
    """Fields under a heading; without a label they stand alone. `columns` is 1 or 2 on a wide screen."""

    label: Any
    fields: tuple[Placed, ...]
    columns: int = 2


@dataclass(frozen=True)
class Layout:
    sections: tuple[LayoutSection, ...]

    def placed(self) -> list[Placed]:
        return [each for section in self.sections for each in section.fields]


def read_layout(kept: Mapping[str, Any], fields: Mapping[str, FieldType], standard: Layout) -> Layout:
    """The layout that is kept as JSON: `{"sections": [{"label", "columns", "fields": [{"key", "wide", "visible",
    "required", "read_only"}]}], "hidden": [keys]}`.

    Fields that are gone are left out; fields that came since and are neither placed nor hidden stand at the end.
    """
    sections = [_section(each, fields) for each in kept.get("sections", ())]
    told = {placed.key for section in sections for placed in section.fields} | set(kept.get("hidden", ()))
    new = tuple(placed for placed in standard.placed() if placed.key not in told)
    if new and sections:
        last = sections[-1]
        sections[-1] = LayoutSection(last.label, (*last.fields, *new), last.columns)
    elif new:
        sections = [LayoutSection("", new)]
    return Layout(tuple(section for section in sections if section.fields))


def _section(kept: Mapping[str, Any], fields: Mapping[str, FieldType]) -> LayoutSection:
    placed = tuple(
        Placed(fields[each["key"]], bool(each.get("wide")), each.get("visible"), each.get("required"),
               each.get("read_only"))
        for each in kept.get("fields", ())
        if each.get("key") in fields
    )  # fmt: skip
    return LayoutSection(kept.get("label", ""), placed, 1 if kept.get("columns") == 1 else 2)
