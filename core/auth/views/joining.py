"""Coming into a workspace by a link for many: say an address, confirm it by mail, and join."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from core import current, db
from core.auth import joining, users
from core.auth.entry import enter
from core.auth.forms import Join, errors_of, read_form
from core.auth.invitations import LinkWithdrawn
from core.auth.joining import Opening
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.models import User
from core.auth.passwords import hash_of
from core.auth.people_forms import AskToJoin
from core.auth.security import auth_session
from core.errors import Invalid
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone

joining_by_link = Guarded("joining", __name__, template_folder="../templates")


@joining_by_link.get("/join/<token>", permission=anyone)
def show_link(token: str) -> ResponseReturnValue:
    try:
        return _asking(token, joining.read_join_link(token))
    except LinkProblem as problem:
        return _not_now(problem)


@joining_by_link.post("/join/<token>", permission=anyone)
@few
def ask_to_join(token: str) -> ResponseReturnValue:
    """Whoever is signed in with a fitting address joins at once; to all others goes a mail."""
    try:
        opening = joining.read_join_link(token)
        if current_user.is_authenticated and "email" not in request.form:
            return _welcome(joining.join_at_once(token, current_user), opening)
        email = read_form(AskToJoin, request.form)["email"]
        joining.ask_to_join(token, email)
    except Invalid as invalid:
        return _asking(token, opening, status=422, errors=errors_of(invalid))
    except LinkProblem as problem:
        return _not_now(problem)
    return render("auth/join_sent.html", email=email, workspace=opening.workspace)


def _asking(token: str, opening: Opening, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("auth/join.html", status=status, opening=opening, here=url_for(".ask_to_join", token=token), **said)


@joining_by_link.get("/join/confirmed/<token>", permission=anyone)
def show_confirmed(token: str) -> ResponseReturnValue:
    try:
        return _confirmed(joining.read_confirmed(token))
    except LinkProblem as problem:
        return _not_now(problem)


def _confirmed(opening: Opening, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    """What to do to join: press a button, sign in, or choose a name and a password."""
    user = auth_session.scalars(select(User).where(User.email == opening.email)).one_or_none()
    if current_user.is_authenticated:
        how = "join" if current_user.email == opening.email else "other"
    else:
        how = "sign_in" if user and user.confirmed_at and user.password else "new"
    return render("auth/join_confirmed.html", status=status, opening=opening, how=how, here=request.path, **said)


@joining_by_link.post("/join/confirmed/<token>", permission=anyone)
@few
def create_membership(token: str) -> ResponseReturnValue:
    try:
        opening = joining.read_confirmed(token)
        if current_user.is_authenticated:
            return _welcome(joining.join_confirmed(token, current_user), opening)
        return _join_as_new(token, opening)
    except LinkProblem as problem:
        return _not_now(problem)


def _join_as_new(token: str, opening: Opening) -> ResponseReturnValue:
    """Make the user; who holds the link has the mailbox, so the address needs no other confirmation."""
    try:
        typed = read_form(Join, request.form)
    except Invalid as invalid:
        return _confirmed(opening, status=422, errors=errors_of(invalid))
    hashed = hash_of(typed["password"])
    with db.role_session("auth") as session:
        user = users.claim_user(session, opening.email, typed["name"], locale())
        if user.confirmed_at and user.password:
            return redirect_to(url_for("auth.sign_in", email=opening.email, next=request.path), reload=True)
        user.name, user.confirmed_at = typed["name"], current.now()
        users.set_password(user, hashed)
    workspace = joining.join_confirmed(token, user)
    enter(auth_session.get_one(User, user.id))
    return _welcome(workspace, opening)


def _welcome(workspace: str, opening: Opening) -> ResponseReturnValue:
    toast(_("Welcome to %(workspace)s.", workspace=opening.workspace))
    return redirect_to(workspace, reload=True)


def _not_now(problem: LinkProblem) -> ResponseReturnValue:
    text = {
        LinkExpired: _("Ask whoever gave you the link for a new one."),
        LinkUsed: _("If you have an account here, sign in. If not, ask whoever gave you the link."),
        LinkWithdrawn: _("Ask whoever gave you the link for a new one."),
        LinkForged: _("Perhaps it was broken in two on its way. Copy the whole link."),
    }[type(problem)]
    return render("auth/no_invitation.html", status=problem.status, title=problem.message, text=text)
