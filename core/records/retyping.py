"""Making a field one of another type: what would become of its values, and doing it without losing any.

A value that the new type does not take, or that would come back changed, is put aside with its record, and stands
there again when the field becomes of its former type.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Text, Uuid, case, cast, column, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import TenantModel, new_id, reference
from core.errors import Conflict, FieldProblem, Invalid
from core.i18n import _
from core.jobs import JobRow, enqueue, job, job_name, waiting
from core.records.custom import CustomField, OfferedTypes
from core.records.field_changes import checked_config
from core.records.fields import FIELD_TYPES, NO_NAMES, FieldError, FieldType, Names
from core.records.finding_again import find_again
from core.records.shape import as_field, raise_schema_version
from core.records.shape_happenings import FieldRetyped, say
from core.records.side_index import CustomValue, side_row
from core.records.types import RecordType, titles, type_named

FEW = 2_000
"""So many records are converted while one waits; more are by a worker."""
CHUNK = 2_000
EXAMPLES = 20
MOST_LOOKED_AT = 20_000
"""So many different values a preview looks at."""
UNCHANGEABLE = frozenset(
    {"formula", "rollup", "auto_number", "file", "image", "signature", "lines", "secret", "identity"}
)
"""What is calculated, numbered, enciphered, or more than a value: such a field is retired, and another made."""


class FormerValue(TenantModel):
    """What a record held in a field while the field was of type `type`; `became` is what was made of it."""

    __tablename__ = "former_value"
    __table_args__ = (Index("former_value_uq", "tenant_id", "field_id", "record_id", "type", unique=True),)

    field_id: Mapped[UUID] = reference("custom_field", ondelete="CASCADE", nullable=False)
    record_id: Mapped[UUID] = mapped_column(Uuid)
    type: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    became: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))


@dataclass
class Preview:
    """What would become of the values. `fit` and `unfit` are examples: the old text, and the new text or the reason."""

    converted: int = 0
    refused: int = 0
    back: int = 0
    is_whole: bool = True
    fit: list[tuple[str, str]] = field(default_factory=list)
    unfit: list[tuple[str, str]] = field(default_factory=list)


def changeable_types(of: FieldType) -> list[str]:
    """The types that a field may be made of."""
    if not _is_changeable(type(of)):
        return []
    return [name for name in OfferedTypes() if name != of.type_name and _is_changeable(FIELD_TYPES[name])]


def _is_changeable(kind: type[FieldType]) -> bool:
    return not kind.computed and kind.type_name not in UNCHANGEABLE


def preview(record_type: RecordType, row: CustomField, type: str, config: Mapping[str, Any]) -> Preview:
    """What would become of the values of all records if the field were of this type. Raises Invalid."""
    old, new = as_field(row), as_field(_as_it_will_be(row, type, config))
    table = record_type.model.__table__
    value = table.c.custom[row.key]
    held = (
        select(value, func.count())
        .where(table.c.tenant_id == current.tenant_id(), record_type.rows(), table.c.custom.has_key(row.key))
        .group_by(value)
        .order_by(func.count().desc())
        .limit(MOST_LOOKED_AT + 1)
    )
    found = db.session().execute(held).all()
    names = _names(old, [stored for stored, _n in found])
    result = Preview(is_whole=len(found) <= MOST_LOOKED_AT)
    for stored, count in found[:MOST_LOOKED_AT]:
        shown = _shown(old, stored, names)
        try:
            made = convert(old, new, stored, names)
            result.converted += count
            result.fit += [(shown, _shown(new, made, _names(new, [made])))] if len(result.fit) < EXAMPLES else []
        except FieldError as error:
            result.refused += count
            result.unfit += [(shown, error.message)] if len(result.unfit) < EXAMPLES else []
    aside = select(func.count()).where(FormerValue.field_id == row.id, FormerValue.type == type)
    result.back = db.session().scalar(aside) or 0
    return result


def _shown(of: FieldType, stored: Any, names: Names) -> str:
    try:
        return of.text(of.load(stored), names)[:200]
    except FieldError:
        return str(stored)[:200]


def _names(of: FieldType, stored: Sequence[Any]) -> Names:
    """The titles of what values of a link point at: they are converted by them."""
    wanted: dict[str, set[UUID]] = {}
    if of.points:
        for each in stored:
            for target, record_id in of.all_pointed(of.load(each)):
                wanted.setdefault(target, set()).add(record_id)
    return titles(wanted)


def _as_it_will_be(row: CustomField, type: str, config: Mapping[str, Any]) -> CustomField:
    if type not in changeable_types(as_field(row)):
        raise Invalid([FieldProblem("type", "unknown_type", _("Choose a type of field."))])
    checked = {**checked_config(FIELD_TYPES[type], config)}
    checked.pop("unique", None)  # what became of the values must be seen first
    return CustomField(id=row.id, record_type=row.record_type, key=row.key, label=row.label, type=type, config=checked,
                       required=row.required, help=row.help)  # fmt: skip


def convert(old: FieldType, new: FieldType, stored: Any, names: Names = NO_NAMES) -> Any:
    """The stored value in the new type: what the new type reads in the old one's text. Raises FieldError."""
    value = old.load(stored)
    refusal: FieldError | None = None
    for candidate in _ways_to_say(old, value, names):
        try:
            if (made := new.parse(candidate)) is not None:
                return new.store(made)
        except FieldError as error:
            refusal = refusal or error
    raise refusal or FieldError("empty", _("Nothing would be left of it."))


