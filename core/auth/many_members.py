"""One change to many members at once: each has a verdict of its own, and one who cannot be changed spoils only that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import db
from core.access import Member, require_permission
from core.auth.giving import role_to_give
from core.auth.members import add_role, deactivate_member, get_member, move_member, team_to_give
from core.errors import DomainError

MOST = 200


@dataclass(frozen=True)
class Refused:
    member_id: UUID
    name: str
    reason: str


def move_all(member_ids: Sequence[UUID], team_id: UUID | None) -> tuple[int, list[Refused]]:
    """Put these members into a team. Returns how many, and who could not be."""
    require_permission("tenant.manage_members")
    team_to_give(team_id)
    return _each(member_ids, lambda member: move_member(member, team_id))


def add_role_to_all(member_ids: Sequence[UUID], role_id: UUID | None) -> tuple[int, list[Refused]]:
    require_permission("tenant.manage_members")
    role = role_to_give(role_id)
    return _each(member_ids, lambda member: add_role(member, role.id))


def deactivate_all(member_ids: Sequence[UUID]) -> tuple[int, list[Refused]]:
    require_permission("tenant.manage_members")
    return _each(member_ids, deactivate_member)


def _each(member_ids: Sequence[UUID], change: Callable[[Member], Any]) -> tuple[int, list[Refused]]:
    done, refused = 0, []
    for member_id in sorted(set(member_ids[:MOST])):  # always locked in this order, so that two at once do not wait
        name = "—"
        try:
            with db.savepoint():
                member = get_member(member_id, lock=True)
                name = member.name
                change(member)
            done += 1
        except DomainError as problem:
            refused.append(Refused(member_id, name, problem.message))
    return done, refused
