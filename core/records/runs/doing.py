"""Doing a run: in a worker as the member who wanted it, or at once where it is small."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import structlog

from core import current, db
from core.current import Cause
from core.errors import DomainError
from core.i18n import _, using_locale
from core.jobs import job
from core.records.runs.models import Run
from core.records.runs.progress import Cancelled, Progress

log = structlog.get_logger()

Doer = Callable[[Run, Progress], str | None]
DOERS: dict[str, Doer] = {}
"""What does each kind of run, and answers with its status where that is not `done`."""
CAUSES = {"sheet": "sheet", "undo": "undo", "handover_undo": "undo", "export": "member"}


def does(*kinds: str) -> Callable[[Doer], Doer]:
    """This function does runs of these kinds."""

    def decorate(function: Doer) -> Doer:
        DOERS.update(dict.fromkeys(kinds, function))
        return function

    return decorate


@job("slow", as_member=True)
def do_run(run_id: str) -> None:
    """Do a run that was started."""
    run = db.get(Run, UUID(run_id), lock=True)
    if run is None or run.status != "running":
        return
    context = current.tenant()
    me = current.member()
    with using_locale(me.locale or context.locale, me.timezone or context.timezone):
        carry_out(run, watched=True)


def carry_out(run: Run, *, watched: bool) -> None:
    """Do it, all or nothing, and write down what became of it."""
    run.started_at = current.now()
    run.status, run.error = _outcome(run, Progress(run, watched=watched))
    run.finished_at = current.now()


def _outcome(run: Run, progress: Progress) -> tuple[str, str | None]:
    try:
        with _acting_for(run), db.savepoint():
            status = DOERS[run.kind](run, progress) or "done"
            db.flush()
    except Cancelled:
        return "cancelled", None
    except DomainError as error:
        return "failed", error.message
    except Exception:
        if not progress.watched:
            raise
        log.exception("run_failed", run=str(run.id), kind=run.kind)
        return "failed", _("Something went wrong on our side. Nothing was changed.")
    progress.write_down()
    return status, None


@contextmanager
def _acting_for(run: Run) -> Iterator[None]:
    """With the run as the cause, and no more rights than the token had that asked for it."""
    context = current.tenant()
    scopes = run.params.get("scopes")
    kind = CAUSES.get(run.kind, "bulk")
    cause = context.cause if kind == "member" else Cause(kind, str(run.id), context.cause.depth)
    with current.entering(
        replace(context, cause=cause, scopes=context.scopes if scopes is None else frozenset(scopes))
    ):
        yield