def _ways_to_say(old: FieldType, value: Any, names: Names) -> Iterator[str]:
    yield old.text(value, names)
    typed = old.typed(value)
    if isinstance(typed, str):
        yield typed
        if old.type_name == "datetime":
            yield typed.partition("T")[0]
    if isinstance(typed, Mapping) and "amount" in typed:
        yield str(typed["amount"])


# --- doing it ------------------------------------------------------------------------------------------


def change_type(record_type: RecordType, row: CustomField, type: str, config: Mapping[str, Any]) -> bool:
    """Make the field of this type, at once where records are few, else by a worker. Returns whether it is done.

    Raises Invalid for settings that do not fit, Conflict when it is being changed already.
    """
    changed = _as_it_will_be(row, type, config)
    if is_changing(row):
        raise Conflict(_("The type of this field is being changed. Wait until it is done."))
    table = record_type.model.__table__
    some = select(table.c.id).where(
        table.c.tenant_id == current.tenant_id(), record_type.rows(), table.c.custom.has_key(row.key)
    )
    if len(db.session().execute(some.limit(FEW + 1)).all()) <= FEW:
        _convert_all(record_type, row, changed)
        return True
    told = {"record_type": record_type.name, "field_id": str(row.id), "type": type, "config": changed.config}
    enqueue([waiting(job_name(change_type_later.function), "core", told, queue="slow", key=_job_key(row))])
    return False


def is_changing(row: CustomField) -> bool:
    """Whether a worker has still to do it, or is doing it."""
    found = select(JobRow.id).where(JobRow.tenant_id == current.tenant_id(), JobRow.key == _job_key(row))
    return db.session().execute(found).first() is not None


def _job_key(row: CustomField) -> str:
    return f"retype:{row.id}"


@job(queue="slow")
def change_type_later(record_type: str, field_id: str, type: str, config: dict[str, Any]) -> None:
    """All records in one transaction: until it is done, everybody sees the old type and the old values."""
    row = db.get(CustomField, UUID(field_id))
    if row is not None and row.type != type:
        _convert_all(type_named(record_type), row, _as_it_will_be(row, type, config))


def _convert_all(record_type: RecordType, row: CustomField, changed: CustomField) -> None:
    old, new, former_type = as_field(row), as_field(changed), row.type
    db.session().execute(delete(CustomValue).where(CustomValue.field_id == row.id))
    for held in _chunks(record_type, row, changed.type):
        _convert_chunk(record_type, old, new, former_type, held)
    row.type, row.config = changed.type, changed.config
    raise_schema_version()
    if old.found or new.found:
        find_again.later(record_type=row.record_type)
    say(FieldRetyped, row.id, of=row.record_type, title=row.label, changes={"type": [former_type, row.type]})


