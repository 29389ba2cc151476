"""“Why can I see this?”, “why can Bob not?”: from any record, and as a page for those who manage members."""

from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import current, db
from core.access import Member, permitted
from core.errors import NotFound
from core.i18n import _, _l
from core.records.fields import AnyRecord, FieldError, RecordRef
from core.records.pages.addresses import url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.pages.controls import Control, control
from core.records.pages.details import short_title
from core.records.pages.explained import actions_of, fields_of, overview, why
from core.records.pages.explaining_terms import ACTIONS, MANAGE, Whose, Why, whose
from core.records.pages.lookups import resolve_links
from core.records.types import RecordType, titles, type_named
from core.web import render
from core.web.blueprints import holding
from core.web.errors import explains_refusals
from core.web.settings_menu import SettingsPage, add_settings_page

add_settings_page(SettingsPage(_l("Who may do what?"), "records.ask_who_may", "help-hexagon", section="people",
                               permission=MANAGE, place=30,
                               summary=_l("Why somebody may see or change a record, or may not.")))  # fmt: skip
MANY = 500
LEVELS = {"hidden": _l("hidden"), "masked": _l("masked"), "read": _l("read only"), "open": _l("open")}


@records.get("/<plural>/<uuid:record_id>/why", permission=may_any("view"))
def explain_record(plural: str, record_id: UUID) -> ResponseReturnValue:
    """Why the member, or another one, may see the record, do something to it, or read a field of it."""
    record_type, record = found(plural, record_id)
    about = whose(_id(request.args.get("member", "")))
    return render(
        "records/why.html",
        **_answer(record_type, record, about),
        people=_people() if permitted(MANAGE) else (),
        member_id=str(about.member.id) if about.member else "",
    )


@records.get("/settings/who-may", permission=holding(MANAGE))
def ask_who_may() -> ResponseReturnValue:
    """Choose a member and a record, and read the answer with all that they may do to it."""
    about_field = AnyRecord(_("Record"), required=True)
    about_field.bind("record")
    form, problems, several = resolve_links([about_field], request.args)
    raw, error = form.get("record", ""), problems[0].message if problems and "member" in request.args else None
    answer: dict[str, Any] = {}
    chosen = _reference(about_field, raw)
    if chosen is not None and not error:
        try:
            record_type = type_named(chosen.type)
            record = record_type.get(chosen.id)
            answer = _answer(record_type, record, whose(_id(request.args.get("member", ""))))
        except NotFound as missing:
            error = missing.message
    names = titles({chosen.type: {chosen.id}}) if chosen and answer else {}
    made: Control = control(about_field, raw, error=error, is_new=True, names=names,
                            text=request.args.get("record-q", ""), candidates=several.get("record", ()))  # fmt: skip
    return render("records/who_may.html", control=made, people=_people(), member_id=request.args.get("member", ""),
                  asked="member" in request.args, **answer)  # fmt: skip


@explains_refusals
def explained_at(about: tuple[str, str, UUID]) -> str | None:
    """The page that says why, for who may see the record."""
    action, type_name, record_id = about
    record_type = type_named(type_name)
    if action not in dict(ACTIONS) and action not in record_type.by_action:
        return None
    try:
        record_type.get(record_id)
    except NotFound:
        return None
    return f"{url_of(record_type, record_id)}/why?action={action}"


def _answer(record_type: RecordType, record: Any, about: Whose) -> dict[str, Any]:
    action, key = request.args.get("action", "view"), request.args.get("field", "")
    answer: Why = why(record_type, record, about, action=action, key=key)
    url = url_of(record_type, record.id)
    member = {"member": about.member.id} if about.member else {}
    return {
        "record_type": record_type,
        "title": short_title(record_type, record),
        "url": url,
        "about": about,
        "why": answer,
        "asked_field": key,
        "asked_action": "" if key else action,
        "labels": dict(actions_of(record_type)),
        "everything": overview(record_type, record, about),
        "fields": [(each, label, level, LEVELS[level]) for each, label, level in fields_of(record_type, record, about)],
        "plural": record_type.plural,
        "record_id": record.id,
        "record_ref": f"{record_type.name}:{record.id}",
        "member": member,
    }


def _reference(of: AnyRecord, raw: Any) -> RecordRef | None:
    try:
        found: RecordRef | None = of.parse(raw) if raw else None
    except FieldError:
        return None
    return found


def _people() -> list[tuple[str, str]]:
    rows = select(Member.id, Member.name).where(
        Member.tenant_id == current.tenant_id(), Member.status != "invited", Member.id != current.member_id()
    )
    return [(str(row.id), row.name) for row in db.session().execute(rows.order_by(Member.name).limit(MANY))]


def _id(raw: str) -> UUID | None:
    """Raises NotFound for what is no id."""
    try:
        return UUID(raw) if raw else None
    except ValueError:
        raise NotFound(_("There is no such member.")) from None
