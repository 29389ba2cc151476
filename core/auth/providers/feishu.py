"""Signing in with Feishu: OAuth 2 with JSON bodies and an answer of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge

from core.auth.providers.attempts import Begun
from core.auth.providers.outgoing import json_of, outgoing, reaching
from core.auth.providers.somebody import NotBelieved, Refused, Somebody, somebody
from core.i18n import _l


@dataclass(frozen=True)
class Feishu:
    """The app's id and secret. Addresses in Feishu are what an administrator wrote: none counts as verified."""

    client_id: str
    secret: str
    key: str = "feishu"
    label: Any = _l("Feishu")
    icon: str = "feather"
    authorize_url: str = "https://accounts.feishu.cn/open-apis/authen/v1/authorize"
    token_url: str = "https://open.feishu.cn/open-apis/authen/v2/oauth/token"
    user_url: str = "https://open.feishu.cn/open-apis/authen/v1/user_info"
    issuer: str = "https://accounts.feishu.cn"

    def begin(self, begun: Begun, redirect_uri: str, hint: str = "") -> str:
        query = {"client_id": self.client_id, "response_type": "code", "redirect_uri": redirect_uri,
                 "state": begun.state, "code_challenge": create_s256_code_challenge(begun.verifier),
                 "code_challenge_method": "S256"}  # fmt: skip
        return f"{self.authorize_url}?{urlencode(query)}"

    def finish(self, answer: Mapping[str, str], begun: Begun, redirect_uri: str) -> Somebody:
        if not answer.get("code"):
            raise Refused("no_code")
        asked = {"grant_type": "authorization_code", "client_id": self.client_id, "client_secret": self.secret,
                 "code": answer["code"], "redirect_uri": redirect_uri, "code_verifier": begun.verifier}  # fmt: skip
        with reaching(), outgoing(guarded=False) as session:
            token = json_of(session.post(self.token_url, json=asked))
            if token.get("code") != 0 or not isinstance(token.get("access_token"), str):
                raise Refused(str(token.get("error") or token.get("code"))[:80])
            session.headers["Authorization"] = f"Bearer {token['access_token']}"
            told = json_of(session.get(self.user_url))
        if told.get("code") != 0:
            raise Refused(str(told.get("code"))[:80])
        person = told.get("data")
        if not isinstance(person, dict):
            raise NotBelieved("person")
        said = {"sub": person.get("union_id"), "name": person.get("name") or person.get("en_name"),
                "email": person.get("enterprise_email") or person.get("email")}  # fmt: skip
        return somebody(self.issuer, said, verified=False)
