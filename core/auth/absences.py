"""Leave with a deputy for a time: set by oneself or by who leads one, told to both when it begins and ends."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core import current, db
from core.access import Member, Team, permitted
from core.access.absences import is_away
from core.activities.notifications import notify
from core.auth.people_events import MemberAwaySet, MemberBack
from core.deadlines import arm, disarm, on_deadline
from core.errors import FieldProblem, Forbidden, Invalid
from core.events import emit
from core.i18n import _, _l, fmt_date

LONGEST = timedelta(days=366)
BEGINS, ENDS = "auth.away_begins", "auth.away_ends"


def may_send_away(member: Member) -> bool:
    """Oneself, who manages members, and who leads the member's team or one above it."""
    acting = current.tenant().member
    if acting is None or acting.id == member.id or permitted("tenant.manage_members"):
        return True
    team = db.get(Team, member.team_id)
    if team is None:
        return False
    above = [UUID(step) for step in team.path.strip("/").split("/")]
    led = select(Team.id).where(Team.tenant_id == current.tenant_id(), Team.id.in_(above), Team.head_id == acting.id)
    return db.session().scalar(led.limit(1)) is not None


def set_absence(member: Member, begins: datetime, ends: datetime, deputy_id: UUID | None) -> None:
    """The member is away from one instant until another, in place of what was noted before; the deputy stands in."""
    _require(member)
    deputy = _deputy(member, begins, ends, deputy_id)
    previous = member.deputy_id if is_away(member) else None
    member.away_from, member.away_until, member.deputy_id = begins, ends, deputy.id
    db.flush()
    emit(MemberAwaySet(record_type="member", record_id=member.id, member=member.name, deputy=deputy.name,
                       begins=begins.isoformat(), ends=ends.isoformat()))  # fmt: skip
    if previous is not None and previous != deputy.id:
        notify([previous], _l("You no longer stand in for %(member)s."), url=_page(), icon="user-check",
               personal=True, member=member.name)  # fmt: skip
    arm(member, ENDS, ends)
    if begins > current.now():
        arm(member, BEGINS, begins)
        notify([deputy.id], _l("%(member)s will be away from %(begins)s until %(ends)s, and you stand in."),
               url=_page(), icon="beach", member=member.name, begins=_iso_days(member)[0],
               ends=_iso_days(member)[1])  # fmt: skip
    else:
        disarm(member, BEGINS)
        _tell_begun(member, deputy.id)


def end_absence(member: Member) -> None:
    """The member is back, or does not go. Twice is once."""
    _require(member)
    if member.away_until is None:
        return
    _come_back(member)


def _require(member: Member) -> None:
    if not may_send_away(member):
        raise Forbidden(_("Only %(member)s, the head of their team or an administrator can do this.",
                          member=member.name))  # fmt: skip
    if member.status != "active" or member.kind != "person":
        raise Invalid([FieldProblem("", "inactive", _("%(member)s has no access.", member=member.name))])


def _deputy(member: Member, begins: datetime, ends: datetime, deputy_id: UUID | None) -> Member:
    problems = []
    if ends <= begins:
        problems.append(FieldProblem("until", "before_start", _("The last day cannot be before the first.")))
    elif ends <= current.now():
        problems.append(FieldProblem("until", "past", _("This time is over already.")))
    elif ends - begins > LONGEST:
        problems.append(FieldProblem("until", "too_long", _("Note a year at most, then note it again.")))
    deputy = db.get(Member, deputy_id)
    if deputy is None or deputy.status != "active" or deputy.kind != "person":
        problems.append(FieldProblem("deputy", "unknown", _("Choose somebody who works here.")))
    elif deputy.id == member.id:
        problems.append(FieldProblem("deputy", "oneself", _("Nobody stands in for themselves. Choose somebody else.")))
    elif not problems:
        problems += _clashes(member, deputy, begins, ends)
    if problems or deputy is None:
        raise Invalid(problems)
    return deputy


