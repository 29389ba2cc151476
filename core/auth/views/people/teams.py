"""The department tree."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from core import access
from core.access import Team
from core.auth import team_people, teams
from core.auth.forms import Line, errors_of, read_form
from core.auth.people_forms import NameTeam, PlaceTeam
from core.auth.views.people.blueprint import INVITE, MANAGE, people, person_options, tabs, team_options
from core.errors import Conflict, Invalid
from core.i18n import _
from core.web import redirect_to, render, swap, toast


class Rename(Schema):
    name = Line()


@people.get("/teams", permission=INVITE)
def list_teams() -> ResponseReturnValue:
    return render("members/teams.html", "members/_tree.html", tabs=tabs("members.list_teams"), **_tree())


def _tree() -> dict[str, Any]:
    found = teams.list_teams()
    sizes = teams.sizes()
    below: dict[UUID | None, list[Team]] = {}
    for team in found:
        below.setdefault(team.parent_id, []).append(team)
    return {
        "below": below, "sizes": sizes, "totals": team_people.totals(found, sizes), "people": team_people.people_in(),
        "heads": team_people.heads_of(found), "manages": access.permitted("tenant.manage_members"),
    }  # fmt: skip


@people.get("/teams/new", permission=MANAGE)
def new_team() -> ResponseReturnValue:
    return _team_form(parent=request.args.get("parent", ""))


@people.post("/teams/new", permission=MANAGE)
def create_team() -> ResponseReturnValue:
    try:
        typed = read_form(NameTeam, request.form)
        team = teams.create_team(typed["name"], typed["parent"], typed["head"])
    except Invalid as invalid:
        return _team_form(errors=errors_of(invalid), status=422)
    toast(_("The team %(team)s is there.", team=team.name))
    return redirect_to(url_for(".list_teams"))


@people.get("/teams/<uuid:team_id>", permission=MANAGE)
def edit_team(team_id: UUID) -> ResponseReturnValue:
    team = teams.get_team(team_id)
    return _team_form(team=team, name=team.name, parent=str(team.parent_id or ""), head=str(team.head_id or ""))


@people.post("/teams/<uuid:team_id>", permission=MANAGE)
def update_team(team_id: UUID) -> ResponseReturnValue:
    """A form that says nothing of the head leaves it as it is."""
    team = teams.get_team(team_id)
    try:
        typed = read_form(NameTeam, request.form)
        teams.update_team(team, typed["name"], typed["parent"])
        if "head" in request.form:
            teams.set_head(team, typed["head"])
    except Invalid as invalid:
        return _team_form(team=team, errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".list_teams"))


@people.post("/teams/<uuid:team_id>/name", permission=MANAGE)
def rename_team(team_id: UUID) -> ResponseReturnValue:
    """In its place in the tree."""
    team = teams.get_team(team_id)
    teams.rename_team(team, read_form(Rename, request.form)["name"])
    return swap("members/_tree.html", otherwise=url_for(".list_teams"), **_tree())


@people.post("/teams/<uuid:team_id>/place", permission=MANAGE)
def place_team(team_id: UUID) -> ResponseReturnValue:
    """Where it was dragged to, or one step up or down: `place` counts from 0 among its brothers without itself."""
    team = teams.get_team(team_id)
    typed = read_form(PlaceTeam, request.form)
    teams.move_team(team, typed["parent"], typed["place"])
    return swap("members/_tree.html", otherwise=url_for(".list_teams"), **_tree())


@people.get("/teams/<uuid:team_id>/move", permission=MANAGE)
def ask_place(team_id: UUID) -> ResponseReturnValue:
    return _move_form(teams.get_team(team_id))


@people.post("/teams/<uuid:team_id>/move", permission=MANAGE)
def move_team(team_id: UUID) -> ResponseReturnValue:
    team = teams.get_team(team_id)
    try:
        teams.move_team(team, read_form(PlaceTeam, request.form)["parent"])
    except Invalid as invalid:
        return _move_form(team, errors=errors_of(invalid), status=422)
    toast(_("The team %(team)s is moved, with everything below it.", team=team.name))
    return redirect_to(url_for(".list_teams"))


def _move_form(team: Team, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    elsewhere = [
        (str(each.id), "\u2003" * teams.depth_of(each) + each.name)
        for each in teams.list_teams()
        if not each.path.startswith(team.path)
    ]
    return render("members/move_team.html", status=status, team=team, elsewhere=elsewhere, **said)


@people.get("/teams/<uuid:team_id>/deletion", permission=MANAGE)
def ask_deletion(team_id: UUID) -> ResponseReturnValue:
    """A team that is not empty is deleted once it is said where its people and teams go."""
    team = teams.get_team(team_id)
    below = [each for each in teams.list_teams() if each.parent_id == team.id]
    return render("members/delete_team.html", team=team, below=below, size=teams.sizes().get(team.id, 0),
                  above=teams.get_team(team.parent_id) if team.parent_id else None)  # fmt: skip


@people.post("/teams/<uuid:team_id>/deletion", permission=MANAGE)
def delete_team(team_id: UUID) -> ResponseReturnValue:
    team = teams.get_team(team_id)
    name = team.name
    try:
        teams.delete_team(team, to_parent=request.form.get("to_parent") == "1")
    except Conflict as conflict:
        return render("members/delete_team.html", status=409, team=team, below=[], size=0, above=None,
                      error=conflict.message)  # fmt: skip
    toast(_("The team %(team)s is deleted.", team=name))
    return redirect_to(url_for(".list_teams"))


def _team_form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("members/team.html", status=status, teams=team_options(), persons=person_options(), **said)
