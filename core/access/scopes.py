"""Scopes as SQL: which rows of a record type a member's own, team's, … are."""

import json
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select, true

from core import current
from core.access.adding import CONDITION
from core.access.models import Member, RecordShare

SHARED = {"view": ("view", "edit"), "edit": ("edit",)}
"""Which levels of a share cover an action."""


class Scoped(Protocol):
    """What access must know of a record type: its name, and how its rows are told by whose they are."""

    name: str

    def owned_by(self, members: ColumnElement[Any] | Any, *, strictly: bool = False) -> ColumnElement[bool]: ...

    def shared_in(self, ids: Select[Any]) -> ColumnElement[bool]: ...

    def meets(self, condition: Any) -> ColumnElement[bool]: ...


def rows_in(scopes: Iterable[str], record_type: Scoped, action: str = "") -> ColumnElement[bool]:
    """The SQL condition that keeps the rows in any of these scopes, and those shared with the member for the action."""
    scopes = frozenset(scopes)
    if "all" in scopes:
        return true()
    if not scopes:
        return false()
    me = current.member()
    covered = [_rows(scope, record_type, me) for scope in sorted(scopes)]
    shared = [record_type.shared_in(shares(SHARED[action]))] if action in SHARED and me.has_shares else []
    return or_(*covered, *shared)


def _rows(scope: str, record_type: Scoped, me: current.MemberContext) -> ColumnElement[bool]:
    strictly = scope.startswith("only:")
    scope = scope.removeprefix("only:")
    if scope == "all":
        return true()
    if scope.startswith(CONDITION):
        return record_type.meets(json.loads(scope.removeprefix(CONDITION)))
    return record_type.owned_by(members_in(scope, me), strictly=strictly)


def members_in(scope: str, me: current.MemberContext) -> Any:
    """Whose records are in the scope: one's own with those of whom one stands in for, the team's, or below it."""
    mine = [me.id, *me.stands_for]
    if scope == "own" or me.team_id is None or me.team_path == "/":
        return mine
    mates = Member.team_id == me.team_id
    if scope == "below":
        mates = works_below(me.team_path)
    found = or_(mates, Member.id.in_(mine)) if me.stands_for else mates
    return select(Member.id).where(Member.tenant_id == current.tenant_id(), found)


def works_below(path: str) -> ColumnElement[bool]:
    """That a member is in the team of this path, or in one below it."""
    return (Member.team_path >= path) & (Member.team_path < path + "\U0010ffff")


def shares(levels: Iterable[str]) -> Select[Any]:
    """The ids of the records that are shared at one of these levels, and still, with the member or a team of theirs."""
    me = current.member()
    with_me = [RecordShare.member_id.in_([me.id, *me.stands_for])]
    if above := [step for step in me.team_path.split("/") if step]:
        with_me.append(RecordShare.team_id.in_([UUID(step) for step in above]))
    return select(RecordShare.record_id).where(
        RecordShare.tenant_id == current.tenant_id(),
        RecordShare.level.in_(list(levels)),
        or_(*with_me),
        or_(RecordShare.until.is_(None), RecordShare.until > current.now()),
    )
