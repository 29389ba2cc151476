"""Saving, sharing and choosing views, and arranging the columns of a list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import access, current, db
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.pages.blueprint import may_any, records
from core.records.pages.filters import as_text
from core.records.pages.shown import PAGES, Shown
from core.records.pages.sums import choices_for
from core.records.types import RecordType, type_of_plural
from core.records.views import (
    MANAGE_VIEWS,
    Column,
    View,
    as_columns,
    change_view,
    delete_view,
    duplicate_view,
    get_view,
    may_change,
    remember,
    save_view,
    set_default,
    set_role_defaults,
)
from core.web import redirect_to, render, toast


@records.app_template_global("figures_for")
def figures_for(field: Any) -> Any:
    return choices_for(field)


# --- arranging a list ----------------------------------------------------------------------------------


@records.post("/<plural>/arrangement", permission=may_any("view"))
def arrange_list(plural: str) -> ResponseReturnValue:
    """Show other columns, in another order, sorted otherwise. Of all records it is remembered for the next time."""
    form = request.form
    shown = Shown.of(plural, given=form)
    kept: dict[str, Any] = {}
    if form.get("step") == "reset":
        kept = {"columns": (), "density": "", "totals": {}, "sort": "", "group_by": ""}
    else:
        if "columns" in form:
            kept["columns"] = _moved(as_columns(",".join(form.getlist("columns"))), form.get("step", ""))
        if "density" in form:  # the whole panel was sent, and not a dragged column alone
            totals = {f.key: form.get(f"total-{f.key}", "") for f in shown.choosable() if choices_for(f)}
            kept |= {
                "density": "compact" if form["density"] == "compact" else "",
                "totals": {key: name for key, name in totals.items() if name},
                "sort": _sorting(form),
                "group_by": form.get("group", ""),
            }
    shown.setup = replace(shown.setup, **kept)
    if shown.view is None and current.tenant().member:
        habits = {name: kept[name] for name in ("columns", "density", "totals") if name in kept}
        if habits:
            remember(shown.record_type, **habits)
        shown.base = replace(shown.base, **habits)
    return redirect_to(shown.url(""))


def _moved(columns: tuple[Column, ...], step: str) -> tuple[Column, ...]:
    """The columns after one of them went up or down."""
    way, _dash, key = step.partition("-")
    at = next((n for n, column in enumerate(columns) if column.key == key), None)
    to = None if at is None else at + {"up": -1, "down": 1}.get(way, 0)
    if at is None or to is None or not 0 <= to < len(columns):
        return columns
    order = list(columns)
    order.insert(to, order.pop(at))
    return tuple(order)


def _sorting(form: Mapping[str, str]) -> str:
    keys = [(form.get(f"sort{n}", ""), form.get(f"way{n}", "")) for n in (0, 1)]
    return ",".join(f"{'-' if way else ''}{key}" for key, way in keys if key)


# --- views ---------------------------------------------------------------------------------------------


@records.get("/<plural>/views/new", permission=may_any("view"))
def new_view(plural: str) -> ResponseReturnValue:
    shown = _shown(plural, request.args)
    return _form(shown.record_type, None, {"name": "", "shared": "private"}, state=_state(shown))


@records.post("/<plural>/views", permission=may_any("view"))
def create_view(plural: str) -> ResponseReturnValue:
    shown = _shown(plural, request.form)
    try:
        with db.savepoint():
            view = save_view(
                shown.record_type, name=request.form.get("name", ""), setup=shown.setup,
                shared=request.form.get("shared", "private"),
            )  # fmt: skip
            _choose(shown.record_type, view)
    except Invalid as invalid:
        return _form(shown.record_type, None, request.form, state=_state(shown), invalid=invalid)
    toast(_("The view “%(name)s” was saved.", name=view.name))
    return redirect_to(shown.view_url(view))


@records.get("/<plural>/views/<uuid:view_id>/edit", permission=may_any("view"))
def edit_view(plural: str, view_id: UUID) -> ResponseReturnValue:
    record_type, view = _found(plural, view_id)
    shown = Shown.of(plural, given={"view": str(view_id)})
    first = "1" if shown.is_mine_first else ""
    return _form(record_type, view, {"name": view.name, "shared": view.shared, "first": first})


@records.post("/<plural>/views/<uuid:view_id>", permission=may_any("view"))
def update_view(plural: str, view_id: UUID) -> ResponseReturnValue:
    """Its name, and who sees it."""
    record_type, view = _found(plural, view_id)
    try:
        with db.savepoint():
            change_view(
                record_type, view, name=request.form.get("name"), shared=request.form.get("shared", view.shared)
            )
            _choose(record_type, view)
    except Invalid as invalid:
        db.session().refresh(view)
        return _form(record_type, view, request.form, invalid=invalid)
    toast(_("The view “%(name)s” was saved.", name=view.name))
    return redirect_to(Shown.of(plural, given={"view": str(view_id)}).view_url(view))


@records.post("/<plural>/views/<uuid:view_id>/setup", permission=may_any("view"))
def save_setup(plural: str, view_id: UUID) -> ResponseReturnValue:
    """Keep what is shown at present as what the view shows."""
    _record_type, view = _found(plural, view_id)
    shown = _shown(plural, request.form)
    change_view(shown.record_type, view, setup=shown.setup)
    toast(_("The view “%(name)s” was saved.", name=view.name))
    return redirect_to(shown.view_url(view))


@records.post("/<plural>/views/<uuid:view_id>/copy", permission=may_any("view"))
def copy_view(plural: str, view_id: UUID) -> ResponseReturnValue:
    record_type, view = _found(plural, view_id)
    made = duplicate_view(record_type, view)
    toast(_("“%(name)s” is a view of your own.", name=made.name))
    return redirect_to(Shown.of(plural, given={"view": str(made.id)}).view_url(made))


@records.post("/<plural>/views/<uuid:view_id>/deletion", permission=may_any("view"))
def drop_view(plural: str, view_id: UUID) -> ResponseReturnValue:
    _record_type, view = _found(plural, view_id)
    name = view.name
    delete_view(view)
    toast(_("The view “%(name)s” was deleted.", name=name))
    return redirect_to(Shown.of(plural, given={}).view_url(None))


@records.post("/<plural>/views/first", permission=may_any("view"))
def choose_first(plural: str) -> ResponseReturnValue:
    """Begin with a view from now on, or with all records."""
    record_type = type_of_plural(plural)
    wish = request.form.get("view", "")
    view = _found(plural, _id(wish))[1] if wish else None
    set_default(record_type, view)
    toast(
        _("You begin with “%(name)s” from now on.", name=view.name) if view else _("You begin with all records again.")
    )
    return redirect_to(Shown.of(plural, given={"view": wish}).view_url(view))


# --- helpers -------------------------------------------------------------------------------------------


def _found(plural: str, view_id: UUID) -> tuple[RecordType, View]:
    record_type, view = type_of_plural(plural), get_view(view_id)
    if view.record_type != record_type.name:
        raise NotFound(_("There is no such view, or it is not shared with you."))
    return record_type, view


def _id(text: str) -> UUID:
    """Raises NotFound for what is no id."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(_("There is no such view, or it is not shared with you.")) from None


