"""The addresses to which a browser may be sent back: known beforehand, and compared to the letter."""

from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from core.errors import FieldProblem, Invalid
from core.i18n import _

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST = 10
LONGEST = 500


def read_redirects(typed: str | Sequence[str]) -> list[str]:
    """The addresses, one on a line or in a list. Raises Invalid for one that could send people astray."""
    lines = typed.splitlines() if isinstance(typed, str) else typed
    found = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    for uri in found:
        if not is_safe(uri):
            said = _(
                "“%(uri)s” cannot be used: give the whole address, beginning with https://, or with http:// for this"
                " very machine (127.0.0.1), without a #.",
                uri=uri[:100],
            )
            raise Invalid([FieldProblem("redirect_uris", "not_safe", said)])
    if len(found) > MOST:
        raise Invalid([FieldProblem("redirect_uris", "too_many", _("Name at most %(count)s.", count=MOST))])
    return found


def is_safe(uri: str) -> bool:
    """Whether it is the whole address of a page on https, or on http of the machine that the browser runs on."""
    parts = _split(uri)
    if (
        parts is None
        or not uri.isascii()
        or not uri.isprintable()
        or set(uri) & set(" \\\"<>;,'")
        or len(uri) > LONGEST
    ):
        return False
    if not parts.hostname or parts.username is not None or parts.fragment or uri.endswith("#") or "*" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def same_place(asked: str, known: str) -> bool:
    """Whether both are the same to the letter, but for the port of a program that listens on its own machine."""
    if asked == known:
        return True
    left, right = _split(asked), _split(known)
    if left is None or right is None or right.scheme != "http" or right.hostname not in ("127.0.0.1", "::1"):
        return False
    host = f"[{right.hostname}]" if ":" in str(right.hostname) else right.hostname
    return asked == left._replace(scheme="http", netloc=f"{host}:{left.port}").geturl() and (
        left._replace(netloc="") == right._replace(netloc="") and left.hostname == right.hostname
    )


def origin_of(uri: str) -> str:
    """Scheme, host and port: what a Content-Security-Policy names."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _port = parts.port
    except ValueError:
        return None
    return parts
