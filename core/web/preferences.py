"""Language and theme of whoever looks, kept in cookies so that they hold before signing in."""

from collections.abc import Callable

from flask import Blueprint, Flask, current_app, request
from flask.typing import ResponseReturnValue

from core import i18n
from core.web.cookies import cookie, give_cookie
from core.web.pages import redirect_to

THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600

preferences = Blueprint("preferences", __name__)


def init_preferences(app: Flask, user_locale: Callable[[], str | None], keep_locale: Callable[[str], None]) -> None:
    app.extensions["guanxi_keep_locale"] = keep_locale

    @app.before_request
    def hear_wish() -> None:
        if request.blueprint == "static_files":
            return
        browser = request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans", "zh-TW", "zh-HK"])
        i18n.wish(user_locale() or cookie("lang") or browser)

    @app.teardown_request
    def forget_wish(_error: BaseException | None) -> None:
        i18n.wish(None)


def theme() -> str:
    chosen = cookie("theme") or "auto"
    return chosen if chosen in THEMES else "auto"


def side() -> str:
    """Is the navigation at the side wide or narrow?"""
    return "narrow" if "narrow" in (request.cookies.get("__Host-side"), request.cookies.get("side")) else "wide"


@preferences.post("/language")
def choose_language() -> ResponseReturnValue:
    response = redirect_to(came_from() or "/", reload=True)
    if chosen := i18n.known_locale(request.form.get("lang")):
        current_app.extensions["guanxi_keep_locale"](chosen)
        give_cookie(response, "lang", request.form["lang"], max_age=YEAR)
    return response


@preferences.post("/theme")
def choose_theme() -> ResponseReturnValue:
    response = redirect_to(came_from() or "/", reload=True)
    if request.form.get("theme") in THEMES:
        give_cookie(response, "theme", request.form["theme"], max_age=YEAR)
    return response


def came_from() -> str | None:
    """The page of ours that the person came from; never another site."""
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else None
