"""Signing in with WeCom: the app of one company, whose members scan a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests

from core.auth.providers.attempts import Begun
from core.auth.providers.outgoing import json_of, outgoing, reaching
from core.auth.providers.somebody import NotLetIn, Refused, Somebody, somebody
from core.i18n import _, _l


@dataclass(frozen=True)
class WeCom:
    """The company's id, and the id and secret of its app. WeCom has no PKCE, and names members within the company."""

    client_id: str
    secret: str
    agent: str
    key: str = "wecom"
    label: Any = _l("WeCom")
    icon: str = "brand-wechat"
    authorize_url: str = "https://login.work.weixin.qq.com/wwlogin/sso/login"
    api_url: str = "https://qyapi.weixin.qq.com/cgi-bin"

    @property
    def issuer(self) -> str:
        return f"https://login.work.weixin.qq.com/{self.client_id}"

    def begin(self, begun: Begun, redirect_uri: str, hint: str = "") -> str:
        query = {"login_type": "CorpApp", "appid": self.client_id, "agentid": self.agent,
                 "redirect_uri": redirect_uri, "state": begun.state}  # fmt: skip
        return f"{self.authorize_url}?{urlencode(query)}"

    def finish(self, answer: Mapping[str, str], begun: Begun, redirect_uri: str) -> Somebody:
        if not answer.get("code"):
            raise Refused("no_code")
        with reaching(), outgoing(guarded=False) as session:
            told = self._call(session, "gettoken", corpid=self.client_id, corpsecret=self.secret)
            token = str(told.get("access_token"))
            told = self._call(session, "auth/getuserinfo", access_token=token, code=answer["code"])
            member = told.get("userid") or told.get("UserId")
            if not member:
                raise NotLetIn("not_a_member", _("You are not a member of the company in WeCom"))
            person = self._call(session, "user/get", access_token=token, userid=member)
        said = {"sub": member, "name": person.get("name"), "email": person.get("biz_mail") or person.get("email")}
        return somebody(self.issuer, said, verified=False)

    def _call(self, session: requests.Session, what: str, **asked: Any) -> dict[str, Any]:
        """One call. WeCom answers 200 also to what it refuses, and says so in `errcode`."""
        told = json_of(session.get(f"{self.api_url}/{what}", params=asked))
        if told.get("errcode") != 0:
            raise Refused(str(told.get("errcode"))[:80])
        return told
