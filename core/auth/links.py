"""Links that only we can have written, good for a while: to confirm an address, reset a password, join."""

from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from core.errors import DomainError
from core.i18n import _
from core.settings import settings

DAY = 24 * 3600
GOOD_FOR = {"confirm": 3 * DAY, "reset": DAY, "invitation": 7 * DAY, "not_me": 7 * DAY, "unlock": DAY,
            "new_address": DAY, "account_elsewhere": 15 * 60, "join_confirm": DAY, "join": 3650 * DAY}  # fmt: skip
"""Seconds for which each kind of link works."""


class LinkProblem(DomainError):
    """The link does not work. `payload` is what it says, where it is ours at all."""

    status = 410
    payload: Any = None


class LinkForged(LinkProblem):
    code = "link_forged"


class LinkExpired(LinkProblem):
    code = "link_expired"


class LinkUsed(LinkProblem):
    code = "link_used"


def sign(kind: str, payload: Any) -> str:
    return _signer(kind).dumps(payload)


def read(kind: str, token: str) -> Any:
    """What we wrote into the link. Raises LinkForged or LinkExpired."""
    try:
        return _signer(kind).loads(token, max_age=GOOD_FOR[kind])
    except SignatureExpired as late:
        expired = LinkExpired(_("This link has expired."))
        expired.payload = _signer(kind).load_payload(late.payload) if late.payload else None
        raise expired from None
    except BadData:
        raise LinkForged(_("This link is not complete, or it is not one of ours.")) from None


def url(path: str) -> str:
    """The whole address of a page of ours, for a mail."""
    return settings().base_url + path


def _signer(kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt=f"guanxi {kind}")
