"""Inviting somebody by mail, or many by a list."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema

from core.auth import giving, invitations, inviting_many, seats
from core.auth.forms import Id, Invite, errors_of, read_form
from core.auth.roles import purpose_of
from core.auth.seats import NoSeat
from core.auth.views.people.blueprint import INVITE, people, team_options
from core.errors import Invalid
from core.i18n import _, _n
from core.web import redirect_to, render, toast


class ForAll(Schema):
    role = Id(required=True)
    team = Id(load_default=None)


@people.get("/invite", permission=INVITE)
def new_invitation() -> ResponseReturnValue:
    return _form()


@people.post("/invite", permission=INVITE)
def create_invitation() -> ResponseReturnValue:
    try:
        typed = read_form(Invite, request.form)
        member = invitations.invite_member(typed["email"], typed["role"], typed["team"])
    except Invalid as invalid:
        return _form(errors=errors_of(invalid), status=422)
    except NoSeat as none_left:
        return _form(errors={"email": none_left.message}, status=409)
    toast(_("The invitation to %(email)s is on its way.", email=member.email))
    return redirect_to(url_for(".list_members"))


def _form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("members/invite.html", status=status, roles=giving.assignable_roles(), teams=team_options(),
                  purpose_of=purpose_of, seats=seats.seats(), **said)  # fmt: skip


@people.get("/invite/list", permission=INVITE)
def new_invitations() -> ResponseReturnValue:
    return _list_form()


@people.post("/invite/list", permission=INVITE)
def create_invitations() -> ResponseReturnValue:
    """Those that can be sent are; the others stay in the form, each with its reason."""
    try:
        typed = read_form(ForAll, request.form)
        fates = inviting_many.invite_many(
            inviting_many.read_list(request.form.get("list", "")), typed["role"], typed["team"]
        )
    except Invalid as invalid:
        return _list_form(errors=errors_of(invalid), status=422)
    sent = sum(1 for fate in fates if fate.member_id)
    if sent:
        toast(_n("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", sent))
    if sent == len(fates):
        return redirect_to(url_for(".list_members"))
    left = "\n".join(fate.wanted.line for fate in fates if fate.problem)
    return _list_form(fates=fates, left=left)


def _list_form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("members/invite_list.html", status=status, roles=giving.assignable_roles(), teams=team_options(),
                  seats=seats.seats(), most=inviting_many.MOST, **said)  # fmt: skip
