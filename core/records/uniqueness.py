"""Values that no two living records of a type may have the same: who has them, giving them up, taking them.

They stand in the side index a second time, in `u`, under a unique index: whoever writes looks first and says who has
the value, and of two who write it at the same moment the index lets one through. A deleted record has given its up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, func, literal, select, update
from sqlalchemy import column as name_of
from sqlalchemy.exc import IntegrityError

from core import current, db
from core.errors import Conflict, FieldProblem, Invalid
from core.i18n import _
from core.records.fields import FieldType
from core.records.side_index import CustomValue, index_values
from core.records.types import RecordType, titles, type_by_name

CHUNK = 5_000
NAMED = 5
"""So many values that several records have are named to whoever asks for none twice."""

Wanted = tuple[UUID, FieldType, Any]
"""A record, a field, and the value that it is to have there."""
Refuse = Callable[[Any, FieldType, str], None]
"""Told of a draft or row that may not have its value of a field, and why."""


def unique_fields(record_type: RecordType) -> list[FieldType]:
    return [f for f in record_type.all_fields().values() if f.unique and f.custom_id and f.slot]


def clashes(record_type: RecordType, wanted: Iterable[Wanted]) -> dict[tuple[UUID, str], UUID]:
    """Who has it already, by record and field: another record, or one that comes before it among those that want it."""
    by_field: dict[FieldType, dict[str, list[UUID]]] = {}
    for record_id, of, value in wanted:
        if (text := of.unique_text(value)) is not None:
            by_field.setdefault(of, {}).setdefault(text, []).append(record_id)
    found: dict[tuple[UUID, str], UUID] = {}
    for of, by_text in by_field.items():
        holders = _holders(record_type, of, list(by_text))
        for text, ids in by_text.items():
            holder = holders.get(text, ids[0])
            found |= {(each, of.key): holder for each in ids if each != holder}
    return found


def _holders(record_type: RecordType, of: FieldType, texts: list[str]) -> dict[str, UUID]:
    mine = (CustomValue.tenant_id == current.tenant_id()) & (CustomValue.field_id == of.custom_id)
    held = select(CustomValue.u, CustomValue.record_id).where(mine, CustomValue.u == any_(literal(texts, ARRAY(Text))))
    return {str(row[0]): row[1] for row in db.session().execute(held)}


def refusals(record_type: RecordType, wanted: Iterable[Wanted]) -> dict[UUID, list[FieldProblem]]:
    """The same, in words: what each of the records may not have."""
    found = clashes(record_type, wanted)
    names = titles({record_type.name: set(found.values())}) if found else {}
    fields, said = record_type.all_fields(), dict[UUID, list[FieldProblem]]()
    for (record_id, key), holder in found.items():
        message = taken(fields[key], names.get((record_type.name, holder), ""))
        said.setdefault(record_id, []).append(FieldProblem(key, "not_unique", message))
    return said


def taken(of: FieldType, holder: str = "") -> str:
    """Says who has the value, to those who may see it."""
    if holder:
        return _("“%(title)s” has the same “%(field)s” already.", title=holder[:100], field=of.label)
    return _("Another record has the same “%(field)s” already.", field=of.label)


# --- one record ----------------------------------------------------------------------------------------


def write_index(record_type: RecordType, record_id: UUID, values: Mapping[FieldType, Any]) -> None:
    """Write the custom values of a record to the side index. Raises Invalid where another has one that must be its
    own."""
    own = {of: value for of, value in values.items() if of.custom_id}
    wanted = [(record_id, of, value) for of, value in own.items() if of.unique]
    if not any(of.unique_text(value) for _id, of, value in wanted):
        index_values(record_id, own)
        return
    if refused := refusals(record_type, wanted):
        raise Invalid(refused[record_id])
    try:
        with db.savepoint():
            index_values(record_id, own)
    except IntegrityError:  # somebody else wrote it at this very moment
        refused = refusals(record_type, wanted)
        usual = [FieldProblem(of.key, "not_unique", taken(of)) for _id, of, _value in wanted]
        raise Invalid(refused.get(record_id, usual)) from None


def give_up(record_type: RecordType, ids: Sequence[UUID]) -> None:
    """Others may have the values of these records, which are being deleted."""
    if not unique_fields(record_type):
        return
    theirs = (CustomValue.tenant_id == current.tenant_id()) & CustomValue.u.is_not(None)
    among = CustomValue.record_id == any_(literal(list(ids), ARRAY(Uuid)))
    _execute(update(CustomValue).where(theirs, among).values(u=None))


def take_back(record_type: RecordType, record: Any) -> None:
    """A record comes back with its values. Raises Conflict where another got one of them meanwhile."""
    if fields := unique_fields(record_type):
        try:
            write_index(record_type, record.id, {of: of.get(record) for of in fields})
        except Invalid as refused:
            why = " ".join(problem.message for problem in refused.problems)
            title = record_type.title_of(record)[:100]
            message = _("“%(title)s” cannot come back. %(reason)s", title=title, reason=why)
            raise Conflict(message, code="not_unique") from None


# --- all records ---------------------------------------------------------------------------------------


def guard_all(of: FieldType) -> None:
    """From now on no two records may have the same in this field. Raises Invalid, naming what some share."""
    record_type = type_by_name(of.record_type)
    let_all(of)
    seen: dict[str, UUID] = {}
    shared: dict[str, list[UUID]] = {}
    for rows in _held(record_type, of):
        new: dict[str, UUID] = {}
        for record_id, value in rows:
            text = of.unique_text(of.load(value))
            if text is not None and text in seen:
                shared.setdefault(text, [seen[text]]).append(record_id)
            elif text is not None:
                seen[text] = new[text] = record_id
        if not shared:
            _mark(of, new)
    if shared:
        raise Invalid([FieldProblem("unique", "not_unique", _shared(record_type, of, shared))])


def let_all(of: FieldType) -> None:
    """From now on records may have the same in this field."""
    mine = (CustomValue.tenant_id == current.tenant_id()) & (CustomValue.field_id == of.custom_id)
    _execute(update(CustomValue).where(mine, CustomValue.u.is_not(None)).values(u=None))


def _held(record_type: RecordType, of: FieldType) -> Iterable[Sequence[Any]]:
    model: Any = record_type.model
    held = record_type.existing(model.id, model.custom[of.key]).where(model.custom.has_key(of.key)).order_by(model.id)
    last: UUID | None = None
    while rows := db.session().execute((held.where(model.id > last) if last else held).limit(CHUNK)).all():
        yield rows
        last = rows[-1][0]


def _mark(of: FieldType, texts: Mapping[str, UUID]) -> None:
    if not texts:
        return
    lists = literal(list(texts.values()), ARRAY(Uuid)), literal(list(texts), ARRAY(Text))
    columns = name_of("record_id", Uuid), name_of("u", Text)
    given = func.unnest(*lists).table_valued(*columns, name="given").render_derived()
    mine = (CustomValue.tenant_id == current.tenant_id()) & (CustomValue.field_id == of.custom_id)
    try:
        with db.savepoint():
            _execute(update(CustomValue).where(mine, CustomValue.record_id == given.c.record_id).values(u=given.c.u))
    except IntegrityError:
        message = _("Somebody changed a record at the same moment. Try again.")
        raise Invalid([FieldProblem("unique", "not_unique", message)]) from None


def _shared(record_type: RecordType, of: FieldType, shared: Mapping[str, Sequence[UUID]]) -> str:
    some = list(shared.values())[:NAMED]
    names = titles({record_type.name: {each for ids in some for each in ids[:NAMED]}})
    said = [_(", ").join(f"“{names.get((record_type.name, each), '…')[:60]}”" for each in ids[:NAMED]) for ids in some]
    return _("%(number)s values are in several records: %(list)s. Change or merge those first.",
             number=len(shared), list=_("; ").join(said))  # fmt: skip


def _execute(statement: Any) -> None:
    db.session().execute(statement, execution_options={"synchronize_session": False})
