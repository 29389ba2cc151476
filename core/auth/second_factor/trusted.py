"""A browser that is not asked for the second factor again for a while, because somebody who showed it said so."""

import hashlib

from flask import Response
from itsdangerous import BadData, URLSafeTimedSerializer

from core.auth.models import User
from core.settings import settings
from core.web.cookies import cookie, give_cookie

COOKIE = "trusted_browser"
DAYS = 30
_SECONDS = DAYS * 24 * 3600


def trust(response: Response, user: User) -> None:
    give_cookie(response, COOKIE, str(_signer().dumps([user.id.hex, _state_of(user)])), max_age=_SECONDS)


def is_trusted(user: User) -> bool:
    """Whether this browser was trusted with this user, whose factors are still the same."""
    try:
        known = _signer().loads(cookie(COOKIE), max_age=_SECONDS)
    except BadData:
        return False
    return bool(known == [user.id.hex, _state_of(user)])


def _state_of(user: User) -> str:
    """Another one after each change of the factors or the password."""
    changed = user.factors_at.isoformat() if user.factors_at else ""
    return hashlib.sha256(f"{user.fs_uniquifier} {changed}".encode()).hexdigest()[:32]


def _signer() -> URLSafeTimedSerializer:
    told = settings()
    return URLSafeTimedSerializer(
        [*reversed(told.secret_key_fallbacks), told.secret_key], salt="guanxi trusted browser"
    )
