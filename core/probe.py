"""The nightly probe as work: when it is due, and who does it."""

from datetime import datetime, timedelta
from functools import cache

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.app import create_app
from core.db import Base, new_id
from core.isolation.models import IsolationRun
from core.isolation.probing import intruder_id, probe
from core.jobs import job, wake
from core.nightly import NIGHT
from core.tenant import Tenant

HOURS = range(NIGHT, NIGHT + 4)
"""The hours of this machine's day in which it is done."""
AGAIN = timedelta(hours=20)
AT_ANY_HOUR = timedelta(hours=44)
"""After so long it is done whenever the clock runs: not every machine is on by night."""
KEY = "night:isolation"


@cache
def _app() -> Flask:
    return create_app()


@job(queue="slow")
def probe_isolation() -> None:
    probe(_app())


def probe_now() -> IsolationRun | None:
    return probe(_app())


def begin_probe() -> bool:
    """Have the probe done when it is due: one waits at most, and one that failed for good is tried once more."""
    if not is_due():
        return False
    row = {
        "id": new_id(), "tenant_id": intruder_id(), "queue": "slow", "name": probe_isolation.name, "module": "core",
        "args": {}, "key": KEY, "cause": {"kind": "system", "depth": 0}, "due_at": current.now(), "attempts": 0,
    }  # fmt: skip
    table = Base.metadata.tables["job"]
    again = {"parked_at": None, "error": None, "attempts": 0, "due_at": current.now()}
    waits = insert(table).values(row).on_conflict_do_update(
        index_elements=["tenant_id", "key"], index_where=text("key is not null"), set_=again,
        where=table.c.parked_at.is_not(None),
    )  # fmt: skip
    with db.role_session("worker") as session:
        begun = bool(session.execute(waits.returning(table.c.id)).all())
    if begun:
        wake("slow")
    return begun


def is_due() -> bool:
    last = _last()
    if last is None:
        return False
    ago = current.now() - last
    return ago > AT_ANY_HOUR or (ago > AGAIN and current.now().astimezone().hour in HOURS)


def _last() -> datetime | None:
    """When it was done, or else when the first workspace was made."""
    with db.role_session("worker") as session:
        ran = session.scalar(select(func.max(IsolationRun.at)))
    if ran:
        return ran
    with db.role_session("auth") as session:
        return session.scalar(select(func.min(Tenant.created_at)))
