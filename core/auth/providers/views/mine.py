"""The settings of oneself: the accounts elsewhere with which one signs in here."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core.auth.fresh import recently
from core.auth.providers import configured, identities
from core.auth.providers.confinement import came_by
from core.auth.providers.somebody import NotSignedIn
from core.auth.providers.views.journey import leave_for, set_out, show_fault
from core.errors import Forbidden
from core.i18n import _, _l
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

accounts = workspace("accounts", __name__, "settings/accounts", template_folder="../../templates")

add_settings_page(SettingsPage(_l("Connected accounts"), "accounts.list_accounts", "login-2", section="you",
                               place=40, summary=_l("Sign in with an account that you have elsewhere.")))  # fmt: skip


@accounts.get("/", permission=any_member)
def list_accounts() -> ResponseReturnValue:
    mine = identities.identities_of(current_user.id)
    known = {each.key: each for each in configured.providers()}
    free = [each for key, each in known.items() if key not in {identity.provider for identity in mine}]
    return render("providers/accounts.html", mine=mine, known=known, free=free, by_company=came_by() is not None)


@accounts.post("/<key>", permission=recently(any_member))
def connect_account(key: str) -> ResponseReturnValue:
    if came_by() is not None:
        raise Forbidden(_("You came in with your company's account. Sign in with your password to connect another."))
    try:
        provider = configured.provider(key)
        url = set_out(provider, url_for("elsewhere.finish", key=key), url_for(".list_accounts"),
                      user_id=current_user.id)  # fmt: skip
    except NotSignedIn as fault:
        return show_fault(fault, again=url_for(".list_accounts"))
    return leave_for(url, str(provider.label))


@accounts.post("/<uuid:identity_id>/disconnection", permission=recently(any_member))
def disconnect_account(identity_id: UUID) -> ResponseReturnValue:
    gone = identities.disconnect_mine(current_user.id, identity_id)
    toast(_("%(account)s no longer opens your account.", account=gone.label))
    return redirect_to(url_for(".list_accounts"))
