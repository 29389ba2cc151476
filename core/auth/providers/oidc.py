"""Signing in by OpenID Connect: code, PKCE, state and nonce. Authlib fetches and judges the token."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jws import JWSRegistry

from core.auth.providers.attempts import Begun
from core.auth.providers.discovery import Issuer, discover
from core.auth.providers.outgoing import fit_out, json_of, reaching
from core.auth.providers.somebody import NotBelieved, OutOfReach, Refused, Somebody, somebody

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Only those with a public key: a token signed with the client's secret, or not at all, is not believed."""
LEEWAY = 60
SCOPE = "openid email profile"
MULTI_FACTOR = frozenset({
    "http://schemas.openid.net/pape/policies/2007/06/multi-factor", "https://refeds.org/profile/mfa",
    "http://schemas.microsoft.com/claims/multipleauthn",
})  # fmt: skip


@dataclass(frozen=True)
class OpenIdProvider:
    """One issuer, and us as its client. `guarded` when somebody other than the operator chose the issuer."""

    key: str
    label: str
    issuer: str
    client_id: str
    secret: str
    icon: str = "login"
    guarded: bool = False

    def begin(self, begun: Begun, redirect_uri: str, hint: str = "") -> str:
        """Where to send the browser."""
        issuer = self.discover()
        more = {"login_hint": hint} if hint else {}
        with self._session(issuer, redirect_uri) as session:
            url, _state = session.create_authorization_url(
                issuer.endpoint("authorization_endpoint"), state=begun.state, nonce=begun.nonce,
                code_verifier=begun.verifier, **more,
            )  # fmt: skip
        return str(url)

    def finish(self, answer: Mapping[str, str], begun: Begun, redirect_uri: str) -> Somebody:
        """Who came back. Raises one of the NotSignedIn."""
        issuer = self.discover()
        self._refuse_mix_up(issuer, answer)
        if not answer.get("code"):
            raise Refused("no_code")
        with reaching(), self._session(issuer, redirect_uri) as session:
            try:
                token = session.fetch_token(issuer.endpoint("token_endpoint"), code=answer["code"],
                                            grant_type="authorization_code", code_verifier=begun.verifier)  # fmt: skip
            except OAuthError as error:
                raise Refused(str(error.error)[:80]) from None
            claims = self._judge(issuer, token, begun.nonce)
            said = dict(claims)
            if "email" not in said and issuer.metadata.get("userinfo_endpoint"):
                said = self._asked(session, issuer, claims["sub"]) | said
        return somebody(claims["iss"], said, verified=self.says_verified(said), strong=_strong(claims))

    def discover(self) -> Issuer:
        return discover(self.issuer, guarded=self.guarded)

    def says_verified(self, said: Mapping[str, Any]) -> bool | None:
        """Whether the provider says that the address is theirs. Some say it as a word."""
        return {True: True, "true": True, False: False, "false": False}.get(said.get("email_verified", ""))

    def expected_issuer(self, issuer: Issuer, _claims: Mapping[str, Any]) -> str:
        return issuer.name

    def _session(self, issuer: Issuer, redirect_uri: str) -> OAuth2Session:
        supported = issuer.metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in supported else "client_secret_post"
        session = OAuth2Session(self.client_id, self.secret, token_endpoint_auth_method=method, scope=SCOPE,
                                redirect_uri=redirect_uri, code_challenge_method="S256")  # fmt: skip
        fit_out(session, guarded=self.guarded)
        return session

    def _refuse_mix_up(self, issuer: Issuer, answer: Mapping[str, str]) -> None:
        """An answer that says from whom it is must be from this issuer (RFC 9207)."""
        named = answer.get("iss")
        promised = issuer.metadata.get("authorization_response_iss_parameter_supported") is True
        if (named is None and promised) or (named is not None and named != issuer.name and "{" not in issuer.name):
            raise NotBelieved("mixed_up")

    def _judge(self, issuer: Issuer, token: Mapping[str, Any], nonce: str) -> CodeIDToken:
        """The claims of the token, when it is signed by the issuer, for us, for this sign-in, and now."""
        if not isinstance(token.get("id_token"), str):
            raise NotBelieved("no_token")
        try:
            decoded = self._decode(issuer, token["id_token"])
            options: Any = {"iss": {"essential": True, "value": self.expected_issuer(issuer, decoded.claims)},
                            "aud": {"essential": True, "value": self.client_id}}  # fmt: skip
            known = {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")}
            claims = CodeIDToken(decoded.claims, decoded.header, options, known)
            claims.validate(leeway=LEEWAY)
        except JoseError as error:
            raise NotBelieved(_why(error)) from None
        return claims

    def _decode(self, issuer: Issuer, token: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            return jwt.decode(token, issuer.keys(), registry=registry)
        except InvalidKeyIdError:
            return jwt.decode(token, issuer.keys(anew=True), registry=registry)
        except (ValueError, TypeError):
            raise NotBelieved("not_a_token") from None

    def _asked(self, session: OAuth2Session, issuer: Issuer, subject: str) -> dict[str, Any]:
        """What the issuer tells of the person besides. It must be the same person."""
        response = session.get(issuer.endpoint("userinfo_endpoint"))
        if response.status_code != 200:
            raise OutOfReach("userinfo")
        said = json_of(response)
        if said.get("sub") != subject:
            raise NotBelieved("userinfo")
        return said


def _why(error: JoseError) -> str:
    claim = getattr(error, "claim", None)
    return f"{error.error}:{claim}" if claim else str(error.error)


def _strong(claims: Mapping[str, Any]) -> bool:
    methods = claims.get("amr") or ()
    return "mfa" in methods or claims.get("acr") in MULTI_FACTOR
