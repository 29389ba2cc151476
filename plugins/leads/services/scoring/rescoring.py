"""Scoring all open leads anew: at once where they are few, else slice by slice in the background."""

from typing import Any

from sqlalchemy import case, func, select, update

from core.sdk import job, now, session, tenant_id
from plugins.leads.models import OPEN, Lead, Scoring
from plugins.leads.services.scoring.points import score_slice
from plugins.leads.services.scoring.slicing import SLICE, slices
from plugins.leads.services.scoring.standing import scoring

FEW = 2_000
"""So many are scored while one waits."""


def rescore() -> Scoring:
    """Score all open leads by the rules as they are now. What of an earlier call is still under way is given up.

    How far it is stands in the row that is answered. Each slice is a transaction of its own: whoever edits a lead
    meanwhile waits for a moment at most.
    """
    kept = scoring(lock=True)
    kept.rescore_run += 1
    kept.rescore_total = _count()
    kept.rescore_done = kept.rescore_changed = 0
    kept.rescore_began_at, kept.rescore_ended_at = now(), None
    if kept.rescore_total <= FEW:
        kept.rescore_changed = score_slice(None)
        kept.rescore_done, kept.rescore_ended_at = kept.rescore_total, now()
    else:
        for part in slices():
            rescore_slice.later(run=kept.rescore_run, part=list(part))
    session().flush()
    return kept


@job("slow")
def rescore_slice(run: int, part: list[str | None]) -> None:
    """Score one slice, unless the rules have changed again since: then all is under way anew."""
    current = select(Scoring.rescore_run).where(Scoring.tenant_id == tenant_id(), Scoring.id == tenant_id())
    if session().scalar(current) != run:
        return
    _tell(run, score_slice((str(part[0]), part[1])))


def _tell(run: int, changed: int) -> None:
    """Say how far it is. Statements, so that slices done side by side add up."""
    table: Any = Scoring.__table__
    done = func.least(table.c.rescore_done + SLICE, table.c.rescore_total)
    ended = case((table.c.rescore_done + SLICE >= table.c.rescore_total, now()), else_=None)
    session().execute(
        update(table)
        .where(table.c.tenant_id == tenant_id(), table.c.id == tenant_id(), table.c.rescore_run == run)
        .values(rescore_done=done, rescore_changed=table.c.rescore_changed + changed, rescore_ended_at=ended)
    )


def _count() -> int:
    counted = select(func.count()).select_from(Lead)
    return (
        session().scalar(counted.where(Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.status.in_(OPEN)))
        or 0
    )
