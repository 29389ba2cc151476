"""Writing records: the verbs that forms, API, imports and rules all call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from core import access, current, db
from core.errors import FieldProblem, Forbidden, Invalid, NotFound, Stale
from core.events import Event, emit
from core.i18n import _
from core.records.covers import field_rules
from core.records.fields import FieldError, FieldType, State
from core.records.guards import closed_on, forget, not_yours_to_change
from core.records.happenings import RecordCreated, RecordDeleted, RecordRestored, RecordUpdated
from core.records.laying_out import must_be_fillable
from core.records.schemas import Values
from core.records.types import RecordType, enabled_types, type_by_name
from core.records.uniqueness import give_up, take_back, write_index


def create_record(record_type: RecordType, values: Values) -> Any:
    """Make a record through the type's own service, or the generic one. Raises Forbidden, Invalid."""
    access.require("create", record_type)
    require_fillable(record_type, values)
    return record_type.create(values) if record_type.create else insert_record(record_type, values)


def update_record(record_type: RecordType, record: Any, values: Values, *, version: int | None = None) -> Any:
    """Change a record. `version` is what the caller last saw. Raises Forbidden, Invalid, Stale."""
    access.require("edit", record_type, record)
    if version is not None and record.version != version:
        raise Stale(_("Someone changed this record since you opened it. Look at it again, then save."))
    owner = record_type.builtin.get("owner")
    if owner and "owner" in values and values["owner"] != owner.get(record):
        access.require("transfer", record_type, record)
    check_open(record_type, record, values)
    if record_type.update:
        return record_type.update(record, values)
    return change_record(record_type, record, values)


def require_fillable(record_type: RecordType, values: Values) -> None:
    """Raise Invalid where the member's roles keep from them what no record can be made without."""
    fields, every = record_type.fields(), record_type.all_fields()
    ruled = [every[key] for key, _access in field_rules(record_type.name) if key in every]
    shut = [of for of in ruled if of.key not in fields or not fields[of.key].editable]
    if problems := [
        FieldProblem(of.key, "not_allowed", _("Your role does not let you fill in “%(field)s”, which no record can be"
                                              " without.", field=of.label))
        for of in shut
        if values.get(of.key) is None and must_be_fillable(record_type, of)
    ]:  # fmt: skip
        raise Invalid(problems)


def check_open(record_type: RecordType, record: Any, values: Values) -> None:
    """Raise Invalid for fields that the acting member may not write on this record."""
    fields = record_type.fields()
    shut = [key for key in values if key not in fields or not fields[key].editable]
    shut += closed_on((fields[key] for key in values if key in fields), record)
    ruled = {key for key, _access in field_rules(record_type.name)}
    if problems := [FieldProblem(key, "not_allowed", not_yours_to_change(record_type.all_fields()[key]))
                    for key in shut if key in ruled]:  # fmt: skip
        raise Invalid(problems)


def delete_record(record_type: RecordType, record: Any) -> None:
    """Delete a record: it is gone from every page, and can be restored."""
    access.require("delete", record_type, record)
    if record_type.delete:
        record_type.delete(record)
    else:
        bury_record(record_type, record)


# --- the generic services, also for those that a type has of its own ------------------------------------


def insert_record(
    record_type: RecordType, values: Values, *, more: Callable[[Any], Sequence[Event]] | None = None, **known: Any
) -> Any:
    """Add the row, index its custom values, say that it happened. An owner not named is who creates it.

    `known` are further values, which the caller found out and which need no check; `more(record)` is what else
    happened by it, written with the rest.
    """
    fields = record_type.all_fields()
    if "owner" in record_type.builtin and not record_type.ownerless_is_open:
        values = {"owner": current.member_id()} | {k: v for k, v in values.items() if (k, v) != ("owner", None)}
    check_references(fields, values)
    record = record_type.new()
    record.id = db.new_id()
    values = kept_values(record_type, record, own_defaults(fields) | values)
    values |= {key: field.first(record) for key, field in fields.items() if field.assigned}
    write_index(record_type, record.id, {fields[key]: value for key, value in (values | known).items()})
    for key, value in (values | known).items():
        fields[key].set(record, value)
    db.session().add(record)
    _flush()
    created = RecordCreated(**about(record_type, record), title=record_type.title_of(record))
    emit(created, *(more(record) if more else ()))
    return record


def own_defaults(fields: Mapping[str, FieldType]) -> Values:
    """What a new record holds in a tenant's own fields that nobody says anything about."""
    return {key: f.default for key, f in fields.items() if f.custom_id and f.default is not None and f.editable}