def _shown(plural: str, given: Any) -> Shown:
    """What a form that came from a list, board or calendar shows."""
    shown = Shown.of(plural, PAGES.get(given.get("kind", "list"), ""), given=given)
    if shown.error:
        raise Invalid([FieldProblem("filter", "invalid", shown.error)])
    return shown


def _state(shown: Shown) -> dict[str, str]:
    return {**shown.carried(), "kind": shown.setup.kind, "filter": as_text(shown.condition)}


def _choose(record_type: RecordType, view: View) -> None:
    """Who begins with the view, as the form says."""
    begins = Shown.of(record_type.plural, given={"view": str(view.id)}).is_mine_first
    if bool(request.form.get("first")) != begins:
        set_default(record_type, view if request.form.get("first") else None)
    if "has-roles" in request.form and access.permitted(MANAGE_VIEWS.name):
        set_role_defaults(record_type, view, [_id(each) for each in request.form.getlist("roles")])


def _form(
    record_type: RecordType, view: View | None, typed: Mapping[str, Any], *, state: Mapping[str, str] = {},
    invalid: Invalid | None = None,
) -> ResponseReturnValue:  # fmt: skip
    may_manage = access.permitted(MANAGE_VIEWS.name)
    asked = select(access.Role).where(access.Role.tenant_id == current.tenant_id()).order_by(access.Role.id)
    roles = [(str(role.id), role.title) for role in db.session().scalars(asked)] if may_manage else []
    chosen = typed.getlist("roles") if hasattr(typed, "getlist") else view.default_roles if view else []
    team = current.member().team_id
    sharing = [("private", _("Only me")), *([("team", _("My team"))] if team else []), ("all", _("Everyone"))]
    if view and view.shared == "team" and not team:
        sharing.insert(1, ("team", _("Its team")))
    if view and not may_change(view):
        change_view(record_type, view)
    shown = Shown.of(record_type.plural, given={"view": str(view.id)} if view else {})
    action = f"{record_type.plural}/views" + (f"/{view.id}" if view else "")
    return render(
        "records/view_form.html",
        status=422 if invalid else 200,
        record_type=record_type,
        title=_("Rename and share") if view else _("Save as a new view"),
        action=f"/w/{current.tenant().slug}/{action}",
        cancel=shown.view_url(view),
        state=dict(state) | ({"has-roles": "1"} if roles else {}),
        typed={"name": typed.get("name", ""), "shared": typed.get("shared", "private"), "first": typed.get("first"),
               "roles": chosen},
        errors={p.field: p.message for p in invalid.problems} if invalid else {},
        sharing=sharing,
        roles=roles,
    )  # fmt: skip
