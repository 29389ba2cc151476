"""The settings of oneself."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core import current, db
from core.access import Member
from core.access.absences import is_away
from core.auth import choices, profile
from core.auth.absences import days_of
from core.auth.entry import keep_this
from core.auth.forms import ChangePassword, errors_of, read_form
from core.auth.members import get_member
from core.auth.passwords import hash_of, is_password
from core.auth.people_forms import OwnProfile
from core.auth.security import auth_session
from core.auth.throttling import Tries, attempt, passed
from core.errors import Invalid
from core.i18n import _, _l, using_locale
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

mine = workspace("settings", __name__, "settings", template_folder="../templates")

add_settings_page(SettingsPage(_l("Profile"), "settings.edit_profile", "user-circle", section="you", place=10,
                               also=("my_address",),
                               summary=_l("Your name, language, time zone and leave.")))  # fmt: skip


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
        typed = read_form(OwnProfile, request.form)
    except Invalid as invalid:
        return _profile_page(errors=errors_of(invalid), status=422)
    profile.update_profile(**typed)
    with using_locale(typed["locale"]):
        toast(_("Saved."))
    return redirect_to(url_for(".edit_profile"), reload=True)


def _profile_page(*, status: int = 200, **said: Any) -> ResponseReturnValue:
    me = get_member(current.member().id)
    return render("auth/profile.html", status=status, me=me, locales=choices.locales(), timezones=choices.timezones(),
                  leave=days_of(me), away=is_away(me), deputy=db.get(Member, me.deputy_id), **said)  # fmt: skip


@mine.get("/password", permission=any_member)
def edit_password() -> ResponseReturnValue:
    return render("auth/password.html")


@mine.post("/password", permission=any_member)
def update_password() -> ResponseReturnValue:
    """With the password changed, all other browsers are signed out."""
    try:
        typed = read_form(ChangePassword, {**request.form, "email": current_user.email, "name": current_user.name})
    except Invalid as invalid:
        return render("auth/password.html", status=422, errors=errors_of(invalid))
    tries = Tries("again", current_user.id.hex)
    attempt(tries)
    if not is_password(typed["present"], current_user.password):
        return render("auth/password.html", status=422, errors={"present": _("This is not your present password.")})
    passed(tries)
    profile.change_password(current_user.id, hash_of(typed["password"]))
    auth_session.refresh(current_user)
    keep_this(current_user._get_current_object())
    toast(_("Your new password is set. Other browsers were signed out."))
    return redirect_to(url_for(".edit_password"), reload=True)
