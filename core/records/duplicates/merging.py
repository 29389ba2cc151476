"""Making one record of several: the values one chooses, and all that pointed at the others."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from core import access, current, db
from core.deadlines import DeadlineRow, disarm
from core.errors import Conflict, FieldProblem, Forbidden, Invalid, NotFound
from core.events import emit
from core.i18n import _
from core.records.duplicates.happenings import RecordMerged
from core.records.duplicates.models import DuplicatePair, Merge, MergedRecord
from core.records.duplicates.references import Move, move_all
from core.records.fields import FieldType, Tags
from core.records.schemas import Values
from core.records.services import about, check_references
from core.records.told import is_told
from core.records.types import RecordType, titles
from core.records.uniqueness import give_up, write_index

MOST = 5


def merge_records(
    record_type: RecordType, kept_id: UUID, gone_ids: Sequence[UUID], values: Values | None = None
) -> Merge:
    """Merge records into one that is kept. `values` are what was chosen for it; see `suggested_values` for the rest.

    All that points at the others points at the kept one afterwards, and is remembered for `undo_merge`. The locks are
    taken in one order, so that of two who merge the same records one wins. Raises NotFound, Forbidden, Invalid,
    Conflict.
    """
    gone_ids = list(dict.fromkeys(gone_ids))
    _check_number(kept_id, gone_ids)
    found = lock_records(record_type, [kept_id, *gone_ids])
    kept, gone = found[kept_id], [found[each] for each in gone_ids]
    _require(record_type, kept, gone)
    chosen = suggested_values(record_type, kept, gone) | (values or {})
    _require_seen(record_type, kept, gone, chosen)
    merge = Merge(id=db.new_id(), record_type=record_type.name, kept_id=kept_id, member_id=current.member_id())
    db.session().add(merge)
    db.session().flush()
    with current.because("merge", str(merge.id)):
        give_up(record_type, gone_ids)
        changes = _take_over(record_type, kept, gone, chosen, merge)
        for each in gone:
            changes |= _bring_in(record_type, merge, kept, each, (kept_id, *gone_ids))
        _settle_pairs([kept_id, *gone_ids], gone_ids)
        _say(record_type, merge, kept, gone, changes)
    return merge


def suggested_values(record_type: RecordType, kept: Any, gone: Sequence[Any]) -> Values:
    """The kept record's own values; where it has none, the first that another has; the tags of all together.

    A link to one of the merged records would point at nothing: it is followed to where that one pointed.
    """
    values: Values = {}
    merged = {kept.id, *(each.id for each in gone)}
    for key, field in record_type.all_fields().items():
        if not mergeable(field):
            continue
        mine = field.get(kept)
        candidates = [mine, *(field.get(each) for each in gone)]
        if isinstance(field, Tags):
            values[key] = sorted({tag for tags in candidates for tag in tags or ()}) or None
            continue
        outward = [c for c in candidates if c not in (None, []) and not _points_into(field, c, merged)]
        if _points_into(field, mine, merged) or mine in (None, []):
            values[key] = outward[0] if outward else None
    return {key: value for key, value in values.items() if value != record_type.all_fields()[key].get(kept)}


def mergeable(field: FieldType) -> bool:
    """Whether one may choose the value; what the system keeps or calculates stays the kept record's."""
    return field.editable and not getattr(field, "computed", False) and not getattr(field, "assigned", False)


