"""The jobs of an import: bringing its rows in, and taking them out again."""

from typing import Any
from uuid import UUID

from core import current, db
from core.current import Cause
from core.db import get, new_id
from core.events import emit
from core.i18n import using_locale
from core.jobs import job, redis
from core.records.happenings import ImportDone, ImportReverted
from core.records.imports.bringing import Bringing
from core.records.imports.models import Import
from core.records.runs.undoing import undo_run
from core.records.types import find_type, type_named
from core.tabular import TabularError

NAMED = 200
"""So many of the records that stay as they are after taking an import back are named."""


class Cancelled(Exception):
    """Someone pressed cancel."""


class OnlyTried(Exception):
    """The end of a check: what was done is undone."""


@job("slow", as_member=True)
def run_import(import_id: str) -> None:
    """Bring in the rows of an import that was started, as the member who started it."""
    run = get(Import, UUID(import_id), lock=True)
    if run is None or run.status != "running":
        return
    context = current.tenant()
    cause = Cause("import", import_id, context.cause.depth, quiet=not run.choices.get("rules", True))
    with current.entering(context.caused_by(cause)), using_locale(*_speech(run)):
        run.status, run.error = _bring_in(run)
    run.finished_at = current.now()
    if run.status == "done":
        emit(ImportDone(record_type="import", record_id=run.id, of_type=run.record_type, file=run.file_name,
                        created=run.created, updated=run.updated))  # fmt: skip


def _bring_in(run: Import) -> tuple[str, str | None]:
    """Bring the rows in, or in a check only find out what would become of them."""
    try:
        bringing = Bringing(type_named(run.record_type), run, lambda number: _tell(run, number))
        with db.savepoint():
            bringing.bring_in()
            if run.dry_run and bringing.ledger.hold:
                raise OnlyTried
    except Cancelled:
        return ("draft" if run.dry_run else "cancelled"), None
    except TabularError as error:
        return "failed", error.message
    except OnlyTried:
        pass
    bringing.ledger.close()
    return ("checked" if run.dry_run else "done"), None


@job("slow", as_member=True)
def revert_import(import_id: str) -> None:
    """Take an import back: what it made goes, what it changed is as it was, where nobody touched it since."""
    run = get(Import, UUID(import_id), lock=True)
    if run is None or run.status != "reverting":
        return
    restored, kept, undo_id = 0, [], new_id()
    with using_locale(*_speech(run)):
        # what came along goes first: deleting a contact is something that happens to its customer
        for name in (*run.report.get("also", {}), run.record_type):
            record_type = find_type(name)
            if record_type is None:
                continue
            undone = undo_run(run.id, record_type=record_type, undo_id=undo_id)
            restored += undone.restored
            kept += [{"type": name, "id": str(record_id), "reason": why} for record_id, why in undone.kept]
    run.report = {**run.report, "restored": restored, "kept": kept[:NAMED], "kept_number": len(kept)}
    run.status, run.reverted_at = "reverted", current.now()
    emit(ImportReverted(record_type="import", record_id=run.id, of_type=run.record_type, file=run.file_name,
                        count=restored))  # fmt: skip


def _speech(run: Import) -> tuple[str, str]:
    """The language in which it was begun, and the time zone of whoever began it."""
    context = current.tenant()
    me = context.member
    return run.choices.get("locale") or context.locale, (me and me.timezone) or context.timezone


# --- how far it is --------------------------------------------------------------------------------------


def _tell(run: Import, number: int) -> None:
    redis().set(_key(run), number, ex=3600)
    if redis().exists(_cancel_key(run)):
        redis().delete(_cancel_key(run))
        raise Cancelled


def rows_read(run: Import) -> int:
    """How many rows of a running import have been read."""
    try:
        found: Any = redis().get(_key(run))
        return int(found or 0)
    except Exception:
        return 0


def ask_to_cancel(run: Import) -> None:
    redis().set(_cancel_key(run), "1", ex=86400)


def begin_telling(run: Import) -> None:
    """Forget how far the run before this one was."""
    redis().delete(_key(run), _cancel_key(run))


def _key(run: Import) -> str:
    return f"guanxi:import:{run.id}"


def _cancel_key(run: Import) -> str:
    return f"guanxi:import-cancel:{run.id}"
