"""With whom records are shared: as it is shown, until which day, and for whom of them it has an effect."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select

from core import current, db
from core.access import Member, MemberRole, RecordShare, Role, Team
from core.access.adding import granted_on, scope_key
from core.access.scopes import works_below
from core.i18n import _
from core.records.types import RecordType

NAMED = 5
"""So many are named one by one."""


@dataclass(frozen=True)
class Whom:
    """A member, or a team with all below it."""

    id: UUID
    name: str
    is_team: bool = False

    @property
    def column(self) -> str:
        return "team_id" if self.is_team else "member_id"


@dataclass(frozen=True)
class Shared:
    """A share as it is shown. `blind` says that the roles of the member it is with do not let it have effect."""

    id: UUID
    whom: Whom
    level: str
    until: datetime | None
    by: str | None
    blind: bool = False

    @property
    def last_day(self) -> date | None:
        return last_day(self.until) if self.until else None


def shares_of(record_type: RecordType, record_id: UUID) -> list[Shared]:
    """With whom a record is shared now: members first, each by name."""
    tenant, by = current.tenant_id(), select(Member.id, Member.name).where(Member.tenant_id == current.tenant_id())
    sharer = by.subquery()
    rows = db.session().execute(
        select(RecordShare.id, RecordShare.member_id, RecordShare.team_id, RecordShare.level, RecordShare.until,
               func.coalesce(Member.name, Team.name).label("name"), sharer.c.name.label("by"))
        .outerjoin(Member, (Member.tenant_id == tenant) & (Member.id == RecordShare.member_id))
        .outerjoin(Team, (Team.tenant_id == tenant) & (Team.id == RecordShare.team_id))
        .outerjoin(sharer, sharer.c.id == RecordShare.shared_by_id)
        .where(RecordShare.tenant_id == tenant, RecordShare.record_id == record_id,
               RecordShare.record_type == record_type.name,
               or_(RecordShare.until.is_(None), RecordShare.until > current.now()))
        .order_by(RecordShare.team_id.is_not(None), func.coalesce(Member.name, Team.name), RecordShare.id)
    )  # fmt: skip
    return [
        Shared(row.id, Whom(row.member_id or row.team_id, row.name, row.member_id is None), row.level, row.until,
               row.by)
        for row in rows
    ]  # fmt: skip


def with_blind(record_type: RecordType, shared: Sequence[Shared]) -> list[Shared]:
    """The same, knowing which have no effect."""
    mine = [each.whom for each in shared if not each.whom.is_team]
    blind = {member_id for member_id, _name in without_right(record_type, "view", mine)} if mine else set()
    return [replace(each, blind=each.whom.id in blind) for each in shared]


def warnings(record_type: RecordType, whom: Sequence[Whom], level: str) -> list[str]:
    """What to say of those whose roles give less on the type than is shared with them, by name."""
    said = []
    blind = without_right(record_type, "view", whom)
    if blind:
        said.append(_("The roles of %(names)s give no right to see %(records)s at all, so the share has no effect for"
                      " them until an administrator changes that.",
                      names=_listed(blind), records=record_type.plural_noun))  # fmt: skip
    stuck = without_right(record_type, "edit", whom) if level == "edit" else []
    stuck = [each for each in stuck if each not in blind]
    if stuck:
        said.append(_("The roles of %(names)s give no right to edit %(records)s at all, so they can only view what is"
                      " shared with them.", names=_listed(stuck), records=record_type.plural_noun))  # fmt: skip
    return said


def reached_by(record_type: RecordType, whom: Sequence[Whom], action: str = "view") -> Select[Any]:
    """The ids of the active members that a share with these has an effect for."""
    able = _roles_with(record_type, action)
    holds = select(MemberRole.member_id).where(
        MemberRole.tenant_id == current.tenant_id(), MemberRole.role_id.in_(able)
    )
    return _people(whom).where(Member.id.in_(holds))


def without_right(record_type: RecordType, action: str, whom: Sequence[Whom]) -> list[tuple[UUID, str]]:
    """Those of the members (and of the teams' members) whom no role lets do this to any record of the type."""
    able = _roles_with(record_type, action)
    holds = select(MemberRole.member_id).where(
        MemberRole.tenant_id == current.tenant_id(), MemberRole.role_id.in_(able)
    )
    found = _people(whom).add_columns(Member.name).where(Member.id.not_in(holds)).order_by(Member.name).limit(NAMED + 1)
    return [(row.id, row.name) for row in db.session().execute(found)]


def _people(whom: Sequence[Whom]) -> Select[Any]:
    """The active members among these, those of the teams included."""
    among: list[Any] = [Member.id.in_([each.id for each in whom if not each.is_team])]
    paths = select(Team.path).where(Team.tenant_id == current.tenant_id(),
                                    Team.id.in_([each.id for each in whom if each.is_team]))  # fmt: skip
    teams = db.session().scalars(paths).all() if any(each.is_team for each in whom) else ()
    among += [works_below(path) for path in teams]
    return select(Member.id).where(Member.tenant_id == current.tenant_id(), Member.status == "active", or_(*among))


def _roles_with(record_type: RecordType, action: str) -> list[UUID]:
    roles = select(Role.id, Role.grants).where(Role.tenant_id == current.tenant_id())
    return [row.id for row in db.session().execute(roles)
            if scope_key(granted_on(row.grants, record_type.name).get(action, "none")) != "none"]  # fmt: skip


def _listed(people: Sequence[tuple[UUID, str]]) -> str:
    names = _(", ").join(name for _id, name in people[:NAMED])
    return _("%(names)s and others", names=names) if len(people) > NAMED else names


def names_of(members: Iterable[UUID | None], teams: Iterable[UUID | None]) -> dict[UUID | None, str]:
    found: dict[UUID | None, str] = {}
    for model, ids in ((Member, members), (Team, teams)):
        if wanted := [each for each in ids if each]:
            rows = select(model.id, model.name).where(model.tenant_id == current.tenant_id(), model.id.in_(wanted))
            found |= {row.id: row.name for row in db.session().execute(rows)}
    return found


# --- days ----------------------------------------------------------------------------------------------


def end_of(day: date | None) -> datetime | None:
    """The instant at which a day is over in the workspace."""
    return datetime.combine(day + timedelta(days=1), time(), _zone()) if day else None


def last_day(until: datetime) -> date:
    """The day at whose end something is over."""
    return (until - timedelta(seconds=1)).astimezone(_zone()).date()


def today() -> date:
    return current.now().astimezone(_zone()).date()


def _zone() -> ZoneInfo:
    return ZoneInfo(current.tenant().timezone)
