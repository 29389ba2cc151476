"""Calls to providers: with a time limit, a size limit, no redirects, and none into a private network for a tenant.

A tenant's admin chooses the address that we call. So the name is resolved here, every address it has must be a public
one, and the connection is made to that very address: a name that changes in between gains nothing.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from core.auth.providers.somebody import OutOfReach
from core.settings import settings

log = structlog.get_logger()

TIMEOUT = (3.05, 5)
LONGEST = 10.0
LARGEST = 512 * 1024
PRIVATE = "SIGN_IN_PRIVATE_NETWORK"
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotPublic(OSError):
    """The name leads to an address that is not on the public internet."""


def private_allowed() -> bool:
    """Whether this installation lets providers be in its own network, and without TLS."""
    return settings().sign_in.get(PRIVATE) == "1"


def fit_out(session: requests.Session, *, guarded: bool) -> None:
    """Give a session our limits; `guarded` when somebody other than the operator chose where it goes."""
    adapter = _Limited(guarded=guarded and not private_allowed())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.max_redirects = 0
    session.trust_env = not guarded


def outgoing(*, guarded: bool) -> requests.Session:
    session = requests.Session()
    session.headers["Accept"] = "application/json"
    fit_out(session, guarded=guarded)
    return session


def require_https(url: Any) -> str:
    """The same address. Raises OutOfReach for one that is not https, unless the installation allows it."""
    parts = urlsplit(url) if isinstance(url, str) else None
    schemes = ("https", "http") if private_allowed() else ("https",)
    if parts is None or parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise OutOfReach("address")
    return str(url)


@contextmanager
def reaching() -> Iterator[None]:
    """Whatever keeps us from an answer is OutOfReach. What the libraries say of it may hold secrets, and is dropped."""
    try:
        yield
    except requests.TooManyRedirects:
        raise OutOfReach("redirect") from None
    except (requests.RequestException, HTTPError, ValueError) as error:
        log.warning("sign_in_provider_out_of_reach", kind=type(error).__name__)
        raise OutOfReach("unreachable") from None


def json_of(response: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer, whatever its status. Raises OutOfReach where there is none."""
    try:
        said = response.json()
    except ValueError:
        raise OutOfReach("no_json") from None
    if not isinstance(said, dict):
        raise OutOfReach("no_json")
    return said


class _Limited(HTTPAdapter):
    def __init__(self, *, guarded: bool) -> None:
        self.guarded = guarded
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        if self.guarded:
            self.poolmanager.pool_classes_by_scheme = {"http": _PublicHttpPool, "https": _PublicHttpsPool}

    def send(self, request: Any, *_args: Any, **options: Any) -> requests.Response:
        require_https(request.url)
        began = time.monotonic()
        options |= {"stream": True, "timeout": TIMEOUT}
        response = super().send(request, **options)
        body = b""
        for piece in response.raw.stream(16 * 1024, decode_content=True):
            body += piece
            if len(body) > LARGEST or time.monotonic() - began > LONGEST:
                response.close()
                raise OutOfReach("too_large" if len(body) > LARGEST else "too_slow")
        response._content = body
        return response


def public_addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """Where the name leads. Raises NotPublic when any of it is loopback, private, link-local or else not global."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for _family, _type, _proto, _name, where in found:
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        inner = _address_inside(address)
        if not address.is_global or address.is_multicast or (inner and not inner.is_global):
            raise NotPublic(f"{host} is not on the public internet")
    return [tuple(where) for *_rest, where in found]


def _address_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The older address that some newer ones carry, and that a gateway would take us to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class _Public:
    """A connection that looks where it goes before it goes there."""

    def _new_conn(self: Any) -> socket.socket:
        try:
            where = public_addresses(self._dns_host, self.port)[0]
            return socket.create_connection((where[0], where[1]), self.timeout)
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error


class _PublicHttp(_Public, HTTPConnection):
    pass


class _PublicHttps(_Public, HTTPSConnection):
    pass


class _PublicHttpPool(HTTPConnectionPool):
    ConnectionCls = _PublicHttp


class _PublicHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttps
