"""How often one may try what nobody has to sign in for. Counted in Valkey, so for all web processes together."""

import re
import time
from typing import Any

from flask import Flask, current_app, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded

from core.auth.sessions.present import KEY
from core.auth.sessions.trying import network_of
from core.auth.throttling import TooMany
from core.settings import settings
from core.web import render
from core.web.blueprints import anyone
from core.web.errors import show_domain_error, show_http_error

OPEN = "600/minute"
"""For each address, what is open to anyone and says nothing narrower: a full office comes in by one address."""
LARGEST_OF_STRANGERS = 1024 * 1024
"""Bytes of a body, before it is read, of a browser that never signed in; whoever did may send files."""
UNCOUNTED = ("static_files", "health")
"""Files of ours from memory, of which a page needs dozens; and what a machine asks that watches this one."""


def whoever() -> str:
    return network_of(request.remote_addr or "") or "nobody"


def _is_closed() -> bool:
    """Whether a session or a token is asked for before anything is done: these have limits of their own."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "permission", anyone) is not anyone or request.blueprint in UNCOUNTED


limiter = Limiter(
    key_func=whoever, default_limits=[OPEN], default_limits_exempt_when=_is_closed, strategy="moving-window",
    headers_enabled=False,
)  # fmt: skip


def init_limits(app: Flask) -> None:
    """Without Valkey each process counts for itself."""
    app.config.update(
        RATELIMIT_STORAGE_URI=re.sub(r"^unix://", "redis+unix://", settings().redis_url),
        RATELIMIT_SWALLOW_ERRORS=True,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_KEY_PREFIX="guanxi",
    )
    app.before_request(_take_little_from_strangers)
    limiter.init_app(app)
    app.register_error_handler(TooMany, tell_to_wait)
    app.register_error_handler(RateLimitExceeded, _tell_to_slow_down)


def _take_little_from_strangers() -> None:
    """Programs show their token before anything of theirs is read."""
    if request.method not in ("GET", "HEAD") and not request.path.startswith("/api/") and KEY not in session:
        request.max_content_length = LARGEST_OF_STRANGERS


def tell_to_wait(many: TooMany) -> ResponseReturnValue:
    """A page, or in the API a problem, that says when to try again."""
    if request.path.startswith("/api/"):
        response = make_response(show_domain_error(many))
    else:
        response = make_response(render("auth/too_many.html", status=many.status, message=many.message))
    response.headers["Retry-After"] = str(many.seconds)
    return response


def _tell_to_slow_down(error: RateLimitExceeded) -> ResponseReturnValue:
    response = make_response(show_http_error(error))
    until = limiter.current_limit.reset_at if limiter.current_limit else time.time()
    response.headers["Retry-After"] = str(max(1, round(until - time.time() + 0.499)))
    return response


def _address_and_account() -> str:
    return f"{whoever()} {request.form.get('email', '')[:320].strip().lower()}"


def few(view: Any) -> Any:
    """A person with a bad memory passes, a list of passwords does not: per account and sender, and per sender."""
    per_account = limiter.limit("10/minute;60/hour", key_func=_address_and_account)
    per_sender = limiter.limit("60/minute;600/hour")
    return per_sender(per_account(view))
