"""Trying a role on, and looking at the workspace as a member does."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core import current, db
from core.access import Member, Team
from core.auth import members, roles, seeing_as
from core.auth.forms import Id, errors_of, read_form
from core.auth.views.people.blueprint import team_options
from core.auth.views.roles.blueprint import MANAGE, role_pages
from core.errors import Invalid
from core.i18n import _, _l
from core.records.fields import Lookup
from core.records.pages.controls import Options, control
from core.records.pages.lookups import resolve_links
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member

WHOM = Lookup(_l("Member"), target="member", required=True)
WHOM.bind("member")


class TryOn(ma.Schema):
    team = Id(load_default=None)


class SeeAs(ma.Schema):
    member = Id(required=True)


@role_pages.get("/<uuid:role_id>/trying-on", permission=MANAGE)
def ask_try_on(role_id: UUID) -> ResponseReturnValue:
    return _try_on_form(role_id)


@role_pages.post("/<uuid:role_id>/trying-on", permission=MANAGE)
def try_on(role_id: UUID) -> ResponseReturnValue:
    try:
        team_id = read_form(TryOn, request.form)["team"]
        seeing_as.see_as_role(roles.get_role(role_id), db.get(Team, team_id))
    except Invalid as invalid:
        return _try_on_form(role_id, errors=errors_of(invalid), status=422)
    return redirect_to(f"/w/{current.tenant().slug}/", reload=True)


def _try_on_form(role_id: UUID, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("roles/try_on.html", status=status, role=roles.get_role(role_id), teams=team_options(), **said)


@role_pages.get("/seeing", permission=MANAGE)
def ask_whom_to_see_as() -> ResponseReturnValue:
    return _member_form()


@role_pages.post("/seeing", permission=MANAGE)
def see_as_member() -> ResponseReturnValue:
    try:
        form, problems, several = resolve_links([WHOM], request.form)
        if problems:
            return _member_form(problems[0].message, several.get(WHOM.key, ()), status=422)
        seeing_as.see_as_member(members.get_member(read_form(SeeAs, form)["member"]))
    except Invalid as invalid:
        return _member_form(invalid.message, status=422)
    return redirect_to(f"/w/{current.tenant().slug}/", reload=True)


def _member_form(error: str | None = None, several: Options = (), *, status: int = 200) -> ResponseReturnValue:
    whom = control(WHOM, request.form.get("member", ""), error=error, text=request.form.get("member-q", ""),
                   candidates=several)  # fmt: skip
    return render("roles/see_as.html", status=status, whom=whom, anybody=_is_anybody_else_here())


def _is_anybody_else_here() -> bool:
    others = select(Member.id).where(
        Member.tenant_id == current.tenant_id(), Member.status == "active", Member.id != current.member_id()
    )
    return db.session().scalar(others.limit(1)) is not None


@role_pages.post("/seeing/end", permission=any_member)
def stop_seeing() -> ResponseReturnValue:
    if seeing_as.stop_seeing():
        toast(_("You see the workspace with your own eyes again."))
    return redirect_to(f"/w/{current.tenant().slug}/", reload=True)
