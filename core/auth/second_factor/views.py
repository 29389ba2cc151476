"""The second step of signing in, signing in by a passkey alone, and showing once more who one is."""

from typing import Any

from flask import request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from werkzeug.exceptions import Unauthorized

from core.auth.entry import own_path
from core.auth.fresh import prove
from core.auth.limits import limiter
from core.auth.models import User
from core.auth.passwords import is_password
from core.auth.second_factor import passkeys
from core.auth.second_factor.factors import FactorRefused, factors_of
from core.auth.second_factor.gate import after_first, after_second, halfway
from core.auth.second_factor.showing import posed, show_factor, taken_ceremony
from core.auth.second_factor.trusted import DAYS
from core.auth.security import auth_session
from core.auth.throttling import Tries, attempt, passed
from core.auth.views.sign_in import sign_in_page
from core.errors import Forbidden
from core.i18n import _
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone

second_step = Guarded("second_step", __name__, url_prefix="/sign-in", template_folder="../templates")


# --- after the password --------------------------------------------------------------------------------


@second_step.get("/second", permission=anyone)
def ask() -> ResponseReturnValue:
    user = halfway()
    return _page(user) if user else _start_over()


@second_step.post("/second", permission=anyone)
def show() -> ResponseReturnValue:
    user = halfway()
    if user is None:
        return _start_over()
    tries = _tries(user)
    attempt(tries)
    try:
        show_factor(user, request.form)
    except FactorRefused as refused:
        return _page(user, wrong=refused.message, status=422)
    passed(tries)
    return after_second(user, trust=bool(request.form.get("trust")))


@second_step.post("/second/question", permission=anyone)
def pose_to_halfway() -> ResponseReturnValue:
    user = halfway()
    if user is None:
        raise Forbidden(_("That took too long. Sign in once more."))
    return posed(passkeys.begin_proving(user))


def _page(user: User, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    found = factors_of(user.id)
    by_paper = request.values.get("with") == "recovery" or "recovery" in request.form
    return render("second_factor/ask.html", status=status, factors=found, email=user.email, days=DAYS,
                  by_paper=by_paper, usable=passkeys.usable(), **said)  # fmt: skip


def _start_over() -> ResponseReturnValue:
    session.pop("halfway", None)
    toast(_("That took too long. Sign in once more."), "info")
    return redirect_to(url_for("auth.sign_in"), reload=True)


def _tries(user: User) -> Tries:
    return Tries("second-factor", user.id.hex)


# --- a passkey alone -----------------------------------------------------------------------------------

often = limiter.limit("120/minute;2400/hour")
"""Nobody guesses the answer of a key, and browsers ask for the question with the page: offices come at nine."""


@second_step.post("/passkey/question", permission=anyone)
@often
def pose() -> ResponseReturnValue:
    return posed(passkeys.begin_proving())


@second_step.post("/passkey", permission=anyone)
@often
def sign_in_by_passkey() -> ResponseReturnValue:
    then = own_path(request.form.get("next"))
    try:
        user = auth_session.get(User, passkeys.prove(taken_ceremony(), request.form.get("credential", "")))
        if user is None or not user.active or user.confirmed_at is None:
            raise FactorRefused(_("This account cannot sign in now."))
    except FactorRefused as refused:
        return sign_in_page(wrong=refused.message, status=422)
    return after_first(user, remember=bool(request.form.get("remember")), then=then, strong=True, how="passkey")


# --- once more -----------------------------------------------------------------------------------------


def signed_in() -> None:
    """Whoever is signed in, in whichever workspace."""
    if not current_user.is_authenticated:
        raise Unauthorized


@second_step.get("/again", permission=signed_in)
def ask_again() -> ResponseReturnValue:
    return _again_page()


@second_step.post("/again", permission=signed_in)
def show_again() -> ResponseReturnValue:
    """The password, or a second factor, whichever was given."""
    tries = Tries("again", current_user.id.hex)
    attempt(tries)
    if password := request.form.get("password"):
        if not is_password(password, current_user.password):
            return _again_page(errors={"password": _("This is not your password.")}, status=422)
    else:
        try:
            show_factor(current_user, request.form)
        except FactorRefused as refused:
            return _again_page(wrong=refused.message, status=422)
    passed(tries)
    prove()
    return redirect_to(own_path(request.form.get("next")), reload=True)


@second_step.post("/again/question", permission=signed_in)
def pose_again() -> ResponseReturnValue:
    return posed(passkeys.begin_proving(current_user))


def _again_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("second_factor/again.html", status=status, factors=factors_of(current_user.id), user=current_user,
                  next=own_path(request.values.get("next")), usable=passkeys.usable(), **said)  # fmt: skip
