"""Giving many of a member's records to others at once: the owner as any field, in chunks of a few statements each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, func, literal, select

from core import access, db
from core.access import Member, scope_clause
from core.errors import DomainError
from core.i18n import _
from core.records.collaborators import Whom
from core.records.conditions import Condition, compile_condition
from core.records.guards import closed_among, not_yours_to_change
from core.records.runs.batch import Batch, Draft
from core.records.runs.changing import SOME, in_chunks
from core.records.runs.progress import Progress
from core.records.sharing import put_shares
from core.records.types import RecordType, enabled_types

GRANTS = ("edit", "transfer")
"""What one must hold for a record to hand it over."""


@dataclass(frozen=True)
class Which:
    """Which of a member's records of a type: all, those that meet a condition, or those that were ticked."""

    condition: Condition | None = None
    ids: tuple[UUID, ...] | None = None

    def clause(self, record_type: RecordType) -> list[ColumnElement[bool]]:
        found = [compile_condition(record_type, self.condition)] if self.condition else []
        if self.ids is not None:
            found.append(record_type.model.id == any_(literal(list(self.ids), ARRAY(Uuid))))
        return found


ALL = Which()


@dataclass(frozen=True)
class Terms:
    """Whose records are given away, whether their clocks restart, and as what the previous owner is kept, if at all."""

    previous: Member
    restart_clocks: bool
    keep: str = ""


# --- whose they are ------------------------------------------------------------------------------------


def owned_types() -> list[RecordType]:
    """The record types whose records have an owner who can be another."""
    return [each for each in enabled_types() if "owner" in each.builtin and each.builtin["owner"].editable]


def theirs(record_type: RecordType, member_id: UUID, *entities: Any, which: Which = ALL) -> Select[Any]:
    """The member's records that are handed over, whoever may."""
    model: Any = record_type.model
    open_ones = [record_type.hands_over.which()] if record_type.hands_over else []
    return record_type.existing(*entities).where(
        model.owner_id == member_id, *open_ones, *which.clause(record_type)
    )  # fmt: skip


def within_rights(record_type: RecordType) -> list[ColumnElement[bool]]:
    """The condition that the acting member may give a record to another owner."""
    return [scope_clause(grant, record_type) for grant in GRANTS]


def may_hand_over(record_type: RecordType) -> bool:
    owner = record_type.field("owner")
    return owner is not None and owner.editable and all(access.may(grant, record_type) for grant in GRANTS)


# --- who gets them -------------------------------------------------------------------------------------


def spread(record_type: RecordType, member_id: UUID, to: Sequence[UUID], which: Which = ALL) -> dict[UUID, UUID]:
    """Who gets each of the records that the acting member may give away: in turn, in the order that they have."""
    if not may_hand_over(record_type):
        return {}
    model = record_type.model
    turn = (func.row_number().over(order_by=model.id) - 1) % len(to)
    found = theirs(record_type, member_id, model.id, turn.label("turn"), which=which)
    rows = db.session().execute(found.where(*within_rights(record_type)).order_by(model.id))
    return {row.id: to[row.turn] for row in rows}


def give(record_type: RecordType, owners: Mapping[UUID, UUID], terms: Terms, progress: Progress) -> dict[UUID, UUID]:
    """Give the records to these owners. Returns those that have changed hands; why another has not is told."""
    hands_over = record_type.hands_over
    if hands_over is None and record_type.minds(["owner"]):
        return _one_by_one(record_type, owners, terms, progress)
    known = record_type.all_fields()
    more = hands_over.fields if hands_over else ()
    batch = Batch(record_type, [record_type.builtin["owner"], *(known[key] for key in more)])
    given: dict[UUID, UUID] = {}
    for ids in in_chunks(list(owners)):
        drafts = [d for d in batch.read(ids) if _is_free(record_type, d, terms, progress)]
        drafts = _without_closed(record_type, drafts, progress)
        for draft in drafts:
            values = dict(hands_over.values(draft, terms.restart_clocks)) if hands_over else {}
            batch.set(draft, {"owner": owners[draft.id], **values}, check=False)
        batch.write(drafts)
        some = {draft.id: owners[draft.id] for draft in drafts}
        if hands_over:
            hands_over.done(list(some))
        _keep(record_type, list(some), terms)
        given |= some
        progress.told(progress.done + len(ids))
    return given


def _is_free(record_type: RecordType, draft: Draft, terms: Terms, progress: Progress) -> bool:
    """Whether it is still whose it was when it was looked up. Who deleted it meanwhile is not told of it."""
    if draft.deleted_at is not None:
        return False
    if draft.owner_id != terms.previous.id:
        _refuse(record_type, draft, _("Somebody else got it meanwhile."), progress)
    return bool(draft.owner_id == terms.previous.id)


def _without_closed(record_type: RecordType, drafts: Sequence[Draft], progress: Progress) -> list[Draft]:
    owner = record_type.fields()["owner"]
    closed = closed_among(record_type, [owner], [draft.id for draft in drafts])
    for draft in drafts:
        if draft.id in closed:
            _refuse(record_type, draft, not_yours_to_change(owner), progress)
    return [draft for draft in drafts if draft.id not in closed]


def _one_by_one(
    record_type: RecordType, owners: Mapping[UUID, UUID], terms: Terms, progress: Progress
) -> dict[UUID, UUID]:
    """By the service of a type that minds its owner and does not say how many change hands at once."""
    assert record_type.update is not None
    given: dict[UUID, UUID] = {}
    for number, (record_id, owner_id) in enumerate(owners.items(), start=1):
        record: Any = db.get(record_type.model, record_id, lock=True)
        if record is not None and _is_free(record_type, record, terms, progress):
            try:
                with db.savepoint():
                    record_type.update(record, {"owner": owner_id})
                    db.flush()
                given[record_id] = owner_id
            except DomainError as error:
                _refuse(record_type, record, error.message, progress)
        if number % SOME == 0:
            progress.told(progress.done + SOME)
    _keep(record_type, list(given), terms)
    progress.told(progress.done + len(owners) % SOME)
    return given


def _keep(record_type: RecordType, ids: Sequence[UUID], terms: Terms) -> None:
    """Leave the records shared with who had them."""
    if terms.keep and terms.previous.status == "active":
        for some in in_chunks(ids):
            put_shares(record_type, some, [Whom(terms.previous.id, terms.previous.name)], level=terms.keep)


def _refuse(record_type: RecordType, record: Any, reason: str, progress: Progress) -> None:
    progress.refuse(record.id, record_type.title_of(record), reason, data={"type": record_type.name})


# --- counting ------------------------------------------------------------------------------------------


def count_by_owner(given: Mapping[UUID, UUID]) -> dict[UUID, int]:
    counts: dict[UUID, int] = defaultdict(int)
    for owner_id in given.values():
        counts[owner_id] += 1
    return dict(counts)


def counting(record_type: RecordType, member_id: UUID, *, which: Which = ALL, mine: bool = False) -> Any:
    """How many of the member's records there are, as a part of a larger statement; `mine` counts those that the
    acting member may hand over."""
    found = theirs(record_type, member_id, record_type.model.id, which=which)
    if mine:
        found = found.where(*within_rights(record_type))
    return select(func.count()).select_from(found.subquery()).scalar_subquery()
