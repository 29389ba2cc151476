"""Making many records of a type at once: checked together, then written by a few statements for all of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from core import access, db
from core.db import new_id
from core.errors import DomainError, FieldProblem, Invalid
from core.events import Event, emit
from core.i18n import _
from core.records.fields import FieldType
from core.records.happenings import RecordCreated
from core.records.imports.making import Maker
from core.records.imports.telling import Telling
from core.records.schemas import Values
from core.records.services import about, existing, kept_values, own_defaults, require_fillable
from core.records.types import Made, NewRecord, RecordType, enabled_types
from core.records.uniqueness import refusals, unique_fields


def create_records(record_type: RecordType, rows: Sequence[Values]) -> Sequence[Made]:
    """Make records through the type's `create_many`: what became of each. Raises Forbidden."""
    access.require("create", record_type)
    assert record_type.create_many is not None
    checked = check_new(record_type, [_fillable(record_type, values) for values in rows])
    good = [n for n, each in enumerate(checked) if not isinstance(each, DomainError)]
    made = dict(zip(good, record_type.create_many([NewRecord(checked[n]) for n in good]), strict=True))
    return [made.get(n) or Made(problem=checked[n]) for n in range(len(rows))]


def _fillable(record_type: RecordType, values: Values) -> Values | DomainError:
    try:
        require_fillable(record_type, values)
    except DomainError as problem:
        return problem
    return values


def check_new(record_type: RecordType, rows: Sequence[Any]) -> list[Any]:
    """The values as new records are to keep them, or the Invalid that says why one cannot be made.

    What is a problem already stays one.
    """
    fields = record_type.all_fields()
    kept: list[Any] = [each if isinstance(each, DomainError) else _kept(record_type, fields, each) for each in rows]
    lost = _lost(fields, {n: values for n, values in enumerate(kept) if not isinstance(values, DomainError)})
    for n, keys in lost.items():
        kept[n] = Invalid([FieldProblem(key, "unknown_reference", _("Choose one from the list.")) for key in keys])
    if unique := unique_fields(record_type):
        wanted = {new_id(): n for n, values in enumerate(kept) if not isinstance(values, DomainError)}
        asked = [(each, of, kept[n].get(of.key)) for each, n in wanted.items() for of in unique]
        for each, problems in refusals(record_type, asked).items():
            kept[wanted[each]] = Invalid(problems)
    return kept


def _kept(record_type: RecordType, fields: Mapping[str, FieldType], values: Values) -> Values | Invalid:
    try:
        return kept_values(record_type, record_type.new(), own_defaults(fields) | values)
    except Invalid as problem:
        return problem


def _lost(fields: Mapping[str, FieldType], rows: Mapping[int, Values]) -> dict[int, list[str]]:
    """The keys of the links that lead nowhere, by row: one statement for each type that they lead to."""
    wanted: dict[str, dict[UUID, list[tuple[int, str]]]] = {}
    for n, values in rows.items():
        for key, value in values.items():
            for target, record_id in fields[key].all_pointed(value):
                wanted.setdefault(target, {}).setdefault(record_id, []).append((n, key))
    known, lost = {"member", *(t.name for t in enabled_types())}, dict[int, list[str]]()
    for target, ids in wanted.items():
        found = set(db.session().scalars(existing(target, set(ids)))) if target in known else set()
        for record_id in ids.keys() - found:
            for n, key in ids[record_id]:
                lost.setdefault(n, []).append(key)
    return lost


def make_records(
    record_type: RecordType, rows: Sequence[Values], *, tell: Callable[[Sequence[Event]], None] | None = None
) -> list[Any]:
    """Add rows of checked values, index the custom ones, say that they were created: what `insert_record` does.

    Answers drafts of the rows, in order. `tell` is given what happened, to be emitted with more.
    """
    if not rows:
        return []
    maker = Maker(record_type, Telling())
    made = maker.draft(rows)
    maker.write(made)
    drafts = [draft for draft, _given in made]
    events = [RecordCreated(**about(record_type, each), title=record_type.title_of(each)) for each in drafts]
    tell(events) if tell else emit(*events)
    return drafts