def _clashes(member: Member, deputy: Member, begins: datetime, ends: datetime) -> list[FieldProblem]:
    """A deputy who is away then too, and those for whom the member has promised to stand in then."""
    if deputy.away_from and deputy.away_until and deputy.away_from < ends and deputy.away_until > begins:
        text = _("%(deputy)s is away then too, until %(day)s. Choose somebody else.",
                 deputy=deputy.name, day=last_day(deputy))  # fmt: skip
        return [FieldProblem("deputy", "away", text)]
    waiting = select(Member).where(
        Member.tenant_id == current.tenant_id(), Member.deputy_id == member.id,
        Member.away_from < ends, Member.away_until > begins, Member.away_until > current.now(),
    )  # fmt: skip
    other = db.session().scalars(waiting.order_by(Member.name).limit(1)).one_or_none()
    if other is None:
        return []
    text = _("%(member)s stands in for %(other)s until %(day)s. Another deputy for %(other)s comes first.",
             member=member.name, other=other.name, day=last_day(other))  # fmt: skip
    return [FieldProblem("from", "stands_in", text)]


# --- when the time has come ----------------------------------------------------------------------------


@on_deadline(BEGINS)
def _begin(member_id: UUID, _payload: dict[str, Any]) -> None:
    member = db.get(Member, member_id, lock=True)
    if member is not None and member.status == "active" and is_away(member):
        _tell_begun(member, member.deputy_id)


@on_deadline(ENDS)
def _end(member_id: UUID, _payload: dict[str, Any]) -> None:
    member = db.get(Member, member_id, lock=True)
    if member is not None and member.away_until is not None and member.away_until <= current.now():
        _come_back(member)


def _tell_begun(member: Member, deputy_id: UUID | None) -> None:
    deputy = db.get(Member, deputy_id)
    said: dict[str, Any] = {
        "member": member.name,
        "ends": _iso_days(member)[1],
        "deputy": deputy.name if deputy else "—",
    }
    notify([member.id], _l("You are away until %(ends)s. %(deputy)s stands in for you."), url=_page(), icon="beach",
           personal=True, **said)  # fmt: skip
    notify([deputy_id], _l("You stand in for %(member)s until %(ends)s: what is theirs is yours as well."),
           url=_page(), icon="beach", **said)  # fmt: skip


def _come_back(member: Member) -> None:
    begun = member.away_from is not None and member.away_from <= current.now()
    deputy_id = member.deputy_id
    member.away_from = member.away_until = member.deputy_id = None
    db.flush()
    for kind in (BEGINS, ENDS):
        disarm(member, kind)
    emit(MemberBack(record_type="member", record_id=member.id, member=member.name))
    told = (
        _l("%(member)s is back. You no longer stand in.") if begun else _l("%(member)s does not go on leave after all.")
    )
    notify([deputy_id], told, url=_page(), icon="user-check", member=member.name)
    if begun:
        notify(
            [member.id],
            _l("Welcome back. Nobody stands in for you any more."),
            url=_page(),
            icon="user-check",
            personal=True,
        )


def _page() -> str:
    return "settings/profile"


# --- days ----------------------------------------------------------------------------------------------


def zone_of(member: Member) -> ZoneInfo:
    return ZoneInfo(member.timezone or current.tenant().timezone)


def span(member: Member, first: date, last: date) -> tuple[datetime, datetime]:
    """Whole days where the member lives, as instants: from the start of the first to the end of the last."""
    zone = zone_of(member)
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def days_of(member: Member) -> tuple[date, date] | None:
    """The first and the last day of the absence, where the member lives."""
    if member.away_from is None or member.away_until is None:
        return None
    zone = zone_of(member)
    return member.away_from.astimezone(zone).date(), (member.away_until - timedelta(seconds=1)).astimezone(zone).date()


def last_day(member: Member) -> str:
    days = days_of(member)
    return fmt_date(days[1]) if days else ""


def _iso_days(member: Member) -> tuple[str, str]:
    """As readers of all languages read them."""
    days = days_of(member)
    return (days[0].isoformat(), days[1].isoformat()) if days else ("", "")
