"""The clocks that take a record from an owner who does nothing with it: worked out in SQL, for any number at once.

Two run for whoever has an open record: days without a follow-up, and days without a deal, whichever ends first. A day
is a calendar day of the tenant: three days on it is the same time on the wall clock, also where it was put forward
or back meanwhile. Where the pool counts in working days, free days are passed over.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Text,
    Time,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from core.sdk import (
    FollowUp,
    arm_selected,
    compile_condition,
    fault_of_condition,
    get,
    now,
    protected_among,
    session,
    tenant,
    tenant_id,
    type_named,
    working_calendar,
)
from plugins.leads.models import Lead, Pool
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.rules import PoolRules, pool_rules

UNATTENDED, WARN_FOLLOW_UP, WARN_DEAL = LEADS.deadlines
PATIENCE = timedelta(days=3)
"""How long the first pool of a workspace waits for a follow-up, until somebody decides otherwise."""
MANY = 5000
"""So many records are worked out at once."""


def set_clocks(ids: Sequence[UUID], kind: Kind = LEADS) -> None:
    """Work out anew when these records go back to a pool and of what their owners are to be warned, and arm that.

    Those without an owner, and closed ones, have no clock. A statement for the times and one for the deadlines,
    however many records there are.
    """
    session().flush()
    for start in range(0, len(ids), MANY):
        some = list(ids[start : start + MANY])
        held: Any = kind.held
        due = due_times(kind, held.id == any_(literal(some, ARRAY(Uuid))), some)
        session().execute(
            update(held)
            .where(held.tenant_id == tenant_id(), held.id == due.c.id)
            .where(
                or_(
                    held.returns_at.is_distinct_from(due.c.returns_at),
                    held.returns_because.is_distinct_from(due.c.because),
                )
            )
            .values(returns_at=due.c.returns_at, returns_because=due.c.because, updated_at=held.updated_at)
            .execution_options(synchronize_session=False)
        )
        arm(some, due, kind)
        refresh(some, kind)


def arm(ids: Sequence[UUID], due: Any, kind: Kind = LEADS) -> None:
    """Arm what is due by these times: the return, and the two warnings that have not been given yet."""
    times = (due.c.returns_at, due.c.warn_follow_up_at, due.c.warn_deal_at)
    deadlines = union_all(
        *(
            select(due.c.id, literal(name, Text), at).where(at.is_not(None))
            for name, at in zip(kind.deadlines, times, strict=True)
        )
    )
    arm_selected(kind.table, kind.deadlines, ids, deadlines)


def refresh(ids: Iterable[UUID], kind: Kind = LEADS) -> None:
    """What the session holds of these records is out of date."""
    wanted = set(ids)
    for record in list(session().identity_map.values()):
        if isinstance(record, kind.held) and record.id in wanted:
            session().expire(record)


# --- the times, as SQL ---------------------------------------------------------------------------------


def due_times(
    kind: Kind, which: ColumnElement[bool], ids: Sequence[UUID], *, begins: Any = None, pool: Any = None
) -> Any:
    """When the clocks of these records end, and of what is to be warned: a subquery with a row for each.

    With `begins` their owners get them at this moment, and whatever was before does not count; `pool` is
    where they belong then.
    """
    held: Any = kind.held
    rules = pool_rules(kind)
    fresh = begins is not None
    moment = as_instant(begins if fresh else now())
    assigned: Any = moment if fresh else func.coalesce(held.assigned_at, kind.begun_at)
    attended = assigned if fresh else func.greatest(assigned, _followed_up(kind, rules))
    runs = kind.clock_of(held) if fresh else and_(kind.clock_of(held), held.owner_id.is_not(None))
    key = or_(kind.is_key(), *((Pool.id == each.id) & key_in(kind, each) for each in rules if each.key_condition))
    factor = case((key, Pool.key_factor), else_=1)
    days = _Days(kind, rules, which, [moment.value] if fresh else [attended, assigned])
    follow_up = days.after(attended, Pool.follow_up_days * factor)
    deal = days.after(assigned, Pool.deal_days * factor)
    first = func.least(follow_up, deal)
    kept = _protected(kind, rules, ids)

    def later(due: Any) -> Any:
        moved = due if fresh else func.greatest(due, held.extended_until, held.locked_until)
        return case((runs & ~kept & due.is_not(None), moved))

    def warns(due: Any, ahead: Any, warned: Any) -> Any:
        warn_at = days.before(later(due), ahead)
        given = literal(False) if fresh else warned >= warn_at
        return case((ahead.is_not(None) & (later(due) > moment) & given.is_not(True), warn_at))

    because = case(
        (runs & kept & first.is_not(None), "protected"),
        (runs & (follow_up == first), "follow_up"),
        (runs & (deal == first), "deal"),
    )
    found = (
        select(
            held.id,
            later(first).label("returns_at"),
            because.label("because"),
            warns(follow_up, Pool.follow_up_warn_days, held.warned_follow_up_at).label("warn_follow_up_at"),
            warns(deal, Pool.deal_warn_days, held.warned_deal_at).label("warn_deal_at"),
        )
        .select_from(held)
        .where(Pool.tenant_id == tenant_id(), Pool.id == (in_pool(kind) if pool is None else pool), kind.joined())
        .where(held.tenant_id == tenant_id(), which)
    )
    return found.subquery("due")


def as_instant(at: Any) -> BindParameter[datetime]:
    """A point in time as a statement is given it: one that is kept is told of it each time."""
    return at if isinstance(at, BindParameter) else literal(at, DateTime(timezone=True))


def in_pool(kind: Kind) -> Any:
    """The pool whose rules hold for a record, as SQL."""
    return func.coalesce(kind.held.pool_id, literal(pool_rules(kind)[-1].id, Uuid))


def _followed_up(kind: Kind, rules: Sequence[PoolRules]) -> Any:
    """The last follow-up that counts, which is none of the future."""
    held: Any = kind.held
    choosy = [each for each in rules if each.counts_as_follow_up]
    if not choosy:
        return held.last_follow_up_at

    def of(each: PoolRules) -> Any:
        counting = select(func.max(func.least(FollowUp.happened_at, now()))).where(
            FollowUp.tenant_id == tenant_id(), getattr(FollowUp, kind.followed) == held.id,
            FollowUp.deleted_at.is_(None),
            FollowUp.channel.in_(each.counts_as_follow_up),
        )  # fmt: skip
        return counting.correlate(held).scalar_subquery()

    steps = [(held.pool_id == each.id, of(each)) for each in choosy if not each.is_default]
    return (
        case(*steps, else_=of(rules[-1]) if rules[-1] in choosy else held.last_follow_up_at) if steps else of(rules[-1])
    )


def key_in(kind: Kind, rules: PoolRules) -> ColumnElement[bool]:
    """The condition that a record counts as a key record in a pool. One that no longer fits makes none of them key."""
    record_type = type_named(kind.name)
    if not rules.key_condition or fault_of_condition(record_type, rules.key_condition):
        return kind.is_key()
    return or_(kind.is_key(), compile_condition(record_type, rules.key_condition, whole=True))


def _protected(kind: Kind, rules: Sequence[PoolRules], ids: Sequence[UUID]) -> ColumnElement[bool]:
    if not any(each.protects_open_deals for each in rules):
        return literal(False)
    kept = bindparam("protected_ids", sorted(protected_among(kind.name, ids)), ARRAY(Uuid))
    return and_(Pool.protects_open_deals, kind.held.id == any_(kept))


class _Days:
    """Adding days to instants, in SQL: calendar days in the tenant's zone, or its working days."""

    def __init__(self, kind: Kind, rules: Sequence[PoolRules], which: Any, starts: Sequence[Any]) -> None:
        self.held = kind.held
        self.zone = literal(tenant().timezone, Text)
        self.calendar = _working_days(kind, rules, which, starts) if any(r.in_working_days for r in rules) else None

    def after(self, start: Any, days: Any) -> Any:
        plain = self._shift(start, days)
        if self.calendar is None:
            return plain
        local = func.timezone(self.zone, start)
        table = self.calendar
        ends = select(table.c.day + func.coalesce(table.c.opens, cast(local, Time))).where(
            table.c.start == cast(local, Date), table.c.days == days
        )
        working = func.timezone(self.zone, ends.correlate(self.held, Pool).scalar_subquery())
        return case((Pool.in_working_days, cast(working, DateTime(timezone=True))), else_=plain)

    def before(self, due: Any, days: Any) -> Any:
        return self._shift(due, -days)

    def _shift(self, start: Any, days: Any) -> Any:
        """The same time of the day, so many days on, wherever the clock was put forward or back between."""
        local = func.timezone(self.zone, start) + func.make_interval(0, 0, 0, cast(days, Integer))
        return cast(func.timezone(self.zone, local), DateTime(timezone=True))


