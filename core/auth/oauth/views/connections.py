"""Settings, you, connected apps: what acts in one's name, and ending it."""

from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from core.auth.oauth.consents import my_connections, withdraw_consent
from core.auth.oauth.words import in_words
from core.i18n import _, _l
from core.web import redirect_to, render, toast
from core.web.blueprints import any_member, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

connections = workspace("connections", __name__, "settings/connections", template_folder="../../templates")

add_settings_page(SettingsPage(_l("Connected apps"), "connections.list_connections", "plug-connected", section="you",
                               place=50, summary=_l("Apps that act in your name.")))  # fmt: skip


@connections.get("/", permission=any_member)
def list_connections() -> ResponseReturnValue:
    return render("oauth/connections.html", connections=my_connections(), in_words=in_words)


@connections.post("/<uuid:app_id>/withdrawal", permission=any_member)
def withdraw_connection(app_id: UUID) -> ResponseReturnValue:
    withdraw_consent(app_id)
    toast(_("The app no longer acts for you."))
    return redirect_to(url_for(".list_connections"))
