"""The page on which a role's way to the fields of a record type is set: hidden, masked, read-only or open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.access import Role
from core.access.adding import LEVELS, granted_on, rule_of
from core.auth import roles
from core.auth.forms import errors_of
from core.auth.role_advice import Advice, advice_on
from core.auth.role_grants import EXCEPTIONS, LEVEL_NAMES, SCOPE_NAMES, closing_fault, scopes_of
from core.auth.views.roles.blueprint import MANAGE, role_page, role_pages
from core.errors import Invalid
from core.i18n import _
from core.records.fields import FieldType
from core.records.types import RecordType, enabled_types, type_named
from core.web import redirect_to, toast


@dataclass(frozen=True)
class Line:
    """A field, how far the role leaves it open, and on whose records it leaves it open all the same."""

    field: FieldType
    level: str
    but: str
    saved: tuple[str, str]
    levels: Sequence[tuple[str, Any]]
    is_title: bool


@role_pages.get("/<uuid:role_id>/fields", permission=MANAGE)
def edit_fields(role_id: UUID) -> ResponseReturnValue:
    role, record_type = roles.get_role(role_id), _wanted()
    return _page(role, record_type, role.grants)


@role_pages.post("/<uuid:role_id>/fields", permission=MANAGE)
def update_fields(role_id: UUID) -> ResponseReturnValue:
    """Save the rules of one type; with `step=set`, those that are ticked are set alike first."""
    role, record_type = roles.get_role(role_id, lock=True), _wanted()
    said = _said(role, record_type)
    try:
        roles.check(role, said)
        if request.form.get("step") != "insist" and (odd := _new_advice(role, said)):
            return _page(role, record_type, said, advice=odd, status=422)
        roles.change_grants(role, {"fields": said["fields"]}, mark=request.form.get("mark"))
    except Invalid as invalid:
        return _page(role, record_type, said, errors=errors_of(invalid), status=422)
    toast(_("Saved. It counts from now on."))
    return redirect_to(url_for(".edit_fields", role_id=role.id, type=record_type.name))


def _wanted() -> RecordType:
    name = request.values.get("type", "")
    return type_named(name) if name else enabled_types()[0]


def _said(role: Role, record_type: RecordType) -> dict[str, Any]:
    known = record_type.all_fields()
    before = role.grants.get("fields", {}).get(record_type.name, {})
    rules = {key: rule for key, rule in before.items() if key not in known}
    picked = set(request.form.getlist("pick")) if request.form.get("step") == "set" else set()
    for key in known:
        asked = ("set-level", "set-except") if key in picked else (f"level-{key}", f"except-{key}")
        level, but = (request.form.get(name, "") for name in asked)
        level = level or "open"
        if level != "open":
            rules[key] = {"level": level} | ({"except": but} if but else {})
    fields = {**role.grants.get("fields", {}), record_type.name: rules}
    return {**role.grants, "fields": {name: each for name, each in fields.items() if each}}


def _new_advice(role: Role, said: Mapping[str, Any]) -> list[Advice]:
    known = {(each.field, each.code) for each in advice_on(role.grants)}
    return [a for a in advice_on(said) if a.field.startswith("fields.") and (a.field, a.code) not in known]


def _page(
    role: Role, record_type: RecordType, said: Mapping[str, Any], *, status: int = 200, **shown: Any
) -> ResponseReturnValue:
    ruled = role.grants.get("fields", {})
    types = [(t, len([key for key in ruled.get(t.name, ()) if key in t.all_fields()])) for t in enabled_types()]
    view = granted_on(said, record_type.name).get("view", "none")
    return role_page(
        "roles/fields.html", role, status=status, types=types, record_type=record_type,
        lines=[_line(role, record_type, field, said) for field in record_type.all_fields().values()],
        levels=LEVEL_NAMES, exceptions=_exceptions(), sees_none=view == "none", **shown,
    )  # fmt: skip


def _exceptions() -> list[tuple[str, Any]]:
    return [("", _("no exception")), *((scope, SCOPE_NAMES[scope]) for scope in EXCEPTIONS)]


def _line(role: Role, record_type: RecordType, field: FieldType, said: Mapping[str, Any]) -> Line:
    now, saved = (rule_of(grants, record_type.name, field.key) for grants in (said, role.grants))
    scopes = scopes_of(said, record_type.name)
    writable = field.editable and not field.computed
    level = LEVELS[now[0]]
    choices = [
        (key, label if key != "open" or writable else _("Shown"))
        for key, label in LEVEL_NAMES.items()
        if key == level or ((key != "read" or writable) and not closing_fault(record_type, field, key, scopes))
    ]
    return Line(field, level, now[1], (LEVELS[saved[0]], saved[1]), choices, field.key == record_type.title_field.key)
