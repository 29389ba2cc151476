"""How a file with these headers was brought in before, so that it need not be said again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core import current, db
from core.records.imports.models import Import
from core.records.imports.targets import targets
from core.records.text import normalise
from core.records.types import RecordType

LOOKED_AT = 100
"""So many of the last imports are looked at."""
KEPT = ("mode", "match", "empty", "bad_cells", "rules", "create_links")


def remembered(record_type: RecordType, run: Import) -> tuple[list[str | None], dict[str, Any]] | None:
    """The mapping and the choices of the last import with the same headers, in whatever order.

    Else of the last one whose headers are all among these: the refused rows come back with a column saying why.
    """
    here = {normalise(header) for header in run.headers}
    rows = (
        select(Import.headers, Import.mapping, Import.choices)
        .where(Import.tenant_id == current.tenant_id(), Import.record_type == record_type.name)
        .where(Import.status.not_in(("draft", "failed", "cancelled")), Import.id != run.id)
        .order_by(Import.created_at.desc())
        .limit(LOOKED_AT)
    )
    earlier = [(_by_header(row.headers, row.mapping), row.choices) for row in db.session().execute(rows)]
    found = next((e for e in earlier if set(e[0]) == here), None) or next(
        (e for e in earlier if set(e[0]) < here), None
    )
    if found is None:
        return None
    known = targets(record_type)
    mapping = [found[0].get(normalise(header)) for header in run.headers]
    kept = [key if key in known else None for key in mapping]
    return (kept, {k: v for k, v in found[1].items() if k in KEPT}) if any(kept) else None


def _by_header(headers: list[str], mapping: list[str | None]) -> Mapping[str, str | None]:
    return {normalise(header): key for header, key in zip(headers, mapping, strict=True)}
