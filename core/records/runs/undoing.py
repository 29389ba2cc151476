"""Taking back what a run did, as its events tell: what was changed again since stays as it is, and is named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, or_, select

from core import current, db
from core.db import new_id
from core.errors import DomainError, Invalid
from core.events import EventRow
from core.i18n import _
from core.records.fields import FieldError, FieldType
from core.records.runs.batch import CHUNK, Batch, Draft
from core.records.types import RecordType

Kept = tuple[UUID, str]


@dataclass
class Undone:
    """What became of it: how many records are as they were, and which are not, each with the reason."""

    restored: int = 0
    kept: list[Kept] = field(default_factory=list)


@dataclass
class Done:
    """What a run did to one record. `changes` maps a field to what it was before the run and after it."""

    created: bool = False
    deleted: bool = False
    restored: bool = False
    changes: dict[str, list[Any]] = field(default_factory=dict)
    last: UUID | None = None


def undo_run(
    run_id: UUID,
    *,
    record_type: RecordType,
    undo_id: UUID | None = None,
    together: bool = False,
    tell: Callable[[int], None] = lambda number: None,
) -> Undone:
    """Take back what the run did to records of this type.

    Fields get their old values where the run's are still there, what was made is deleted unless something happened to
    it since, what was deleted comes back. Whoever calls has asked whether the member may. The events of the undoing
    carry `undo_id`; `tell` hears how many records have been looked at. With `together`, owners are given back as they
    are handed over: many at once, by what the type says of it.
    """
    undone, looked_at = Undone(), 0
    with current.because("undo", str(undo_id or new_id())):
        for ids in _in_chunks(_touched(run_id, record_type)):
            _undo_some(record_type, run_id, ids, undone, together)
            looked_at += len(ids)
            tell(looked_at)
    return undone


def _touched(run_id: UUID, record_type: RecordType) -> Sequence[UUID]:
    found = select(EventRow.record_id).where(_of_run(run_id, record_type)).distinct().order_by(EventRow.record_id)
    return db.session().scalars(found).all()


def _of_run(run_id: UUID, record_type: RecordType) -> Any:
    mine = (EventRow.tenant_id == current.tenant_id()) & (EventRow.run_id == run_id)
    return mine & (EventRow.record_type == record_type.name)


def _in_chunks(ids: Sequence[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while some := list(islice(rest, CHUNK)):
        yield some


def _undo_some(record_type: RecordType, run_id: UUID, ids: list[UUID], undone: Undone, together: bool) -> None:
    done = _what_was_done(record_type, run_id, ids)
    fields = record_type.all_fields()
    touched = {key for each in done.values() for key in each.changes if key in fields}
    batch = Batch(record_type, [fields[key] for key in touched])
    drafts = batch.read(ids)
    since = _happened_since(record_type, run_id, [d.id for d in drafts if done[d.id].created])
    lost = set(ids) - {d.id for d in drafts}
    undone.kept += [(each, _("It is gone for good.")) for each in lost]
    burying, restoring, changing = [], [], []
    for draft in drafts:
        did = done[draft.id]
        if did.created and not did.deleted:
            if draft.id in since:
                undone.kept.append((draft.id, _("Something happened to it since; it stays.")))
            elif draft.deleted_at is None:
                burying.append(draft)
            continue
        if did.restored and draft.deleted_at is None:
            burying.append(draft)
        elif did.deleted and draft.deleted_at is not None:
            restoring.append(draft)
        elif draft.deleted_at is not None:
            undone.kept.append((draft.id, _("It was deleted since.")))
            continue
        changing.append(draft)
    batch.bury(burying)
    put_back = _put_back(record_type, batch, changing, done, undone, together)
    back = batch.restore(restoring, lambda draft, _of, why: undone.kept.append((draft.id, why)))
    undone.restored += len(put_back | {d.id for d in (*burying, *back)})


def _what_was_done(record_type: RecordType, run_id: UUID, ids: list[UUID]) -> dict[UUID, Done]:
    rows = select(EventRow.id, EventRow.record_id, EventRow.name, EventRow.changes).where(
        _of_run(run_id, record_type), EventRow.record_id == any_(literal(ids, ARRAY(Uuid)))
    )
    done = {each: Done() for each in ids}
    for row in db.session().execute(rows.order_by(EventRow.id)):
        did = done[row.record_id]
        verb = row.name.rpartition(".")[2]
        if row.name == f"{record_type.name}.{verb}":
            did.created |= verb == "created"
            if verb in ("deleted", "restored"):
                did.deleted, did.restored = verb == "deleted", verb == "restored" and not did.deleted
        for key, (old, new) in (row.changes or {}).items():
            did.changes.setdefault(key, [old, new])[1] = new
        did.last = row.id
    return done


def _happened_since(record_type: RecordType, run_id: UUID, ids: list[UUID]) -> set[UUID]:
    """Which of these records something else happened to, or which others belong to since."""
    if not ids:
        return set()
    among = literal(ids, ARRAY(Uuid))
    elsewhere = or_(EventRow.run_id.is_(None), EventRow.run_id != run_id)
    mine = EventRow.tenant_id == current.tenant_id()
    of_record: Any = select(EventRow.record_id).where(
        mine, elsewhere, EventRow.record_id == any_(among), EventRow.record_id.is_distinct_from(EventRow.customer_id)
    )
    found: Any = of_record
    if record_type.name == "customer":
        found = select(EventRow.customer_id).where(mine, elsewhere, EventRow.customer_id == any_(among))
    return set(db.session().scalars(found.distinct()))


def _put_back(
    record_type: RecordType, batch: Batch, drafts: Sequence[Draft], done: Mapping[UUID, Done], undone: Undone,
    together: bool,
) -> set[UUID]:  # fmt: skip
    """Give fields their old values where nobody changed them since. Returns the records of which any came back."""
    back: set[UUID] = set()
    plain = []
    hands_over = record_type.hands_over if together else None
    seen_to = {"owner", *hands_over.fields} if hands_over else set()
    for draft in drafts:
        values, reasons = _old_values(batch, draft, done[draft.id].changes)
        if values and not seen_to.issuperset(values) and record_type.minds(values):
            reasons += _by_service(record_type, draft, values, back)
        elif values:
            batch.set(draft, values, check=False)
            plain.append(draft)
        if reasons:
            undone.kept.append((draft.id, " ".join(reasons)))
    stuck: set[UUID] = set()

    def refuse(draft: Draft, _of: FieldType, why: str) -> None:
        stuck.add(draft.id)
        undone.kept.append((draft.id, why))

    batch.write(plain, refuse)
    if hands_over:
        hands_over.done([draft.id for draft in plain if draft.id not in stuck])
    return back | ({draft.id for draft in plain} - stuck)


def _old_values(batch: Batch, draft: Draft, changes: Mapping[str, list[Any]]) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {}
    reasons: list[str] = []
    for key, (old, new) in changes.items():
        of = batch.fields.get(key)
        if of is None:
            reasons.append(_("The field “%(key)s” is gone.", key=key))
        elif of.secret:
            reasons.append(_("What was in “%(field)s” is written down nowhere.", field=of.label))
        elif same(of, of.dump(of.get(draft)), old):
            continue
        elif not same(of, of.dump(of.get(draft)), new):
            reasons.append(_("“%(field)s” was changed again since.", field=of.label))
        else:
            try:
                values[key] = of.load(old)
            except FieldError as error:
                reasons.append(_("“%(field)s”: %(problem)s", field=of.label, problem=error.message))
    return values, reasons


def same(of: FieldType, one: Any, other: Any) -> bool:
    """Whether two values in JSON are the same: what storage writes anew (1.0 and 1) is."""
    return one == other


def _by_service(record_type: RecordType, draft: Draft, values: dict[str, Any], back: set[UUID]) -> list[str]:
    """Put back through the type's own service, which has more to see to."""
    try:
        with db.savepoint():
            record = db.get(record_type.model, draft.id, lock=True)
            assert record is not None and record_type.update is not None
            record_type.update(record, values)
            db.flush()
    except Invalid as error:
        return [problem.message for problem in error.problems]
    except DomainError as error:
        return [error.message]
    back.add(draft.id)
    return []
