"""How often one may try to get in: a few tries are free, then each has to wait twice as long as the one before.

Nothing waits in the server. A try is counted before it is judged, so that many at once gain nothing, and whoever comes
too early is told when to come back; what comes too early is not counted, so that nobody keeps somebody else waiting.
Counted in Valkey, for all web processes together; in each process for itself while Valkey is away.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from redis import RedisError

from core import current, jobs
from core.errors import DomainError
from core.i18n import _, _n

log = structlog.get_logger()

FREE = 5
LONGEST = 15 * 60
REMEMBERED = 24 * 3600
"""Seconds after the last try in which it is forgotten that there were any."""
LOCK_AFTER = 20
"""So many tries at one account from browsers that are not usual for it, and it is locked for them all for a day."""


class TooMany(DomainError):
    """Too many tries. `seconds` until the next; `locked` when it is not for a moment."""

    status = 429
    code = "too_many_attempts"

    def __init__(self, seconds: float, *, locked: bool = False) -> None:
        self.seconds, self.locked = max(1, round(seconds + 0.499)), locked
        super().__init__(_("Too many attempts. Try again in %(time)s.", time=in_words(self.seconds)))
        self.more = {"retry_after": self.seconds}


@dataclass(frozen=True)
class Tries:
    """What is counted together: a kind of try, and by whom or at whose account. `lock_after` is 0 for never."""

    what: str
    whose: str
    free: int = FREE
    lock_after: int = 0

    @property
    def key(self) -> str:
        return f"guanxi:tries:{self.what}:{hashlib.sha256(self.whose.encode()).hexdigest()[:32]}"


def attempt(*tries: Tries) -> Sequence[int]:
    """Count a try in all of these. Raises TooMany, and counts nothing, when one of them has to wait.

    Returns the number of this try in each of them.
    """
    now = current.now().timestamp()
    limits = [(each.free, each.lock_after) for each in tries]
    said = _ask(lambda store: store.take([each.key for each in tries], now, limits))
    wait, locked, *counted = said
    if wait > 0:
        raise TooMany(wait, locked=locked > 0)
    return [int(number) for number in counted]


def passed(*tries: Tries) -> None:
    """It was right: forget the tries before."""
    _ask(lambda store: store.forget([each.key for each in tries]))


def give_back(*tries: Tries) -> None:
    """It was right, and this one try does not count: for what many share, such as an address."""
    _ask(lambda store: store.give_back([each.key for each in tries]))


def is_due(what: str, whose: str, every: int) -> bool:
    """Whether this was not done in the last so many seconds; asking is doing."""
    key = Tries(f"every:{what}", whose).key
    return _ask(lambda store: store.first(key, current.now().timestamp(), every))


def name_lock(tries: Tries, name: str) -> str:
    """Give the lock that was just made a name, so that a link can open this one and none after it."""
    _ask(lambda store: store.name(tries.key, name))
    return name


def lock_of(tries: Tries) -> str | None:
    """The name of the lock, if there is one that was given a name."""
    name: str | None = _ask(lambda store: store.name_of(tries.key))
    return name


def in_words(seconds: int) -> str:
    if seconds < 100:
        return _n("%(num)s second", "%(num)s seconds", seconds)
    if seconds < 100 * 60:
        return _n("%(num)s minute", "%(num)s minutes", -(-seconds // 60))
    return _n("%(num)s hour", "%(num)s hours", -(-seconds // 3600))


def delay_after(number: int, free: int, lock_after: int) -> int:
    """Seconds to wait after the so manieth try."""
    if lock_after and number >= lock_after:
        return REMEMBERED
    return min(LONGEST, 2 ** min(number - free, 20)) if number >= free else 0


# --- where it is counted -------------------------------------------------------------------------------

TAKE = f"""
local now, wait, locked = tonumber(ARGV[1]), 0, 0
for i, key in ipairs(KEYS) do
  local left = tonumber(redis.call('HGET', key, 'till') or '0') - now
  if left > wait then
    wait = left
    local most = tonumber(ARGV[2 * i + 1])
    if most > 0 and tonumber(redis.call('HGET', key, 'n')) >= most then locked = 1 else locked = 0 end
  end
