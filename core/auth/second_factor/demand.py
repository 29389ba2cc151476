"""A workspace that wants everybody to have a second factor: a notice first, and from a day on nothing else."""

from datetime import date
from zoneinfo import ZoneInfo

from flask import request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from core import current
from core.auth.policy import policy
from core.i18n import _, _n
from core.web import is_fragment, redirect_to
from core.web.frame import Link

OPEN_ROOMS = frozenset({"security", "my_sessions", "my_address"})
OPEN_PAGES = frozenset({"settings.edit_profile", "settings.update_profile", "settings.edit_password",
                        "settings.update_password", "workspaces.list_workspaces"})  # fmt: skip
"""What stays open to whoever lacks a second factor that they must have: their own settings, and the way out."""


def is_demanded() -> bool:
    """Whether this workspace wants a second factor of everybody, now or from some day on."""
    return policy().second_factor_from is not None


def days_left() -> int | None:
    """For how many days this person may go on without, 0 for no longer; None when nothing is missing."""
    wanted = policy().second_factor_from
    if wanted is None or current_user.factors_at is not None or session.get("strong"):
        return None
    today = current.now().astimezone(ZoneInfo(current.tenant().timezone)).date()
    return max((date.fromisoformat(wanted) - today).days, 0)


def lead_to_setting_up() -> ResponseReturnValue | None:
    """The answer to whoever must set up a second factor before anything else; None for everybody else."""
    if request.blueprint in OPEN_ROOMS or request.endpoint in OPEN_PAGES or days_left() != 0:
        return None
    if is_fragment() and request.method == "GET":
        return "", 204
    return redirect_to(url_for("security.show"), reload=True)


def notice() -> Link | None:
    """What stands above each page in the meantime, and where it leads."""
    days = days_left()
    if days is None:
        return None
    said = _n(
        "This workspace needs a second factor from everybody. You have %(num)s day left to set it up.",
        "This workspace needs a second factor from everybody. You have %(num)s days left to set it up.",
        days,
    )
    if days == 0:
        said = _("This workspace needs a second factor from everybody. Set it up to go on.")
    return Link(said, url_for("security.show"), "shield-exclamation")