def change_record(record_type: RecordType, record: Any, values: Values, **known: Any) -> Any:
    """Set what differs, and say what it was and is. Setting what already stands changes nothing.

    `known` are further values, which the caller found out and which need no check.
    """
    fields = record_type.all_fields()
    values = kept_values(record_type, record, values)
    changes, changed = {}, {}
    for key, value in (values | known).items():
        field = fields[key]
        if (diff := field.diff(field.get(record), value)) is None:
            continue
        if isinstance(field, State):
            _check_move(record_type, field, record, values)
        changes[key], changed[field] = diff, value
    if not changes:
        return record
    check_references(fields, {f.key: value for f, value in changed.items() if f.key not in known})
    write_index(record_type, record.id, changed)
    for field, value in changed.items():
        field.set(record, value)
    _flush()
    emit(RecordUpdated(**about(record_type, record), title=record_type.title_of(record), changes=changes))
    return record


def bury_record(record_type: RecordType, record: Any) -> None:
    record.deleted_at = current.now()
    give_up(record_type, [record.id])
    emit(RecordDeleted(**about(record_type, record), title=record_type.title_of(record)))


def restore_record(record_type: RecordType, record_id: UUID) -> Any:
    """Bring a deleted record back. Raises NotFound, Forbidden, and Conflict where another has by now what no two may
    have."""
    record: Any = db.get(record_type.model, record_id)
    is_there = record is not None and not (record_type.is_own and record.type != record_type.name)
    if not is_there or not access.may("view", record_type, record):
        raise NotFound(_("There is no such record, or you may not see it."))
    if not access.may("delete", record_type, record):
        raise Forbidden(_("Your role does not allow this. Ask an administrator of your workspace."))
    if record.deleted_at:
        take_back(record_type, record)
        record.deleted_at = None
        emit(RecordRestored(**about(record_type, record), title=record_type.title_of(record)))
    return record


def about(record_type: RecordType, record: Any) -> dict[str, Any]:
    """What every event says of its record."""
    return {
        "record_type": record_type.name,
        "record_id": record.id,
        "customer_id": record_type.customer_of(record),
    }


def _check_move(record_type: RecordType, field: State, record: Any, values: Values) -> None:
    fields = record_type.all_fields()
    filled = {key: values.get(key, f.get(record)) for key, f in fields.items()}
    try:
        field.check_move(field.get(record), values[field.key], filled, {key: f.label for key, f in fields.items()})
    except FieldError as error:
        raise Invalid([FieldProblem(field.key, error.code, error.message)]) from None


def check_references(fields: Mapping[str, FieldType], values: Values) -> None:
    """Raise Invalid for links to what does not exist in this tenant or may not be seen."""
    wanted: dict[str, dict[UUID, str]] = {}
    for key, value in values.items():
        for target, record_id in fields[key].all_pointed(value):
            wanted.setdefault(target, {})[record_id] = key
    for target, ids in wanted.items():
        known = target == "member" or target in {t.name for t in enabled_types()}
        found = set(db.session().scalars(existing(target, set(ids)))) if known else set()
        if lost := [key for each, key in ids.items() if each not in found]:
            message = _("Choose one from the list.")
            raise Invalid([FieldProblem(key, "unknown_reference", message) for key in lost])


def kept_values(record_type: RecordType, record: Any, values: Values) -> Values:
    """The values as this record is to keep them. Raise Invalid for those that it cannot."""
    fields, problems = record_type.all_fields(), []
    kept = {}
    for key, value in values.items():
        try:
            kept[key] = fields[key].keep(record_type.name, record, value)
        except FieldError as error:
            problems.append(FieldProblem(key, error.code, error.message))
    if problems:
        raise Invalid(problems)
    return kept


def existing(target: str, ids: set[UUID]) -> Any:
    """Select the ids of those among these that are there and may be seen."""
    if target == "member":
        found = select(access.Member.id)
        return found.where(access.Member.tenant_id == current.tenant_id(), access.Member.id.in_(ids))
    record_type = type_by_name(target)
    found = record_type.visible(record_type.model.id).where(record_type.model.id.in_(ids))
    return found.with_for_update(read=True, key_share=True, of=record_type.model)  # what is being merged is waited for


def _flush() -> None:
    forget()
    try:
        db.session().flush()
    except StaleDataError:
        raise Stale(_("Someone changed this record since you opened it. Look at it again, then save.")) from None
