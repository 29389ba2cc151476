"""The authorization server: Authlib judges what programs ask, by our apps, codes and tokens.

Codes and tokens belong to tenants, so whoever calls the token endpoints enters the tenant of what was shown first;
see `doors`. What is wrong is answered, never raised, so what a refusal writes (a family revoked) is kept.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
    scope_to_list,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Request, Response, request

from core import current, db
from core.access import Member
from core.auth.keys import API_TOKEN, CODE, REFRESH, hash_token, make_key
from core.auth.models import ApiToken
from core.auth.oauth.approvals import approval_of
from core.auth.oauth.apps import find_app
from core.auth.oauth.consents import stands
from core.auth.oauth.finding import code_shown, refresh_shown
from core.auth.oauth.models import OAuthApp, OAuthCode, OAuthRefresh
from core.db import new_id
from core.settings import settings

ACCESS_LIVES = timedelta(hours=1)
CODE_LIVES = timedelta(seconds=60)
REFRESH_LIVES = timedelta(days=60)
FAMILY_LIVES = timedelta(days=180)
"""However often it is renewed: then the member is asked again."""
ANY_CLIENT = ["none", "client_secret_basic", "client_secret_post"]
SECRET_CLIENT = ["client_secret_basic", "client_secret_post"]
ONCE = ("client_id", "redirect_uri", "response_type", "grant_type", "scope", "state", "code", "code_challenge",
        "code_challenge_method", "code_verifier", "refresh_token", "token", "client_secret")  # fmt: skip
"""Parameters that may not come twice."""


def issuer() -> str:
    """Who we are to programs: the address of this installation."""
    return settings().base_url


class _Asked(OAuth2Request):
    """A request as Authlib wants it: of a browser what stands in the address, of a program what it posted.

    Whether the line is safe is seen to where TLS ends, so Authlib is not asked to.
    """

    def __init__(self, http: Request) -> None:
        super().__init__(http.method, "https://" + http.host + http.path, headers=http.headers)
        self._values = http.form if http.path.startswith("/oauth/") and http.method == "POST" else http.args
        self.payload = BasicOAuth2Payload(self._values.to_dict())
        self.payload._datalist = self._values.to_dict(flat=False)

    @property
    def args(self) -> Mapping[str, str]:
        return self._values

    @property
    def form(self) -> Mapping[str, str]:
        return self._values


class _Server(AuthorizationServer):
    def create_oauth2_request(self, asked: Any) -> OAuth2Request:
        return asked if isinstance(asked, OAuth2Request) else _Asked(request)

    def query_client(self, client_id: str) -> OAuthApp | None:
        try:
            return find_app(UUID(client_id))
        except ValueError:
            return None

    def save_token(self, token: dict[str, Any], asked: OAuth2Request) -> None:
        """Keep the fingerprints of what goes out."""
        came_by = asked.authorization_code or asked.refresh_token
        family_id = getattr(asked.refresh_token, "family_id", None) or getattr(came_by, "id", None)
        of = {"member_id": asked.user.id, "app_id": asked.client.id, "family_id": family_id}
        now, access = current.now(), token["access_token"]
        db.session().add(
            ApiToken(
                id=new_id(), name=asked.client.name, token_hash=hash_token(access), hint=access[-4:],
                scopes=scope_to_list(token["scope"]), expires_at=now + ACCESS_LIVES, **of,
            )
        )  # fmt: skip
        if refresh := token.get("refresh_token"):
            assert came_by is not None
            ends_at = getattr(came_by, "ends_at", now + FAMILY_LIVES)
            db.session().add(
                OAuthRefresh(id=new_id(), token_hash=hash_token(refresh), scopes=came_by.scopes,
                             expires_at=min(now + REFRESH_LIVES, ends_at), ends_at=ends_at, **of)
            )  # fmt: skip
        db.flush()

    def send_signal(self, name: str, *_args: Any, **_kwargs: Any) -> None:
        """Nobody listens: what happens is said by events."""

    def handle_response(self, status: int, payload: Any, headers: Any) -> Response:
        body = orjson.dumps(payload) if isinstance(payload, dict) else payload
        response = Response(body, status, dict(headers), mimetype="application/json" if body else None)
        response.headers["Cache-Control"] = "no-store"
        if location := response.headers.get("Location"):
            response.headers["Location"] = add_params_to_uri(location, {"iss": issuer()})  # RFC 9207
            response.headers["Referrer-Policy"] = "no-referrer"
            response.status_code = 303
        return response


class _CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ANY_CLIENT

    def generate_authorization_code(self) -> str:
        return make_key(CODE)

    def save_authorization_code(self, code: str, asked: OAuth2Request) -> None:
        db.session().add(
            OAuthCode(
                id=new_id(), member_id=asked.user.id, app_id=asked.client.id, code_hash=hash_token(code),
                redirect_uri=asked.payload.redirect_uri, scopes=scope_to_list(asked.scope),
                code_challenge=asked.payload.data["code_challenge"], expires_at=current.now() + CODE_LIVES,
            )
        )  # fmt: skip

    def query_authorization_code(self, code: str, client: OAuthApp) -> OAuthCode | None:
        return code_shown(code, client)

    def delete_authorization_code(self, authorization_code: OAuthCode) -> None:
        authorization_code.used_at = current.now()

    def authenticate_user(self, authorization_code: OAuthCode) -> Member | None:
        return _member_of(authorization_code)


class _RefreshGrant(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ANY_CLIENT
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> OAuthRefresh | None:
        found = refresh_shown(refresh_token, self.request.client)
        return found if found is not None and _member_of(found) else None

    def authenticate_user(self, refresh_token: OAuthRefresh) -> Member | None:
        return _member_of(refresh_token)

    def revoke_old_credential(self, refresh_token: OAuthRefresh) -> None:
        refresh_token.used_at = current.now()


class _ProgramGrant(ClientCredentialsGrant):
    """An app acts by itself, as a program of the workspace that publishes it."""

    TOKEN_ENDPOINT_AUTH_METHODS = SECRET_CLIENT

    def validate_token_request(self) -> None:
        super().validate_token_request()
        app: OAuthApp = self.request.client
        scope = app.get_allowed_scope(self.request.payload.scope)
        approval = approval_of(app.id, lock=True)
        if not scope or approval is None or not approval.covers(scope_to_list(scope)):
            raise InvalidScopeError()
        self.request.payload.data["scope"] = scope
        program = db.get(Member, app.service_member_id)
        if program is None or program.status != "active":
            raise UnauthorizedClientError("The program of this app has no access any more.")
        self.request.user = program


class _Proof(CodeChallenge):
    """PKCE, always and by S256 only."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        said = grant.request.payload.data
        if not said.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if said.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The 'code_challenge_method' must be S256")
        super().validate_code_challenge(grant, redirect_uri)


