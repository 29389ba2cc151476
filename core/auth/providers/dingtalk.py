"""Signing in with DingTalk: OAuth 2 in its own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from core.auth.providers.attempts import Begun
from core.auth.providers.outgoing import json_of, outgoing, reaching
from core.auth.providers.somebody import Refused, Somebody, somebody
from core.i18n import _l


@dataclass(frozen=True)
class DingTalk:
    """The app's key and secret. DingTalk has no PKCE, and does not say whether an address was ever confirmed."""

    client_id: str
    secret: str
    key: str = "dingtalk"
    label: Any = _l("DingTalk")
    icon: str = "brand-dingtalk"
    authorize_url: str = "https://login.dingtalk.com/oauth2/auth"
    token_url: str = "https://api.dingtalk.com/v1.0/oauth2/userAccessToken"
    user_url: str = "https://api.dingtalk.com/v1.0/contact/users/me"
    issuer: str = "https://login.dingtalk.com"

    def begin(self, begun: Begun, redirect_uri: str, hint: str = "") -> str:
        query = {"redirect_uri": redirect_uri, "response_type": "code", "client_id": self.client_id,
                 "scope": "openid", "state": begun.state, "prompt": "consent"}  # fmt: skip
        return f"{self.authorize_url}?{urlencode(query)}"

    def finish(self, answer: Mapping[str, str], begun: Begun, redirect_uri: str) -> Somebody:
        """The code comes back as `authCode`, and also as `code` from newer clients."""
        code = answer.get("authCode") or answer.get("code")
        if not code:
            raise Refused("no_code")
        asked = {"clientId": self.client_id, "clientSecret": self.secret, "code": code,
                 "grantType": "authorization_code"}  # fmt: skip
        with reaching(), outgoing(guarded=False) as session:
            token = json_of(session.post(self.token_url, json=asked))
            if not isinstance(token.get("accessToken"), str):
                raise Refused(str(token.get("code"))[:80])
            session.headers["x-acs-dingtalk-access-token"] = token["accessToken"]
            told = json_of(session.get(self.user_url))
        if "unionId" not in told:
            raise Refused(str(told.get("code"))[:80])
        said = {"sub": told["unionId"], "name": told.get("nick"), "email": told.get("email")}
        return somebody(self.issuer, said, verified=False)
