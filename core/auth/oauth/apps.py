"""Registering apps: what a workspace publishes for itself and for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import undefer

from core import current, db
from core.access import require_permission
from core.auth.keys import APP_SECRET, hash_token, make_key
from core.auth.members import get_member, roles_of
from core.auth.no_apps import refuse_apps
from core.auth.oauth.approvals import approve_own
from core.auth.oauth.logos import read_logo
from core.auth.oauth.models import OAuthApp
from core.auth.oauth.redirects import is_safe, read_redirects
from core.auth.oauth.words import scopes_for_apps
from core.auth.permissions import MANAGE_APPS
from core.auth.programs import assignable_roles
from core.auth.token_events import AppChanged, AppRegistered, AppRemoved
from core.db import new_id
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _


@dataclass(frozen=True)
class Said:
    """What its publisher says of an app. Without a `logo` it keeps the one it has."""

    name: str
    homepage: str
    redirect_uris: str | Sequence[str]
    scopes: Sequence[str]
    service_member_id: UUID | None = None
    logo: bytes | None = None


def find_app(app_id: UUID, *, with_logo: bool = False) -> OAuthApp | None:
    """Any workspace's app, by its id, unless it was removed."""
    found = select(OAuthApp).where(OAuthApp.id == app_id, OAuthApp.removed_at.is_(None))
    with db.role_session("auth") as session:
        return session.scalars(found.options(undefer(OAuthApp.logo)) if with_logo else found).one_or_none()


def list_apps() -> Sequence[OAuthApp]:
    """The apps that this workspace registered."""
    require_permission(MANAGE_APPS.name)
    mine = select(OAuthApp).where(OAuthApp.publisher_id == current.tenant_id(), OAuthApp.removed_at.is_(None))
    return db.session().scalars(mine.order_by(OAuthApp.name, OAuthApp.id)).all()


def get_own_app(app_id: UUID, *, lock: bool = False) -> OAuthApp:
    require_permission(MANAGE_APPS.name)
    mine = select(OAuthApp).where(
        OAuthApp.publisher_id == current.tenant_id(), OAuthApp.id == app_id, OAuthApp.removed_at.is_(None)
    )
    app = db.session().scalars(mine.with_for_update() if lock else mine).one_or_none()
    if app is None:
        raise NotFound(_("There is no such app."))
    return app


def register_app(said: Said, *, public: bool) -> tuple[OAuthApp, str | None]:
    """Register an app. Returns it with its secret, which is shown this once and not kept; a public one has none.

    The workspace that publishes it may use it at once, others when they approved it.
    """
    require_permission(MANAGE_APPS.name)
    refuse_apps()
    app = OAuthApp(id=new_id(), publisher_id=current.tenant_id(), publisher=current.tenant().name,
                   created_by_id=current.member_id())  # fmt: skip
    secret = None if public else _new_secret(app)
    _write(app, said)
    db.session().add(app)
    db.flush()
    approve_own(app)
    emit(AppRegistered(record_type="oauth_app", record_id=app.id, title=app.name, scopes=app.scopes,
                       redirect_uris=app.redirect_uris))  # fmt: skip
    return app, secret


def change_app(app: OAuthApp, said: Said) -> None:
    """Change an app. What it wants beyond before, other workspaces approve anew before it gets it."""
    require_permission(MANAGE_APPS.name)
    refuse_apps()
    keys = ("name", "homepage", "redirect_uris", "scopes", "service_member_id")
    before = {key: getattr(app, key) for key in keys}
    _write(app, said)
    changes = {
        key: [_plain(before[key]), _plain(getattr(app, key))] for key in keys if before[key] != getattr(app, key)
    }
    if said.logo:
        changes["logo"] = [None, "new"]
    approve_own(app)
    _tell(app, changes)


def renew_secret(app: OAuthApp) -> str:
    """Another secret in place of the former, which no longer proves anything."""
    require_permission(MANAGE_APPS.name)
    refuse_apps()
    if app.is_public:
        raise Invalid([FieldProblem("", "public", _("A public app has no secret."))])
    secret = _new_secret(app)
    _tell(app, {"secret": [None, "new"]})
    return secret


def remove_app(app: OAuthApp) -> None:
    """The app no longer exists: in no workspace do its tokens open anything."""
    require_permission(MANAGE_APPS.name)
    app.removed_at = current.now()
    emit(AppRemoved(record_type="oauth_app", record_id=app.id, title=app.name))


def _write(app: OAuthApp, said: Said) -> None:
    redirects = read_redirects(said.redirect_uris)
    if not redirects and not (said.service_member_id and not app.is_public):
        raise Invalid([FieldProblem("redirect_uris", "required", _("Fill this in."))])
    if not is_safe(said.homepage):
        raise Invalid([FieldProblem("homepage", "not_safe", _("Enter a web address that begins with https://."))])
    if not said.scopes or set(said.scopes) - set(scopes_for_apps()):
        raise Invalid([FieldProblem("scopes", "unknown", _("Choose at least one."))])
    if said.service_member_id != app.service_member_id:
        app.service_member_id = _program(app, said.service_member_id)
    app.name, app.homepage, app.redirect_uris = said.name, said.homepage, redirects
    app.scopes, app.publisher = list(dict.fromkeys(said.scopes)), current.tenant().name
    if said.logo:
        app.logo, app.has_logo = read_logo(said.logo), True


def _program(app: OAuthApp, member_id: UUID | None) -> UUID | None:
    """The program as which the app may act by itself: one whose roles the acting member could have given."""
    if member_id is None:
        return None
    if app.is_public:
        said = _("A public app keeps no secret, so it cannot act by itself.")
        raise Invalid([FieldProblem("service_member_id", "public", said)])
    member = get_member(member_id)
    mine = {role.id for role in assignable_roles()}
    if member.kind != "service":
        raise Invalid([FieldProblem("service_member_id", "unknown", _("Choose one of the list."))])
    if not {role.id for role in roles_of([member.id]).get(member.id, ())} <= mine:
        raise Forbidden(_("This program may do more than you can allow. Ask an owner of the workspace."))
    return member.id


def _new_secret(app: OAuthApp) -> str:
    secret = make_key(APP_SECRET)
    app.secret_hash, app.secret_hint = hash_token(secret), secret[-4:]
    return secret


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def _tell(app: OAuthApp, changes: dict[str, list[object]]) -> None:
    if changes:
        emit(AppChanged(record_type="oauth_app", record_id=app.id, title=app.name, changes=changes))
