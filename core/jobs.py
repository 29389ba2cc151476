"""Work to be done after the commit, exactly once, inside the tenant that asked for it.

The truth is the `job` table: a row is written in the transaction that makes the work necessary, and deleted
in the transaction that does it. Valkey only wakes the workers, so losing it, or a process, loses nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, ParamSpec
from uuid import UUID

import structlog
from redis import Redis
from rq import Queue
from sqlalchemy import CheckConstraint, Index, Text, Uuid, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db
from core.db import Base, new_id
from core.settings import settings

log = structlog.get_logger()
Args = ParamSpec("Args")

QUEUES = ("quick", "slow")
BACK_OFF = (5, 30, 120, 600, 3600)
"""Seconds before each further try; after the last the job is parked until an admin retries it."""
MAX_DEPTH = 8
MODULE_OFF = "module is off"
"""Why work is parked that came due while its module was switched off; switching it on brings it back."""


class JobRow(Base):
    """One piece of work waiting. A local table: guanxi_worker claims it across tenants.

    `key` names work of which only one may wait (the firing of a deadline); `locked_until` is the lease of the
    worker that took it; `parked_at` is set when it failed for the last time.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("queue in ('quick', 'slow')", name="queue"),
        Index("job_due", "queue", "due_at", "id", postgresql_where=text("parked_at is null")),
        Index("job_key_uq", "tenant_id", "key", unique=True, postgresql_where=text("key is not null")),
        Index("job_parked", "tenant_id", "parked_at", postgresql_where=text("parked_at is not null")),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(Uuid)
    queue: Mapped[str] = mapped_column(Text, server_default="quick")
    name: Mapped[str]
    module: Mapped[str]
    args: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    key: Mapped[str | None]
    cause: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    due_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    parked_at: Mapped[datetime | None]
    error: Mapped[str | None]


@dataclass(frozen=True)
class Job(Generic[Args]):
    """A function that runs later. Call it to run it now, `later` to run it after the commit."""

    name: str
    module: str
    function: Callable[Args, Any]
    queue: str
    as_member: bool = False

    def __call__(self, *args: Args.args, **kwargs: Args.kwargs) -> Any:
        return self.function(*args, **kwargs)

    def later(self, *args: Args.args, **kwargs: Args.kwargs) -> None:
        """Do it once this unit of work is committed. Arguments are given by name and are JSON."""
        enqueue([waiting(self.name, self.module, kwargs, queue=self.queue)])


_registered: dict[str, Job[Any]] = {}


def job(queue: str = "quick", *, as_member: bool = False) -> Callable[[Callable[Args, Any]], Job[Args]]:
    """Make a function a job. `slow` is for what takes more than seconds (imports, exports).

    With `as_member` it acts as the member who wanted it done, with the rights that the member has by then.
    """

    def decorate(function: Callable[Args, Any]) -> Job[Args]:
        made = Job(job_name(function), module_of(function), function, queue, as_member)
        _registered[made.name] = made
        return made

    return decorate


def find_job(name: str) -> Job[Any]:
    """Raises KeyError when no installed module has such a job."""
    return _registered[name]


def registered() -> list[Job[Any]]:
    """All jobs of all installed modules."""
    return [_registered[name] for name in sorted(_registered)]


def job_name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def module_of(thing: Any) -> str:
    """The module (plugin) that a function or class comes from; "core" for our own."""
    package = thing.__module__.split(".")
    if package[0] in ("core", "tenants"):
        return "core"
    return str(package[1]) if package[0] == "plugins" else str(package[0])


def waiting(
    name: str, module: str, args: dict[str, Any], *, queue: str = "quick", key: str | None = None
) -> dict[str, Any]:
    """A row of work to enqueue; its cause is ours, one step deeper."""
    context = current.tenant()
    cause = context.cause.told() | {
        "depth": context.cause.depth + 1,
        "member": str(context.member.id) if context.member else None,
    }
    return {
        "id": new_id(),
        "tenant_id": context.tenant_id,
        "queue": queue,
        "name": name,
        "module": module,
        "args": args,
        "key": key,
        "cause": cause,
        "due_at": current.now(),
    }


def enqueue(rows: Sequence[dict[str, Any]]) -> None:
    """Write work to the table with the rest of the transaction, and wake the workers after its commit.

    A chain of causes deeper than 8 stops here: something answers its own echo.
    """
    allowed = [row for row in rows if row["cause"]["depth"] <= MAX_DEPTH]
    if len(allowed) < len(rows):
        log.error("chain_too_deep", jobs=[row["name"] for row in rows], depth=rows[0]["cause"]["depth"])
    if not allowed:
        return
    db.insert_rows(Base.metadata.tables["job"], allowed)
    wake_after_commit({row["queue"] for row in allowed})


def wake_after_commit(queues: Iterable[str]) -> None:
    """Wake the workers of these queues once the transaction is committed, however often it is asked for."""
    asked: set[str] = db.session().info.setdefault("wake", set())
    if not asked:
        db.after_commit(_wake_asked)
    asked.update(queues)


def _wake_asked() -> None:
    asked: set[str] = db.session().info["wake"]
    for queue in sorted(asked):
        wake(queue)
    asked.clear()


CANCEL = text("delete from job where tenant_id = :tenant and key = :key")
CANCEL_ALL = text("delete from job where tenant_id = :tenant and key = any(cast(:keys as text[]))")


def cancel(key: str) -> None:
    """Take back waiting work by its key. A worker that is doing it already finishes first, then we go on."""
    db.session().execute(CANCEL, {"tenant": current.tenant_id(), "key": key})


def cancel_all(keys: Sequence[str]) -> None:
    """Take back much waiting work, as `cancel` does."""
    db.session().execute(CANCEL_ALL, {"tenant": current.tenant_id(), "keys": list(keys)})


def retry_parked(job_id: UUID) -> None:
    """Let parked work be tried again, from its first attempt."""
    db.session().execute(
        update(JobRow)
        .where(JobRow.tenant_id == current.tenant_id(), JobRow.id == job_id, JobRow.parked_at.is_not(None))
        .values(parked_at=None, error=None, attempts=0, due_at=current.now())
    )
    wake_after_commit(QUEUES)


def unpark_module(module: str) -> None:
    """Let the work go on that waited while the tenant had the module switched off."""
    db.session().execute(
        update(JobRow)
        .where(JobRow.tenant_id == current.tenant_id(), JobRow.module == module, JobRow.error == MODULE_OFF)
        .values(parked_at=None, error=None, due_at=current.now())
    )
    wake_after_commit(QUEUES)


# --- waking --------------------------------------------------------------------------------------------

_redis: Redis | None = None


def redis() -> Redis:
    global _redis
    if _redis is None:
        _redis = Redis.from_url(settings().redis_url, socket_timeout=5, socket_connect_timeout=2)
    return _redis


def wake(queue: str) -> None:
    """Tell the workers that there is something to do. At most one call waits in each queue.

    A failure is logged and no more: the clock looks for forgotten work every few seconds.
    """
    try:
        if redis().set(f"guanxi:awake:{queue}", "1", nx=True, ex=10):
            Queue(queue, connection=redis(), serializer="json").enqueue(
                "core.work.drain", queue, job_timeout=3600, result_ttl=0, failure_ttl=60
            )
    except Exception:
        log.warning("workers_not_woken", queue=queue, exc_info=True)


def retry_at(attempts: int) -> datetime | None:
    """When to try again after so many failures, or None when it is to be parked."""
    if attempts > len(BACK_OFF):
        return None
    return current.now() + timedelta(seconds=BACK_OFF[attempts - 1])
