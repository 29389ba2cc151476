"""The clock: fires deadlines at their minute, finds forgotten work, and runs what is due every so often."""

import signal
import sys
import threading
import time
from types import FrameType

import structlog
from sqlalchemy import text

from core import current, db, jobs
from core.deadlines import hand_over_due
from core.host.loader import host
from core.logs import set_up_logs
from core.nightly import begin_nights
from core.probe import begin_probe

log = structlog.get_logger()

TICK = 1.0
"""Seconds between two looks at the deadlines."""
NIGHTS = 60.0
"""Seconds between two looks for tenants whose night has begun."""
LOCK = 0x6775616E  # "guan": one clock at a time for a database
WAITING = """
select distinct queue from job
 where parked_at is null and due_at <= :now and (locked_until is null or locked_until < :now)
union select 'quick' where exists (select from account_mail where due_at <= :now)
union select 'quick' where exists (select from account_errand where due_at <= :now)
"""


def tick() -> int:
    """Look once. Returns how many deadlines were handed to the workers."""
    fired = 0
    while handed := hand_over_due():
        fired += handed
    for queue in forgotten():
        jobs.wake(queue)
    return fired


def forgotten() -> list[str]:
    """Queues with due work that nobody has taken: new, or left by a process that died."""
    with db.role_session("worker") as session:
        return list(session.scalars(text(WAITING), {"now": current.now()}))


def main() -> int:
    """Tick until told to stop. A second clock waits here until the first is gone."""
    set_up_logs()
    host()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping.is_set():
        try:
            _keep_time(stopping)
        except Exception:
            log.exception("clock_stumbled")
            stopping.wait(TICK)
    return 0


def _keep_time(stopping: threading.Event) -> None:
    with db.engine("worker").connect() as alone:
        alone = alone.execution_options(isolation_level="AUTOCOMMIT")
        while not alone.scalar(text("select pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            if stopping.wait(TICK):
                return
        next_look = 0.0
        while not stopping.is_set():
            started = time.monotonic()
            tick()
            if started >= next_look:
                begin_nights()
                begin_probe()
                next_look = started + NIGHTS
            jobs.redis().set("guanxi:clock", current.now().isoformat(), ex=60)
            alone.scalar(text("select 1"))
            stopping.wait(max(0.05, TICK - (time.monotonic() - started)))


if __name__ == "__main__":
    sys.exit(main())
