"""A sheet that was exported here and comes back: its columns known again, its cells read as their fields read them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import db
from core.access import may
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.exports.columns import ID, LONGEST_CELL, MARK, VERSION, export_text, sheet_text
from core.records.fields import FieldError, FieldType, Member, Money
from core.records.imports.links import names_in
from core.records.imports.reading import is_link, names_of_members
from core.records.runs.models import Run
from core.records.text import normalise
from core.records.types import RecordType, find_type
from core.tabular import Row, Table, TabularError, read

AROUND = timedelta(minutes=10)
"""So long before an export was begun a change may have been made that it does not show yet."""


def changeable(record_type: RecordType) -> dict[str, FieldType]:
    """The fields that a sheet can change."""
    return {of.key: of for of in record_type.fields().values() if can_come_back(record_type, of)}


def can_come_back(record_type: RecordType, of: FieldType) -> bool:
    handed_over = of.key == "owner" and "owner" in record_type.builtin
    return (
        of.editable
        and of.importable
        and not (of.computed or of.assigned or of.secret or of.guarded)
        and (not handed_over or may("transfer", record_type))
    )


@dataclass
class Sheet:
    """A sheet and what is known of it: which column is which field, where the keys are, when it was exported."""

    record_type: RecordType
    table: Table
    columns: list[tuple[int, FieldType]]
    id_at: int
    version_at: int | None
    export: Run | None
    unknown: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)

    @property
    def show(self) -> Callable[..., str]:
        """How a value reads in a sheet of this kind."""
        return sheet_text if self.table.sheet is not None else export_text

    @property
    def since(self) -> datetime | None:
        """Changes before this are in the sheet."""
        snapshot = self.export.params.get("snapshot") if self.export else None
        return datetime.fromisoformat(snapshot) - AROUND if snapshot else None

    def rows(self) -> Iterator[Row]:
        return self.table.rows

    def id_of(self, row: Row) -> str:
        return row[self.id_at].strip() if self.id_at < len(row) else ""

    def version_of(self, row: Row) -> int | None:
        text = row[self.version_at].strip() if self.version_at is not None and self.version_at < len(row) else ""
        return int(text) if text.isdecimal() and len(text) < 10 else None

    def texts(self, row: Row) -> list[tuple[FieldType, str]]:
        return [(of, row[at].strip() if at < len(row) else "") for at, of in self.columns]


def open_sheet(record_type: RecordType, name: str, content: bytes) -> Sheet:
    """Raises Invalid for what is no table, and for one that was not exported from this type."""
    try:
        table = read(content, name, header=True)
    except TabularError as error:
        raise Invalid([FieldProblem("file", error.code, error.message)]) from None
    heads = [head.strip() for head in table.headers]
    if ID not in heads:
        message = _(
            "This is no export of %(type)s with its keys. Export the list as an Excel workbook, edit that file,"
            " and upload it here.",
            type=record_type.plural_noun,
        )
        raise Invalid([FieldProblem("file", "no_keys", message)])
    export = _export_named(heads)
    if export is not None and export.record_type != record_type.name:
        other = find_type(export.record_type)
        label = other.plural_label if other else export.record_type
        raise Invalid([FieldProblem("file", "other_type", _("This is an export of: %(type)s.", type=label))])
    sheet = Sheet(record_type, table, [], heads.index(ID), heads.index(VERSION) if VERSION in heads else None, export)
    _know_columns(sheet, heads)
    return sheet


def _export_named(heads: Sequence[str]) -> Run | None:
    for head in heads:
        if found := re.fullmatch(f"{MARK} ([0-9a-f-]{{36}})", head):
            run = db.get(Run, UUID(found[1]))
            return run if run is not None and run.kind == "export" else None
    return None


def _know_columns(sheet: Sheet, heads: Sequence[str]) -> None:
    """Heads are labels as they were exported; two fields with one label are told apart by their order."""
    fields, can = sheet.record_type.fields(), changeable(sheet.record_type)
    exported = [fields[key] for key in sheet.export.params["fields"] if key in fields] if sheet.export else []
    sample = sheet.table.sample()
    waiting: dict[str, list[FieldType]] = {}
    for of in [*exported, *(of for of in fields.values() if of not in exported)]:
        waiting.setdefault(normalise(str(of.label)), []).append(of)
    for at, head in enumerate(heads):
        if head in (ID, VERSION) or head.startswith(MARK) or not head:
            continue
        if not (found := waiting.get(normalise(head))):
            sheet.unknown += [head] if any(at < len(row) and row[at].strip() for row in sample) else []
        elif (of := found.pop(0)).key in can:
            sheet.columns.append((at, of))
        else:
            sheet.fixed.append(head)


class CellReader:
    """Reads cells of a sheet. Records that are named in a chunk of it are looked up together."""

    def __init__(self, sheet: Sheet) -> None:
        self.record_type = sheet.record_type
        has_members = any(isinstance(of, Member) for _at, of in sheet.columns)
        self.members: Mapping[str, UUID | None] = names_of_members() if has_members else {}
        self.known: dict[str, dict[str, UUID | None]] = {}

    def value(self, of: FieldType, text: str, before: Any) -> Any:
        """The value of a cell; `before` is what the record has. Raises FieldError."""
        if len(text) >= LONGEST_CELL:
            raise FieldError("too_long", _("This is longer than a cell can hold. Change it here instead."))
        if not text:
            if of.required:
                raise FieldError("required", _("Fill in “%(field)s”.", field=of.label))
            return None
        if isinstance(of, Member):
            return self._named(self.members, text)
        if is_link(of):
            return self._linked(of, text)
        if isinstance(of, Money) and before is not None and re.fullmatch(r"[-+\d.,\s]+", text):
            return of.parse({"amount": text, "currency": before.currency})
        return of.parse(text)

    def _linked(self, of: FieldType, text: str) -> Any:
        target = of.linked_type()
        several = list in of.json_types
        names = names_in(of, text) if several else [text]
        ids = [self._named(self._titled(target, name), name) for name in names]
        return ids if several else ids[0]

    def _titled(self, target: str, name: str) -> Mapping[str, UUID | None]:
        known = self.known.setdefault(target, {})
        other, plain = find_type(target), normalise(name)
        if plain not in known and other is not None:
            model = other.model
            found = other.visible(model.id).where(model.search_norm == plain).limit(2)
            ids = db.session().scalars(found).all()
            if ids:
                known[plain] = ids[0] if len(ids) == 1 else None
        return known

    @staticmethod
    def _named(ids: Mapping[str, UUID | None], name: str) -> UUID:
        plain = normalise(name)
        if plain not in ids:
            raise FieldError("unknown_name", _("There is none called “%(name)s”.", name=name[:80]))
        if (found := ids[plain]) is None:
            raise FieldError("several", _("More than one is called “%(name)s”.", name=name[:80]))
        return found
