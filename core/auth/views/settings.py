"""The settings of oneself, and the API tokens of the workspace."""

from typing import Any
from uuid import UUID

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core import current
from core.auth import choices, profile, tokens
from core.auth.forms import ChangePassword, NewToken, Profile, errors_of, read_form
from core.auth.passwords import hash_of, is_password
from core.auth.security import auth_session
from core.auth.views.sign_in import enter
from core.errors import Invalid
from core.i18n import _, _l, using_locale
from core.records.types import enabled_types
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

mine = workspace("settings", __name__, "settings", template_folder="../templates")
TOKENS = holding("tenant.manage_tokens")

add_settings_page(SettingsPage(_l("Profile"), "settings.edit_profile", "user-circle", section="you", place=10,
                               summary=_l("Your name, language and time zone.")))  # fmt: skip
add_settings_page(SettingsPage(_l("Password"), "settings.edit_password", "lock", section="you", place=20,
                               summary=_l("Choose another password.")))  # fmt: skip
add_settings_page(SettingsPage(_l("API tokens"), "settings.list_tokens", "key", section="system", place=10,
                               permission="tenant.manage_tokens",
                               summary=_l("Keys by which programs work for you.")))  # fmt: skip


@mine.get("/", permission=any_member)
def show_settings() -> ResponseReturnValue:
    return render("auth/settings.html")


# --- oneself -------------------------------------------------------------------------------------------


@mine.get("/profile", permission=any_member)
def edit_profile() -> ResponseReturnValue:
    return _profile_page()


@mine.post("/profile", permission=any_member)
def update_profile() -> ResponseReturnValue:
    try:
        typed = read_form(Profile, request.form)
    except Invalid as invalid:
        return _profile_page(errors=errors_of(invalid), status=422)
    profile.update_profile(**typed)
    with using_locale(typed["locale"]):
        toast(_("Saved."))
    return redirect_to(url_for(".edit_profile"), reload=True)


def _profile_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    return render("auth/profile.html", status=status, me=current.member(), locales=choices.locales(),
                  timezones=choices.timezones(), **said)  # fmt: skip


@mine.get("/password", permission=any_member)
def edit_password() -> ResponseReturnValue:
    return render("auth/password.html")


@mine.post("/password", permission=any_member)
def update_password() -> ResponseReturnValue:
    """With the password changed, all other browsers are signed out."""
    try:
        typed = read_form(ChangePassword, request.form)
    except Invalid as invalid:
        return render("auth/password.html", status=422, errors=errors_of(invalid))
    if not is_password(typed["present"], current_user.password):
        return render("auth/password.html", status=422, errors={"present": _("This is not your present password.")})
    profile.change_password(current_user.id, hash_of(typed["password"]))
    auth_session.refresh(current_user)
    enter(current_user._get_current_object())
    toast(_("Your new password is set. Other browsers were signed out."))
    return redirect_to(url_for(".edit_password"), reload=True)


# --- tokens --------------------------------------------------------------------------------------------


@mine.get("/tokens", permission=TOKENS)
def list_tokens() -> ResponseReturnValue:
    return render("auth/tokens.html", tokens=tokens.list_tokens())


@mine.get("/tokens/new", permission=TOKENS)
def new_token() -> ResponseReturnValue:
    return _token_form()


@mine.post("/tokens/new", permission=TOKENS)
def create_token() -> ResponseReturnValue:
    """The token is shown on this answer and never again, so nothing may keep the answer."""
    try:
        typed = read_form(NewToken, request.form)
        scopes = _scopes(typed["level"], request.form.getlist("types"))
        token, secret = tokens.create_token(typed["name"], scopes, days=typed["days"])
    except Invalid as invalid:
        return _token_form(errors=errors_of(invalid), status=422)
    response = make_response(render("auth/token.html", token=token, secret=secret))
    response.headers["Cache-Control"] = "no-store"
    return response


def _scopes(level: str, types: list[str]) -> list[str]:
    """Full, reading, or reading and writing; the latter two perhaps of some record types only."""
    if level == "full":
        return ["*"]
    kinds = ["read"] if level == "read" else ["read", "write"]
    return [f"{name}:{kind}" for name in types for kind in kinds] if types else kinds


def _token_form(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    types = [(t.name, t.plural_label) for t in enabled_types()]
    return render("auth/new_token.html", status=status, types=types, **said)


@mine.post("/tokens/<uuid:token_id>/revocation", permission=TOKENS)
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    tokens.revoke_token(token_id)
    toast(_("The token no longer works."))
    return redirect_to(url_for(".list_tokens"))
