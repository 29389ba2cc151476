"""What an OpenID Connect issuer says of itself, and its keys: fetched once an hour, sooner when a key is not known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core import current
from core.auth.providers.outgoing import json_of, outgoing, reaching, require_https
from core.auth.providers.somebody import OutOfReach

KEPT = timedelta(hours=1)
SOONEST = timedelta(minutes=1)
"""How soon keys are fetched again for one that we do not know: forged tokens cannot make us hammer anybody."""
MOST = 500
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

_kept: dict[tuple[Any, ...], tuple[datetime, Any]] = {}


@dataclass(frozen=True)
class Issuer:
    """An issuer as it describes itself. `name` is what its tokens must say."""

    name: str
    metadata: dict[str, Any]
    guarded: bool

    def endpoint(self, name: str) -> str:
        return require_https(self.metadata.get(name))

    def keys(self, *, anew: bool = False) -> KeySet:
        """Raises OutOfReach when they cannot be read."""
        url = self.endpoint("jwks_uri")
        kept: KeySet = _remembered(("keys", url, self.guarded), SOONEST if anew else KEPT,
                                   lambda: _fetch_keys(url, self.guarded))  # fmt: skip
        return kept


def discover(issuer: str, *, guarded: bool) -> Issuer:
    """The issuer at this address. Raises OutOfReach, also when what is found there belongs to another issuer."""
    metadata = _remembered(("issuer", issuer, guarded), KEPT, lambda: _fetch(issuer, guarded))
    return Issuer(metadata["issuer"], metadata, guarded)


def forget() -> None:
    """Fetch everything anew from now on."""
    _kept.clear()


def _remembered(key: tuple[Any, ...], good_for: timedelta, fetch: Callable[[], Any]) -> Any:
    """What was fetched, unless it is older than that. What could not be fetched is not remembered."""
    now = current.now()
    kept = _kept.get(key)
    if kept is None or not timedelta() <= now - kept[0] < good_for:
        fetched = fetch()
        if len(_kept) >= MOST:
            _kept.clear()
        kept = _kept[key] = (now, fetched)
    return kept[1]


def _fetch(issuer: str, guarded: bool) -> dict[str, Any]:
    require_https(issuer)
    metadata = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration", guarded)
    named = metadata.get("issuer")
    shared = not guarded and "{tenantid}" in str(named)
    if not isinstance(named, str) or (named.rstrip("/") != issuer.rstrip("/") and not shared):
        raise OutOfReach("issuer")
    for name in ENDPOINTS:
        require_https(metadata.get(name))
    return metadata


def _fetch_keys(url: str, guarded: bool) -> KeySet:
    try:
        return KeySet.import_key_set(_get(url, guarded))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError):
        raise OutOfReach("keys") from None


def _get(url: str, guarded: bool) -> dict[str, Any]:
    with reaching(), outgoing(guarded=guarded) as session:
        response = session.get(url)
        if response.status_code != 200:
            raise OutOfReach("status")
        return json_of(response)
