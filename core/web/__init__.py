"""The web kit: pages and fragments, layouts, components, toasts, errors, security headers, assets.

    @leads.get("/<uuid:lead_id>")
    def show_lead(lead_id: UUID) -> ResponseReturnValue:
        lead = get_or_404(LEAD, lead_id)
        return render("leads/show.html", "leads/_lead.html", lead=lead)

A page extends `layout.html` and fills `title` and `content`; components are macros of the global `ui`. The page
`/styleguide` of a development server shows them all.
"""

from collections.abc import Callable

from flask import Flask

from core import current, i18n
from core.web.components import Components, attributes, field_prefix, hue, initials, new_id
from core.web.csrf import Csrf
from core.web.errors import answer_errors_under, init_errors
from core.web.frame import Frame, Link, frame, set_frame
from core.web.pages import is_dialog, is_fragment, redirect_to, render, swap, vary_on_htmx
from core.web.preferences import init_preferences, preferences, side, theme
from core.web.security import init_security
from core.web.settings_menu import settings_pages
from core.web.static_files import add_static, asset_url, icon, static_files
from core.web.styleguide import styleguide
from core.web.toasts import send_toasts, toast, toasts

csrf = Csrf()

__all__ = [
    "Frame",
    "Link",
    "add_static",
    "answer_errors_under",
    "asset_url",
    "csrf",
    "icon",
    "init_web",
    "is_fragment",
    "redirect_to",
    "render",
    "swap",
    "toast",
]

SHOWN_BY_TEMPLATES = ("fmt_date", "fmt_datetime", "fmt_money", "fmt_number", "fmt_percent", "fmt_relative", "fmt_time")


def init_web(
    app: Flask,
    *,
    frame_of: Callable[[], Frame | None],
    user_locale: Callable[[], str | None] = lambda: None,
    keep_locale: Callable[[str], None] = lambda locale: None,
) -> None:
    """Give the application its looks and manners.

    `frame_of` tells what is around a signed-in page, or None where nobody is signed in; `user_locale` which
    language the signed-in user chose, and `keep_locale` remembers another choice.
    """
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)  # where it began is judged by ourselves
    csrf.init_app(app)
    app.register_blueprint(static_files)
    app.register_blueprint(preferences)
    if app.debug or app.testing:
        app.register_blueprint(styleguide)
    _init_templates(app)
    set_frame(app, frame_of)
    init_preferences(app, user_locale, keep_locale)
    init_security(app)
    init_errors(app)
    app.after_request(send_toasts)
    app.after_request(vary_on_htmx)


def _init_templates(app: Flask) -> None:
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.add_extension("jinja2.ext.do")
    env.globals.update(
        _=i18n._,
        gettext=i18n._,
        settings_pages=settings_pages,
        ngettext=i18n.ngettext,
        _n=i18n._n,
        _l=i18n._l,
        ui=Components(env),
        icon=icon,
        draw=icon,
        attributes=attributes,
        field_prefix=field_prefix,
        in_dialog=is_dialog,
        is_fragment=is_fragment,
        hue=hue,
        initials=initials,
        new_id=new_id,
        now=current.now,
        side=side,
        asset_url=asset_url,
        frame=frame,
        toasts=toasts,
        theme=theme,
        html_lang=i18n.html_lang,
        languages=i18n.languages,
        known_locale=i18n.known_locale,
        locale=i18n.locale,
    )
    for name in SHOWN_BY_TEMPLATES:
        env.globals[name] = env.filters[name] = getattr(i18n, name)
