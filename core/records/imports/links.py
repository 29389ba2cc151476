"""Records that a row names by their titles: found, made where that is wanted, or complained about."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, func, literal, select

from core import current, db
from core.db import new_id
from core.i18n import _
from core.records.fields import FieldError, FieldType
from core.records.imports.reading import Incoming, names_of_members
from core.records.text import normalise
from core.records.types import RecordType, find_type
from core.records.uniqueness import refusals, unique_fields

SEVERAL = re.compile("[;；、\n]")
"""What stands between the names of several records."""
Make = Callable[[RecordType, Sequence[dict[str, Any]]], Sequence[UUID]]


@dataclass
class Waiting:
    """A link to a record of the same type that is not there yet: it may stand further down in the file."""

    incoming: Incoming
    record_id: UUID
    field: FieldType
    name: str
    is_new: bool


@dataclass
class Links:
    """The links of one import. `make` makes missing records of a type, or pretends to in a check."""

    record_type: RecordType
    fields: Sequence[FieldType]
    makes: frozenset[str]
    make: Make
    made: dict[str, int] = field(default_factory=dict)
    known: dict[str, dict[str, UUID | None]] = field(default_factory=dict)

    def tie(self, rows: Sequence[Incoming]) -> None:
        """Put the ids of named records among the values; complain of names that nobody, or more than one, has."""
        for each in self.fields:
            named = [row for row in rows if each.key in row.names]
            if not named:
                continue
            self._learn(each, {name for row in named for name in names_in(each, row.names[each.key])})
            if each.key in self.makes:
                self._make_missing(each, named)
            for row in named:
                self._tie_one(each, row)

    def _tie_one(self, each: FieldType, row: Incoming) -> None:
        known = self.known[each.linked_type()]
        names = names_in(each, row.names[each.key])
        if self.is_own_kind(each) and any(normalise(name) not in known for name in names):
            return  # it may yet come
        lost = [name for name in names if known.get(normalise(name)) is None]
        if lost:
            row.spoilt.append(each.key)
            row.complain(each.key, self.complaint(each, lost[0]))
            del row.names[each.key]
            return
        ids = [known[normalise(name)] for name in names]
        row.values[each.key] = list(dict.fromkeys(ids)) if list in each.json_types else ids[0]
        del row.names[each.key]

    def is_own_kind(self, each: FieldType) -> bool:
        return each.linked_type() == self.record_type.name

    def complaint(self, each: FieldType, name: str) -> str:
        known = self.known[each.linked_type()]
        if normalise(name) in known:
            return _("More than one is called “%(name)s”.", name=name[:80])
        return _("There is none called “%(name)s”.", name=name[:80])

    def learn_again(self, waiting: Sequence[Waiting]) -> None:
        """Ask once more for names that were not there when their row came."""
        by_field: dict[str, list[Waiting]] = {}
        for one in waiting:
            self.known.get(one.field.linked_type(), {}).pop(normalise(one.name), None)
            by_field.setdefault(one.field.key, []).append(one)
        for some in by_field.values():
            self._learn(some[0].field, {one.name for one in some})

    def found(self, one: Waiting) -> UUID | None:
        return self.known[one.field.linked_type()].get(normalise(one.name))

    # --- finding ---------------------------------------------------------------------------------------

    def _learn(self, each: FieldType, names: set[str]) -> None:
        """Ask for the names that we have not met yet; of those that are there, remember whose they are."""
        target = each.linked_type()
        known = self.known.setdefault(target, {})
        if target == "member" and not known:
            known |= names_of_members()
        wanted = {normalise(name) for name in names} - known.keys()
        other = find_type(target)
        if not wanted or other is None:
            return
        for name, record_id in _titled(other, wanted):
            known[name] = record_id if known.get(name, record_id) == record_id else None

    # --- making ----------------------------------------------------------------------------------------

    def _make_missing(self, each: FieldType, rows: Iterable[Incoming]) -> None:
        other, known = find_type(each.linked_type()), self.known[each.linked_type()]
        if other is None:
            return
        missing: dict[str, dict[str, Any]] = {}
        first: dict[str, Incoming] = {}
        for row in rows:
            if row.verdict:
                continue
            for name in names_in(each, row.names[each.key]):
                title = _as_title(other, name)
                if title and normalise(name) not in known:
                    said = missing.setdefault(normalise(name), {})
                    first.setdefault(normalise(name), row)
                    for key, value in {other.title_field.key: title, **row.related.get(each.key, {})}.items():
                        said.setdefault(key, value)
        _leave_out_taken(each, other, missing, first)
        if missing:
            known |= dict(zip(missing, self.make(other, list(missing.values())), strict=True))
            self.made[other.name] = self.made.get(other.name, 0) + len(missing)


def _leave_out_taken(
    each: FieldType, other: RecordType, missing: dict[str, dict[str, Any]], rows: dict[str, Incoming]
) -> None:
    """A record that is made for a link comes without the values that another has, where no two may have the same."""
    if not (unique := unique_fields(other)):
        return
    names = {new_id(): name for name in missing}
    wanted = [(made, of, missing[name].get(of.key)) for made, name in names.items() for of in unique]
    for made, problems in refusals(other, wanted).items():
        for problem in problems:
            del missing[names[made]][problem.field]
            rows[names[made]].complain(f"{each.key}.{problem.field}", problem.message)


def _as_title(other: RecordType, name: str) -> Any:
    try:
        return other.title_field.parse(name)
    except FieldError:
        return None


def pretend(_other: RecordType, values: Sequence[dict[str, Any]]) -> Sequence[UUID]:
    """What a check takes for the ids of records that it does not make."""
    return [new_id() for _each in values]


def names_in(each: FieldType, text: str) -> list[str]:
    if list not in each.json_types:
        return [text]
    return [name for part in SEVERAL.split(text) if (name := part.strip())]


def _titled(other: RecordType, names: set[str]) -> Iterable[tuple[str, UUID]]:
    """Records that the member may see, by normalised title, or by their id."""
    model: Any = other.model
    ids = [UUID(name) for name in names if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name)]
    found: list[tuple[str, UUID]] = []
    title = model.search_norm if model.searched else func.lower(other.title_field.expression(model))
    by_title = other.visible(title, model.id).where(title == any_(literal(sorted(names), ARRAY(Text))))
    found += [(row[0], row[1]) for row in db.session().execute(by_title)]
    if ids:
        by_id = other.visible(model.id).where(model.id == any_(literal(ids, ARRAY(Uuid))))
        found += [(str(each), each) for each in db.session().scalars(by_id)]
    return found


def titles_of(each: FieldType, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Titles of linked records, for examples."""
    other = find_type(each.linked_type())
    if other is None:
        return {}
    model: Any = other.model
    rows = select(model.id, other.title_field.expression(model)).where(
        model.tenant_id == current.tenant_id(), model.id == any_(literal(list(ids), ARRAY(Uuid)))
    )
    return {row[0]: str(row[1]) for row in db.session().execute(rows)}
