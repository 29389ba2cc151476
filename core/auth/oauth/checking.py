"""Revoking a token, and telling about it, at the wish of the app that it was given to (RFC 7009, RFC 7662)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import list_to_scope
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from core import current
from core.auth.models import ApiToken
from core.auth.oauth.consents import stands
from core.auth.oauth.cutting import revoke_family
from core.auth.oauth.finding import token_shown
from core.auth.oauth.models import OAuthApp, OAuthRefresh
from core.auth.oauth.server import ANY_CLIENT, SECRET_CLIENT, issuer, server


@dataclass(frozen=True)
class _Held:
    """A token as Authlib asks about it."""

    row: ApiToken | OAuthRefresh

    def check_client(self, client: OAuthApp) -> bool:
        return self.row.app_id == client.id

    def is_expired(self) -> bool:
        return self.row.expires_at is not None and self.row.expires_at <= current.now()

    def is_revoked(self) -> bool:
        row = self.row
        if row.revoked_at is not None or getattr(row, "used_at", None) is not None:
            return True
        return row.family_id is not None and not stands(_known(row.app_id), row.member_id, row.scopes)


def _known(app_id: UUID | None) -> UUID:
    assert app_id is not None
    return app_id


def _query(key: str) -> _Held | None:
    found = token_shown(key)
    return _Held(found) if found is not None else None


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = ANY_CLIENT

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Held | None:
        return _query(token_string)

    def revoke_token(self, token: _Held, request: OAuth2Request) -> None:
        """A refresh token takes with it all that was, and could be, got by it; an access token only itself."""
        if isinstance(token.row, OAuthRefresh):
            revoke_family(token.row.family_id)
        elif token.row.revoked_at is None:
            token.row.revoked_at = current.now()


class _Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = SECRET_CLIENT

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Held | None:
        return _query(token_string)

    def check_permission(self, token: _Held, client: OAuthApp, request: OAuth2Request) -> bool:
        return token.check_client(client)

    def introspect_token(self, token: _Held) -> dict[str, Any]:
        row = token.row
        assert row.expires_at is not None
        return {
            "active": True,
            "client_id": str(row.app_id),
            "token_type": "Bearer" if isinstance(row, ApiToken) else "refresh_token",
            "scope": list_to_scope(row.scopes),
            "sub": str(row.member_id),
            "tenant": current.tenant().slug,
            "iss": issuer(),
            "exp": int(row.expires_at.timestamp()),
        }


server.register_endpoint(_Revocation)
server.register_endpoint(_Introspection)
