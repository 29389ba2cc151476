"""The page on which administrators see how safe the workspace is, and demand more."""

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.auth.forms import errors_of
from core.auth.fresh import recently
from core.auth.permissions import MANAGE_SECURITY
from core.auth.policy import policy
from core.auth.policy_page.changing import change_policy
from core.auth.policy_page.fields import FIELDS, SECTIONS, typed
from core.auth.policy_page.status import statuses
from core.errors import Invalid
from core.i18n import _, _l
from core.records.pages.controls import control
from core.web import redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

security_policy = workspace("security_policy", __name__, "settings/security-policy", template_folder="../templates")
MANAGE = holding(MANAGE_SECURITY.name)

add_settings_page(SettingsPage(_l("Security policy"), "security_policy.show_policy", "shield-cog", section="people",
                               permission=MANAGE_SECURITY.name, place=40,
                               summary=_l("What is demanded of everybody who signs in.")))  # fmt: skip


@security_policy.get("/", permission=MANAGE)
def show_policy() -> ResponseReturnValue:
    return _page(typed(policy()))


@security_policy.post("/", permission=recently(MANAGE))
def update_policy() -> ResponseReturnValue:
    said = {name: of.from_form(request.form, name) for name, of in FIELDS.items()}
    try:
        change_policy(said)
    except Invalid as invalid:
        return _page(said, errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".show_policy"))


def _page(said: Mapping[str, Any], *, errors: Mapping[str, str] | None = None, status: int = 200) -> Any:
    faults = errors or {}
    sections = [
        (each, [control(of, said[name], name=name, error=faults.get(name)) for name, of in each.fields.items()])
        for each in SECTIONS
    ]
    labels = {name: of.label for name, of in FIELDS.items()}
    return render("auth/security_policy.html", status=status, sections=sections, errors=faults, labels=labels,
                  statuses=statuses())  # fmt: skip
