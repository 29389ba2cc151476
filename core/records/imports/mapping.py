"""From a file's columns to a record type's fields, and from its cells to values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import db
from core.access import Member as MemberRow
from core.errors import FieldProblem
from core.files import File
from core.i18n import _
from core.records.fields import Date, DateTime, FieldError, FieldType, Lookup, Member
from core.records.imports.models import Import
from core.records.text import normalise
from core.records.types import RecordType
from core.tabular import (
    Ambiguous,
    Guess,
    Row,
    Table,
    TargetField,
    date_order,
    guess_columns,
    parse_date_text,
    parse_datetime_text,
    read,
)

SAMPLE = 200


def open_table(run: Import) -> Table:
    """The table in the import's file. Raises TabularError."""
    file = db.get(File, run.file_id)
    assert file is not None
    choices = run.choices
    return read(file.content, file.name, encoding=choices.get("encoding"), delimiter=choices.get("delimiter"),
                sheet=choices.get("sheet"))  # fmt: skip


def importable(record_type: RecordType) -> list[FieldType]:
    return [f for f in record_type.form_fields() if f.editable]


def guess_mapping(record_type: RecordType, table: Table) -> list[Guess]:
    """What each column of the file probably is."""
    fields = [
        TargetField(f.key, [str(f.label), f.label.message if hasattr(f.label, "message") else ""],
                    f.type_name, f.synonyms)
        for f in importable(record_type)
    ]  # fmt: skip
    return guess_columns(table.headers, table.sample(SAMPLE), fields)


@dataclass(frozen=True)
class Cell:
    """One cell read: the value, or what is wrong with it. A link by name is found only when the rows are in."""

    field: FieldType
    value: Any = None
    problem: FieldProblem | None = None
    link: str | None = None


class RowReader:
    """Reads the rows of one import. What is the same for all rows is looked up once."""

    def __init__(self, record_type: RecordType, run: Import, sample: Sequence[Row]) -> None:
        fields = record_type.fields()
        self.columns = [(at, fields[key]) for at, key in enumerate(run.mapping) if key and key in fields]
        mapped = {field.key for _at, field in self.columns}
        self.missing = [f for f in importable(record_type)
                        if f.required and f.default is None and f.key not in mapped]  # fmt: skip
        self.orders = {at: self._order(run, sample, at) for at, f in self.columns if isinstance(f, Date)}
        self.members = self._members() if any(isinstance(f, Member) for _at, f in self.columns) else {}

    @staticmethod
    def _order(run: Import, sample: Sequence[Row], at: int) -> Any:
        """Which way round the dates of a column are: as was chosen, else as its own cells tell."""
        return run.choices.get("dates", {}).get(str(at)) or date_order([row[at] for row in sample])

    @staticmethod
    def _members() -> Mapping[str, UUID]:
        rows = db.session().execute(select(MemberRow.id, MemberRow.name, MemberRow.email)).all()
        return {normalise(word): row.id for row in rows for word in (row.name, row.email)}

    def ambiguous_columns(self) -> list[int]:
        """Columns of dates that can be read in two ways: whoever imports must say which."""
        return [at for at, order in self.orders.items() if order == "ambiguous"]

    def read(self, row: Row) -> list[Cell]:
        return [self._cell(at, field, row[at].strip()) for at, field in self.columns]

    def _cell(self, at: int, field: FieldType, text: str) -> Cell:
        try:
            if not text:
                return self._empty(field)
            if isinstance(field, Member):
                return self._member(field, text)
            if isinstance(field, Lookup):
                return Cell(field, text, link=normalise(text))
            if at in self.orders:
                return Cell(field, self._date(at, field, text))
            return Cell(field, field.parse(text))
        except FieldError as error:
            return Cell(field, problem=FieldProblem(field.key, error.code, error.message))

    @staticmethod
    def _empty(field: FieldType) -> Cell:
        if field.required and field.default is None:
            raise FieldError("required", _("Fill in “%(field)s”.", field=field.label))
        return Cell(field, field.default)

    def _member(self, field: FieldType, text: str) -> Cell:
        found = self.members.get(normalise(text))
        if found is None:
            raise FieldError("unknown_member", _("There is no member called “%(name)s”.", name=text[:80]))
        return Cell(field, found)

    def _date(self, at: int, field: FieldType, text: str) -> Any:
        order = self.orders[at]
        moment = isinstance(field, DateTime)
        found = (parse_datetime_text if moment else parse_date_text)(text, order if order != "ambiguous" else None)
        if isinstance(found, Ambiguous) or found is None:
            return field.parse_text(text)
        return field.parse(found.isoformat() if isinstance(found, datetime) else found)


def preview(record_type: RecordType, run: Import, table: Table, size: int = 8) -> tuple[RowReader, list[list[Cell]]]:
    """How the first rows would come in."""
    sample = table.sample(SAMPLE)
    reader = RowReader(record_type, run, sample)
    return reader, [reader.read(row) for row in sample[:size]]