def _member_of(given: OAuthCode | OAuthRefresh) -> Member | None:
    """The member who consented, if all that it rests on still stands."""
    if not stands(given.app_id, given.member_id, given.scopes):
        return None
    return db.get(Member, given.member_id)


def _new_token(*, scope: str, include_refresh_token: bool = True, **_rest: Any) -> dict[str, Any]:
    token = {"token_type": "Bearer", "access_token": make_key(API_TOKEN), "scope": scope,
             "expires_in": int(ACCESS_LIVES.total_seconds())}  # fmt: skip
    return token | {"refresh_token": make_key(REFRESH)} if include_refresh_token else token


def check_form(asked: Mapping[str, Any]) -> None:
    """Raises InvalidRequestError for what no honest program sends: parameters twice, or letters that no answer may
    repeat."""
    for name in ONCE:
        values = asked.getlist(name)  # type: ignore[attr-defined]
        if len(values) > 1:
            raise InvalidRequestError(f"Multiple '{name}' in request.")
        if name not in ("state", "client_secret") and any(not _is_plain(value) for value in values):
            raise InvalidRequestError(f"Invalid '{name}' in request.")


def _is_plain(value: str) -> bool:
    return value.isascii() and value.isprintable() and '"' not in value and "\\" not in value


def refusal(error: OAuth2Error) -> Response:
    """The answer to a program, or the way back to it, that an error is."""
    response: Response = server.handle_error_response(None, error)
    return response


server = _Server()
server.register_token_generator("default", _new_token)
server.register_grant(_CodeGrant, [_Proof(required=True)])
server.register_grant(_RefreshGrant)
server.register_grant(_ProgramGrant)