def _chunks(record_type: RecordType, row: CustomField, type: str) -> Iterator[Sequence[Any]]:
    """The records that hold a value, or for which one of this type was put aside: id, value, and what was put aside."""
    table = record_type.model.__table__
    former = FormerValue.__table__.alias("former")
    aside = (former.c.tenant_id == table.c.tenant_id) & (former.c.record_id == table.c.id)
    held = (
        select(table.c.id, table.c.custom[row.key].label("stored"), former.c.id.label("former_id"),
               former.c.value.label("was"), former.c.became.label("became"))
        .outerjoin(former, aside & (former.c.field_id == row.id) & (former.c.type == type))
        .where(table.c.tenant_id == current.tenant_id(), record_type.rows(),
               or_(table.c.custom.has_key(row.key), former.c.id.is_not(None)))
        .order_by(table.c.id)
        .limit(CHUNK)
        .with_for_update(of=table)
    )  # fmt: skip
    last: UUID | None = None
    while found := db.session().execute(held if last is None else held.where(table.c.id > last)).all():
        yield found
        last = found[-1].id


def _convert_chunk(record_type: RecordType, old: FieldType, new: FieldType, type: str, held: Sequence[Any]) -> None:
    names = _names(old, [each.stored for each in held if each.stored is not None])
    written, indexed, aside, back = [], [], [], []
    for each in held:
        if each.former_id is not None:
            back.append(each.former_id)
        if each.former_id is not None and each.stored == each.became:
            made = each.was
        elif each.stored is None:
            continue
        else:
            made = _converted(old, new, each.stored, names)
            if not _comes_back(old, new, each.stored, made, names):
                aside.append({"tenant_id": current.tenant_id(), "id": new_id(), "field_id": old.custom_id,
                              "record_id": each.id, "type": type, "value": each.stored, "became": made})  # fmt: skip
        written.append({"id": str(each.id), "made": made})
        if made is not None and new.slot:
            indexed.append(side_row(each.id, new, new.load(made)))
    _write(record_type, new.key, written)
    if back:
        db.session().execute(delete(FormerValue).where(FormerValue.id.in_(back)))
    if aside:
        put = upsert(FormerValue)
        again = {"value": put.excluded.value, "became": put.excluded.became}
        by = ["tenant_id", "field_id", "record_id", "type"]
        db.session().execute(put.on_conflict_do_update(index_elements=by, set_=again), aside)
    if indexed:
        db.session().execute(insert(CustomValue), indexed)


def _converted(old: FieldType, new: FieldType, stored: Any, names: Names) -> Any:
    try:
        return convert(old, new, stored, names)
    except FieldError:
        return None


def _comes_back(old: FieldType, new: FieldType, stored: Any, made: Any, names: Names) -> bool:
    """Whether changing the type back would make the same value of it."""
    if made is None or old.points or new.points:
        return False
    try:
        return bool(convert(new, old, made) == stored)
    except FieldError:
        return False


def _write(record_type: RecordType, key: str, written: Sequence[Mapping[str, Any]]) -> None:
    """One statement for a chunk; null takes the value away."""
    table: Any = record_type.model.__table__
    rows = func.jsonb_to_recordset(cast(literal(written, JSONB), JSONB))
    made = rows.table_valued(column("id", Uuid), column("made", JSONB)).render_derived("made", with_types=True)
    added = table.c.custom.op("||")(func.jsonb_build_object(cast(literal(key), Text), made.c.made))
    db.session().execute(
        update(table)
        .where(table.c.tenant_id == current.tenant_id(), table.c.id == made.c.id)
        .values(custom=case((made.c.made.is_(None), table.c.custom.op("-")(cast(literal(key), Text))), else_=added))
    )
