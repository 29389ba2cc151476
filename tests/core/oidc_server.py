"""A real OpenID Connect server for the tests: Authlib's own provider, served on a port, that can be told to lie."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, jsonify, redirect, request
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "guanxi", "a secret between us"


@dataclass
class Client(ClientMixin):
    """Guanxi, as it is registered there. `redirects` are the addresses it may be answered at."""

    redirects: list[str] = field(default_factory=list)

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return not self.redirects or redirect_uri in self.redirects

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: "Person"
    made: float = field(default_factory=time.time)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return int(self.made)

    def get_acr(self):
        return None

    def get_amr(self):
        return None


@dataclass
class Person:
    """Whoever is signed in at the provider: the claims it tells of them."""

    claims: dict[str, Any]


class OidcServer:
    """`says` is who signs in there next. `lies` changes what the id token claims; the other knobs break the rest."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.wrong_key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        app = self._make()
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.reset()

    def reset(self) -> None:
        self.says: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.client = Client()
        self.sign_with = self.key
        self.published = [self.key]
        self.refuses: str | None = None
        self.down: set[str] = set()
        self.asked: list[str] = []
        self.codes: dict[str, Code] = {}
        self.only_in_userinfo = False

    def stop(self) -> None:
        self._server.shutdown()

    def sign_in(self, address: str) -> str:
        """What a browser does there: it is sent to the provider, and with an answer back. Returns where to."""
        answer = requests.get(address, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    # --- the server --------------------------------------------------------------------------------

    def _make(self) -> Flask:
        app = Flask("oidc")
        server = AuthorizationServer(app, query_client=lambda _id: self.client if _id == CLIENT else None,
                                     save_token=lambda token, request: None)  # fmt: skip
        server.register_grant(self._grant(), [self._openid(), CodeChallenge(required=True)])

        @app.before_request
        def count():
            self.asked.append(request.path)
            if request.path.strip("/") in self.down:
                return "<h1>Bad gateway</h1>", 502
            return None

        @app.get("/.well-known/openid-configuration")
        @app.get("/common/v2.0/.well-known/openid-configuration")
        def configuration():
            known = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
            return jsonify(known | self.metadata)

        @app.get("/jwks")
        def jwks():
            return jsonify(keys=[key.as_dict(private=False) for key in self.published])

        @app.get("/authorize")
        def authorize():
            if self.refuses:
                state = request.args["state"]
                return redirect(f"{request.args['redirect_uri']}?error={self.refuses}&state={state}")
            return server.create_authorization_response(grant_user=Person(dict(self.says)))

        @app.post("/token")
        def token():
            return server.create_token_response()

        @app.get("/userinfo")
        def userinfo():
            return jsonify(self.says)

        return app

    def _grant(self) -> type[AuthorizationCodeGrant]:
        house = self

        class Grant(AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

            def save_authorization_code(self, code, request):
                asked = request.payload.data
                house.codes[code] = Code(code, asked["redirect_uri"], request.payload.scope, asked.get("nonce", ""),
                                         asked["code_challenge"], asked["code_challenge_method"], request.user)  # fmt: skip

            def query_authorization_code(self, code, client):
                return house.codes.get(code)

            def delete_authorization_code(self, authorization_code):
                del house.codes[authorization_code.code]

            def authenticate_user(self, authorization_code):
                return authorization_code.user

        return Grant

    def _openid(self) -> OpenIDCode:
        house = self

        class OpenId(OpenIDCode):
            def exists_nonce(self, nonce, request):
                return any(code.nonce == nonce for code in house.codes.values())

            def resolve_client_private_key(self, client):
                return house.sign_with

            def get_encode_header(self, client):
                return {"alg": "RS256", "kid": house.sign_with.kid}

            def get_client_claims(self, client):
                return {"iss": house.issuer}

            def generate_user_info(self, user, scope):
                told = {"sub": user.claims["sub"]} if house.only_in_userinfo else user.claims
                return UserInfo(**(told | house.lies))

        return OpenId()


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
