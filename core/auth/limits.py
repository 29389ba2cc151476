"""How often one may try what nobody has to sign in for. Counted in Valkey, so for all web processes together."""

import re
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from core.settings import settings

limiter = Limiter(key_func=get_remote_address, strategy="moving-window", headers_enabled=False)


def init_limits(app: Flask) -> None:
    """Without Valkey there is no counting rather than no signing in."""
    app.config.update(
        RATELIMIT_STORAGE_URI=re.sub(r"^unix://", "redis+unix://", settings().redis_url),
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_KEY_PREFIX="guanxi",
    )
    limiter.init_app(app)


def _address_and_account() -> str:
    return f"{get_remote_address()} {request.form.get('email', '')[:320].strip().lower()}"


def few(view: Any) -> Any:
    """A person with a bad memory passes, a list of passwords does not: per account and sender, and per sender."""
    per_account = limiter.limit("10/minute;60/hour", key_func=_address_and_account)
    per_sender = limiter.limit("60/minute;600/hour")
    return per_sender(per_account(view))
