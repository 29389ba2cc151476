"""The probe: a canary tries to read, write, guess and enumerate what is another's, and what came of it is kept."""

import time
from datetime import timedelta
from uuid import UUID

import structlog
from flask import Flask
from prometheus_client import Counter, Gauge
from sqlalchemy import delete, select, text

from core import current, db
from core.isolation.canaries import Canary, canaries, let_in, show_out
from core.isolation.in_database import try_database
from core.isolation.models import IsolationRun
from core.isolation.of_jobs import try_jobs
from core.isolation.over_routes import ids_of, walk
from core.isolation.planting import Planted, plant
from core.isolation.tables import TenantTable, tenant_tables
from core.isolation.tally import KINDS, Tally

log = structlog.get_logger()
TRIED = Counter("guanxi_isolation_attempts_total", "Attempts to get at another tenant", ["kind"])
THROUGH = Gauge("guanxi_isolation_got_through", "Attempts of the last probe that were not refused")

LONGEST = 60.0
"""Seconds after which a probe leaves the rest for the next night."""
KEPT = timedelta(days=400)
LOCK = 0x63616E61  # "cana": one probe at a time for a database


def probe(app: Flask, *, longest: float = LONGEST) -> IsolationRun | None:
    """Try everything once, keep what came of it, and raise the alarm when anything got through.

    None when another process is at it.
    """
    with db.engine("worker").connect() as alone:
        if not alone.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
            return None
        return _probe(app, longest)


def _probe(app: Flask, longest: float) -> IsolationRun:
    began, at = time.monotonic(), current.now()
    tally = Tally(until=began + longest)
    me, prey = canaries()
    tables, planted = furnish(prey)
    failed = try_database(me, prey, tally)
    try_jobs(tally, me, prey, tables, ids_of(prey, planted))
    tokens = let_in(me)
    try:
        walk(app, tally, me, prey, tables, planted, tokens)
    finally:
        show_out(me)
    run = _keep(tally, at, time.monotonic() - began)
    for table, reason in failed.items():
        log.warning("isolation_unplanted", table=table, reason=reason)
    return run


def furnish(prey: Canary) -> tuple[list[TenantTable], Planted]:
    """The tables of tenants, and a row of the canary's in each that keeps one."""
    with db.unit_of_work(prey.context) as session:
        connection = session.connection()
        tables = tenant_tables(connection)
        planted, _failed = plant(connection, prey.tenant_id, prey.mark, tables)
    return tables, planted


def _keep(tally: Tally, at: object, seconds: float) -> IsolationRun:
    run = IsolationRun(
        at=at, seconds=round(seconds, 2), left_out=tally.left_out, got_through=tally.got_through,
        attempts={kind: tally.attempts[kind] for kind in KINDS if tally.attempts[kind]},
    )  # fmt: skip
    with db.role_session("worker") as session:
        session.execute(delete(IsolationRun).where(IsolationRun.at < current.now() - KEPT))
        session.add(run)
    for kind, times in run.attempts.items():
        TRIED.labels(kind).inc(times)
    THROUGH.set(len(run.got_through))
    if run.got_through:
        log.error("isolation_broken", attempts=run.tried, got_through=run.got_through)
    else:
        log.info("isolation_holds", attempts=run.tried, seconds=run.seconds, left_out=run.left_out)
    return run


def last_run() -> IsolationRun | None:
    """What the latest probe found. Told to every tenant, and to whoever runs the installation."""
    newest = select(IsolationRun).order_by(IsolationRun.at.desc()).limit(1)
    here = db.session_or_none()
    if here is not None:
        return here.scalars(newest).one_or_none()
    with db.role_session("worker") as session:
        return session.scalars(newest).one_or_none()


def intruder_id() -> UUID:
    """The workspace in which the work of probing waits."""
    return canaries()[0].tenant_id
