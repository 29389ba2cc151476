"""Signing in and out, and choosing a new password by mail."""

from typing import Any
from urllib.parse import urlsplit

from flask import request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user, logout_user
from sqlalchemy import select

from core.auth import users
from core.auth.forms import AskReset, ChoosePassword, SignIn, errors_of, read_form
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.models import User
from core.auth.passwords import hash_of, is_password
from core.auth.security import auth_session
from core.errors import Invalid
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone

auth = Guarded("auth", __name__, template_folder="../templates")


@auth.get("/sign-in", permission=anyone)
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect_to(own_path(request.args.get("next")), reload=True)
    return _sign_in_page()


@auth.post("/sign-in", permission=anyone)
@few
def create_session() -> ResponseReturnValue:
    try:
        typed = read_form(SignIn, request.form)
    except Invalid as invalid:
        return _sign_in_page(errors=errors_of(invalid), status=422)
    user = auth_session.scalars(select(User).where(User.email == typed["email"])).one_or_none()
    right = is_password(typed["password"], user.password if user else None)
    if user is None or not right or not user.active:
        wrong = _("This e-mail address and password do not belong together. Check both, or reset your password.")
        return _sign_in_page(wrong=wrong, status=422)
    if user.confirmed_at is None:
        return _sign_in_page(unconfirmed=user.email, status=422)
    enter(user, remember=bool(request.form.get("remember")))
    return redirect_to(own_path(request.form.get("next")), reload=True)


def _sign_in_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("auth/sign_in.html", status=status, next=own_path(request.values.get("next")), **said)


@auth.post("/sign-out", permission=anyone)
def sign_out() -> ResponseReturnValue:
    logout_user()
    session.pop("workspace", None)
    toast(_("You are signed out."), "info")
    return redirect_to(url_for(".sign_in"), reload=True)


def enter(user: User, *, remember: bool = False) -> None:
    """Sign this browser in. What it did under another name is forgotten."""
    session.clear()
    login_user(user, remember=remember)


def own_path(target: str | None) -> str:
    """Where to go next, if it is a page of ours; else the start. Never another site."""
    path = target or "/"
    parts = urlsplit(path)
    ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if ours and not parts.scheme and not parts.netloc else "/"


# --- a new password ------------------------------------------------------------------------------------


@auth.get("/reset-password", permission=anyone)
def ask_reset() -> ResponseReturnValue:
    return render("auth/ask_reset.html", email=request.args.get("email", ""))


@auth.post("/reset-password", permission=anyone)
@few
def create_reset() -> ResponseReturnValue:
    try:
        typed = read_form(AskReset, request.form)
    except Invalid as invalid:
        return render("auth/ask_reset.html", status=422, errors=errors_of(invalid), email=request.form.get("email", ""))
    users.ask_for_reset(typed["email"], locale())
    return render("auth/reset_sent.html", email=typed["email"])


@auth.get("/reset-password/<token>", permission=anyone)
def edit_password(token: str) -> ResponseReturnValue:
    try:
        user = users.user_of_reset(token)
    except LinkProblem as problem:
        return _no_reset(problem)
    return render("auth/choose_password.html", email=user.email, token=token)


@auth.post("/reset-password/<token>", permission=anyone)
@few
def update_password(token: str) -> ResponseReturnValue:
    try:
        email = users.user_of_reset(token).email
        typed = read_form(ChoosePassword, request.form)
        user_id = users.reset_password(token, hash_of(typed["password"]))
    except LinkProblem as problem:
        return _no_reset(problem)
    except Invalid as invalid:
        return render("auth/choose_password.html", status=422, email=email, token=token, errors=errors_of(invalid))
    enter(auth_session.get_one(User, user_id))
    toast(_("Your new password is set. Other browsers were signed out."))
    return redirect_to("/", reload=True)


def _no_reset(problem: LinkProblem) -> ResponseReturnValue:
    text = {
        LinkExpired: _("Such a link works for one day. Ask for a new one."),
        LinkUsed: _(
            "A link to choose a new password works once. Sign in with the new password, or ask for another link."
        ),
        LinkForged: _(
            "Perhaps the mail program broke it in two. Copy the whole link from the mail, or ask for a new one."
        ),
    }[type(problem)]
    return render("auth/no_reset.html", status=problem.status, title=problem.message, text=text)
