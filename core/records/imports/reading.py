"""From the cells of a row to values: each cell alone, what is the same for all rows looked up once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member as MemberRow
from core.access import Team
from core.i18n import _
from core.records.fields import Date, DateTime, FieldError, FieldType, Member
from core.records.imports.models import Import
from core.records.imports.targets import Target, targets
from core.records.text import normalise
from core.records.types import RecordType
from core.tabular import Ambiguous, Row, date_order, parse_date_text, parse_datetime_text

Problem = dict[str, str]
REMEMBERED = 2000
"""How many different texts of a column are kept with their values: most columns have few, or a new one each time."""


@dataclass(slots=True)
class Incoming:
    """A row on its way in.

    `values` are by field; `keys` only serve to find the record; `names` are links whose record is yet to be found;
    `related` what is known of such a record; `empty` fields have an empty cell, `spoilt` ones a cell that cannot be
    read. `known` is the record that it is about, and `verdict` says why the row goes no further.
    """

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    related: dict[str, dict[str, Any]] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    spoilt: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    known: UUID | None = None
    verdict: str = ""

    def complain(self, key: str, message: str) -> None:
        self.problems.append({"field": key, "message": message})

    def refuse(self, message: str, *, key: str = "", verdict: str = "refused") -> None:
        self.verdict = verdict
        self.complain(key, message)


class RowReader:
    """Reads the rows of one import."""

    def __init__(self, record_type: RecordType, run: Import) -> None:
        known = targets(record_type)
        sample = run.look.get("sample", [])
        self.columns = [(at, known[key]) for at, key in enumerate(run.mapping) if key in known]
        self.orders = {at: self._order(run, sample, at) for at, t in self.columns if isinstance(t.field, Date)}
        self.readers = [(at, target, self._reader(at, target)) for at, target in self.columns]
        self.mapped = {target.key for _at, target in self.columns}

    @staticmethod
    def _order(run: Import, sample: Sequence[Sequence[str]], at: int) -> Any:
        """Which way round the dates of a column are: as was chosen, else as its own cells tell."""
        return run.choices.get("dates", {}).get(str(at)) or date_order([row[at] for row in sample])

    def ambiguous_columns(self) -> list[int]:
        """Columns of dates that can be read in two ways: whoever imports must say which."""
        return [at for at, order in self.orders.items() if order == "ambiguous"]

    def read(self, row: Row) -> Incoming:
        incoming = Incoming(row)
        if row.problem:
            incoming.refuse(row.problem.message)
            return incoming
        for at, target, read in self.readers:
            text = row[at].strip()
            if not text:
                incoming.empty.append(target.key)
                continue
            try:
                value = read(text)
            except FieldError as error:
                incoming.spoilt.append(target.key)
                incoming.complain(target.key, error.message)
                continue
            if target.link is not None:
                incoming.related.setdefault(target.link.key, {})[target.field.key] = value
            elif not target.is_written:
                incoming.keys[target.key] = value
            elif is_link(target.field):
                incoming.names[target.key] = value
            elif value is None:
                incoming.empty.append(target.key)
            else:
                incoming.values[target.key] = value
        return incoming

    # --- one column ------------------------------------------------------------------------------------

    def _reader(self, at: int, target: Target) -> Callable[[str], Any]:
        found = target.field
        if is_link(found):
            return str
        if isinstance(found, Member):
            return _by_name(names_of_members(), lambda name: _("There is no member called “%(name)s”.", name=name))
        if found.refers_to() == "team":
            return _by_name(_names_of_teams(), lambda name: _("There is no team called “%(name)s”.", name=name))
        if at in self.orders:
            return self._remembering(lambda text: self._date(at, found, text))
        return self._remembering(found.parse)

    @staticmethod
    def _remembering(read: Callable[[str], Any]) -> Callable[[str], Any]:
        known: dict[str, Any] = {}

        def answer(text: str) -> Any:
            try:
                found = known[text]
            except KeyError:
                try:
                    found = read(text)
                except FieldError as error:
                    found = error
                if len(known) < REMEMBERED:
                    known[text] = found
            if isinstance(found, FieldError):
                raise FieldError(found.code, found.message)
            return found

        return answer

    def _date(self, at: int, found: FieldType, text: str) -> Any:
        order = self.orders[at]
        moment = isinstance(found, DateTime)
        read = (parse_datetime_text if moment else parse_date_text)(text, order if order != "ambiguous" else None)
        if isinstance(read, Ambiguous) or read is None:
            return found.parse_text(text)
        return found.parse(read.isoformat() if isinstance(read, datetime) else read)


def is_link(found: FieldType) -> bool:
    """Whether the field holds other records, which a file names by their titles."""
    return found.linked_type() not in ("", "team", "member")


def _by_name(ids: Mapping[str, UUID | None], unknown: Callable[[str], str]) -> Callable[[str], Any]:
    def read(text: str) -> UUID:
        name = normalise(text)
        if name not in ids:
            raise FieldError("unknown_name", unknown(text[:80]))
        if (found := ids[name]) is None:
            raise FieldError("several", _("More than one is called “%(name)s”.", name=text[:80]))
        return found

    return read


def names_of_members() -> Mapping[str, UUID | None]:
    rows = select(MemberRow.id, MemberRow.name, MemberRow.email).where(MemberRow.tenant_id == current.tenant_id())
    return _unique((word, row.id) for row in db.session().execute(rows) for word in (row.name, row.email))


def _names_of_teams() -> Mapping[str, UUID | None]:
    rows = select(Team.id, Team.name).where(Team.tenant_id == current.tenant_id())
    return _unique((row.name, row.id) for row in db.session().execute(rows))


def _unique(named: Any) -> dict[str, UUID | None]:
    """By normalised name; None where two share it."""
    found: dict[str, UUID | None] = {}
    for name, each in named:
        key = normalise(name)
        found[key] = each if found.get(key, each) == each else None
    return found
