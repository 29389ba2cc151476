"""What a program shows us, found: first whose workspace it is, then the row itself, held until we commit."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy import select, text

from core import current, db
from core.auth.context import Door
from core.auth.keys import API_TOKEN, CODE, REFRESH, hash_token, is_key
from core.auth.models import ApiToken
from core.auth.oauth.apps import find_app
from core.auth.oauth.cutting import revoke_family
from core.auth.oauth.models import OAuthApp, OAuthCode, OAuthRefresh
from core.auth.token_events import AppKeyReused
from core.current import Cause
from core.events import emit

WHERE = {
    CODE: "select tenant_id from oauth_code where code_hash = :hash",
    REFRESH: "select tenant_id from oauth_refresh where token_hash = :hash",
    API_TOKEN: "select tenant_id from api_token where token_hash = :hash and app_id is not null",
}


def door_of_grant(form: Mapping[str, str]) -> Door | None:
    """The tenant in which this request for tokens is judged; None where there is nothing to judge."""
    kind = form.get("grant_type")
    if kind == "authorization_code":
        return door_of_key(form.get("code", ""))
    if kind == "refresh_token":
        return door_of_key(form.get("refresh_token", ""))
    if kind == "client_credentials":
        app = _app_named(_client_id(form))
        return Door(app.publisher_id, None, cause=Cause("system")) if app else None
    return None


def door_of_key(key: str) -> Door | None:
    """The tenant of a code or token of an app."""
    kind = next((prefix for prefix in WHERE if is_key(key, prefix)), None)
    if kind is None:
        return None
    with db.engine("auth").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tenant_id = connection.scalar(text(WHERE[kind]), {"hash": hash_token(key)})
    return Door(tenant_id, None, cause=Cause("system")) if tenant_id else None


def _client_id(form: Mapping[str, str]) -> str:
    basic = request.authorization
    return str(basic.username) if basic and basic.type == "basic" and basic.username else form.get("client_id", "")


def _app_named(client_id: str) -> OAuthApp | None:
    try:
        return find_app(UUID(client_id))
    except ValueError:
        return None


# --- inside the tenant ---------------------------------------------------------------------------------


def code_shown(code: str, app: OAuthApp) -> OAuthCode | None:
    """The code, if it is this app's and fresh. One that comes again cuts off all that it brought about."""
    found = _row(OAuthCode, OAuthCode.code_hash, code)
    if found is None or not found.check_client(app):
        return None
    if found.used_at is not None:
        _cut_off_copy(app, found.id, "code")
        return None
    return found if found.expires_at > current.now() else None


def refresh_shown(key: str, app: OAuthApp) -> OAuthRefresh | None:
    """The refresh token, if it is this app's and fresh. One that comes again cuts off its whole family."""
    found = _row(OAuthRefresh, OAuthRefresh.token_hash, key)
    if found is None or not found.check_client(app) or found.revoked_at is not None:
        return None
    if found.used_at is not None:
        _cut_off_copy(app, found.family_id, "refresh token")
        return None
    return found if found.expires_at > current.now() else None


def token_shown(key: str) -> ApiToken | OAuthRefresh | None:
    """The access or refresh token of an app."""
    found = _row(ApiToken, ApiToken.token_hash, key) or _row(OAuthRefresh, OAuthRefresh.token_hash, key)
    return found if found is not None and found.app_id is not None else None


def _row(model: Any, column: Any, key: str) -> Any:
    if current.tenant_or_none() is None:
        return None
    mine = select(model).where(model.tenant_id == current.tenant_id(), column == hash_token(key))
    return db.session().scalars(mine.with_for_update()).one_or_none()


def _cut_off_copy(app: OAuthApp, family_id: UUID, what: str) -> None:
    revoke_family(family_id)
    emit(AppKeyReused(record_type="oauth_app", record_id=app.id, title=app.name, what=what,
                      ip=request.remote_addr or ""))  # fmt: skip
