"""Whether something is happening for the first time in a while: for what may be used once.

Remembered in Valkey, for all processes together; in each process for itself while Valkey is away.
"""

import threading
from datetime import datetime, timedelta

import structlog
from redis import RedisError

from core import current
from core.jobs import redis

log = structlog.get_logger()

MOST = 10_000
_seen: dict[str, datetime] = {}
_alone = threading.Lock()


def first_time(what: str, within: timedelta) -> bool:
    """Asking is doing: of all who ask for the same, in this tenant and within this time, one is told yes."""
    key = f"guanxi:once:{current.tenant_id()}:{what}"
    try:
        return bool(redis().set(key, "1", nx=True, ex=max(1, round(within.total_seconds()))))
    except RedisError:
        log.warning("remembered_in_memory", exc_info=True)
        return _first_here(key, within)


def _first_here(key: str, within: timedelta) -> bool:
    """The oldest are forgotten first, so that nobody can fill the memory up."""
    with _alone:
        till = _seen.pop(key, None)
        fresh = till is None or till <= current.now()
        _seen[key] = till if till is not None and not fresh else current.now() + within
        if len(_seen) > MOST:
            del _seen[next(iter(_seen))]
        return fresh
