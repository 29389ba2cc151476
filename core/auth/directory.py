"""Looking members up: by name, team, role and status, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, false, func, or_, select, tuple_

from core import current, db
from core.access import Member, MemberRole, Team
from core.access.absences import away_now
from core.access.scopes import works_below

PAGE = 50
ORDER = func.array_position(["active", "invited", "deactivated"], Member.status)
NO_TEAM = "none"


@dataclass(frozen=True)
class Wish:
    """Which members: `team` takes those of the teams below it too, `none` those without one; `status` also `away`."""

    search: str = ""
    team: str = ""
    role: UUID | None = None
    status: str = ""


@dataclass(frozen=True)
class Page:
    members: Sequence[Member]
    total: int
    previous: UUID | None
    next: UUID | None


def find_members(wish: Wish, *, after: UUID | None = None, before: UUID | None = None, limit: int = PAGE) -> Page:
    """Those with access first, then who is invited, then who was here; each by name."""
    found = select(Member).where(Member.tenant_id == current.tenant_id(), *_conditions(wish))
    total = db.session().scalar(select(func.count()).select_from(found.subquery())) or 0
    place: Any = tuple_(ORDER, Member.name, Member.id)
    if before is not None and (mark := _mark(before)) is not None:
        back = found.where(place < mark).order_by(ORDER.desc(), Member.name.desc(), Member.id.desc())
        rows = list(db.session().scalars(back.limit(limit + 1)))
        page = rows[:limit][::-1]
        return Page(page, total, page[0].id if len(rows) > limit else None, page[-1].id if page else None)
    mark = _mark(after) if after is not None else None
    if mark is not None:
        found = found.where(place > mark)
    rows = list(db.session().scalars(_in_order(found).limit(limit + 1)))
    page = rows[:limit]
    more = page[-1].id if len(rows) > limit else None
    return Page(page, total, page[0].id if mark is not None and page else None, more)


def _in_order(found: Select[Any]) -> Select[Any]:
    return found.order_by(ORDER, Member.name, Member.id)


def _mark(member_id: UUID) -> Any:
    """Where a member stands in the order, to go on from there; None when there is no such member any more."""
    row = db.session().execute(
        select(ORDER, Member.name, Member.id).where(Member.tenant_id == current.tenant_id(), Member.id == member_id)
    ).one_or_none()  # fmt: skip
    return tuple_(*row) if row else None


def _conditions(wish: Wish) -> list[Any]:
    wanted: list[Any] = []
    if wish.search:
        text = wish.search[:100]
        wanted.append(or_(*(column.icontains(text, autoescape=True) for column in (Member.name, Member.email))))
    if wish.status == "away":
        wanted += [Member.status == "active", away_now()]
    elif wish.status:
        wanted.append(Member.status == wish.status)
    if wish.team == NO_TEAM:
        wanted.append(Member.team_id.is_(None))
    elif wish.team:
        wanted.append(_in_team_or_below(wish.team))
    if wish.role:
        wanted.append(
            exists().where(
                MemberRole.tenant_id == current.tenant_id(), MemberRole.member_id == Member.id,
                MemberRole.role_id == wish.role,
            )
        )  # fmt: skip
    return wanted


def _in_team_or_below(team_id: str) -> Any:
    team = db.get(Team, _uuid(team_id))
    return works_below(team.path) if team else false()


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
