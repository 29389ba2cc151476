"""The page where an administrator lays out a form and sees it as its users will."""

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import current, db
from core.access import Role
from core.errors import Invalid, NotFound
from core.i18n import _
from core.records import field_changes
from core.records.fields import FieldType
from core.records.laying_out import ALWAYS, CONDITIONS, as_json, drop_layout, layouts_of, must_be_fillable, save_layout
from core.records.pages.blueprint import records
from core.records.pages.builder import Builder
from core.records.pages.controls import Control, control, members
from core.records.pages.designer_draft import Draft
from core.records.pages.kinds import gallery, kind_of
from core.records.pages.own_fields import MANAGE, customisable_type, fields_page, type_tabs
from core.records.types import RecordType
from core.web import Link, redirect_to, render, toast

WIDTHS = ("wide", "phone")


@dataclass
class Placing:
    """A place on the canvas: the control as the form will show it, and what is decided about it."""

    key: str
    control: Control
    wide: bool
    marks: list[str]


@dataclass
class Question:
    """When a field is visible, required or locked: as chosen, and the conditions where it depends on some."""

    what: str
    chosen: str
    options: list[tuple[str, str]]
    builder: Builder | None = None


@records.get("/settings/fields/<plural>/form", permission=MANAGE)
def design_form(plural: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    role = _role()
    return _page(record_type, role, _kept(record_type, role))


@records.post("/settings/fields/<plural>/form", permission=MANAGE)
def change_form(plural: str) -> ResponseReturnValue:
    """One step of the work, or with `save` its end. Nothing is kept before that: the draft goes to and fro."""
    record_type = customisable_type(plural)
    role, step = _role(), request.form.get("step", "")
    fields, before = record_type.all_fields(), request.form.get("selected", "")
    draft = Draft.read(fields, request.form.get("layout", ""), before)
    if draft is None:
        draft = _kept(record_type, role)
    unfinished = _take_properties(record_type, draft)
    if step == "order":
        draft.order(_json(request.form.get("order", "")))
    elif step == "save":
        if unfinished:
            return _page(record_type, role, draft, [_("Please check what is marked.")], status=422)
        try:
            _save(record_type, role, draft)
        except Invalid as invalid:
            return _page(record_type, role, draft, [problem.message for problem in invalid.problems], status=422)
        toast(_("The form was saved."))
        return redirect_to(_address(record_type, role))
    else:
        draft.step(step)
    return _page(record_type, role, draft, same=draft.selected == before)


@records.post("/settings/fields/<plural>/form/reset", permission=MANAGE)
def reset_form(plural: str) -> ResponseReturnValue:
    record_type = customisable_type(plural)
    role = _role()
    drop_layout(record_type, role_id=role.id if role else None)
    toast(_("Members of “%(role)s” see everyone's form again.", role=role.title) if role
          else _("The form is as it was at the beginning."))  # fmt: skip
    return redirect_to(_address(record_type, None))


def _save(record_type: RecordType, role: Role | None, draft: Draft) -> None:
    """First the fields, as what they require decides what the form must have."""
    for key, said in draft.changes.items():
        field_changes.change_field(record_type, key, **said)
    save_layout(record_type, {"sections": draft.sections}, role_id=role.id if role else None)


def _role() -> Role | None:
    """The role in the address whose form it is; none for everyone's. Raises NotFound."""
    raw = request.values.get("role", "")
    if not raw:
        return None
    try:
        found = db.get(Role, UUID(raw))
    except ValueError:
        found = None
    if found is None:
        raise NotFound(_("There is no such role."))
    return found


def _kept(record_type: RecordType, role: Role | None) -> Draft:
    layout = record_type.layout([role.id] if role else [])
    return Draft.of(record_type.all_fields(), as_json(layout, record_type.all_fields()))


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _address(record_type: RecordType, role: Role | None) -> str:
    return url_for("records.design_form", plural=record_type.plural, role=role.id if role else None)


# --- what the pane of properties said ------------------------------------------------------------------


def _take_properties(record_type: RecordType, draft: Draft) -> bool:
    """Write what stands in the pane into the draft. Returns whether a condition is not finished."""
    form, place = request.form, draft.place
    if draft.selected.startswith("section:") and "p-section-label" in form:
        section = draft.sections[draft.section_number]
        section["label"] = " ".join(form["p-section-label"].split())[:100]
        section["columns"] = 1 if form.get("p-columns") == "1" else 2
    if place is None or "p-label" not in form:
        return False
    key = place["key"]
    of = draft.fields[key]
    said: dict[str, Any] = {
        "label": " ".join(form["p-label"].split())[:100] or str(of.label),
        "help": form.get("p-help", "")[:500],
    }
    now: dict[str, Any] = {"label": str(of.label), "help": str(of.help)}
    if "p-required" in form:
        said, now = said | {"required": form["p-required"] == "always"}, now | {"required": of.required}
    changed = {name: value for name, value in said.items() if value != now[name]}
    draft.changes = {k: v for k, v in draft.changes.items() if k != key} | ({key: changed} if changed else {})
    place["wide"] = bool(form.get("p-wide"))
    unfinished = [_take_condition(record_type, place, what) for what in CONDITIONS if f"p-{what}" in form]
    if (number := form.get("p-section", "")).isdecimal() and int(number) != draft.section_number:
        draft.to_section(key, int(number))
    return any(unfinished)


def _take_condition(record_type: RecordType, place: dict[str, Any], what: str) -> bool:
    """An unfinished condition is left as it was."""
    chosen = request.form[f"p-{what}"]
    if chosen != "when":
        place.pop(what, None)
        if what == "read_only" and chosen == "always":
            place[what] = ALWAYS
        return False
    if not any(name.startswith(f"{what}-") for name in request.form):
        if place.get(what) == ALWAYS:
            place.pop(what)
        return False
    try:
        condition = _builder(record_type, what).check()
    except Invalid:
        return True
    place.pop(what, None)
    if condition:
        place[what] = condition
    return False


def _builder(record_type: RecordType, what: str) -> Builder:
    return Builder.of_form(record_type, request.form, name=what).numbered()


# --- the page ------------------------------------------------------------------------------------------


def _page(
    record_type: RecordType, role: Role | None, draft: Draft, problems: Sequence[str] = (), *,
    same: bool = True, status: int = 200,
) -> ResponseReturnValue:  # fmt: skip
    place = draft.place
    kept = _kept(record_type, role)
    return render(
        "records/designer.html",
        "records/_designer.html",
        status=status,
        record_type=record_type,
        draft=draft,
        saved=kept.text,
        is_changed=draft.text != kept.text,
        problems=problems,
        role=role,
        tabs=_tabs(record_type, role),
        other_roles=_other_roles(record_type, role),
        has_own=any(
            (each.id if each else None) == (role.id if role else None) for _row, each in layouts_of(record_type)
        ),
        type_tabs=type_tabs(record_type, "records.design_form"),
        sections=_canvas(draft),
        unplaced=[(of, kind_of(type(of))) for of in draft.unplaced()],
        gallery=gallery(),
        place=place,
        of=_changed(draft, place["key"]) if place else None,
        kind=kind_of(type(draft.fields[place["key"]])) if place else None,
        questions=_questions(record_type, draft, place, same) if place else [],
        always_required=place is not None and must_be_fillable(record_type, draft.fields[place["key"]]),
        section=draft.sections[draft.section_number] if draft.selected.startswith("section:") else None,
        width=request.form.get("width") if request.form.get("width") in WIDTHS else WIDTHS[0],
        action=url_for("records.change_form", plural=record_type.plural),
        here=_address(record_type, role),
        back=fields_page(record_type),
    )


def _tabs(record_type: RecordType, role: Role | None) -> list[Link]:
    """The forms that are kept, in the order in which they win, and the one at hand."""
    kept = {each.id: each for _row, each in layouts_of(record_type) if each}
    roles = sorted((kept | ({role.id: role} if role else {})).values(), key=lambda each: each.name)
    everyone = Link(_("Everyone"), _address(record_type, None), "users", active=role is None)
    return [everyone, *(Link(r.title, _address(record_type, r), "user-shield", active=r is role) for r in roles)]


def _other_roles(record_type: RecordType, role: Role | None) -> list[Link]:
    kept = {each.id for _row, each in layouts_of(record_type) if each} | ({role.id} if role else set())
    rows = select(Role).where(Role.tenant_id == current.tenant_id()).order_by(Role.name)
    return [
        Link(r.title, _address(record_type, r), "user-shield") for r in db.session().scalars(rows) if r.id not in kept
    ]


def _changed(draft: Draft, key: str) -> FieldType:
    """The field as it will be called and explained."""
    said = draft.changes.get(key)
    if not said:
        return draft.fields[key]
    made = copy(draft.fields[key])
    for name, value in said.items():
        setattr(made, name, value)
    return made


def _canvas(draft: Draft) -> list[tuple[dict[str, Any], list[Placing]]]:
    people = members([draft.fields[each["key"]] for each in draft.places()])
    return [(section, [_placing(draft, each, people) for each in section["fields"]]) for section in draft.sections]


def _placing(draft: Draft, place: dict[str, Any], people: Any) -> Placing:
    of = _changed(draft, place["key"])
    made = control(of, of.typed(of.default), people=people, is_new=True)
    made.wide = place["wide"]
    marks = [what for what in CONDITIONS if place.get(what) is not None]
    return Placing(place["key"], made, place["wide"], marks)


def _questions(record_type: RecordType, draft: Draft, place: dict[str, Any], same: bool) -> list[Question]:
    of = _changed(draft, place["key"])
    fixed = must_be_fillable(record_type, draft.fields[place["key"]])
    when = ("when", _("When…"))
    asked = []
    if not fixed:
        asked.append(_question(record_type, place, "visible", "always", [("always", _("Always")), when], same))
    required = "always" if of.required else "never"
    ways = [("never", _("Never")), ("always", _("Always")), when]
    if not (fixed and of.required):
        asked.append(_question(record_type, place, "required", required, ways, same))
    if not fixed:
        locked = "always" if place.get("read_only") == ALWAYS else "never"
        asked.append(_question(record_type, place, "read_only", locked, ways, same))
    return asked


def _question(
    record_type: RecordType,
    place: dict[str, Any],
    what: str,
    otherwise: str,
    options: list[tuple[str, str]],
    same: bool,
) -> Question:
    """As the form has it while the same field stays selected, else as the draft has it."""
    condition = place.get(what)
    chosen = "when" if condition is not None and condition != ALWAYS else otherwise
    posted = request.form.get(f"p-{what}") if same else None
    chosen = posted if posted in dict(options) else chosen
    if chosen != "when":
        return Question(what, chosen, options)
    if same and any(name.startswith(f"{what}-") for name in request.form):
        builder = _builder(record_type, what)
        with suppress(Invalid):  # each row says what is wrong with it
            builder.check()
    else:
        builder = Builder.of(record_type, condition if condition != ALWAYS else None, name=what)
    return Question(what, chosen, options, builder.completed())
