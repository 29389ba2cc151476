"""Signing a company up, confirming the address, and opening a further workspace."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core.auth import choices
from core.auth.forms import AskReset, errors_of, read_form
from core.auth.limits import few
from core.auth.links import LinkExpired, LinkForged, LinkProblem, LinkUsed
from core.auth.models import User
from core.auth.passwords import hash_of
from core.auth.second_factor.gate import after_first
from core.auth.security import auth_session
from core.errors import FieldProblem, Invalid
from core.i18n import _, locale
from core.web import redirect_to, render, toast
from core.web.blueprints import Guarded, anyone
from tenants import signing_up
from tenants.forms import OpenWorkspace, SignUp
from tenants.signing_up import Company

door = Guarded("sign_up", __name__, template_folder="../templates")


@door.get("/sign-up", permission=anyone)
def new_sign_up() -> ResponseReturnValue:
    return _form()


@door.post("/sign-up", permission=anyone)
@few
def create_sign_up() -> ResponseReturnValue:
    try:
        if current_user.is_authenticated:
            return _another()
        typed = read_form(SignUp, request.form)
        _refuse_own_name(typed)
    except Invalid as invalid:
        return _form(errors=errors_of(invalid), status=422)
    company = Company(typed["company"], typed["locale"], typed["timezone"], typed["currency"])
    signing_up.sign_up(typed["email"], typed["name"], hash_of(typed["password"]), company)
    return _sent(typed["email"])


def _refuse_own_name(typed: dict[str, str]) -> None:
    """A password that is one's own name or address is found first."""
    near = {typed[key].casefold() for key in ("email", "name", "company")} | {typed["email"].partition("@")[0]}
    if typed["password"].casefold() in near:
        said = _("This is one of the first that somebody would try. Choose another.")
        raise Invalid([FieldProblem("password", "weak", said)])


def _another() -> ResponseReturnValue:
    typed = read_form(OpenWorkspace, request.form)
    company = Company(typed["company"], typed["locale"], typed["timezone"], typed["currency"])
    slug = signing_up.open_another(current_user.id, company)
    toast(_("%(company)s is ready.", company=company.name))
    return redirect_to(f"/w/{slug}/", reload=True)


def _form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    zone, currency = choices.guess(request.headers.get("Accept-Language", ""))
    guessed = {"locale": locale(), "timezone": zone, "currency": currency}
    return render(
        "tenants/sign_up.html", status=status, typed=guessed | request.form.to_dict(), locales=choices.locales(),
        timezones=choices.timezones(), currencies=choices.currencies(), **said,
    )  # fmt: skip


def _sent(email: str) -> ResponseReturnValue:
    return render("tenants/check_mail.html", email=email)


@door.post("/sign-up/resend", permission=anyone)
@few
def resend() -> ResponseReturnValue:
    try:
        email = read_form(AskReset, request.form)["email"]
    except Invalid as invalid:
        return _not_now(LinkForged(_("Send the mail again")), errors=errors_of(invalid), status=422)
    signing_up.send_again(email)
    return _sent(email)


# --- the link in the mail ------------------------------------------------------------------------------


@door.get("/confirm/<token>", permission=anyone)
def confirm(token: str) -> ResponseReturnValue:
    try:
        user_id, slug = signing_up.confirm(token)
    except LinkProblem as problem:
        return _not_now(problem)
    toast(_("Your address is confirmed. Welcome to your new workspace."))
    return after_first(auth_session.get_one(User, user_id), then=f"/w/{slug}/", how="link")


def _not_now(problem: LinkProblem, *, status: int | None = None, **said: Any) -> ResponseReturnValue:
    text = {
        LinkExpired: _("A link to confirm an address works for 3 days. We gladly send a new one."),
        LinkUsed: _("Sign in with the password that you chose."),
        LinkForged: _("Perhaps the mail program broke it in two. Copy the whole link, or have a new one sent."),
    }[type(problem)]
    email = request.form.get("email") or (signing_up.address_of(problem.payload) if problem.payload else "")
    return render("tenants/no_confirmation.html", status=status or problem.status, title=problem.message, text=text,
                  used=isinstance(problem, LinkUsed), email=email, **said)  # fmt: skip
