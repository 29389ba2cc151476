"""Browsers: which are usual for somebody, what they are in words, and where in the world they ask from."""

import hashlib
import secrets
from datetime import timedelta
from functools import cache, lru_cache

import maxminddb
import structlog
from flask import Response, after_this_request
from itsdangerous import BadData, URLSafeSerializer
from ua_parser import parse

from core.auth.models import User
from core.i18n import _, html_lang
from core.settings import settings
from core.web.cookies import cookie, give_cookie

log = structlog.get_logger()

COOKIE = "device"
MOST_USERS = 5
"""Of so many people a browser knows that it is usual for them, the latest."""
KEPT = timedelta(days=400)


def usual_device(user: User | None) -> str | None:
    """What this browser is called when the user signed in with it before, since the password was last changed."""
    name, stamp = _known().get(user.id.hex, ("", "")) if user else ("", "")
    return name if user and stamp == _stamp(user) else None


def make_usual(user: User) -> None:
    """From now on this browser is known to the user, and has tries of its own that nobody else can use up."""
    known = {key: value for key, value in _known().items() if key != user.id.hex}
    name = usual_device(user) or secrets.token_hex(8)
    kept = [*list(known.items())[1 - MOST_USERS :], (user.id.hex, (name, _stamp(user)))]

    @after_this_request
    def keep(response: Response) -> Response:
        give_cookie(response, COOKIE, str(_signer().dumps(kept)), max_age=KEPT)
        return response


def _known() -> dict[str, tuple[str, str]]:
    try:
        return {user: (name, stamp) for user, (name, stamp) in _signer().loads(cookie(COOKIE))}
    except BadData:
        return {}


def _stamp(user: User) -> str:
    return hashlib.sha256(user.fs_uniquifier.encode()).hexdigest()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="guanxi usual device")


# --- in words ------------------------------------------------------------------------------------------


def words_of(agent: str) -> str:
    """Firefox · Windows: names, so the same in every language."""
    return " · ".join(filter(None, _parsed(agent[:400]))) or _("Unknown device")


@lru_cache(maxsize=1000)
def _parsed(agent: str) -> tuple[str, str]:
    found = parse(agent)
    return found.user_agent.family if found.user_agent else "", found.os.family if found.os else ""


def is_handheld(agent: str) -> bool:
    return _parsed(agent[:400])[1] in ("Android", "iOS", "HarmonyOS", "iPadOS")


def place_of(ip: str) -> str:
    """City and country, where a file for it was given and knows; else the address itself."""
    reader = _places()
    if reader is None:
        return ip
    try:
        found = reader.get(ip)
    except ValueError:
        return ip
    known = found if isinstance(found, dict) else {}
    names = [_name_of(known.get(part)) for part in ("city", "country")]
    return ", ".join(filter(None, names)) or ip


def _name_of(part: object) -> str:
    names = part.get("names", {}) if isinstance(part, dict) else {}
    return str(names.get("zh-CN" if html_lang().startswith("zh") else "en") or names.get("en") or "")


@cache
def _places() -> maxminddb.Reader | None:
    """The GeoIP file. One that cannot be read is told of once, and places are addresses then."""
    path = settings().geoip_file
    if not path:
        return None
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError):
        log.exception("geoip_file_unreadable", path=path)
        return None
