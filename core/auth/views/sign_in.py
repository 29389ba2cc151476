"""Signing in and out, and choosing a new password by mail."""

from typing import Any

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from sqlalchemy import select

from core.auth import users
from core.auth.entry import leave, own_path
from core.auth.forms import AskReset, ChoosePassword, SignIn, errors_of, read_form
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.models import User
from core.auth.passwords import hash_of, is_password
from core.auth.second_factor import passkeys
from core.auth.second_factor.gate import after_first
from core.auth.security import auth_session
from core.auth.sessions.happenings import tell_password_changed
from core.auth.sessions.trying import begin_trial, network_of, tries_at
from core.auth.throttling import TooMany, Tries, attempt, in_words, passed
from core.errors import Invalid
from core.i18n import _, _l, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone

auth = Guarded("auth", __name__, template_folder="../templates")


@auth.get("/sign-in", permission=anyone)
def sign_in() -> ResponseReturnValue:
    """`why` says for what reason somebody who is signed in elsewhere is asked again."""
    why = WHY.get(request.args.get("why", ""))
    if current_user.is_authenticated and why is None:
        return redirect_to(own_path(request.args.get("next")), reload=True)
    return sign_in_page(why=why)


WHY = {
    "idle": _l("You have not used this workspace for a while. Its security policy wants you to sign in again."),
    "age": _l("You signed in a long time ago. The security policy of this workspace wants you to sign in again."),
}


@auth.post("/sign-in", permission=anyone)
def create_session() -> ResponseReturnValue:
    try:
        typed = read_form(SignIn, request.form)
    except Invalid as invalid:
        return sign_in_page(errors=errors_of(invalid), status=422)
    user = auth_session.scalars(select(User).where(User.email == typed["email"])).one_or_none()
    try:
        trial = begin_trial(typed["email"], user)
    except TooMany as many:
        return _wait(many)
    right = is_password(typed["password"], user.password if user else None)
    if user is None or not right or not user.active:
        trial.wrong()
        wrong = _("This e-mail address and password do not belong together. Check both, or reset your password.")
        return sign_in_page(wrong=wrong, status=422)
    trial.right()
    if user.confirmed_at is None:
        return sign_in_page(unconfirmed=user.email, status=422)
    return after_first(user, remember=bool(request.form.get("remember")), then=request.form.get("next"))


def sign_in_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("auth/sign_in.html", status=status, next=own_path(request.values.get("next")),
                  passkeys=passkeys.usable(), **said)  # fmt: skip


def _wait(many: TooMany) -> ResponseReturnValue:
    """Told alike for an address that nobody has."""
    if many.locked:
        said = _(
            "After so many wrong passwords this account is closed to unknown browsers for a day. Open the link"
            " sent to its address, choose a new password, or use a browser in which you signed in before."
        )
    else:
        said = _("Too many wrong passwords. Try again in %(time)s.", time=in_words(many.seconds))
    response = make_response(sign_in_page(wrong=said, status=429))
    response.headers["Retry-After"] = str(many.seconds)
    return response


@auth.post("/sign-out", permission=anyone)
def sign_out() -> ResponseReturnValue:
    leave()
    toast(_("You are signed out."), "info")
    response = redirect_to(url_for(".sign_in"), reload=True)
    response.headers["Clear-Site-Data"] = '"storage"'  # half-written forms are not for whoever sits here next
    return response


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
    attempt(Tries("reset", typed["email"]), Tries("reset from an address", network_of(request.remote_addr or ""), 20))
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
        user = users.user_of_reset(token)
        email = user.email
        typed = read_form(ChoosePassword, {**request.form, "email": email, "name": user.name})
        user_id = users.reset_password(token, hash_of(typed["password"]))
        passed(tries_at(email))
        tell_password_changed(user_id, "link")
    except LinkProblem as problem:
        return _no_reset(problem)
    except Invalid as invalid:
        return render("auth/choose_password.html", status=422, email=email, token=token, errors=errors_of(invalid))
    toast(_("Your new password is set. Other browsers were signed out."))
    return after_first(auth_session.get_one(User, user_id), how="link")


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
