"""Taking a merge back, however much later: each side has its own again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from core import access, current, db
from core.deadlines import arm_again
from core.errors import Conflict, Forbidden, NotFound
from core.events import emit
from core.i18n import _
from core.records.duplicates.happenings import RecordsUnmerged
from core.records.duplicates.merging import kept_for, set_values
from core.records.duplicates.models import DuplicatePair, Merge, MergedRecord, MergeMoved
from core.records.duplicates.references import Move, give_back
from core.records.fields import FieldError, FieldType
from core.records.services import about
from core.records.types import RecordType, find_type, titles
from core.records.uniqueness import take_back


@dataclass(frozen=True)
class MergeShown:
    """A merge as a page tells of it. `moved` is how many rows of which table or field it took along."""

    merge: Merge
    gone: Sequence[MergedRecord]
    moved: Mapping[str, int]
    changed: Sequence[FieldType]


def undo_merge(merge_id: UUID) -> Merge:
    """Give each side its own back: the gone records, the rows that still point at the kept one, the old values.

    What was made after the merge, and values changed since, stay with the kept record. Raises NotFound, Forbidden,
    Conflict.
    """
    merge = db.get(Merge, merge_id, lock=True)
    record_type = find_type(merge.record_type) if merge else None
    if merge is None or record_type is None:
        raise NotFound(_("There is no such merge."))
    gone = gone_of(merge)
    rows = _lock(record_type, [merge.kept_id, *(each.gone_id for each in gone)])
    _require(record_type, merge, rows)
    kept = rows[merge.kept_id]
    with current.because("merge", str(merge.id)):
        for each in gone:
            _restore(record_type, merge, kept, rows[each.gone_id], each, tuple(rows))
        changes = set_values(record_type, kept, _values_before(record_type, merge, kept))
        for each in gone:
            take_back(record_type, rows[each.gone_id])
        merge.undone_at, merge.undone_by_id = current.now(), current.member_id()
        _keep_apart(list(rows))
        _say(record_type, merge, kept, [rows[each.gone_id] for each in gone], changes)
    return merge


def merges_of(record_type: RecordType, record_id: UUID, *, limit: int = 50) -> list[MergeShown]:
    """The merges of which a record came out, the latest first."""
    merges = select(Merge).where(
        Merge.tenant_id == current.tenant_id(), Merge.kept_id == record_id, Merge.record_type == record_type.name
    )
    found = db.session().scalars(merges.order_by(Merge.id.desc()).limit(limit)).all()
    moved = _moved_by([m.id for m in found])
    fields = record_type.all_fields()
    return [MergeShown(m, gone_of(m), moved[m.id], [fields[k] for k in m.after if k in fields]) for m in found]


def went_into(record_id: UUID) -> list[UUID]:
    """The records that went into this one and are a part of it still, through however many merges."""
    live = (Merge.tenant_id == current.tenant_id()) & Merge.undone_at.is_(None)
    gone = select(MergedRecord.gone_id).join(
        Merge, (Merge.tenant_id == MergedRecord.tenant_id) & (Merge.id == MergedRecord.merge_id)
    )
    first = gone.where(live, Merge.kept_id == record_id).cte("gone", recursive=True)
    every = first.union(gone.where(live, Merge.kept_id == first.c.gone_id))
    return list(db.session().scalars(select(every.c.gone_id)))


def was_merged(record_id: UUID) -> bool:
    """Whether anything went into the record and is still there."""
    live = select(Merge.id).where(
        Merge.tenant_id == current.tenant_id(), Merge.kept_id == record_id, Merge.undone_at.is_(None)
    )
    return db.session().scalar(live.limit(1)) is not None


def _moved_by(merge_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    counted = (
        select(MergeMoved.merge_id, MergeMoved.source, func.sum(func.cardinality(MergeMoved.ids)))
        .where(MergeMoved.tenant_id == current.tenant_id(), MergeMoved.merge_id.in_(merge_ids))
        .group_by(MergeMoved.merge_id, MergeMoved.source)
        .order_by(MergeMoved.source)
    )
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    for merge_id, source, number in db.session().execute(counted):
        table = source.partition(".")[0]
        found[merge_id][table] = max(found[merge_id].get(table, 0), int(number))
    return found


def gone_of(merge: Merge) -> Sequence[MergedRecord]:
    """The records that went into another by it."""
    gone = select(MergedRecord).where(
        MergedRecord.tenant_id == current.tenant_id(), MergedRecord.merge_id == merge.id
    )  # fmt: skip
    return db.session().scalars(gone.order_by(MergedRecord.id)).all()


def _lock(record_type: RecordType, ids: Sequence[UUID]) -> dict[UUID, Any]:
    model = record_type.model
    held = select(model).where(model.tenant_id == current.tenant_id(), model.id.in_(ids)).order_by(model.id)
    held = held.with_for_update().execution_options(populate_existing=True)
    return {row.id: row for row in db.session().scalars(held)}


def _require(record_type: RecordType, merge: Merge, rows: Mapping[UUID, Any]) -> None:
    kept = rows.get(merge.kept_id)
    if kept is None or len(rows) < 2 or not access.may("view", record_type, kept):
        raise NotFound(_("There is no such merge."))
    for action, record in (("edit", kept), *(("delete", row) for row in rows.values() if row is not kept)):
        if not access.may(action, record_type, record):
            raise Forbidden(
                _("To undo a merge, you need the right to change the record and to delete those that went into it.")
            )
    if merge.undone_at:
        raise Conflict(_("This merge has been undone already."), code="undone_already")
    if kept.deleted_at:
        into = kept_for(kept.id)
        if into:
            name = titles({record_type.name: {into}}).get((record_type.name, into), "…")
            message = _("The record went into “%(into)s” since. Undo that merge first.", into=name)
            raise Conflict(message, code="merged_since")
        raise Conflict(_("The record was deleted since. Bring it back first."), code="deleted")


def _restore(
    record_type: RecordType, merge: Merge, kept: Any, gone: Any, merged: MergedRecord, among: tuple[UUID, ...]
) -> None:
    move = Move(merge.id, record_type.name, gone.id, kept.id, among)
    gone.deleted_at = None
    db.session().flush()
    moves = select(MergeMoved).where(
        MergeMoved.tenant_id == current.tenant_id(), MergeMoved.merge_id == merge.id, MergeMoved.gone_id == gone.id
    )
    for moved in db.session().scalars(moves.order_by(MergeMoved.id)).all():
        give_back(record_type, moved.source, move, moved.ids)
    db.session().expire_all()
    for each in merged.deadlines:
        arm_again(gone, each["kind"], datetime.fromisoformat(each["due_at"]), each["payload"])
    if record_type.unmerging:
        record_type.unmerging(kept, gone)


def _values_before(record_type: RecordType, merge: Merge, kept: Any) -> dict[FieldType, Any]:
    """The values that the merge replaced, of the fields that nobody changed since."""
    fields, found = record_type.all_fields(), {}
    for key, after in merge.after.items():
        field = fields.get(key)
        if field is None or field.diff(field.get(kept), _loaded(field, after)):
            continue
        found[field] = _loaded(field, merge.before.get(key))
    return found


def _loaded(field: FieldType, stored: Any) -> Any:
    try:
        return field.load(stored)
    except FieldError:
        return None


def _keep_apart(ids: Sequence[UUID]) -> None:
    """Somebody said that they are not the same: they are not suggested again."""
    pairs = update(DuplicatePair).where(
        DuplicatePair.tenant_id == current.tenant_id(), DuplicatePair.one_id.in_(ids), DuplicatePair.other_id.in_(ids)
    )
    db.session().execute(pairs.values(status="dismissed"), execution_options={"synchronize_session": False})


def _say(
    record_type: RecordType, merge: Merge, kept: Any, gone: Sequence[Any], changes: Mapping[str, list[Any]]
) -> None:
    said: dict[str, Any] = {
        "kept_id": kept.id, "kept_title": record_type.title_of(kept), "merge_id": merge.id,
        "gone_titles": "”, “".join(record_type.title_of(each)[:100] for each in gone),
    }  # fmt: skip
    emit(
        RecordsUnmerged(**about(record_type, kept), **said, title=said["kept_title"], changes=changes or None),
        *(RecordsUnmerged(**about(record_type, each), **said, title=record_type.title_of(each)) for each in gone),
    )
