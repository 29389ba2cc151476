"""The list of members, the page of each, and the end and return of their access."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from core import access, current, db
from core.access import Member, Team
from core.access.absences import absences_of
from core.auth import directory, giving, invitations, members, seats, teams
from core.auth.absences import days_of, may_send_away
from core.auth.directory import Wish
from core.auth.forms import errors_of, read_form
from core.auth.last_seen import last_seen
from core.auth.models import ApiToken
from core.auth.people_forms import ChangeMember, ids_of
from core.auth.second_factor.holders import holders
from core.auth.views.people.blueprint import INVITE, MANAGE, people, tabs, team_options
from core.errors import DomainError, Invalid
from core.i18n import _
from core.web import redirect_to, render, toast

STATUSES = ("active", "invited", "deactivated", "away")
HANDOVER = "/w/<slug>/members/<uuid:member_id>/handover"


@people.get("/", permission=INVITE)
def list_members() -> ResponseReturnValue:
    wish = _wish()
    page = directory.find_members(wish, after=_id("after"), before=_id("before"))
    tree = teams.list_teams()
    return render(
        "members/list.html", "members/_list.html",
        total=page.total, members=page.members, wish=wish, tabs=tabs("members.list_members"), me=current.member_id(),
        held=members.roles_of([member.id for member in page.members]), away=absences_of(m.id for m in page.members),
        names={team.id: team.name for team in tree}, teams=team_options(), roles=giving.all_roles(),
        givable=giving.assignable_roles(), manages=access.permitted("tenant.manage_members"), seats=seats.seats(),
        leaves=_turn_pages(page, wish), protected=holders(member.user_id for member in page.members),
    )  # fmt: skip


def _wish() -> Wish:
    said = request.args
    status = said.get("status", "")
    return Wish(said.get("q", "").replace("\x00", "").strip(), said.get("team", ""), _id("role"),
                status if status in STATUSES else "")  # fmt: skip


def _id(name: str) -> UUID | None:
    return request.args.get(name, type=UUID)


def _turn_pages(page: directory.Page, wish: Wish) -> dict[str, str | None]:
    asked: dict[str, Any] = {
        "q": wish.search or None,
        "team": wish.team or None,
        "role": wish.role,
        "status": wish.status or None,
    }
    return {
        "previous": url_for(".list_members", before=page.previous, **asked) if page.previous else None,
        "next": url_for(".list_members", after=page.next, **asked) if page.next else None,
    }


@people.get("/<uuid:member_id>", permission=INVITE)
def show_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id)
    team = db.get(Team, member.team_id)
    return render(
        "members/show.html", member=member, held=members.roles_of([member.id]).get(member.id, []), team=team,
        led=_led_by(member), deputy=db.get(Member, member.deputy_id), days=days_of(member),
        away=absences_of([member.id]).get(member.id), me=current.member_id(),
        manages=access.permitted("tenant.manage_members"), may_send_away=may_send_away(member),
        second_factor=member.user_id in holders([member.user_id]), seen=_seen(member),
        handover=_handover(member), resets="second_factor_admin.reset" in current_app.view_functions,
    )  # fmt: skip


def _seen(member: Member) -> datetime | None:
    return last_seen([member.user_id]).get(member.user_id) if member.user_id else None


def _led_by(member: Member) -> Any:
    led = select(Team).where(Team.tenant_id == current.tenant_id(), Team.head_id == member.id)
    return db.session().scalars(led.order_by(Team.name)).all()


def _handover(member: Member) -> str | None:
    """Where what the member has is given to others, if there is such a page."""
    known = any(rule.rule == HANDOVER for rule in current_app.url_map.iter_rules())
    return (
        HANDOVER.replace("<slug>", current.tenant().slug).replace("<uuid:member_id>", str(member.id)) if known else None
    )


# --- changing ------------------------------------------------------------------------------------------


@people.get("/<uuid:member_id>/edit", permission=MANAGE)
def edit_member(member_id: UUID) -> ResponseReturnValue:
    return _member_form(members.get_member(member_id))


@people.post("/<uuid:member_id>", permission=MANAGE)
def update_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    try:
        typed = read_form(ChangeMember, request.form)
        chosen = ids_of(request.form.getlist("role"), "role")
        members.place_member(member, role_ids=chosen, team_id=typed.pop("team"), **typed)
    except DomainError as problem:
        errors = errors_of(problem) if isinstance(problem, Invalid) else {"role": problem.message}
        return _member_form(member, errors=errors, status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".show_member", member_id=member.id))


def _member_form(member: Member, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    held = members.roles_of([member.id]).get(member.id, [])
    return render("members/edit.html", status=status, member=member, held=held, roles=giving.all_roles(),
                  givable={role.id for role in giving.assignable_roles()}, teams=team_options(), **said)  # fmt: skip


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


# --- access --------------------------------------------------------------------------------------------


@people.get("/<uuid:member_id>/deactivation", permission=MANAGE)
def ask_deactivation(member_id: UUID) -> ResponseReturnValue:
    """What ends with the access, and what stays."""
    member = members.get_member(member_id)
    working = select(func.count()).where(
        ApiToken.tenant_id == current.tenant_id(), ApiToken.member_id == member.id, ApiToken.revoked_at.is_(None)
    )
    stood_in_for = select(Member.name).where(Member.tenant_id == current.tenant_id(), Member.deputy_id == member.id)
    return render("members/deactivation.html", member=member, led=_led_by(member), handover=_handover(member),
                  tokens=db.session().scalar(working) or 0,
                  stood_in_for=db.session().scalars(stood_in_for.order_by(Member.name)).all())  # fmt: skip


@people.post("/<uuid:member_id>/deactivation", permission=MANAGE)
def deactivate_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id, lock=True)
    members.deactivate_member(member)
    toast(_("%(member)s no longer has access.", member=member.name),
          undo=url_for(".reactivate_member", member_id=member.id))  # fmt: skip
    return redirect_to(url_for(".list_members"))


@people.post("/<uuid:member_id>/reactivation", permission=MANAGE)
def reactivate_member(member_id: UUID) -> ResponseReturnValue:
    member = members.get_member(member_id)
    members.reactivate_member(member)
    toast(_("%(member)s has access again.", member=member.name))
    return redirect_to(url_for(".list_members"))
