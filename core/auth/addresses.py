"""Networks from which a program may come: typed by people, compared with where a request is from."""

import ipaddress
import re
from collections.abc import Sequence

from core.errors import FieldProblem, Invalid
from core.i18n import _

MOST = 50


def read_networks(typed: str | Sequence[str], field: str = "ips") -> list[str]:
    """The networks in a text, or in a list, as CIDR and each once. Raises Invalid with the first that is none."""
    words = re.split(r"[\s,;]+", typed) if isinstance(typed, str) else typed
    found = list(dict.fromkeys(_network(word.strip(), field) for word in words if word.strip()))
    if len(found) > MOST:
        raise Invalid([FieldProblem(field, "too_many", _("Name at most %(count)s networks.", count=MOST))])
    return found


def _network(word: str, field: str) -> str:
    try:
        return str(ipaddress.ip_network(word, strict=False))
    except ValueError:
        said = _("“%(word)s” is not an address or network like 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32.",
                 word=word[:60])  # fmt: skip
        raise Invalid([FieldProblem(field, "not_a_network", said)]) from None


def is_within(address: str | None, networks: Sequence[str]) -> bool:
    """Whether a request from this address may come in: from anywhere when no network is named."""
    if not networks:
        return True
    try:
        came_from = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(came_from, "ipv4_mapped", None)
    return any((mapped or came_from) in ipaddress.ip_network(network) for network in networks)