end
if wait > 0 then return {{tostring(wait), locked}} end
local said = {{'0', 0}}
for i, key in ipairs(KEYS) do
  local free, most = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  if tonumber(redis.call('HGET', key, 'seen') or '0') < now - {REMEMBERED} then redis.call('DEL', key) end
  local n = redis.call('HINCRBY', key, 'n', 1)
  local delay = 0
  if most > 0 and n >= most then delay = {REMEMBERED}
  elseif n >= free then delay = math.min({LONGEST}, 2 ^ math.min(n - free, 20)) end
  redis.call('HSET', key, 'till', string.format('%.6f', now + delay), 'seen', ARGV[1])
  redis.call('EXPIRE', key, 2 * {REMEMBERED})
  said[i + 2] = n
end
return said
"""
"""The same as `_Memory.take`, at once for all processes. Time is ours, not Valkey's."""

GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then
    redis.call('HINCRBY', key, 'n', -1)
    redis.call('HSET', key, 'till', '0')
  end
end
"""


class _Valkey:
    def take(self, keys: Sequence[str], now: float, limits: Sequence[tuple[int, int]]) -> list[float]:
        flat = [str(number) for pair in limits for number in pair]
        said: Any = jobs.redis().eval(TAKE, len(keys), *keys, repr(now), *flat)
        return [float(each) for each in said]

    def forget(self, keys: Sequence[str]) -> None:
        jobs.redis().delete(*keys)

    def first(self, key: str, now: float, every: int) -> bool:
        last: Any = jobs.redis().get(key)
        if last is not None and float(last) > now - every:
            return False
        jobs.redis().set(key, repr(now), ex=every)
        return True

    def give_back(self, keys: Sequence[str]) -> None:
        jobs.redis().eval(GIVE_BACK, len(keys), *keys)

    def name(self, key: str, name: str) -> None:
        jobs.redis().hset(key, "lock", name)

    def name_of(self, key: str) -> str | None:
        said: Any = jobs.redis().hget(key, "lock")
        return said.decode() if said else None


class _Memory:
    """While Valkey is away. It forgets the oldest first, so that nobody can fill it up."""

    MOST = 10_000

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, float, float]] = {}
        self._locks: dict[str, str] = {}
        self._alone = threading.Lock()

    def take(self, keys: Sequence[str], now: float, limits: Sequence[tuple[int, int]]) -> list[float]:
        with self._alone:
            rows = [self._row(key, now) for key in keys]
            wait, locked = 0.0, 0.0
            for (number, till, _seen), (_free, most) in zip(rows, limits, strict=True):
                if till - now > wait:
                    wait, locked = till - now, float(0 < most <= number)
            if wait > 0:
                return [wait, locked]
            for key, (number, *_rest), (free, most) in zip(keys, rows, limits, strict=True):
                self._keep(key, (number + 1, now + delay_after(number + 1, free, most), now))
            return [0, 0, *(number + 1 for number, *_rest in rows)]

    def _row(self, key: str, now: float) -> tuple[int, float, float]:
        row = self._rows.get(key, (0, 0.0, 0.0))
        return row if row[1] > now or row[2] >= now - REMEMBERED else (0, 0.0, 0.0)

    def _keep(self, key: str, row: tuple[int, float, float]) -> None:
        self._rows.pop(key, None)
        self._rows[key] = row
        if len(self._rows) > self.MOST:
            del self._rows[next(iter(self._rows))]

    def forget(self, keys: Sequence[str]) -> None:
        with self._alone:
            for key in keys:
                self._rows.pop(key, None)

    def first(self, key: str, now: float, every: int) -> bool:
        with self._alone:
            if self._rows.get(key, (0, 0.0, 0.0))[2] > now - every:
                return False
            self._keep(key, (0, 0.0, now))
            return True

    def give_back(self, keys: Sequence[str]) -> None:
        with self._alone:
            for key in keys:
                number, _till, seen = self._rows.get(key, (1, 0.0, 0.0))
                self._keep(key, (max(0, number - 1), 0.0, seen))

    def name(self, key: str, name: str) -> None:
        self._locks[key] = name

    def name_of(self, key: str) -> str | None:
        return self._locks.get(key) if key in self._rows else None


_memory = _Memory()


def _ask(question: Callable[[Any], Any]) -> Any:
    try:
        return question(_Valkey())
    except RedisError:
        log.warning("tries_counted_in_memory", exc_info=True)
        return question(_memory)