def lock_records(record_type: RecordType, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The records, ours alone until the end. Raises NotFound, and Conflict for one that was merged meanwhile."""
    model = record_type.model
    held = select(model).where(model.tenant_id == current.tenant_id(), model.id.in_(ids), record_type.rows())
    held = held.order_by(model.id).with_for_update().execution_options(populate_existing=True)
    found = {row.id: row for row in db.session().scalars(held)}
    visible = record_type.visible(model.id).where(model.id.in_(ids))
    seen = set(db.session().scalars(visible))
    for each in ids:
        if each in seen:
            continue
        if each in found and found[each].deleted_at and access.may("view", record_type, found[each]):
            title = record_type.title_of(found[each])[:100]
            if into := kept_for(each):
                name = titles({record_type.name: {into}}).get((record_type.name, into), "…")
                message = _("“%(title)s” was merged into “%(into)s” meanwhile.", title=title, into=name)
                raise Conflict(message, code="merged_already")
            raise Conflict(_("“%(title)s” was deleted meanwhile.", title=title), code="deleted")
        raise NotFound(_("There is no such record, or you may not see it."))
    return found


def kept_for(gone_id: UUID) -> UUID | None:
    """The record that a merged one is now a part of, through however many merges."""
    into: UUID | None = None
    for _step in range(20):
        merges = select(Merge.kept_id).join(
            MergedRecord, (MergedRecord.tenant_id == current.tenant_id()) & (MergedRecord.merge_id == Merge.id)
        )
        live = merges.where(
            Merge.tenant_id == current.tenant_id(), Merge.undone_at.is_(None), MergedRecord.gone_id == (into or gone_id)
        )
        further = db.session().scalar(live.order_by(Merge.id.desc()).limit(1))
        if further is None:
            return into
        into = further
    return into


def _check_number(kept_id: UUID, gone_ids: Sequence[UUID]) -> None:
    if not gone_ids or kept_id in gone_ids:
        raise Invalid([FieldProblem("gone", "too_few", _("Name at least one record besides the one that is kept."))])
    if len(gone_ids) >= MOST:
        message = _("At most %(limit)s records can be merged at once.", limit=MOST)
        raise Invalid([FieldProblem("gone", "too_many", message)])


def _require(record_type: RecordType, kept: Any, gone: Sequence[Any]) -> None:
    """Merging changes the one and ends the others: both must be allowed."""
    for action, record in (("edit", kept), *((a, r) for r in gone for a in ("edit", "delete"))):
        if not access.may(action, record_type, record):
            title = record_type.title_of(record)[:100]
            message = _("To merge, you need the right to change all of the records and to delete those that go;"
                        " for “%(title)s” you lack it. Ask its owner or an administrator.", title=title)  # fmt: skip
            raise Forbidden(message)


def _require_seen(record_type: RecordType, kept: Any, gone: Sequence[Any], values: Values) -> None:
    """A value must not become readable by merging: not one that the member may read on the kept record alone."""
    fields, every = record_type.fields(), record_type.all_fields()
    for key in values:
        of = fields.get(key)
        if of is None or not of.guarded or not is_told(of, kept):
            continue
        if any(every[key].get(each) is not None and not is_told(of, each) for each in gone):
            message = _("“%(field)s” of one of these records is covered for you, and would not be after the merge. Ask"
                        " somebody who may see it to merge them.", field=of.label)  # fmt: skip
            raise Forbidden(message)


def _take_over(
    record_type: RecordType, kept: Any, gone: Sequence[Any], values: Values, merge: Merge
) -> dict[str, list[Any]]:
    """Set the chosen values that differ. Returns them as an event tells changes."""
    fields = record_type.all_fields()
    if unknown := [key for key in values if key not in fields or not mergeable(fields[key])]:
        raise Invalid([FieldProblem(key, "read_only", _("This field is set by the system.")) for key in unknown])
    if "owner" in values and values["owner"] != fields["owner"].get(kept):
        access.require("transfer", record_type, kept)
    changed = {fields[key]: value for key, value in values.items() if fields[key].diff(fields[key].get(kept), value)}
    theirs = {key for key in values for each in gone if fields[key].get(each) == values[key]}
    check_references(fields, {f.key: value for f, value in changed.items() if f.key not in theirs})
    _refuse_itself(record_type, changed, {kept.id, *(each.id for each in gone)})
    merge.before = {f.key: f.store(f.get(kept)) for f in changed}
    merge.after = {f.key: f.store(value) for f, value in changed.items()}
    return set_values(record_type, kept, changed)


def _refuse_itself(record_type: RecordType, changed: Mapping[FieldType, Any], merged: set[UUID]) -> None:
    if into := [f for f, value in changed.items() if _points_into(f, value, merged)]:
        message = _("This would point at the merged record itself. Choose another.")
        raise Invalid([FieldProblem(f.key, "loop", message) for f in into])


def _points_into(field: FieldType, value: Any, merged: set[UUID]) -> bool:
    return any(record_id in merged for _target, record_id in field.all_pointed(value))


def set_values(record_type: RecordType, record: Any, values: Mapping[FieldType, Any]) -> dict[str, list[Any]]:
    """Set fields past the rules of ordinary edits: they were right on the record that they come from."""
    changes: dict[str, list[Any]] = {}
    for field, value in values.items():
        if diff := field.diff(field.get(record), value):
            changes[field.key] = diff
            field.set(record, value)
    db.session().flush()
    write_index(record_type, record.id, values)
    return changes


def _bring_in(
    record_type: RecordType, merge: Merge, kept: Any, gone: Any, among: tuple[UUID, ...]
) -> dict[str, list[Any]]:
    """Let one record go into the kept one. Returns what the type's own service had to change of that."""
    title = record_type.title_of(gone)
    deadlines = _disarm_all(gone)
    move_all(record_type, Move(merge.id, record_type.name, gone.id, kept.id, among))
    db.session().add(MergedRecord(merge_id=merge.id, gone_id=gone.id, title=title, deadlines=deadlines))
    gone.deleted_at = current.now()
    db.session().flush()
    further = record_type.merging(kept, gone) if record_type.merging else None
    return _change_further(record_type, kept, further, merge) if further else {}


def _change_further(record_type: RecordType, kept: Any, values: Values, merge: Merge) -> dict[str, list[Any]]:
    fields = record_type.all_fields()
    changed = {fields[key]: value for key, value in values.items()}
    merge.before = {f.key: f.store(f.get(kept)) for f in changed} | merge.before
    merge.after = merge.after | {f.key: f.store(value) for f, value in changed.items()}
    return set_values(record_type, kept, changed)


def _disarm_all(record: Any) -> list[dict[str, Any]]:
    """Nothing fires for what is gone; what waited for it is remembered."""
    armed = select(DeadlineRow.kind, DeadlineRow.due_at, DeadlineRow.payload).where(
        DeadlineRow.tenant_id == current.tenant_id(), DeadlineRow.record_id == record.id
    )
    waiting = [{"kind": r.kind, "due_at": r.due_at.isoformat(), "payload": r.payload}
               for r in db.session().execute(armed)]  # fmt: skip
    for each in waiting:
        disarm(record, each["kind"])
    return waiting


def _settle_pairs(ids: Sequence[UUID], gone_ids: Sequence[UUID]) -> None:
    """The pairs among them are settled; those of the gone ones with others are found anew with the kept one."""
    pairs = (DuplicatePair.tenant_id == current.tenant_id()) & (DuplicatePair.status == "open")
    among = update(DuplicatePair).where(pairs, DuplicatePair.one_id.in_(ids), DuplicatePair.other_id.in_(ids))
    db.session().execute(
        among.values(status="merged", settled_at=current.now(), settled_by_id=current.member_id()),
        execution_options={"synchronize_session": False},
    )
    gone = DuplicatePair.one_id.in_(gone_ids) | DuplicatePair.other_id.in_(gone_ids)
    db.session().execute(delete(DuplicatePair).where(pairs, gone), execution_options={"synchronize_session": False})


def _say(
    record_type: RecordType, merge: Merge, kept: Any, gone: Sequence[Any], changes: Mapping[str, list[Any]]
) -> None:
    said: dict[str, Any] = {
        "kept_id": kept.id, "kept_title": record_type.title_of(kept), "merge_id": merge.id,
        "gone_ids": [str(each.id) for each in gone],
        "gone_titles": "”, “".join(record_type.title_of(each)[:100] for each in gone),
    }  # fmt: skip
    here = RecordMerged(**about(record_type, kept), **said, title=said["kept_title"], changes=changes or None)
    emit(here, *(
        RecordMerged(record_type=record_type.name, record_id=each.id, **said, part="gone",
                     title=record_type.title_of(each))
        for each in gone
    ))  # fmt: skip