def _working_days(kind: Kind, rules: Sequence[PoolRules], which: Any, starts: Sequence[Any]) -> Any:
    """For each day on which a clock begins and each number of days: the day it ends. From a free day clocks begin at
    the next opening, so that then the time of the day is given, too."""
    held: Any = kind.held
    zone = ZoneInfo(tenant().timezone)
    found = {start.astimezone(zone).date() for start in starts if isinstance(start, datetime)}
    begun = [select(cast(func.timezone(literal(tenant().timezone, Text), start), Date)).where(
             held.tenant_id == tenant_id(), which) for start in starts if not isinstance(start, datetime)]  # fmt: skip
    found |= {day for day in session().scalars(union_all(*begun)) if day} if begun else set()
    spans = {days * factor for each in rules if each.in_working_days
             for days in (each.follow_up_days, each.deal_days) if days is not None
             for factor in (1, each.key_factor)}  # fmt: skip
    rows = [(day, days, *_ends(day, days)) for day in sorted(found) for days in sorted(spans)]
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    types: tuple[Any, ...] = (Date(), Integer(), Date(), Time())
    lists: list[Any] = [literal(list(values), ARRAY(of)) for values, of in zip(columns, types, strict=True)]
    names: list[Any] = [column(name, of) for name, of in zip(("start", "days", "day", "opens"), types, strict=True)]
    return func.unnest(*lists).table_valued(*names, name="calendar").render_derived()


