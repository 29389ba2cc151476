"""What the programs of apps ask by themselves: for tokens, about tokens, and where all of this is."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from authlib.oauth2 import OAuth2Error
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, NotFound

from core.auth.context import Door, entering
from core.auth.limits import limiter
from core.auth.oauth import checking
from core.auth.oauth.apps import find_app
from core.auth.oauth.finding import door_of_grant, door_of_key
from core.auth.oauth.server import check_form, issuer, refusal
from core.auth.oauth.words import scopes_for_apps
from core.current import NoTenant
from core.web import answer_errors_under, csrf
from core.web.blueprints import Guarded, anyone

endpoints = Guarded("oauth", __name__)
csrf.exempt(endpoints)  # programs carry a secret of their own, never a cookie

server = checking.server
PROGRAMS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")
often = limiter.limit("600/minute")


def init_oauth(app: Flask) -> None:
    """Errors of these addresses are answered as OAuth wants them."""
    for path in PROGRAMS:
        answer_errors_under(app, path, _answer)


def _answer(error: Exception) -> ResponseReturnValue:
    status = error.code if isinstance(error, HTTPException) and error.code else 500
    said = {429: "slow_down", 405: "invalid_request", 413: "invalid_request"}.get(status, "server_error")
    return Response(orjson.dumps({"error": said}), status, mimetype="application/json")


def answering(door_of: Callable[[], Door | None]) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Judge the request in the tenant whose code or token it shows; whatever is answered, what was written stays."""

    def decorate(view: Callable[[], Any]) -> Callable[[], Any]:
        @wraps(view)
        def answer() -> Any:
            try:
                check_form(request.form)
                door = door_of()
            except OAuth2Error as error:
                return refusal(error)
            if door is None:
                return view()
            try:
                with entering(door):
                    return view()
            except NoTenant:
                return view()

        return answer

    return decorate


@endpoints.post("/oauth/token", permission=anyone)
@often
@answering(lambda: door_of_grant(request.form))
def create_token() -> ResponseReturnValue:
    """Codes, refresh tokens and secrets against access tokens (RFC 6749, 7636)."""
    response: Response = server.create_token_response()
    return response


@endpoints.post("/oauth/revoke", permission=anyone)
@often
@answering(lambda: door_of_key(request.form.get("token", "")))
def revoke_token() -> ResponseReturnValue:
    """End a token before its time (RFC 7009)."""
    response: Response = server.create_endpoint_response("revocation")
    return response


@endpoints.post("/oauth/introspect", permission=anyone)
@often
@answering(lambda: door_of_key(request.form.get("token", "")))
def introspect_token() -> ResponseReturnValue:
    """Tell an app about a token that it was given (RFC 7662)."""
    response: Response = server.create_endpoint_response("introspection")
    return response


@endpoints.get("/.well-known/oauth-authorization-server", permission=anyone)
def show_metadata() -> ResponseReturnValue:
    """Where everything is, for programs (RFC 8414)."""
    here = issuer()
    secret = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/oauth/authorize",
        "token_endpoint": f"{here}/oauth/token",
        "revocation_endpoint": f"{here}/oauth/revoke",
        "introspection_endpoint": f"{here}/oauth/introspect",
        "scopes_supported": scopes_for_apps(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", *secret],
        "revocation_endpoint_auth_methods_supported": ["none", *secret],
        "introspection_endpoint_auth_methods_supported": secret,
        "authorization_response_iss_parameter_supported": True,
    }


@endpoints.get("/oauth/apps/<uuid:app_id>/logo", permission=anyone)
@often
def show_logo(app_id: UUID) -> ResponseReturnValue:
    """The picture of an app, which we drew ourselves."""
    app = find_app(app_id, with_logo=True)
    if app is None or app.logo is None:
        raise NotFound
    return Response(app.logo, mimetype="image/png", headers={"Cache-Control": "public, max-age=3600"})
