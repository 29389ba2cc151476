"""How far a run is, for whoever watches: told through Valkey, since the run's own transaction is still open."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from core import current, db
from core.db import new_id
from core.jobs import redis
from core.records.runs.models import Run, RunRow

MOST_ROWS = 10_000
"""So many refused records of a run are kept with their reasons; beyond that they are only counted."""


class Cancelled(Exception):
    """Someone pressed cancel."""


class Progress:
    """Counts what becomes of the records of a run, and hears when it is to stop."""

    def __init__(self, run: Run, *, watched: bool) -> None:
        self.run, self.watched = run, watched
        self.rows: list[dict[str, Any]] = []
        self.done = self.changed = self.refused = 0

    def told(self, done: int) -> None:
        """So many have been looked at. Raises Cancelled."""
        self.done = done
        if not self.watched:
            return
        redis().set(_key(self.run.id), done, ex=3600)
        if redis().exists(_cancel_key(self.run.id)):
            raise Cancelled

    def refuse(self, record_id: UUID | None, title: str, reason: str, *, verdict: str = "refused", **more: Any) -> None:
        self.refused += 1
        if len(self.rows) < MOST_ROWS:
            self.rows.append({
                "tenant_id": current.tenant_id(), "id": new_id(), "run_id": self.run.id, "verdict": verdict,
                "record_id": record_id, "title": title[:200], "reason": reason[:1000], "line": None, "data": {}, **more,
            })  # fmt: skip

    def write_down(self) -> None:
        """What became of the records, kept with the run."""
        self.run.done, self.run.changed, self.run.refused = self.done, self.changed, self.refused
        keep_rows(self.rows)


def keep_rows(rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 1000):
        db.session().execute(insert(RunRow), rows[start : start + 1000])


def ask_to_cancel(run: Run) -> None:
    redis().set(_cancel_key(run.id), "1", ex=86400)


def how_far(run: Run) -> int:
    """How many records a running run has looked at."""
    try:
        return int(redis().get(_key(run.id)) or 0)
    except Exception:
        return 0


def _key(run_id: UUID) -> str:
    return f"guanxi:run:{run_id}"


def _cancel_key(run_id: UUID) -> str:
    return f"guanxi:run-cancel:{run_id}"
