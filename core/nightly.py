"""What every tenant has done once in its own night."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.db import Base, new_id
from core.jobs import Job, redis, wake

log = structlog.get_logger()

NIGHT = 2
"""The hour of a tenant's day at which its night's work begins."""
LOOK_BACK = 24
"""Hours that are made up for, when no clock was running: so a new installation does it at once."""
_nightly: list[Job[Any]] = []


def nightly(job: Job[Any]) -> Job[Any]:
    """Do this job once a night in each tenant, in the night of its own time zone. It takes no arguments."""
    _nightly.append(job)
    return job


def begin_nights() -> int:
    """Write the jobs of all tenants whose night has begun since we last looked. Returns how many.

    Valkey remembers which hours are done. When it forgets, a night's work is done once more, which does no harm.
    """
    now, begun = current.now().replace(minute=0, second=0, microsecond=0), 0
    hours = [now - timedelta(hours=back) for back in range(LOOK_BACK)]
    done = redis().mget([_mark(hour) for hour in hours])
    if missed := [hour for hour, mark in zip(hours, done, strict=True) if mark is None]:
        begun = _write_jobs(missed)
        for hour in missed:
            redis().set(_mark(hour), "1", ex=3600 * 2 * LOOK_BACK)
    return begun


def _mark(hour: datetime) -> str:
    return f"guanxi:night:{hour:%Y-%m-%dT%H}"


def _write_jobs(hours: list[datetime]) -> int:
    with db.role_session("auth") as session:
        tenants = session.execute(text("select id, timezone from tenant where not canary")).all()
    sleeping = [row.id for row in tenants if any(_is_night(hour, row.timezone) for hour in hours)]
    rows = [
        {"id": new_id(), "tenant_id": tenant, "queue": each.queue, "name": each.name, "module": each.module, "args": {},
         "key": f"night:{each.name}", "cause": {"kind": "system", "depth": 0}, "due_at": current.now(), "attempts": 0}
        for tenant in sleeping
        for each in _nightly
    ]  # fmt: skip
    if rows:
        with db.role_session("worker") as session:
            session.execute(insert(Base.metadata.tables["job"]).on_conflict_do_nothing(), rows)
        for queue in {each.queue for each in _nightly}:
            wake(queue)
    return len(rows)


def _is_night(hour: datetime, timezone: str) -> bool:
    try:
        return hour.astimezone(ZoneInfo(timezone)).hour == NIGHT
    except (KeyError, ValueError, OSError):
        return hour.hour == NIGHT
