"""Due deadlines among many armed ones: claimed, and handed to the workers, beside locking as many bare rows."""

from collections.abc import Sequence

from sqlalchemy import text

from bench.data.companies import company
from bench.data.customers import settle, without_indexes
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import current, db
from core.deadlines import DUE as CLAIM
from core.deadlines import hand_over_due

ARMED, FEW, DUE, ROUNDS, AT_MOST = 1_000_000, 10_000, 1_000, 20, 2.0
ARM = """
insert into guanxi.deadline (id, tenant_id, record_type, record_id, kind, module, due_at, payload, cause)
select uuidv7(), t.id, 'task', uuidv7(), 'task.due', 'core', now() + make_interval(secs => n - :due), '{}',
       '{"depth": 0}'
  from generate_series(1, :many) n
  join (select id, row_number() over () as at from guanxi.tenant) t
    on t.at = 1 + n % (select count(*) from guanxi.tenant)
"""
BARE = (
    "drop table if exists bench.due",
    "create table bench.due (id uuid primary key, due_at timestamptz not null)",
    "insert into bench.due select id, due_at from guanxi.deadline",
    "create index on bench.due (due_at)",
    "grant all on bench.due to guanxi_worker",
)
LOCK = "select id from bench.due where due_at <= :now order by due_at limit :limit for update skip locked"


def measure(size: Size) -> Sequence[Result]:
    company(FEW)
    return [result for armed in (size.rows or ARMED, FEW) for result in _among(armed, size.rounds or ROUNDS)]


def _among(armed: int, rounds: int) -> list[Result]:
    _arm(armed)
    claimed, locked, handed = Times(), Times(), Times()
    for _ in range(rounds):
        claimed.seconds.append(_seconds_of(CLAIM))
        locked.seconds.append(_seconds_of(LOCK))
    for _ in range(rounds):
        handed.seconds.append(timed(_hand_over))
        _arm_again()
    _tidy()
    whole = "the claim, the delete and the jobs of it, beside the bare claim alone"
    return [
        Result("deadlines", f"claim {DUE:,} of {armed:,}", claimed, locked, AT_MOST),
        Result("deadlines", f"hand over {DUE:,} of {armed:,}", handed, locked, note=whole),
    ]


def _seconds_of(statement: str) -> float:
    """To lock what is due, by the role that does it, without the time that connecting takes."""
    with db.engine("worker").connect() as connection:
        connection.execute(text("select 1"))
        return timed(lambda: _locked(connection.execute(text(statement), {"now": current.now(), "limit": DUE}).all()))


def _locked(rows: Sequence[object]) -> None:
    if len(rows) != DUE:
        raise RuntimeError(f"{len(rows)} rows locked")


def _hand_over() -> None:
    if hand_over_due(DUE) != DUE:
        raise RuntimeError("fewer handed over than are due")


# --- what is armed ---------------------------------------------------------------------------------------


def _arm(armed: int) -> None:
    """A thousand are due, the others will be, one a second."""
    with admin().begin() as connection:
        connection.execute(text("truncate guanxi.deadline"))
        with without_indexes(connection, "deadline"):
            connection.execute(text(ARM), {"many": armed, "due": DUE})
        for statement in BARE:
            connection.execute(text(statement))
    settle("guanxi.deadline", "bench.due")


def _arm_again() -> None:
    with admin().begin() as connection:
        connection.execute(text("truncate guanxi.job"))
        connection.execute(text(ARM), {"many": DUE, "due": DUE})
    settle("guanxi.deadline", "guanxi.job")


def _tidy() -> None:
    with admin().begin() as connection:
        connection.execute(text("truncate guanxi.deadline, guanxi.job"))
        connection.execute(text("drop table bench.due"))
