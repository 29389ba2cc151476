"""Apps over the API: those that the workspace publishes, and those that its members may use."""

from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from core.api import Answer, Doc, Resource, listed, loaded, single
from core.api.docs import ID, INSTANT, TEXT, Flag, JsonSchema, many, maybe, thing
from core.api.reading import instant
from core.auth.oauth import approvals, apps
from core.auth.oauth.models import OAuthApp, OAuthApproval
from core.auth.permissions import MANAGE_APPS
from core.errors import NotFound
from core.i18n import _, _l
from core.web.blueprints import holding

apps_api = Resource("apps", __name__, title=_l("Apps"))

MANAGE = holding(MANAGE_APPS.name)
CLIENT_ID = {**ID, "description": "The client id."}
APP = thing(id=CLIENT_ID, name=TEXT, homepage=TEXT, publisher=TEXT, redirect_uris=many(TEXT), scopes=many(TEXT),
            public={"type": "boolean"}, service_member=maybe(ID), created_at=maybe(INSTANT))  # fmt: skip
SECRET = maybe({**TEXT, "description": "Of a confidential app. It is shown this once."})
NEW_APP = thing(**APP["properties"], client_secret=SECRET)
STATUS: JsonSchema = {"type": "string", "enum": ["asked", "approved", "withdrawn"]}
APPROVAL = thing(app=ID, name=TEXT, publisher=TEXT, scopes=many(TEXT), changed_at=INSTANT, status=STATUS)
WANTED = thing(app=ID, name=TEXT, publisher=TEXT, homepage=TEXT, redirect_uris=many(TEXT), status=maybe(STATUS),
               wants={**many(TEXT), "description": "The scopes that it asks for."},
               scopes={**many(TEXT), "description": "Those of them that are approved."})  # fmt: skip


class AppInput(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(1, 100))
    homepage = fields.String(required=True, validate=validate.Length(1, 500))
    redirect_uris = fields.List(fields.String(validate=validate.Length(1, 500)), validate=validate.Length(max=10))
    scopes = fields.List(fields.String(), required=True, validate=validate.Length(1, 100))
    public = Flag(metadata={"description": "Whether it can keep no secret; true unless told."})
    service_member = fields.UUID(allow_none=True)


class AppChange(ma.Schema):
    name = fields.String(validate=validate.Length(1, 100))
    homepage = fields.String(validate=validate.Length(1, 500))
    redirect_uris = fields.List(fields.String(validate=validate.Length(1, 500)), validate=validate.Length(max=10))
    scopes = fields.List(fields.String(), validate=validate.Length(1, 100))
    service_member = fields.UUID(allow_none=True)


@apps_api.get("/apps", permission=MANAGE, doc=Doc(gives=APP, many=True))
def list_own_apps() -> Answer:
    """List the apps that the workspace publishes."""
    return listed([_app(app) for app in apps.list_apps()])


@apps_api.post("/apps", permission=MANAGE, doc=Doc(AppInput, NEW_APP, status=201, remembered=False))
def register_own_app() -> Answer:
    """Register an app."""
    said = loaded(AppInput)
    wanted = apps.Said(said["name"], said["homepage"], said.get("redirect_uris", ()), said["scopes"],
                       said.get("service_member"))  # fmt: skip
    app, secret = apps.register_app(wanted, public=said.get("public", True))
    return single(_app(app) | {"client_secret": secret}), 201


@apps_api.get("/apps/<uuid:app_id>", permission=MANAGE, doc=Doc(gives=APP))
def show_own_app(app_id: UUID) -> Answer:
    """Show an app that the workspace publishes."""
    return single(_app(apps.get_own_app(app_id)))


@apps_api.patch("/apps/<uuid:app_id>", permission=MANAGE, doc=Doc(AppChange, APP))
def update_own_app(app_id: UUID) -> Answer:
    """Change an app that the workspace publishes."""
    said = loaded(AppChange)
    app = apps.get_own_app(app_id, lock=True)
    program = said.get("service_member", app.service_member_id)
    redirects, scopes = said.get("redirect_uris", app.redirect_uris), said.get("scopes", app.scopes)
    wanted = apps.Said(said.get("name", app.name), said.get("homepage", app.homepage), redirects, scopes, program)
    apps.change_app(app, wanted)
    return single(_app(app))


@apps_api.delete("/apps/<uuid:app_id>", permission=MANAGE, doc=Doc(status=204))
def remove_own_app(app_id: UUID) -> Answer:
    """Remove an app: in no workspace do its tokens open anything."""
    apps.remove_app(apps.get_own_app(app_id, lock=True))
    return None


@apps_api.post("/apps/<uuid:app_id>/secret", permission=MANAGE, doc=Doc(gives=NEW_APP, remembered=False))
def renew_secret(app_id: UUID) -> Answer:
    """Give a confidential app a new secret: the one of before opens nothing any more."""
    app = apps.get_own_app(app_id, lock=True)
    secret = apps.renew_secret(app)
    return single(_app(app) | {"client_secret": secret})


@apps_api.get("/app-approvals", permission=MANAGE, doc=Doc(gives=APPROVAL, many=True))
def list_app_approvals() -> Answer:
    """List the apps that members may use, or asked for, and those that were withdrawn."""
    return listed([_approval(each) for each in approvals.list_approvals()])


@apps_api.get("/app-approvals/<uuid:app_id>", permission=MANAGE, doc=Doc(gives=WANTED))
def show_app_approval(app_id: UUID) -> Answer:
    """Show an app of anybody by its client id: what it wants, and whether it is approved here."""
    app, approval = _find(app_id), approvals.approval_of(app_id)
    return single({
        "app": str(app.id),
        "name": app.name,
        "publisher": app.publisher,
        "homepage": app.homepage,
        "redirect_uris": list(app.redirect_uris),
        "wants": list(app.scopes),
        "scopes": list(approval.scopes) if approval and approval.status == "approved" else [],
        "status": approval.status if approval else None,
    })  # fmt: skip


@apps_api.post("/app-approvals/<uuid:app_id>", permission=MANAGE, doc=Doc(gives=APPROVAL))
def approve_app(app_id: UUID) -> Answer:
    """Let members use an app, with the scopes it wants now."""
    return single(_approval(approvals.approve(_find(app_id))))


@apps_api.delete("/app-approvals/<uuid:app_id>", permission=MANAGE, doc=Doc(status=204))
def withdraw_app(app_id: UUID) -> Answer:
    """Withdraw an app from everybody in the workspace."""
    approvals.withdraw(app_id)
    return None


def _find(app_id: UUID) -> OAuthApp:
    app = apps.find_app(app_id)
    if app is None:
        raise NotFound(_("There is no such app."))
    return app


def _app(app: OAuthApp) -> dict[str, Any]:
    return {
        "id": str(app.id),
        "name": app.name,
        "homepage": app.homepage,
        "publisher": app.publisher,
        "redirect_uris": list(app.redirect_uris),
        "scopes": list(app.scopes),
        "public": app.is_public,
        "service_member": str(app.service_member_id) if app.service_member_id else None,
        "created_at": instant(app.created_at),
    }


def _approval(approval: OAuthApproval) -> dict[str, Any]:
    return {
        "app": str(approval.app_id),
        "name": approval.name,
        "publisher": approval.publisher,
        "scopes": list(approval.scopes),
        "status": approval.status,
        "changed_at": instant(approval.changed_at),
    }
