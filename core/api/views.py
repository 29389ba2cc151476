"""Saved views: what a list, board or calendar shows, under a name."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request
from marshmallow import fields, validate

from core import access
from core.api.blueprints import PREFIX, Answer, Resource, listed, single
from core.api.docs import ANYTHING, FLAG, ID, INSTANT, TEXT, Doc, Param, many, maybe, thing
from core.api.reading import instant, loaded
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l
from core.records.types import RecordType, enabled_types, find_type
from core.records.views import (
    KINDS,
    SHARED,
    Setup,
    View,
    as_columns,
    change_view,
    delete_view,
    get_view,
    may_change,
    save_view,
    set_default,
    set_role_defaults,
    views_of,
)
from core.web.blueprints import any_member

views = Resource("views", __name__, title=_l("Saved views"))

COLUMN = thing(key=TEXT, width=maybe({"type": "integer"}))
VIEW = thing(
    id=ID,
    record_type=TEXT,
    name=TEXT,
    kind={"type": "string", "enum": list(KINDS)},
    condition=maybe(ANYTHING),
    columns=many(COLUMN),
    sort=TEXT,
    group_by=TEXT,
    lanes_by=TEXT,
    lanes=many(TEXT),
    dates_by=TEXT,
    sum_of=TEXT,
    totals=ANYTHING,
    density={"type": "string", "enum": ["", "compact"]},
    shared={"type": "string", "enum": list(SHARED)},
    team=maybe(ID),
    owner=maybe(ID),
    default_roles=many(ID),
    position={"type": "integer"},
    first={**FLAG, "description": "Whether the member begins with it."},
    changeable={**FLAG, "description": "Whether the member may change it."},
    updated_at=INSTANT,
)
RECORD_TYPE = Param("record_type", "Only views of this record type.")


class ColumnInput(ma.Schema):
    key = fields.String(required=True, validate=validate.Length(1, 80))
    width = fields.Integer(strict=True, allow_none=True, validate=validate.Range(60, 900))


class ViewChange(ma.Schema):
    name = fields.String(validate=validate.Length(1, 100))
    kind = fields.String(validate=validate.OneOf(KINDS))
    condition = fields.Dict(keys=fields.String(), allow_none=True)
    columns = fields.List(fields.Nested(ColumnInput), validate=validate.Length(max=60))
    sort = fields.String(validate=validate.Length(max=200))
    group_by = fields.String(validate=validate.Length(max=80))
    lanes_by = fields.String(validate=validate.Length(max=80))
    lanes = fields.List(fields.String(validate=validate.Length(max=100)), validate=validate.Length(max=100))
    dates_by = fields.String(validate=validate.Length(max=80))
    sum_of = fields.String(validate=validate.Length(max=80))
    totals = fields.Dict(keys=fields.String(), values=fields.String())
    density = fields.String(validate=validate.OneOf(("", "compact")))
    shared = fields.String(validate=validate.OneOf(SHARED))
    team = fields.UUID(allow_none=True)
    default_roles = fields.List(fields.UUID(), validate=validate.Length(max=100))
    position = fields.Integer(strict=True, validate=validate.Range(0, 100_000))
    first = fields.Boolean(truthy={True}, falsy={False})


class ViewInput(ViewChange):
    record_type = fields.String(required=True, validate=validate.Length(1, 100))
    name = fields.String(required=True, validate=validate.Length(1, 100))


@views.get("/views", permission=any_member, doc=Doc(gives=VIEW, many=True, params=(RECORD_TYPE,)))
def list_views() -> Answer:
    """List the views that the member may open."""
    wish = request.args.get("record_type")
    types = [_type(wish)] if wish else [each for each in enabled_types() if access.may("view", each)]
    return listed([_json(view, known.habit) for known in map(views_of, types) for view in known.all])


@views.post("/views", permission=any_member, doc=Doc(ViewInput, VIEW, status=201))
def create_view() -> Answer:
    """Save a view."""
    said = loaded(ViewInput)
    record_type = _type(said["record_type"])
    view = save_view(
        record_type, name=said["name"], setup=_setup(Setup(), said), shared=said.get("shared", "private"),
        team_id=said.get("team"),
    )  # fmt: skip
    _choose(record_type, view, said)
    return single(_shown(record_type, view)), 201, {"Location": f"{PREFIX}/views/{view.id}"}


@views.get("/views/<uuid:view_id>", permission=any_member, doc=Doc(gives=VIEW))
def show_view(view_id: UUID) -> Answer:
    """Show a view."""
    view = get_view(view_id)
    return single(_shown(_type(view.record_type), view))


@views.patch("/views/<uuid:view_id>", permission=any_member, doc=Doc(ViewChange, VIEW))
def update_view(view_id: UUID) -> Answer:
    """Change a view. Somebody else's is only for those who manage views."""
    view, said = get_view(view_id), loaded(ViewChange)
    record_type = _type(view.record_type)
    changes: dict[str, Any] = {name: said[name] for name in ("name", "shared", "position") if name in said}
    if "team" in said:
        changes |= {"team_id": said["team"], "shared": said.get("shared", view.shared)}
    if SETUP & set(said):
        changes["setup"] = _setup(Setup.of(view), said)
    if changes or not {"first", "default_roles"} & set(said):
        change_view(record_type, view, **changes)
    _choose(record_type, view, said)
    return single(_shown(record_type, view))


@views.delete("/views/<uuid:view_id>", permission=any_member, doc=Doc(status=204))
def remove_view(view_id: UUID) -> Answer:
    """Delete a view. The records stay."""
    delete_view(get_view(view_id))
    return None


SETUP = {
    "kind",
    "condition",
    "columns",
    "sort",
    "group_by",
    "lanes_by",
    "lanes",
    "dates_by",
    "sum_of",
    "totals",
    "density",
}


def _setup(base: Setup, said: dict[str, Any]) -> Setup:
    given = {name: said[name] for name in SETUP & set(said)}
    if "columns" in given:
        given["columns"] = as_columns(given["columns"])
    if "lanes" in given:
        given["lanes"] = tuple(given["lanes"])
    return Setup(**{**{name: getattr(base, name) for name in SETUP}, **given})


def _choose(record_type: RecordType, view: View, said: dict[str, Any]) -> None:
    if "default_roles" in said:
        set_role_defaults(record_type, view, said["default_roles"])
    if "first" in said:
        known = views_of(record_type)
        is_first = known.habit is not None and known.habit.view_id == view.id
        if said["first"] != is_first:
            set_default(record_type, view if said["first"] else None)


def _type(name: str) -> RecordType:
    found = find_type(name)
    if found is None or not access.may("view", found):
        raise Invalid([FieldProblem("record_type", "unknown_type", _("There is no such record type."))])
    return found


def _shown(record_type: RecordType, view: View) -> dict[str, Any]:
    return _json(view, views_of(record_type).habit)


def _json(view: View, habit: Any) -> dict[str, Any]:
    return {
        "id": str(view.id),
        "record_type": view.record_type,
        "name": view.name,
        **Setup.of(view).dump(),
        "shared": view.shared,
        "team": str(view.team_id) if view.team_id else None,
        "owner": str(view.owner_id) if view.owner_id else None,
        "default_roles": view.default_roles,
        "position": view.position,
        "first": habit is not None and habit.view_id == view.id,
        "changeable": may_change(view),
        "updated_at": instant(view.updated_at),
    }
