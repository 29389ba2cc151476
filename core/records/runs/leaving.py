"""What a member had begun who is deactivated before a worker got to it: nobody does it any more, and that is said."""

from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import current, db
from core.events import listens
from core.i18n import _, using_locale
from core.records.imports.models import Import
from core.records.runs.models import Run


@listens("auth.member_deactivated")
def fail_what_waits(event: Any) -> None:
    """Work that is being done this moment is waited for, and stays as it comes out."""
    context = current.tenant()
    with using_locale(context.locale, context.timezone):
        why = _("The access of whoever began this was withdrawn before it was done. Nothing was changed.")
    for table in (Run.__table__, Import.__table__):
        _fail(table, event.record_id, why)


def _fail(table: Any, member_id: UUID, why: str) -> None:
    theirs = (table.c.tenant_id == current.tenant_id()) & (table.c.member_id == member_id)
    said = {"status": "failed", "error": why, "finished_at": current.now()}
    db.session().execute(update(table).where(theirs, table.c.status == "running").values(said))
