"""The page of the workspace's members: inviting, roles, teams, ending and restoring access."""

from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core import access, current
from core.access import Member
from core.auth import invitations, members, teams
from core.auth.forms import Invite, NameTeam, PlaceMember, errors_of, read_form
from core.errors import DomainError, Invalid
from core.i18n import _
from core.web import redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.frame import Link

people = workspace("members", __name__, "members", template_folder="../templates")

INVITE, MANAGE = holding("tenant.invite_members"), holding("tenant.manage_members")


@people.get("/", permission=INVITE)
def list_members() -> ResponseReturnValue:
    search = request.args.get("q", "").strip()
    found, total = members.list_members(search)
    return render(
        "members/list.html", "members/_list.html",
        members=found, total=total, search=search, tabs=_tabs("members.list_members"), me=current.member_id(),
        roles=members.roles_of([member.id for member in found]),
        teams={team.id: team.name for team in teams.list_teams()},
        manages=access.permitted("tenant.manage_members"),
    )  # fmt: skip


def _tabs(endpoint: str) -> list[Link]:
    pages = [("members.list_members", _("Members"), "users"), ("members.list_teams", _("Teams"), "hierarchy-2")]
    return [Link(label, url_for(page), icon, active=page == endpoint) for page, label, icon in pages]


# --- inviting ------------------------------------------------------------------------------------------


@people.get("/invite", permission=INVITE)
def new_invitation() -> ResponseReturnValue:
    return _invitation_form()


@people.post("/invite", permission=INVITE)
def create_invitation() -> ResponseReturnValue:
    try:
        typed = read_form(Invite, request.form)
        member = invitations.invite_member(typed["email"], typed["role"], typed["team"])
    except Invalid as invalid:
        return _invitation_form(errors=errors_of(invalid), status=422)
    toast(_("The invitation to %(email)s is on its way.", email=member.email))
    return redirect_to(url_for(".list_members"))


def _invitation_form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("members/invite.html", status=status, roles=members.assignable_roles(), teams=team_options(), **said)


@people.post("/<uuid:member_id>/invitation", permission=INVITE)
def resend_invitation(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    invitations.resend_invitation(member)
    toast(_("A new invitation to %(email)s is on its way. The link sent before no longer works.", email=member.email))
    return redirect_to(url_for(".list_members"))


@people.post("/<uuid:member_id>/invitation/revocation", permission=INVITE)
def revoke_invitation(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    invitations.revoke_invitation(member)
    toast(_("The invitation to %(email)s is taken back.", email=member.email))
    return redirect_to(url_for(".list_members"))


# --- changing ------------------------------------------------------------------------------------------


@people.get("/<uuid:member_id>", permission=MANAGE)
def edit_member(member_id: UUID) -> ResponseReturnValue:
    return _member_form(members.get_member(member_id))


@people.post("/<uuid:member_id>", permission=MANAGE)
def update_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    try:
        typed = read_form(PlaceMember, request.form)
        members.place_member(member, role_id=typed["role"], team_id=typed["team"])
    except DomainError as problem:
        errors = errors_of(problem) if isinstance(problem, Invalid) else {"role": problem.message}
        return _member_form(member, errors=errors, status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".list_members"))


def _member_form(member: Member, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    mine = members.roles_of([member.id]).get(member.id, [])
    return render("members/edit.html", status=status, member=member, mine=mine, roles=members.assignable_roles(),
                  teams=team_options(), **said)  # fmt: skip


@people.post("/<uuid:member_id>/deactivation", permission=MANAGE)
def deactivate_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    members.deactivate_member(member)
    toast(_("%(member)s no longer has access.", member=member.name),
          undo=url_for(".reactivate_member", member_id=member.id))  # fmt: skip
    return redirect_to(url_for(".list_members"))


@people.post("/<uuid:member_id>/reactivation", permission=MANAGE)
def reactivate_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    members.reactivate_member(member)
    toast(_("%(member)s has access again.", member=member.name))
    return redirect_to(url_for(".list_members"))


# --- teams ---------------------------------------------------------------------------------------------


def team_options() -> list[tuple[str, str]]:
    """The teams as a tree, for a select."""
    return [(str(team.id), "\u2003" * teams.depth_of(team) + team.name) for team in teams.list_teams()]


@people.get("/teams", permission=INVITE)
def list_teams() -> ResponseReturnValue:
    rows = [(team, teams.depth_of(team)) for team in teams.list_teams()]
    return render("members/teams.html", rows=rows, sizes=teams.sizes(), tabs=_tabs("members.list_teams"),
                  manages=access.permitted("tenant.manage_members"))  # fmt: skip


@people.get("/teams/new", permission=MANAGE)
def new_team() -> ResponseReturnValue:
    return _team_form(parent=request.args.get("parent", ""))


@people.post("/teams/new", permission=MANAGE)
def create_team() -> ResponseReturnValue:
    try:
        typed = read_form(NameTeam, request.form)
        team = teams.create_team(typed["name"], typed["parent"])
    except Invalid as invalid:
        return _team_form(errors=errors_of(invalid), status=422)
    toast(_("The team %(team)s is there.", team=team.name))
    return redirect_to(url_for(".list_teams"))


@people.get("/teams/<uuid:team_id>", permission=MANAGE)
def edit_team(team_id: UUID) -> ResponseReturnValue:
    team = teams.get_team(team_id)
    return _team_form(team=team, name=team.name, parent=str(team.parent_id or ""))


@people.post("/teams/<uuid:team_id>", permission=MANAGE)
def update_team(team_id: UUID) -> ResponseReturnValue:
    team = teams.get_team(team_id)
    try:
        typed = read_form(NameTeam, request.form)
        teams.update_team(team, typed["name"], typed["parent"])
    except Invalid as invalid:
        return _team_form(team=team, errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".list_teams"))


@people.post("/teams/<uuid:team_id>/deletion", permission=MANAGE)
def delete_team(team_id: UUID) -> ResponseReturnValue:
    team = teams.get_team(team_id)
    teams.delete_team(team)
    toast(_("The team %(team)s is deleted.", team=team.name))
    return redirect_to(url_for(".list_teams"))


def _team_form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("members/team.html", status=status, teams=team_options(), **said)