def _ends(day: date, days: int) -> tuple[date, time | None]:
    calendar = working_calendar()
    zone = ZoneInfo(tenant().timezone)
    end = calendar.add_days(datetime.combine(day, time(12), zone), days).astimezone(zone)
    return end.date(), None if calendar.is_working_day(day) else end.time()


# --- of one lead ---------------------------------------------------------------------------------------


def start_clock(lead: Lead) -> None:
    """Have the lead returned when its time is up, and its owner warned before."""
    set_clocks([lead.id])


def stop_and_lock(lead: Lead) -> Lead:
    """Read the lead afresh, hold it until we commit, and stop its clocks: of one that stays open they are set again."""
    session().flush()
    held = get(Lead, lead.id, lock=True)
    assert held is not None
    held.returns_at = held.returns_because = None
    stop_clocks([held.id])
    return held


def stop_clocks(ids: Sequence[UUID], kind: Kind = LEADS) -> None:
    """Have nothing happen by itself to these records any more."""
    nothing = select(literal(None, Uuid), literal("", Text), literal(None, DateTime(timezone=True)))
    arm_selected(kind.table, kind.deadlines, ids, nothing.where(literal(False)))


def returns_at(lead: Lead) -> datetime | None:
    """When the lead goes back to the pool unless something is done; None where no clock runs."""
    return lead.returns_at if lead.is_open and lead.owner_id else None


def attended_at(lead: Lead) -> datetime:
    """The last moment that counts: the lead was given to its owner, or followed up."""
    given = lead.assigned_at or lead.created_at
    return max(given, lead.last_follow_up_at or given)
