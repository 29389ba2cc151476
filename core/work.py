"""Doing the work that waits: due jobs of all tenants in batches, each piece inside its tenant."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter as Metric
from sqlalchemy import ARRAY, Result, Row, Uuid, any_, literal, select, text, update

from core import current, db, jobs
from core.auth.account_mail import send_waiting
from core.auth.context import Door, entering
from core.auth.errands import run_errands
from core.current import Cause
from core.events import LISTENERS, EventRow, read_back
from core.jobs import MODULE_OFF, JobRow, find_job, retry_at

log = structlog.get_logger()
DONE = Metric("guanxi_jobs_total", "Jobs finished", ["name", "outcome"])

BATCH = 500
LEASE = timedelta(minutes=1)
"""How long a worker has to begin what it claimed before another may take it over. What it has begun is locked."""

CLAIM = """
update job set locked_until = :until
 where id in (select id from job
               where queue = :queue and parked_at is null and due_at <= :now
                 and (locked_until is null or locked_until < :now)
               order by due_at, id limit :limit for update skip locked)
returning id, tenant_id, name, module, args, cause, attempts
"""


def drain(queue: str) -> int:
    """Do all due work of a queue. What RQ calls; everything else is in the table. Returns how much was done."""
    jobs.redis().delete(f"guanxi:awake:{queue}")
    done = run_errands() + send_waiting() if queue == "quick" else 0
    while batch := claim(queue):
        by_tenant = sorted(batch, key=lambda row: (row.tenant_id, row.id))
        for tenant_id, rows in itertools.groupby(by_tenant, key=lambda row: row.tenant_id):
            done += _do_for_tenant(tenant_id, list(rows))
    return done


def claim(queue: str) -> Sequence[Row[Any]]:
    """Lease a batch of due work, of all tenants, to this worker."""
    now = current.now()
    values = {"queue": queue, "now": now, "limit": 1 if queue == "slow" else BATCH,
              "until": now + LEASE}  # fmt: skip
    with db.role_session("worker") as session:
        return session.execute(text(CLAIM), values).all()


def _do_for_tenant(tenant_id: UUID, rows: list[Row[Any]]) -> int:
    """Call listeners together in one transaction, or each in its own if one of them fails; do each job alone.

    A listener writes to the database and nowhere else, so that it may be called again; what reaches outside
    (a mail, a message) is a job.
    """
    listening = [row for row in rows if row.name in LISTENERS]
    alone = [row for row in rows if row.name not in LISTENERS]
    if len(listening) > 1:
        try:
            _do_together(tenant_id, listening)
            return len(listening) + sum(_do_one(tenant_id, row) for row in alone)
        except Exception:
            log.info("batch_split", tenant=str(tenant_id), size=len(listening))
    return sum(_do_one(tenant_id, row) for row in [*listening, *alone])


def _do_one(tenant_id: UUID, row: Row[Any]) -> int:
    try:
        _do_together(tenant_id, [row])
        return 1
    except Exception as error:
        _failed(row, error)
        return 0


def _do_together(tenant_id: UUID, rows: Sequence[Row[Any]]) -> None:
    """Run jobs and delete their rows in one transaction: both happen, or neither."""
    with entering(Door(tenant_id, _member_of(rows))) as context:
        mine = _still_there(rows)
        off = [row for row in mine if row.module != "core" and row.module not in context.modules]
        if off:
            _park_of_module_off(off)
        ready = [row for row in mine if row not in off] if off else mine
        events = _events_of(ready)
        acting = cache(context.caused_by)
        for row in ready:
            with current.entering(acting(_cause_of(row))):
                _run(row, events)
        _of(ready, "delete from job")
    for name, done in Counter(row.name for row in ready).items():
        DONE.labels(name, "ok").inc(done)


def _member_of(rows: Sequence[Row[Any]]) -> UUID | None:
    """Whom to act as: nobody, unless it is one job that is to be done as the member who wanted it."""
    if len(rows) > 1 or rows[0].name in LISTENERS or not find_job(rows[0].name).as_member:
        return None
    member = (rows[0].cause or {}).get("member")
    return UUID(member) if member else None


def _cause_of(row: Row[Any]) -> Cause:
    cause = row.cause or {}
    return Cause(cause.get("kind", "system"), cause.get("ref"), cause.get("depth", 0), cause.get("quiet", False))


def _of(rows: Sequence[Row[Any]], what: str, then: str = "") -> Result[Any]:
    """Do this to the rows of these jobs, as one array: five hundred parameters cost more than what they ask for."""
    statement = text(f"{what} where tenant_id = :tenant and id = any(:ids) {then}")
    return db.session().execute(statement, {"tenant": current.tenant_id(), "ids": [row.id for row in rows]})


def _still_there(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The rows that nobody cancelled or did meanwhile, locked until we commit."""
    kept = set(_of(rows, "select id from job", "order by id for update").scalars())
    return [row for row in rows if row.id in kept]


def _events_of(rows: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """The events that listeners are to hear, by their ids."""
    ids = [UUID(row.args["event"]) for row in rows if row.name in LISTENERS]
    if not ids:
        return {}
    event = EventRow.__table__
    mine = event.c.tenant_id == current.tenant_id()
    found = select(event).where(mine, event.c.id == any_(literal(ids, ARRAY(Uuid))))
    return {str(row.id): row for row in db.session().execute(found)}


def _run(row: Row[Any], events: dict[str, Row[Any]]) -> None:
    if (listener := LISTENERS.get(row.name)) is not None:
        listener(read_back(events[row.args["event"]]))
    else:
        find_job(row.name)(**row.args)
    db.session().flush()


def _park_of_module_off(rows: Sequence[Row[Any]]) -> None:
    ids = [row.id for row in rows]
    db.session().execute(
        update(JobRow)
        .where(JobRow.tenant_id == current.tenant_id(), JobRow.id.in_(ids))
        .values(parked_at=current.now(), error=MODULE_OFF, locked_until=None)
    )


def _failed(row: Row[Any], error: Exception) -> None:
    """Try again later, or park the work where the tenant's admin sees it."""
    attempts = row.attempts + 1
    again = retry_at(attempts)
    log.exception("job_failed", job=row.name, tenant=str(row.tenant_id), attempts=attempts, parked=again is None)
    DONE.labels(row.name, "failed" if again else "parked").inc()
    with db.role_session("worker") as session:
        session.execute(
            text("update job set attempts = :attempts, error = :error, locked_until = null,"
                 " due_at = coalesce(:again, due_at), parked_at = case when :again is null then :now end"
                 " where id = :id"),
            {"attempts": attempts, "error": f"{type(error).__name__}: {error}"[:2000], "again": again,
             "now": current.now(), "id": row.id},
        )  # fmt: skip
