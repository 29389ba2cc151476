"""The working calendar of a workspace: read, and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from sqlalchemy import select

from core import current, db
from core.access import require_permission
from core.current import TenantContext
from core.errors import FieldProblem, Invalid
from core.events import Event, emit
from core.i18n import _, _l
from core.tenant import Tenant
from core.working_time import china
from core.working_time.calendars import MIDNIGHT, OFFICE_HOURS, Span, Week, WorkingCalendar

MANAGE = "tenant.manage_settings"
COUNTRIES = (china.COUNTRY, "")
MOST_DAYS = 400
"""How many days of its own a workspace may have."""
MOST_SPANS = 4


@dataclass(frozen=True, kw_only=True)
class WorkingTimeChanged(Event):
    """`changes` holds each setting before and after."""

    name = "working_time.changed"
    label = _l("Working time changed")
    text = _l("changed the working time")
    icon = "calendar-time"
    audited: ClassVar[bool] = True


def working_calendar() -> WorkingCalendar:
    """That of the tenant at hand."""
    return calendar_of(current.tenant())


def calendar_of(context: TenantContext) -> WorkingCalendar:
    kept = settings_of(context)
    own = {date.fromisoformat(each["day"]): each["works"] for each in kept["days"]}
    return WorkingCalendar(_zone(kept["timezone"]), _week(kept["week"]), kept["holidays"], own)


def settings_of(context: TenantContext, kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is kept, with what holds where nobody said anything: office hours, and China's holidays in China.

    `week` holds from Monday on the spans of each day as `["09:00", "18:00"]`, `days` the days of the workspace's own
    as `{"day", "works", "name"}`.
    """
    chinese = context.timezone in china.ZONES or context.locale.startswith("zh")
    usual = {
        "timezone": context.timezone,
        "holidays": china.COUNTRY if chinese else "",
        "week": [[[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in day] for day in OFFICE_HOURS],
        "days": [],
    }
    return usual | dict(context.working_time if kept is None else kept)


def change_working_time(given: Mapping[str, Any]) -> dict[str, Any]:
    """Work at other times; what is not named stays as it is. Raises Invalid with all faults together."""
    require_permission(MANAGE)
    wanted = _checked(given)
    tenant = db.session().scalars(
        select(Tenant).where(Tenant.id == current.tenant_id()).with_for_update()
        .execution_options(populate_existing=True)
    ).one()  # fmt: skip
    before = settings_of(current.tenant(), tenant.working_time)
    changes = {name: [before[name], value] for name, value in wanted.items() if before[name] != value}
    if changes:
        tenant.working_time = {**tenant.working_time, **{name: new for name, (_old, new) in changes.items()}}
        emit(WorkingTimeChanged(record_type="tenant", record_id=tenant.id, changes=changes))
    return settings_of(current.tenant(), tenant.working_time)


# --- arithmetic in the working time of the tenant at hand -----------------------------------------------


def add_working_time(start: datetime, span: timedelta) -> datetime:
    return working_calendar().add_time(start, span)


def add_working_days(start: datetime, days: int) -> datetime:
    return working_calendar().add_days(start, days)


def working_minutes_between(start: datetime, end: datetime) -> int:
    return working_calendar().minutes_between(start, end)


def is_working(at: datetime) -> bool:
    return working_calendar().is_working(at)


def is_working_day(day: date) -> bool:
    return working_calendar().is_working_day(day)


# --- within --------------------------------------------------------------------------------------------


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _week(kept: Any) -> Week:
    return tuple(tuple((_time(opens), _time(closes)) for opens, closes in day) for day in kept)


def _time(said: str) -> time:
    return MIDNIGHT if said == "24:00" else time.fromisoformat(said)


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    checks = {"timezone": _check_zone, "holidays": _check_holidays, "week": _check_week, "days": _check_days}
    wanted, problems = {}, []
    for name, value in given.items():
        if name not in checks:
            problems.append(FieldProblem(name, "unknown", _("There is no such setting.")))
            continue
        try:
            wanted[name] = checks[name](value)
        except _Wrong as wrong:
            problems.append(FieldProblem(name, "invalid", str(wrong)))
        except (ValueError, TypeError, AttributeError, KeyError):
            problems.append(FieldProblem(name, "invalid", _("This is not understood.")))
    if problems:
        raise Invalid(problems)
    return wanted


class _Wrong(ValueError):
    """A fault that is said in words for people."""


def _check_zone(said: Any) -> str:
    if said not in available_timezones():
        raise _Wrong(_("There is no such time zone."))
    return str(said)


def _check_holidays(said: Any) -> str:
    if said not in COUNTRIES:
        raise _Wrong(_("Choose one of those that are offered."))
    return str(said)


def _check_week(said: Any) -> list[Any]:
    if not isinstance(said, list) or len(said) != len(OFFICE_HOURS):
        raise _Wrong(_("A week has seven days, from Monday on."))
    week = [_checked_day(day) for day in said]
    if not any(week):
        raise _Wrong(_("Work on at least one day of the week."))
    return week


def _checked_day(said: Any) -> list[list[str]]:
    spans: list[Span] = sorted((_time(opens), _time(closes)) for opens, closes in said)
    ends = [closes if closes != MIDNIGHT else time.max for _opens, closes in spans]
    if len(spans) > MOST_SPANS or any(opens >= end for (opens, _closes), end in zip(spans, ends, strict=True)):
        raise _Wrong(_("Working hours end after they begin."))
    if any(following[0] < end for following, end in zip(spans[1:], ends, strict=False)):
        raise _Wrong(_("Working hours of one day do not overlap."))
    return [[f"{opens:%H:%M}", "24:00" if closes == MIDNIGHT else f"{closes:%H:%M}"] for opens, closes in spans]


def _check_days(said: Any) -> list[dict[str, Any]]:
    if len(said) > MOST_DAYS:
        raise _Wrong(_("Name at most %(most)s days.", most=MOST_DAYS))
    found = {
        date.fromisoformat(each["day"]).isoformat(): {
            "day": date.fromisoformat(each["day"]).isoformat(),
            "works": each["works"] is True,
            "name": " ".join(str(each.get("name") or "").split())[:100],
        }
        for each in said
    }
    return [found[day] for day in sorted(found)]
