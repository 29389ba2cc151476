"""How much each member looks at, takes out and reveals in a day: counted in Valkey, where it costs a page next to
nothing, and kept in a table by whoever weighs it.

A record that is opened counts for itself; a list counts the rows that it shows, each time. Losing Valkey loses the
counts of a day, and never a page.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from redis.exceptions import RedisError

from core import current
from core.jobs import redis

log = structlog.get_logger()

STEPS: Mapping[str, int] = {"opened": 25, "listed": 1000, "exported": 1, "revealed": 1}
"""What is counted; it is weighed whenever so many more of it have come together."""
KEPT = timedelta(days=3)
PAUSE = 30.0
"""Seconds for which nothing is counted when Valkey did not answer: no page waits for it twice."""

Weigh = Callable[[UUID, date], None]
_pause = {"until": 0.0}
_weighers: list[Weigh] = []
_counted_for: ContextVar[UUID | None] = ContextVar("counted_for", default=None)


def weighs(function: Weigh) -> Weigh:
    """Call this function with the member and the day when there is something to weigh, in the same transaction."""
    _weighers.append(function)
    return function


def note_use(kind: str, number: int = 1) -> None:
    """The acting member opened a record, was shown so many rows, took so many out, or revealed a value."""
    context = current.tenant_or_none()
    if context is None or context.member is None or number <= 0 or time.monotonic() < _pause["until"]:
        return
    member_id, day = _counted_for.get() or context.member.id, today()
    try:
        with redis().pipeline(transaction=False) as pipe:
            pipe.hincrby(_key(day, member_id), kind, number)
            pipe.expire(_key(day, member_id), KEPT)
            pipe.sadd(_who(day), str(member_id))
            pipe.expire(_who(day), KEPT)
            total = int(pipe.execute()[0])
    except RedisError as error:
        _pause["until"] = time.monotonic() + PAUSE
        log.warning("use_not_counted", kind=kind, reason=str(error))
        return
    if total // STEPS[kind] > (total - number) // STEPS[kind]:
        for weigh in _weighers:
            weigh(member_id, day)


@contextmanager
def counted_for(member_id: UUID) -> Iterator[None]:
    """Inside, what is looked at counts for this member: for an administrator who looks with somebody else's eyes."""
    token = _counted_for.set(member_id)
    try:
        yield
    finally:
        _counted_for.reset(token)


def used_on(day: date) -> Mapping[UUID, Mapping[str, int]]:
    """What each member used on this day, as far as it is remembered. Raises RedisError."""
    members: Any = redis().smembers(_who(day))
    ids = [UUID(each.decode()) for each in members]
    with redis().pipeline(transaction=False) as pipe:
        for member_id in ids:
            pipe.hgetall(_key(day, member_id))
        found = pipe.execute() if ids else []
    return {
        member_id: {kind: int(counts.get(kind.encode(), 0)) for kind in STEPS}
        for member_id, counts in zip(ids, found, strict=True)
    }


def today() -> date:
    """The day of the workspace."""
    return current.now().astimezone(ZoneInfo(current.tenant().timezone)).date()


def _who(day: date) -> str:
    return f"guanxi:use:{current.tenant_id()}:{day}"


def _key(day: date, member_id: UUID) -> str:
    return f"{_who(day)}:{member_id}"
