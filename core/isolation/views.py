"""The page on which a workspace sees how it is kept apart from the others, and how that is known."""

from flask import url_for
from flask.typing import ResponseReturnValue

from core.auth.permissions import MANAGE_SECURITY
from core.auth.policy_page.status import Status, Told, add_status
from core.auth.second_factor.holders import coverage
from core.auth.sessions.keeping import count_open_here
from core.i18n import _, _l
from core.isolation.facts import facts
from core.isolation.telling import verdict
from core.settings import settings
from core.web import render
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

isolation = workspace("isolation", __name__, "settings/isolation", template_folder="templates")

add_settings_page(SettingsPage(_l("Isolation"), "isolation.show_isolation", "shield-half", section="people", place=70,
                               permission=MANAGE_SECURITY.name,
                               summary=_l("How this workspace is kept apart from all others.")))  # fmt: skip


@isolation.get("/", permission=holding(MANAGE_SECURITY.name))
def show_isolation() -> ResponseReturnValue:
    return render(
        "isolation/isolation.html", facts=facts(), verdict=verdict(), sessions=count_open_here(), factors=coverage(),
        former_keys=len(settings().secret_key_fallbacks),
    )  # fmt: skip


def _last_probe() -> Told:
    said = verdict()
    return Told(said.title, _("Isolation from other workspaces"), url_for("isolation.show_isolation"))


add_status(Status(_l("Last nightly probe"), "shield-half", _last_probe, place=30))
