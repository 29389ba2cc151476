"""The page of one's own sign-in and security: password, codes of an app, passkeys, recovery codes."""

from typing import Any
from uuid import UUID

from flask import make_response, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core.auth.devices import words_of
from core.auth.forms import errors_of, read_form
from core.auth.fresh import recently
from core.auth.second_factor import code_app, passkeys, recovery
from core.auth.second_factor.demand import days_left, is_demanded
from core.auth.second_factor.factors import FactorRefused, factors_of
from core.auth.second_factor.forms import NamePasskey
from core.auth.second_factor.showing import posed, taken_ceremony
from core.auth.sessions.keeping import open_sessions
from core.auth.sessions.mine import end_others
from core.auth.sessions.present import present
from core.errors import Invalid, NotFound
from core.i18n import _, _l, _n
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

security = workspace("security", __name__, "settings/security", template_folder="../templates")
NOW = recently(any_member)

add_settings_page(SettingsPage(_l("Sign-in and security"), "security.show", "shield-lock", section="you", place=20,
                               also=("settings.edit_password", "settings.update_password"),
                               summary=_l("Your password, second factor and passkeys.")))  # fmt: skip


@security.get("/", permission=any_member)
def show() -> ResponseReturnValue:
    return render("second_factor/show.html", factors=factors_of(current_user.id), usable=passkeys.usable(),
                  has_password=bool(current_user.password), most=passkeys.MOST, demanded=is_demanded(),
                  days=days_left(), few=recovery.FEW)  # fmt: skip


# --- codes of an app -----------------------------------------------------------------------------------


@security.get("/app", permission=NOW)
def new_app() -> ResponseReturnValue:
    return _app_page()


@security.post("/app", permission=NOW)
def create_app() -> ResponseReturnValue:
    try:
        code_app.add(current_user.id, _offered(), request.form.get("code", ""))
    except FactorRefused as refused:
        return _app_page(errors={"code": refused.message}, status=422)
    session.pop("offered", None)
    return _after_adding(_("From now on you sign in with a code of your app."))


@security.post("/app/removal", permission=NOW)
def delete_app() -> ResponseReturnValue:
    code_app.remove(current_user.id)
    toast(_("Codes of the app are no longer asked for."))
    return redirect_to(url_for(".show"), reload=True)


def _app_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    offer = code_app.offer(current_user, _offered())
    response = make_response(render("second_factor/app.html", status=status, offer=offer, **said))
    response.headers["Cache-Control"] = "no-store"
    return response


def _offered() -> str:
    """The secret stays the same while one fetches the phone, types it in, or reloads the page."""
    if session.get("offered", ("",))[0] != current_user.id.hex:
        session["offered"] = [current_user.id.hex, code_app.new_secret(current_user)]
    return str(session["offered"][1])


# --- passkeys ------------------------------------------------------------------------------------------


@security.get("/passkeys/new", permission=NOW)
def new_passkey() -> ResponseReturnValue:
    return _passkey_page()


@security.post("/passkeys/question", permission=NOW)
def pose() -> ResponseReturnValue:
    return posed(passkeys.begin_adding(current_user))


@security.post("/passkeys/new", permission=NOW)
def create_passkey() -> ResponseReturnValue:
    ceremony = taken_ceremony()
    try:
        name = read_form(NamePasskey, request.form)["name"]
        passkeys.add(current_user.id, ceremony, request.form.get("credential", ""), name)
    except Invalid as invalid:
        return _passkey_page(errors=errors_of(invalid), status=422)
    except FactorRefused as refused:
        return _passkey_page(wrong=refused.message, status=422)
    return _after_adding(_("The passkey “%(name)s” is there.", name=name))


def _passkey_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    device = words_of(request.user_agent.string)
    return render("second_factor/new_passkey.html", status=status, device=device, usable=passkeys.usable(), **said)


@security.get("/passkeys/<uuid:passkey_id>", permission=any_member)
def edit_passkey(passkey_id: UUID) -> ResponseReturnValue:
    return _rename_page(passkey_id)


@security.post("/passkeys/<uuid:passkey_id>", permission=any_member)
def update_passkey(passkey_id: UUID) -> ResponseReturnValue:
    try:
        passkeys.rename(current_user.id, passkey_id, read_form(NamePasskey, request.form)["name"])
    except Invalid as invalid:
        return _rename_page(passkey_id, errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".show"))


def _rename_page(passkey_id: UUID, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    found = next((key for key in factors_of(current_user.id).passkeys if key.id == passkey_id), None)
    if found is None:
        raise NotFound(_("There is no such passkey."))
    return render("second_factor/rename.html", status=status, passkey=found, **said)


@security.post("/passkeys/<uuid:passkey_id>/removal", permission=NOW)
def delete_passkey(passkey_id: UUID) -> ResponseReturnValue:
    passkeys.remove(current_user.id, passkey_id)
    toast(_("The passkey is removed. Delete it on your device too."))
    return redirect_to(url_for(".show"), reload=True)


# --- recovery codes ------------------------------------------------------------------------------------


@security.post("/codes", permission=NOW)
def renew_codes() -> ResponseReturnValue:
    if not factors_of(current_user.id):
        raise NotFound(_("Set up codes of an app or a passkey first."))
    return _codes_page(recovery.renew(current_user.id))


def _after_adding(said: str) -> ResponseReturnValue:
    """Whoever has no recovery codes gets them now, while they think of it; with the first ones, other browsers that
    came in without a second factor can be signed out."""
    toast(said)
    found = factors_of(current_user.id)
    if found.codes_left:
        return redirect_to(url_for(".show"), reload=True)
    return _codes_page(recovery.renew(current_user.id), others=0 if found.codes_made else _count_others())


def _codes_page(codes: Any, *, others: int = 0) -> ResponseReturnValue:
    """The codes are on this answer and never again, so nothing may keep it."""
    page = render("second_factor/codes.html", codes=codes, email=current_user.email, others=others)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _count_others() -> int:
    return len(open_sessions(current_user.id)) - 1


@security.post("/codes/kept", permission=any_member)
def finish_adding() -> ResponseReturnValue:
    """The codes are kept; browsers that came in without a second factor go, unless they may stay."""
    here = present()
    if request.form.get("others") and here is not None:
        count = end_others(here)
        toast(_n("%(num)s browser was signed out.", "%(num)s browsers were signed out.", count))
    return redirect_to(url_for(".show"), reload=True)
