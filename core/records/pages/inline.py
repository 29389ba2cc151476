"""Changing one field where it stands on the record's page."""

from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core.access import may
from core.errors import Forbidden, Invalid, NotFound
from core.i18n import _
from core.records import services
from core.records.fields import FieldType
from core.records.form_rules import check_edit
from core.records.pages.addresses import next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.controls import control, members
from core.records.pages.details import fact, head_context, short_title
from core.records.pages.forms import pointed, same
from core.records.pages.lookups import resolve_links
from core.records.pages.uploads import take_uploads
from core.records.schemas import from_form
from core.records.told import is_open, is_there
from core.records.types import RecordType, names_for, titles
from core.web import is_fragment, redirect_to, render, swap


@records.get("/<plural>/<uuid:record_id>/fields/<key>", permission=may_any("view"))
def edit_field(plural: str, record_id: UUID, key: str) -> ResponseReturnValue:
    """The field's form, or with `cancel` the field as it was."""
    record_type, record = found(plural, record_id)
    if "cancel" in request.args:
        shown = _fact(record_type, record, key)
        return (
            render("records/_fact.html", fact=shown) if is_fragment() else redirect_to(url_of(record_type, record_id))
        )
    services.access.require("edit", record_type, record)
    of = _editable(record_type, record, key)
    return _form(record_type, record, of, of.typed(of.get(record)))


@records.post("/<plural>/<uuid:record_id>/fields/<key>", permission=may_any("edit"))
def update_field(plural: str, record_id: UUID, key: str) -> ResponseReturnValue:
    record_type, record = found(plural, record_id, "edit")
    of = _editable(record_type, record, key)
    form, problems, several = resolve_links([of], request.form)
    form, refused = take_uploads([of], form, request.files)
    problems = [*problems, *refused]
    typed = of.from_form(form, key)
    if (theirs := _changed_meanwhile(of, record)) is not None:
        return _form(record_type, record, of, typed, error=theirs)
    if problems:
        words = request.form.get(f"{key}-q", "")
        return _form(record_type, record, of, typed, error=problems[0].message, text=words, several=several)
    try:
        if not same(of, typed, of.typed(of.get(record))) or of.required:
            values = from_form(record_type, form, fields=[of])
            check_edit(record_type, record, values)
            services.update_record(record_type, record, values, version=record.version)
    except Invalid as invalid:
        return _form(record_type, record, of, typed, error=invalid.message)
    names = names_for(list(record_type.fields().values()), [record])
    return swap(
        "records/_fact_saved.html",
        otherwise=next_url(url_of(record_type, record_id)),
        fact=fact(record_type, record, of, names, may_edit=True),
        **head_context(record_type, record, names),
    )


def _editable(record_type: RecordType, record: Any, key: str) -> FieldType:
    of = record_type.field(key)
    if of is None or not is_there(of, record) or not of.editable:
        raise NotFound(_("There is no such field."))
    if not is_open(of, record):
        raise Forbidden(_("Your role does not let you change this field here."))
    return of


def _fact(record_type: RecordType, record: Any, key: str) -> Any:
    if (of := record_type.field(key)) is None or not is_there(of, record):
        raise NotFound(_("There is no such field."))
    names = names_for([of], [record])
    return fact(record_type, record, of, names, may_edit=may("edit", record_type, record))


def _changed_meanwhile(of: FieldType, record: Any) -> str | None:
    """The form says what it showed (`was`); if the record holds something else by now, that is said first."""
    present = of.text(of.get(record), names_for([of], [record]))
    if "was" not in request.form or request.form["was"] == fingerprint(of, record):
        return None
    return _("Meanwhile this became “%(value)s”. Save again to put yours in its place.", value=present[:100] or "—")


def fingerprint(of: FieldType, record: Any) -> str:
    return str(of.dump(of.get(record)))[:500]


def _form(
    record_type: RecordType, record: Any, of: FieldType, typed: Any,
    *, error: str | None = None, text: str = "", several: Any = None,
) -> ResponseReturnValue:  # fmt: skip
    names = titles(pointed([of], {of.key: typed}))
    made = control(
        of, typed, error=error, people=members([of]), names=names, text=text,
        candidates=(several or {}).get(of.key, ()), now=of.get(record),
    )  # fmt: skip
    if is_fragment():
        made.extra |= {"autofocus": True}
    return render(
        "records/field.html",
        "records/_field_form.html",
        status=422 if error else 200,
        record_type=record_type,
        record=record,
        title=short_title(record_type, record),
        control=made,
        was=fingerprint(of, record),
        fact=fact(record_type, record, of, names, may_edit=True),
        url=url_of(record_type, record.id),
        next=request.values.get("next", ""),
    )
