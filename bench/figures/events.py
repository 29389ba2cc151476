"""Events handed to one listener by a worker, beside reading and deleting the same delivery rows."""

from collections.abc import Sequence

from sqlalchemy import delete, select, text

from bench.data.companies import Company, company
from bench.data.customers import settle
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import db, work
from core.events import listens
from core.jobs import JobRow, job_name
from core.records.happenings import RecordCreated

ROWS, ROUNDS, AT_MOST, BATCH = 20_000, 5, 2.0, 500
FILL = """
with happened as (
  insert into guanxi.event (tenant_id, id, name, at, record_type, record_id, customer_id, actor_id, cause, data)
  select c.tenant_id, uuidv7(), 'customer.created', now(), 'customer', c.id, c.id, :member, '{"kind": "member"}',
         jsonb_build_object('title', c.name)
    from guanxi.customer c where c.tenant_id = :tenant limit :rows
  returning tenant_id, id)
insert into guanxi.job (id, tenant_id, name, module, args, cause, due_at)
select uuidv7(), tenant_id, :name, 'core', jsonb_build_object('event', id), '{"kind": "member", "depth": 1}', now()
  from happened
"""


@listens("bench.nothing")
def listen(event: RecordCreated) -> None:
    """Hear an event and do nothing."""


def measure(size: Size) -> Sequence[Result]:
    rows = size.rows or ROWS
    teller = company(rows, "teller")
    ours, twin = Times(), Times()
    for _ in range(size.rounds or ROUNDS):
        _fill(teller, rows)
        ours.seconds.append(timed(lambda: work.drain("quick")))
        _check_empty()
        _fill(teller, rows)
        twin.seconds.append(timed(_read_and_delete))
        _check_empty()
    each = f"{rows / ours.p50:,.0f} events a second and worker"
    return [Result("events", f"{rows:,} to one listener", ours, twin, AT_MOST, note=each)]


def _fill(teller: Company, rows: int) -> None:
    with admin().begin() as connection:
        connection.execute(text("truncate guanxi.job"))
        connection.execute(text("delete from guanxi.event where tenant_id = :tenant"), {"tenant": teller.tenant_id})
        connection.execute(
            text(FILL),
            {"tenant": teller.tenant_id, "member": teller.member_id, "rows": rows, "name": job_name(listen)},
        )
    settle("guanxi.event", "guanxi.job")


def _check_empty() -> None:
    with admin().connect() as connection:
        if left := connection.scalar(text("select count(*) from guanxi.job")):
            raise RuntimeError(f"{left} deliveries were not made")


def _read_and_delete() -> None:
    """Through the ORM, as twins are, in the role of the worker and past its fence."""
    oldest = select(JobRow).order_by(JobRow.due_at, JobRow.id).limit(BATCH).with_for_update(skip_locked=True)
    while True:
        with db.role_session("worker") as session:
            rows = session.scalars(oldest).all()
            if not rows:
                return
            session.execute(delete(JobRow).where(JobRow.id.in_([row.id for row in rows])))
