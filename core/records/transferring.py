"""Handing records over to another owner, with the open tasks about them or without, the previous owner kept or not."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import access, current, db
from core.access import Member
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.collaborators import Whom
from core.records.services import update_record
from core.records.sharing import LEVELS, put_shares
from core.records.types import RecordType

Follow = Callable[[Mapping[UUID, UUID | None], UUID], int]
_follows: list[Follow] = []


def goes_along(function: Follow) -> Follow:
    """Call this function with the previous owner of each record, by the record's id, and the id of the new owner,
    when what is open about the records is handed over with them. It answers how much that was."""
    _follows.append(function)
    return function


def may_transfer(record_type: RecordType, record: Any) -> bool:
    """Whether the member may give the record to another owner."""
    owned = "owner" in record_type.builtin
    return owned and access.may("edit", record_type, record) and access.may("transfer", record_type, record)


def transfer_record(
    record_type: RecordType, record: Any, owner_id: UUID | None, *, tasks: bool = False, keep: str = ""
) -> None:
    """Give a record to another owner. `tasks` has the previous owner's open tasks about it go along; `keep` leaves it
    shared with the previous owner, to view or to edit. Raises Forbidden, and Invalid for whoever has no access."""
    new = new_owner(owner_id)
    check_keep(keep)
    previous: UUID | None = record_type.builtin["owner"].get(record)
    update_record(record_type, record, {"owner": new.id})
    db.flush()
    if previous != new.id:
        hand_on(record_type, {record.id: previous}, new.id, tasks=tasks, keep=keep)


def hand_on(record_type: RecordType, had: Mapping[UUID, UUID | None], owner_id: UUID, *, tasks: bool, keep: str) -> int:
    """What goes with records that have a new owner by now; `had` says who had each. Returns how many tasks that was."""
    moved = sum(follow(had, owner_id) for follow in _follows) if tasks else 0
    if keep:
        by_owner: dict[UUID, list[UUID]] = {}
        for record_id, previous in had.items():
            if previous is not None:
                by_owner.setdefault(previous, []).append(record_id)
        for member in active(by_owner):
            put_shares(record_type, by_owner[member.id], [Whom(member.id, member.name)], level=keep)
    return moved


def new_owner(owner_id: UUID | None) -> Member:
    """Whom records can be given to. Raises Invalid for nobody, and for whoever has no access."""
    member = db.get(Member, owner_id)
    if member is None:
        raise Invalid([FieldProblem("owner", "required", _("Choose who takes over."))])
    if member.status != "active":
        message = _("%(name)s has no access to the workspace at present. Choose somebody else.", name=member.name)
        raise Invalid([FieldProblem("owner", "inactive", message)])
    return member


def check_keep(keep: str) -> None:
    if keep and keep not in LEVELS:
        raise Invalid([FieldProblem("keep", "not_an_option", _("Choose one of the list."))])


def active(member_ids: Mapping[UUID, Any]) -> Sequence[Member]:
    """Those of the members who have access."""
    found = select(Member).where(
        Member.tenant_id == current.tenant_id(), Member.id.in_(list(member_ids)), Member.status == "active"
    )
    return db.session().scalars(found.order_by(Member.id)).all()
