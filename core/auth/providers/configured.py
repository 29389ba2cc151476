"""The providers that the operator of this installation set up, by variables of the environment.

`SIGN_IN_GOOGLE_ID` and `SIGN_IN_GOOGLE_SECRET` bring Google, and so for MICROSOFT, FEISHU, DINGTALK and WECOM (which
needs `SIGN_IN_WECOM_AGENT`, too). Any other name with an `_ISSUER` is an OpenID Connect provider.
"""

import re
from collections.abc import Mapping
from typing import Protocol

from core.auth.providers.attempts import Begun
from core.auth.providers.dingtalk import DingTalk
from core.auth.providers.feishu import Feishu
from core.auth.providers.microsoft import Microsoft
from core.auth.providers.oidc import OpenIdProvider
from core.auth.providers.somebody import Somebody, unknown_provider
from core.auth.providers.wecom import WeCom
from core.settings import settings

GOOGLE = "https://accounts.google.com"
MICROSOFT = "https://login.microsoftonline.com/common/v2.0"
ORDER = ("google", "microsoft", "feishu", "dingtalk", "wecom")


class Provider(Protocol):
    """Somebody with whose accounts one signs in here."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def icon(self) -> str: ...
    def begin(self, begun: Begun, redirect_uri: str, hint: str = "") -> str: ...
    def finish(self, answer: Mapping[str, str], begun: Begun, redirect_uri: str) -> Somebody: ...


def providers() -> list[Provider]:
    """Those that are set up, the well-known first."""
    names = {match[1] for name in settings().sign_in if (match := re.fullmatch(r"SIGN_IN_([A-Z0-9_]+)_ID", name))}
    order = [*ORDER, *sorted(name.lower() for name in names if name.lower() not in ORDER)]
    made = (_made(key) for key in order if key.upper() in names)
    return [provider for provider in made if provider is not None]


def provider(key: str) -> Provider:
    """Raises NotSignedIn for one that is not set up."""
    for each in providers():
        if each.key == key:
            return each
    raise unknown_provider()


def _made(key: str) -> Provider | None:
    """None when something is missing, as a secret: half a provider is not offered."""
    told = {name.removeprefix(f"SIGN_IN_{key.upper()}_").lower(): value for name, value in settings().sign_in.items()
            if name.startswith(f"SIGN_IN_{key.upper()}_")}  # fmt: skip
    client, secret = told.get("id"), told.get("secret")
    if not client or not secret:
        return None
    match key:
        case "google":
            return OpenIdProvider(key, "Google", told.get("issuer", GOOGLE), client, secret, "brand-google")
        case "microsoft":
            return Microsoft(key, "Microsoft", told.get("issuer", MICROSOFT), client, secret, "brand-windows")
        case "feishu":
            return Feishu(client, secret, **_urls(told, "authorize_url", "token_url", "user_url"))
        case "dingtalk":
            return DingTalk(client, secret, **_urls(told, "authorize_url", "token_url", "user_url"))
        case "wecom":
            agent = told.get("agent")
            return WeCom(client, secret, agent, **_urls(told, "authorize_url", "api_url")) if agent else None
    issuer = told.get("issuer")
    name = told.get("name", key.replace("_", " ").title())
    return OpenIdProvider(key, name, issuer, client, secret) if issuer else None


def _urls(told: Mapping[str, str], *names: str) -> dict[str, str]:
    """Addresses that are given: those of Lark, for one, or of a company's own DingTalk."""
    return {name: told[name] for name in names if name in told}
