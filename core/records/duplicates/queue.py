"""The pairs that somebody is to look at, as far as a member may see both of their records."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, tuple_

from core import access, current, db
from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.duplicates.models import DuplicatePair
from core.records.types import RecordType

COUNTED = 1000


@dataclass(frozen=True)
class Pair:
    """Two records that may be one: the earlier first."""

    row: DuplicatePair
    one: Any
    other: Any


def open_pairs(record_type: RecordType, *, limit: int = 50, after: str | None = None) -> tuple[list[Pair], str | None]:
    """Those who share the most first, and the cursor of the next page, if there is one. Raises Invalid."""
    found = _open(record_type, DuplicatePair).order_by(DuplicatePair.score.desc(), DuplicatePair.id)
    if after:
        score, pair_id = _read(after)
        further = tuple_(-DuplicatePair.score, DuplicatePair.id) > tuple_(literal(-score), literal(pair_id))
        found = found.where(further)
    rows = db.session().scalars(found.limit(limit + 1)).all()
    page = rows[:limit]
    records = records_of(record_type, {id for row in page for id in (row.one_id, row.other_id)})
    pairs = [Pair(row, records[row.one_id], records[row.other_id]) for row in page]
    return pairs, f"{page[-1].score}.{page[-1].id}" if len(rows) > limit else None


def count_open(record_type: RecordType, most: int = COUNTED) -> int:
    """How many pairs wait, counted up to just past `most`."""
    some = _open(record_type, literal(1)).limit(most + 1).subquery()
    return db.session().scalar(select(func.count()).select_from(some)) or 0


def next_pair(record_type: RecordType) -> DuplicatePair | None:
    """The pair to look at next."""
    found = _open(record_type, DuplicatePair).order_by(DuplicatePair.score.desc(), DuplicatePair.id)
    return db.session().scalars(found.limit(1)).one_or_none()


def dismiss_pair(record_type: RecordType, pair_id: UUID, *, back: bool = False) -> DuplicatePair:
    """They are not the same: the pair does not come up again. `back` opens it anew. Raises NotFound, Forbidden."""
    pair = db.get(DuplicatePair, pair_id, lock=True)
    seen = records_of(record_type, {pair.one_id, pair.other_id}) if pair else {}
    if pair is None or pair.record_type != record_type.name or len(seen) < 2 or pair.status == "merged":
        raise NotFound(_("There is no such pair, or it was merged meanwhile."))
    for record in seen.values():
        access.require("edit", record_type, record)
    pair.status = "open" if back else "dismissed"
    pair.settled_at, pair.settled_by_id = (None, None) if back else (current.now(), current.member_id())
    return pair


def pair_of(ids: Sequence[UUID]) -> DuplicatePair | None:
    """The pair that two records are, if they were found to be one."""
    if len(ids) != 2:
        return None
    both = select(DuplicatePair).where(
        DuplicatePair.tenant_id == current.tenant_id(), DuplicatePair.one_id.in_(ids), DuplicatePair.other_id.in_(ids)
    )
    return db.session().scalars(both.limit(1)).one_or_none()


def records_of(record_type: RecordType, ids: set[UUID]) -> dict[UUID, Any]:
    """Those that the member may see, by id."""
    if not ids:
        return {}
    return {row.id: row for row in db.session().scalars(record_type.visible().where(record_type.model.id.in_(ids)))}


def _open(record_type: RecordType, entity: Any) -> Any:
    seen = record_type.visible(record_type.model.id)
    return select(entity).where(
        DuplicatePair.tenant_id == current.tenant_id(),
        DuplicatePair.record_type == record_type.name,
        DuplicatePair.status == "open",
        DuplicatePair.one_id.in_(seen),
        DuplicatePair.other_id.in_(seen),
    )


def _read(cursor: str) -> tuple[int, UUID]:
    score, _dot, pair_id = cursor.partition(".")
    try:
        return int(score[:4]), UUID(pair_id)
    except ValueError:
        problem = FieldProblem("after", "bad_cursor", _("This page is gone. Start again from the first."))
        raise Invalid([problem]) from None
