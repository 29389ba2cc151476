"""How often a token and a workspace may ask: counted on Valkey in a moving minute, in one round trip.

Without Valkey nobody is turned away: the limits protect neighbours from each other, and are no lock.
"""

import time
from functools import cache

import structlog
from flask import Flask, Response, current_app, g
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.retry import Retry
from werkzeug.exceptions import TooManyRequests

from core import current
from core.settings import settings

log = structlog.get_logger()

WINDOW = 60
PER_TOKEN = 6_000
PER_TENANT = 30_000
PAUSE = 5.0
"""Seconds in which a Valkey that did not answer is not asked again."""

COUNT = """
local left, refused = {}, false
for i = 1, #KEYS / 2 do
  local now = tonumber(redis.call('get', KEYS[2 * i - 1]) or '0')
  local before = tonumber(redis.call('get', KEYS[2 * i]) or '0')
  left[i] = tonumber(ARGV[i + 2]) - now - math.floor(before * tonumber(ARGV[1]))
  refused = refused or left[i] < 1
end
if not refused then
  for i = 1, #KEYS / 2 do
    redis.call('incr', KEYS[2 * i - 1])
    redis.call('expire', KEYS[2 * i - 1], ARGV[2])
    left[i] = left[i] - 1
  end
end
return {refused and 1 or 0, unpack(left)}
"""
"""KEYS: for each limit, the count of this window and of the one before. ARGV: the share of the window before that
the moving minute still covers, how long counts are kept, then the limits."""

_quiet_until = 0.0


def init_limits(app: Flask) -> None:
    app.config.setdefault("API_LIMITS", {"token": PER_TOKEN, "tenant": PER_TENANT})


def count_request() -> None:
    """Count this request. Raises TooManyRequests, without counting it, when it is one too many."""
    context, limits = current.tenant(), current_app.config["API_LIMITS"]
    subjects = {"token": context.cause.ref, "tenant": "all"}
    now = time.time()
    window, gone = int(now // WINDOW), now % WINDOW
    stems = [f"guanxi:rate:{{{context.tenant_id}}}:{name}:{subjects[name]}" for name in limits]
    counted = _ask([f"{stem}:{w}" for stem in stems for w in (window, window - 1)],
                   [1 - gone / WINDOW, 2 * WINDOW, *limits.values()])  # fmt: skip
    if counted is None:
        return
    refused, left = counted[0], dict(zip(limits, counted[1:], strict=True))
    reset = max(1, round(WINDOW - gone))
    g.rate_limit = {
        "RateLimit-Policy": ", ".join(f'"{name}";q={most};w={WINDOW}' for name, most in limits.items()),
        "RateLimit": ", ".join(f'"{name}";r={max(0, each)};t={reset}' for name, each in left.items()),
    }
    if refused:
        raise TooManyRequests(retry_after=reset)


def show_limits(response: Response) -> Response:
    response.headers.update(g.pop("rate_limit", {}))
    return response


def _ask(keys: list[str], args: list[float]) -> list[int] | None:
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return None
    try:
        counted: list[int] = _script(settings().redis_url)(keys, args)
    except RedisError as error:
        _quiet_until = time.monotonic() + PAUSE
        log.warning("rate_limits_off", error=str(error))
        return None
    return counted


@cache
def _script(url: str) -> Script:
    impatient = Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25, retry=Retry(NoBackoff(), 0))
    return impatient.register_script(COUNT)
