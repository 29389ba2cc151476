"""Doing the work that waits: due jobs of all tenants in batches, each piece inside its tenant."""

import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import Row, delete, select, text, update

from core import current, db, jobs
from core.auth.context import Door, entering
from core.current import Cause
from core.events import LISTENERS, EventRow, read_back
from core.jobs import MODULE_OFF, JobRow, find_job, retry_at

log = structlog.get_logger()
DONE = Counter("guanxi_jobs_total", "Jobs finished", ["name", "outcome"])

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
    done = 0
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
    with entering(Door(tenant_id, None)) as context:
        mine = _still_there(rows)
        off = [row for row in mine if row.module != "core" and row.module not in context.modules]
        if off:
            _park_of_module_off(off)
        ready = [row for row in mine if row not in off]
        events = _events_of(ready)
        for row in ready:
            cause = row.cause or {}
            acting = Cause(cause.get("kind", "system"), cause.get("ref"), cause.get("depth", 0))
            with current.entering(context.caused_by(acting)):
                _run(row, events)
        ids = [row.id for row in ready]
        db.session().execute(delete(JobRow).where(JobRow.tenant_id == tenant_id, JobRow.id.in_(ids)))
    for row in ready:
        DONE.labels(row.name, "ok").inc()


def _still_there(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The rows that nobody cancelled or did meanwhile, locked until we commit."""
    ids = [row.id for row in rows]
    tenant = JobRow.tenant_id == current.tenant_id()
    found = select(JobRow.id).where(tenant, JobRow.id.in_(ids)).order_by(JobRow.id).with_for_update()
    kept = set(db.session().scalars(found))
    return [row for row in rows if row.id in kept]


def _events_of(rows: Sequence[Row[Any]]) -> dict[str, EventRow]:
    ids = [UUID(row.args["event"]) for row in rows if row.name in LISTENERS]
    if not ids:
        return {}
    found = select(EventRow).where(EventRow.tenant_id == current.tenant_id(), EventRow.id.in_(ids))
    return {str(event.id): event for event in db.session().scalars(found)}


def _run(row: Row[Any], events: dict[str, EventRow]) -> None:
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
