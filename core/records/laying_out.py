"""Keeping how forms are laid out: everyone's, and those of single roles."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from core import current, db
from core.access import Role
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.conditions import as_kept, compile_condition
from core.records.fields import FieldType
from core.records.layouts import Layout
from core.records.shape import FormLayout, raise_schema_version
from core.records.shape_happenings import FormLaidOut, say
from core.records.types import RecordType

MOST_SECTIONS = 50
CONDITIONS = ("visible", "required", "read_only")
ALWAYS: dict[str, Any] = {"all": []}
"""The condition that everything meets: a field that is always locked is locked by it."""


def layouts_of(record_type: RecordType) -> list[tuple[FormLayout, Role | None]]:
    """What is kept: everyone's layout first, then those of roles in the order in which they win."""
    found = (
        select(FormLayout, Role)
        .outerjoin(Role, (Role.tenant_id == FormLayout.tenant_id) & (Role.id == FormLayout.role_id))
        .where(FormLayout.tenant_id == current.tenant_id(), FormLayout.record_type == record_type.name)
    )
    rows = [(row, role) for row, role in db.session().execute(found).all()]
    return sorted(rows, key=lambda pair: (pair[1] is not None, pair[1].name if pair[1] else ""))


def save_layout(record_type: RecordType, layout: Mapping[str, Any], *, role_id: UUID | None = None) -> FormLayout:
    """Lay the form out for everyone, or for those who have a role. Raises Invalid, NotFound."""
    kept = checked_layout(record_type, layout)
    if role_id is not None and db.get(Role, role_id) is None:
        raise NotFound(_("There is no such role."))
    row = _row(record_type, role_id)
    if row is None:
        row = FormLayout(record_type=record_type.name, role_id=role_id, layout={})
        db.session().add(row)
    was, row.layout = row.layout or None, kept
    raise_schema_version()
    if was != kept:
        said = {"layout": [was, kept]}
        say(FormLaidOut, row.id, of=record_type.name, title=str(record_type.label), changes=said)
    return row


def drop_layout(record_type: RecordType, *, role_id: UUID | None = None) -> None:
    """Go back to the standard form, or of a role to everyone's. Without such a layout nothing changes."""
    if (row := _row(record_type, role_id)) is not None:
        said = {"layout": [row.layout, None]}
        say(FormLaidOut, row.id, of=record_type.name, title=str(record_type.label), changes=said)
    db.session().execute(
        delete(FormLayout).where(
            FormLayout.tenant_id == current.tenant_id(),
            FormLayout.record_type == record_type.name,
            FormLayout.role_id == role_id if role_id else FormLayout.role_id.is_(None),
        )
    )
    raise_schema_version()


def _row(record_type: RecordType, role_id: UUID | None) -> FormLayout | None:
    return next((row for row, _role in layouts_of(record_type) if row.role_id == role_id), None)


def as_json(layout: Layout, fields: Mapping[str, FieldType]) -> dict[str, Any]:
    """A layout as it is kept, the fields that it leaves out named as hidden."""
    sections = [
        {
            "label": str(section.label),
            "columns": section.columns,
            "fields": [
                {"key": each.key, "wide": each.wide}
                | {what: found for what in CONDITIONS if (found := getattr(each, what)) is not None}
                for each in section.fields
            ],
        }
        for section in layout.sections
    ]
    placed = {each.key for each in layout.placed()}
    return {"sections": sections, "hidden": [k for k, f in fields.items() if f.editable and k not in placed]}


def checked_layout(record_type: RecordType, layout: Mapping[str, Any]) -> dict[str, Any]:
    """The layout as it is to be kept. Raises Invalid with everything that is wrong, each by its field."""
    fields = record_type.all_fields()
    sections = layout.get("sections")
    if not isinstance(sections, list) or not 0 < len(sections) <= MOST_SECTIONS:
        message = _("A form has from one to %(limit)s sections.", limit=MOST_SECTIONS)
        raise Invalid([FieldProblem("sections", "wrong_type", message)])
    problems: list[FieldProblem] = []
    placed: set[str] = set()
    made = [_section(record_type, each, fields, placed, problems) for each in sections]
    for key, of in fields.items():
        if (
            of.required
            and of.default is None
            and of.editable
            and key not in placed
            and not _has_default(record_type, of)
        ):
            message = _("“%(field)s” is required, so it must be on the form.", field=of.label)
            problems.append(FieldProblem(key, "not_placed", message))
    if problems:
        raise Invalid(problems)
    return {"sections": made, "hidden": [k for k, f in fields.items() if f.editable and k not in placed]}


def _section(
    record_type: RecordType, given: Any, fields: Mapping[str, FieldType], placed: set[str], problems: list[FieldProblem]
) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not isinstance(given.get("fields", []), list):
        raise Invalid([FieldProblem("sections", "wrong_type", _("This form is damaged. Discard it and begin again."))])
    made: list[dict[str, Any]] = []
    for each in given.get("fields", []):
        key = each.get("key") if isinstance(each, Mapping) else None
        if not isinstance(key, str) or key not in fields or key in placed or not fields[key].editable:
            continue
        placed.add(key)
        kept = {"key": key, "wide": bool(each.get("wide"))}
        for what in CONDITIONS:
            if (condition := each.get(what)) is not None:
                problems += _faults(record_type, fields[key], what, condition)
                kept[what] = as_kept(record_type, condition) if not problems else condition
        made.append(kept)
    label = section_label(given.get("label", ""))
    return {"label": label, "columns": 1 if given.get("columns") == 1 else 2, "fields": made}


def section_label(typed: Any) -> str:
    return " ".join(str(typed).replace("\x00", "").split())[:100]


def _faults(record_type: RecordType, of: FieldType, what: str, condition: Any) -> Sequence[FieldProblem]:
    if what != "required" and must_be_fillable(record_type, of):
        return [
            FieldProblem(
                of.key, "must_be_fillable", _("“%(field)s” must always be there to be filled in.", field=of.label)
            )
        ]
    if what != "required" and of.key in fields_in(condition):
        return [FieldProblem(of.key, "on_itself", _("“%(field)s” cannot depend on itself.", field=of.label))]
    try:
        compile_condition(record_type, condition)
    except Invalid as invalid:
        return [FieldProblem(of.key, problem.code, f"{of.label}: {problem.message}") for problem in invalid.problems]
    return ()


def must_be_fillable(record_type: RecordType, of: FieldType) -> bool:
    """Whether no record can be made without this field: the title, and what its column cannot be without."""
    declared = record_type.builtin.get(of.key)
    return of.key == record_type.title or (
        declared is not None and declared.required and not _has_default(record_type, declared)
    )


def _has_default(record_type: RecordType, of: FieldType) -> bool:
    column = record_type.model.__table__.c.get(of.attr) if not of.custom_id else None
    return of.default is not None or (column is not None and column.default is not None)


def fields_in(condition: Any) -> set[str]:
    """The keys of the type's own fields that a condition asks about."""
    if isinstance(condition, Mapping):
        if isinstance(condition.get("field"), str):
            return {condition["field"].partition(".")[0]}
        return {key for part in condition.values() for key in fields_in(part)}
    return {key for part in condition for key in fields_in(part)} if isinstance(condition, list) else set()
