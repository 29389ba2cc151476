"""Coming into a workspace by the link of an invitation."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from core import current, db
from core.auth import users
from core.auth.forms import Join, errors_of, read_form
from core.auth.invitations import Invitation, LinkWithdrawn, accept_invitation, read_invitation
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.models import User
from core.auth.passwords import hash_of
from core.auth.second_factor.gate import after_first
from core.auth.security import auth_session
from core.errors import Invalid
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone

joining = Guarded("invitations", __name__, template_folder="../templates")


@joining.get("/invitations/<token>", permission=anyone)
def show_invitation(token: str) -> ResponseReturnValue:
    try:
        return _page(token, read_invitation(token))
    except LinkProblem as problem:
        return _not_now(problem)


def _page(token: str, invitation: Invitation, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    """What to do to join: press a button, sign in, or choose a name and a password."""
    user = auth_session.scalars(select(User).where(User.email == invitation.email)).one_or_none()
    if current_user.is_authenticated:
        how = "join" if current_user.email == invitation.email else "other"
    else:
        how = "sign_in" if user and user.confirmed_at and user.password else "new"
    return render("auth/invitation.html", status=status, token=token, invitation=invitation, how=how,
                  here=request.path, **said)  # fmt: skip


@joining.post("/invitations/<token>", permission=anyone)
@few
def create_membership(token: str) -> ResponseReturnValue:
    try:
        invitation = read_invitation(token)
        if not current_user.is_authenticated:
            return _join_as_new(token, invitation)
        workspace = accept_invitation(token, current_user)
    except LinkProblem as problem:
        return _not_now(problem)
    toast(_("Welcome to %(workspace)s.", workspace=invitation.workspace))
    return redirect_to(workspace, reload=True)


def _join_as_new(token: str, invitation: Invitation) -> ResponseReturnValue:
    """Make the user; who holds the link has the mailbox, so the address needs no other confirmation."""
    try:
        typed = read_form(Join, {**request.form, "email": invitation.email, "company": invitation.workspace})
    except Invalid as invalid:
        return _page(token, invitation, status=422, errors=errors_of(invalid))
    hashed = hash_of(typed["password"])
    with db.role_session("auth") as session:
        user = users.claim_user(session, invitation.email, typed["name"], locale())
        if user.confirmed_at and user.password:
            return redirect_to(url_for("auth.sign_in", email=invitation.email, next=request.path), reload=True)
        user.name, user.confirmed_at = typed["name"], current.now()
        users.set_password(user, hashed)
    workspace = accept_invitation(token, user)
    toast(_("Welcome to %(workspace)s.", workspace=invitation.workspace))
    return after_first(auth_session.get_one(User, user.id), then=workspace, how="link")


def _not_now(problem: LinkProblem) -> ResponseReturnValue:
    text = {
        LinkExpired: _("An invitation works for 7 days. Ask whoever invited you to send it again."),
        LinkUsed: _("If it was you, sign in. If not, ask whoever invited you to send it again."),
        LinkWithdrawn: _("Look for a newer mail, or ask whoever invited you."),
        LinkForged: _("Perhaps the mail program broke it in two. Copy the whole link from the mail."),
    }[type(problem)]
    return render("auth/no_invitation.html", status=problem.status, title=problem.message, text=text)
