"""Settings, system, apps: those that members may use here, and those that this workspace publishes."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from core.access import permitted
from core.auth import programs
from core.auth.forms import Id, Line, Name, errors_of, read_form
from core.auth.oauth import approvals
from core.auth.oauth import apps as services
from core.auth.oauth.models import OAuthApp
from core.auth.oauth.words import in_words
from core.auth.permissions import MANAGE_APPS, MANAGE_TOKENS
from core.errors import Invalid, NotFound
from core.i18n import _, _l
from core.records.types import RECORD_TYPES
from core.web import redirect_to, render, toast
from core.web.blueprints import holding, workspace
from core.web.settings_menu import SettingsPage, add_settings_page

apps = workspace("apps", __name__, "settings/apps", template_folder="../../templates")
MANAGE = holding(MANAGE_APPS.name)
LOGO_READ = 2 * 1024 * 1024

add_settings_page(SettingsPage(_l("Apps"), "apps.list_apps", "app-window", section="system", place=20,
                               permission=MANAGE_APPS.name,
                               summary=_l("Programs of others that members may use, and your own.")))  # fmt: skip


class DescribeApp(ma.Schema):
    name = Name()
    homepage = Line()
    redirect_uris = ma.fields.String(load_default="")
    service_member_id = Id(load_default=None)


@apps.get("/", permission=MANAGE)
def list_apps() -> ResponseReturnValue:
    return render("oauth/apps.html", approvals=approvals.list_approvals(), published=services.list_apps(),
                  in_words=in_words, error=None)  # fmt: skip


# --- those of others -----------------------------------------------------------------------------------


@apps.post("/finding", permission=MANAGE)
def find_app() -> ResponseReturnValue:
    """By the client id, which its publisher tells."""
    typed = request.form.get("client_id", "").strip()
    try:
        app = services.find_app(UUID(typed))
    except ValueError:
        app = None
    if app is None:
        return render("oauth/apps.html", status=422, approvals=approvals.list_approvals(),
                      published=services.list_apps(), in_words=in_words,
                      error=_("There is no app with this client ID."))  # fmt: skip
    return redirect_to(url_for(".show_approval", app_id=app.id))


@apps.get("/<uuid:app_id>/approval", permission=MANAGE)
def show_approval(app_id: UUID) -> ResponseReturnValue:
    app = _any_app(app_id)
    approval = approvals.approval_of(app_id)
    new = [s for s in app.scopes if approval is None or approval.status != "approved" or s not in approval.scopes]
    return render("oauth/approval.html", app=app, approval=approval, words=in_words(app.scopes), new=in_words(new))


@apps.post("/<uuid:app_id>/approval", permission=MANAGE)
def create_approval(app_id: UUID) -> ResponseReturnValue:
    app = _any_app(app_id)
    approvals.approve(app)
    toast(_("Members may now use the app “%(app)s”.", app=app.name))
    return redirect_to(url_for(".list_apps"))


@apps.post("/<uuid:app_id>/approval/withdrawal", permission=MANAGE)
def withdraw_approval(app_id: UUID) -> ResponseReturnValue:
    approvals.withdraw(app_id)
    toast(_("Nobody here uses the app any more."))
    return redirect_to(url_for(".list_apps"))


def _any_app(app_id: UUID) -> OAuthApp:
    app = services.find_app(app_id)
    if app is None:
        raise NotFound(_("There is no such app."))
    return app


# --- our own -------------------------------------------------------------------------------------------


@apps.get("/new", permission=MANAGE)
def new_app() -> ResponseReturnValue:
    return _form()


@apps.post("/new", permission=MANAGE)
def create_app() -> ResponseReturnValue:
    """The secret is shown on this answer and never again, so nothing may keep the answer."""
    try:
        app, secret = services.register_app(_said(), public=request.form.get("kind") != "confidential")
    except Invalid as invalid:
        return _form(errors=errors_of(invalid), status=422)
    if secret is None:
        toast(_("The app “%(app)s” is registered.", app=app.name))
        return redirect_to(url_for(".show_app", app_id=app.id))
    return _secret_page(app, secret)


@apps.get("/<uuid:app_id>", permission=MANAGE)
def show_app(app_id: UUID) -> ResponseReturnValue:
    return _form(services.get_own_app(app_id))


@apps.post("/<uuid:app_id>", permission=MANAGE)
def update_app(app_id: UUID) -> ResponseReturnValue:
    app = services.get_own_app(app_id, lock=True)
    try:
        services.change_app(app, _said())
    except Invalid as invalid:
        return _form(app, errors=errors_of(invalid), status=422)
    toast(_("Saved."))
    return redirect_to(url_for(".show_app", app_id=app.id))


@apps.post("/<uuid:app_id>/secret", permission=MANAGE)
def renew_secret(app_id: UUID) -> ResponseReturnValue:
    app = services.get_own_app(app_id, lock=True)
    return _secret_page(app, services.renew_secret(app))


@apps.post("/<uuid:app_id>/removal", permission=MANAGE)
def remove_app(app_id: UUID) -> ResponseReturnValue:
    app = services.get_own_app(app_id, lock=True)
    services.remove_app(app)
    toast(_("The app “%(app)s” is removed. Its tokens open nothing any more.", app=app.name))
    return redirect_to(url_for(".list_apps"))


def _said() -> services.Said:
    typed = read_form(DescribeApp, request.form)
    picture = request.files.get("logo")
    logo = picture.read(LOGO_READ) if picture and picture.filename else None
    return services.Said(scopes=request.form.getlist("scopes"), logo=logo or None, **typed)


def _form(app: OAuthApp | None = None, *, status: int = 200, **said: Any) -> ResponseReturnValue:
    types = [(t.name, t.plural_label) for t in RECORD_TYPES.values()]
    known = (
        [m for m, _held in programs.list_programs() if m.status == "active"] if permitted(MANAGE_TOKENS.name) else []
    )
    return render("oauth/app.html", status=status, app=app, types=types,
                  programs=[(m.id, m.name) for m in known], **said)  # fmt: skip


def _secret_page(app: OAuthApp, secret: str) -> ResponseReturnValue:
    response = make_response(render("oauth/secret.html", app=app, secret=secret))
    response.headers["Cache-Control"] = "no-store"
    return response
