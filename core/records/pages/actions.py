"""Running a record's actions: at once, or after a form made from what the action must be told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.i18n import _
from core.records.asking import asked, load_asked
from core.records.fields import FieldType
from core.records.pages.addresses import list_url, next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.controls import control, members
from core.records.pages.details import short_title
from core.records.pages.forms import pointed
from core.records.pages.lookups import resolve_links
from core.records.types import RecordAction, RecordType, action_allowed, titles, type_of_plural
from core.web import redirect_to, render, toast


@records.get("/<plural>/<uuid:record_id>/actions/<name>", permission=may_any("view"))
def ask_action(plural: str, record_id: UUID, name: str) -> ResponseReturnValue:
    record_type, record = found(plural, record_id)
    action = _named(record_type, name)
    _refuse_unless_sensible(record_type, record, action)
    fields = asked(action)
    return _form(record_type, record, action, fields, {f.key: f.from_form(request.args, f.key) for f in fields})


@records.post("/<plural>/<uuid:record_id>/actions/<name>", permission=may_any("view"))
def run_action(plural: str, record_id: UUID, name: str) -> ResponseReturnValue:
    record_type = type_of_plural(plural)
    action = _named(record_type, name)
    record = record_type.get_for(action, record_id)
    _refuse_unless_sensible(record_type, record, action)
    fields = asked(action)
    form, problems, several = resolve_links(fields, request.form)
    typed = {f.key: f.from_form(form, f.key) for f in fields}
    try:
        if problems:
            raise Invalid(problems)
        action.run(record, **load_asked(action, typed))
    except Invalid as invalid:
        if not fields:
            raise
        return _form(record_type, record, action, fields, typed, invalid, several)
    toast(str(action.done) or _("“%(action)s” is done.", action=action.label))
    return redirect_to(next_url(_after(record_type, record)))


def _named(record_type: RecordType, name: str) -> RecordAction:
    action = record_type.by_action.get(name)
    if action is None:
        raise NotFound(_("There is no such page."))
    return action


def _refuse_unless_sensible(record_type: RecordType, record: Any, action: RecordAction) -> None:
    if not action_allowed(action, record_type, record):
        said = _("Your role does not allow this. Ask an administrator of your workspace.")
        raise Forbidden(said, about=(action.name, record_type.name, record.id))
    if not action.shown(record):
        raise Invalid(
            [FieldProblem("", "not_now", _("“%(action)s” makes no sense here any more.", action=action.label))]
        )


def _after(record_type: RecordType, record: Any) -> str:
    """The record's page, or the list when the action took the record out of sight."""
    still = record.deleted_at is None and record_type.is_visible(record)
    return url_of(record_type, record.id) if still else list_url(record_type)


def _form(
    record_type: RecordType, record: Any, action: RecordAction, fields: list[FieldType], typed: Mapping[str, Any],
    invalid: Invalid | None = None, several: Mapping[str, Any] = {},
) -> ResponseReturnValue:  # fmt: skip
    errors = {p.field: p.message for p in invalid.problems} if invalid else {}
    shown = {
        f.key: f.typed(f.default) if typed.get(f.key) is None and not invalid else typed.get(f.key) for f in fields
    }
    people, names = members(fields), titles(pointed(fields, shown))
    controls = [
        control(
            f, shown[f.key], error=errors.get(f.key), people=people, names=names, is_new=True,
            text=request.values.get(f"{f.key}-q", ""), candidates=several.get(f.key, ()),
        )
        for f in fields
    ]  # fmt: skip
    return render(
        "records/action.html",
        status=422 if invalid else 200,
        record_type=record_type,
        record=record,
        title=short_title(record_type, record),
        action=action,
        controls=controls,
        errors=errors,
        labels={f.key: f.label for f in fields},
        url=url_of(record_type, record.id),
        next=request.values.get("next", ""),
    )
