"""Whether anyone looks after a lead: a follow-up restarts its clock, silence sends it back to the pool."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select, update

from core.sdk import (
    _,
    _l,
    arm_selected,
    change_record,
    get,
    notify,
    now,
    protected_among,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.models import Lead, Pool
from plugins.leads.services.pools.clocks import in_pool, key_in, set_clocks, stop_and_lock
from plugins.leads.services.pools.holding import release
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.moving import Moved
from plugins.leads.services.pools.rules import PoolRules, rules_for
from plugins.leads.services.pools.telling import names_of, overseers, pool_managers
from plugins.leads.services.pools.wording import words_for

SHORTLY = timedelta(seconds=5)
NEXT_RUN = timedelta(hours=1)
"""When those come whose turn it was not yet, since a pool takes back only so many at once."""
GiveBack = Callable[..., list[Moved]]


def attend_lead(lead: Lead, follow_up: Any) -> None:
    """Someone followed the lead up: it is no longer new, and its owner has the full time again, unless this is a way
    of following up that does not count in its pool.

    What is logged late counts from when it happened, and nothing counts from the future.
    """
    lead = stop_and_lock(lead)
    happened = min(follow_up.happened_at, now())
    if lead.last_follow_up_at is None or happened > lead.last_follow_up_at:
        lead.last_follow_up_at = happened
    if lead.status == "new":
        change_record(type_named("lead"), lead, {"status": "contacted"})
    set_clocks([lead.id])


def resume_lead(lead_id: UUID) -> None:
    """A lead came back from where deleted records are: its owner has the full time for it again."""
    lead = get(Lead, lead_id, lock=True)
    if lead and lead.is_open and lead.owner_id:
        lead.assigned_at = now()
        set_clocks([lead.id])


# --- when the time is up -------------------------------------------------------------------------------


def return_unattended(record_id: UUID, kind: Kind = LEADS, give_back: GiveBack = release) -> None:
    """The time of a lead's owner is up: it goes back to the pool with all whose time is up there, as many as the pool
    takes at once, and their owners and the sales directors are told.

    Everything is looked at again under the lock: a lead that was followed up, closed or given back meanwhile stays
    as it is, so that firing late or twice does no harm. What somebody holds at this moment may be waiting for our
    job to end, so we do not wait for it, and come again; and only one goes through a pool at a time.
    """
    record: Any = get(kind.held, record_id)
    if record is None or not record.is_open or record.owner_id is None:
        return
    if record.returns_at is None or record.returns_at > now():
        set_clocks([record_id], kind)
        return
    rules = rules_for(record.pool_id, kind)
    if not _alone_in(rules.id):
        _come_again([record_id], SHORTLY, kind)
        return
    due = _due(kind, rules)
    kept = protected_among(kind.name, [row.id for row in due]) if rules.protects_open_deals else set()
    set_clocks(sorted(kept), kind)
    going = [row for row in due if row.id not in kept]
    now_going = going[: rules.batch_cap]
    spans = {row.id: (row.returns_because, _days(row, rules)) for row in now_going}
    moved = give_back([(row.id, row.pool_id, _reason(*spans[row.id])) for row in now_going], how="clock")
    if moved:
        _tell(moved, rules, spans, kind)
    if record_id not in {row.id for row in due}:
        _come_again([record_id], SHORTLY, kind)
    if len(going) > rules.batch_cap:
        _leave_the_rest(rules, len(moved), kind)


def _alone_in(pool_id: UUID) -> bool:
    """Whether nobody else goes through the pool at this moment."""
    pool = select(Pool.id).where(Pool.tenant_id == tenant_id(), Pool.id == pool_id)
    return session().scalar(pool.with_for_update(skip_locked=True, key_share=True)) is not None


def _due(kind: Kind, rules: PoolRules) -> Sequence[Any]:
    """Those of the pool whose time is up and that nobody holds, the longest due first: one more than it takes."""
    held: Any = kind.held
    found = select(held.id, held.pool_id, held.returns_because, key_in(kind, rules).label("key")).select_from(held)
    found = found.where(kind.joined()).where(
        held.tenant_id == tenant_id(), in_pool(kind) == rules.id, held.returns_at <= now(), kind.is_open(),
        held.owner_id.is_not(None),
    )  # fmt: skip
    limited = found.order_by(held.returns_at, held.id).limit(rules.batch_cap + 1)
    return session().execute(limited.with_for_update(skip_locked=True, of=held)).all()


def _days(row: Any, rules: PoolRules) -> int:
    days = rules.deal_days if row.returns_because == "deal" else rules.follow_up_days
    return (days or 0) * (rules.key_factor if row.key else 1)


def _reason(because: str | None, days: int) -> str:
    if because == "deal":
        return _("No deal for %(days)s days", days=days)
    return _("No follow-up for %(days)s days", days=days)


def _come_again(ids: Sequence[UUID], after: timedelta, kind: Kind) -> None:
    held: Any = kind.held
    those = held.id == any_(literal(list(ids), ARRAY(Uuid)))
    returns = kind.deadlines[0]
    again = select(held.id, literal(returns), literal(now() + after)).where(held.tenant_id == tenant_id(), those)
    arm_selected(kind.table, [returns], ids, again)


def _leave_the_rest(rules: PoolRules, count: int, kind: Kind) -> None:
    """More are due than the pool takes back at once: the others come in the next run, and the managers know."""
    held: Any = kind.held
    waiting = list(
        session().scalars(
            select(held.id).where(
                held.tenant_id == tenant_id(),
                in_pool(kind) == rules.id,
                held.returns_at <= now(),
                kind.is_open(),
                held.owner_id.is_not(None),
            )
        )
    )
    _come_again(waiting, NEXT_RUN, kind)
    words = words_for(kind)
    notify(
        pool_managers(), words.at_once,
        url=words.log, icon="alert-triangle", count=count, pool=rules.name, rest=len(waiting),
    )  # fmt: skip


def _tell(moved: Sequence[Moved], rules: PoolRules, spans: Mapping[UUID, tuple[str | None, int]], kind: Kind) -> None:
    words = words_for(kind)
    names = names_of(each.from_id for each in moved)
    if len(moved) == 1:
        one = moved[0]
        because, days = spans[one.id]
        text = words.no_deal if because == "deal" else words.no_follow_up
        owner = names[one.from_id] if one.from_id else ""
        url, said = words.back(one.id), dict[str, Any](owner=owner, lead=one.title, days=days)
        notify(overseers(), text, url=url, icon="alarm", urgent=True, **said)
    else:
        url, said = words.log, dict[str, Any](count=len(moved), pool=rules.name)
        notify(overseers(), words.several_back, url=url, icon="alarm", urgent=True, **said)
    theirs: dict[UUID, list[Moved]] = {}
    for each in moved:
        if each.from_id:
            theirs.setdefault(each.from_id, []).append(each)
    for owner_id, some in theirs.items():
        if len(some) == 1:
            text = _l("Your time for %(lead)s was up, and it is back in the pool: %(reason)s")
            url = words.back(some[0].id)
            notify([owner_id], text, url=url, icon="alarm", lead=some[0].title, reason=some[0].reason)
        else:
            notify([owner_id], words.yours_back, url=words.pool, icon="alarm", count=len(some))


# --- before the time is up -----------------------------------------------------------------------------


def warn_owner(record_id: UUID, deadline: str, kind: Kind = LEADS) -> None:
    """Tell the owner that the record goes back soon: once for each time that a clock runs."""
    held: Any = kind.held
    record: Any = get(held, record_id)
    if record is None or not record.is_open or record.owner_id is None:
        return
    if record.returns_at is None or record.returns_at <= now():
        return
    is_follow_up = deadline == kind.deadlines[1]
    what = "warned_follow_up_at" if is_follow_up else "warned_deal_at"
    marked = (
        update(held.__table__)
        .where(held.tenant_id == tenant_id(), held.id == record_id, held.owner_id == record.owner_id)
        .where(func.coalesce(getattr(held, what) < held.returns_at, True))
        .values({what: now()})
    )
    owner_id, hours = record.owner_id, max(1, round((record.returns_at - now()) / timedelta(hours=1)))
    session().execute(marked)
    session().expire(record)
    text = words_for(kind).warn_follow_up if is_follow_up else words_for(kind).warn_deal
    named = select(kind.title).select_from(held).where(held.tenant_id == tenant_id(), held.id == record_id)
    title = session().scalar(named.where(kind.joined()))
    notify([owner_id], text, url=kind.page.format(record_id), icon="hourglass", lead=title, hours=hours)


# --- from time to time ---------------------------------------------------------------------------------


def look_at_protected_again(kind: Kind = LEADS) -> int:
    """Those that were protected by something that is over by now have the full time again. Returns how many."""
    held: Any = kind.held
    found = select(held.id).where(
        held.tenant_id == tenant_id(), held.returns_because == "protected", held.owner_id.is_not(None), kind.is_open()
    )
    ids = list(session().scalars(found))
    free = sorted(set(ids) - protected_among(kind.name, ids))
    if free:
        start_again(free, kind)
    return len(free)


def start_again(ids: Sequence[UUID], kind: Kind = LEADS) -> None:
    """Whoever has these records has the full time for them from now on; since when they have them stays as it is."""
    table: Any = kind.held.__table__
    set_clocks(ids, kind)
    overdue = select(kind.held.id).where(
        kind.held.tenant_id == tenant_id(), kind.held.id == any_(literal(list(ids), ARRAY(Uuid))),
        kind.held.returns_at <= now(),
    )  # fmt: skip
    late = list(session().scalars(overdue))
    if not late:
        return
    by_pool = select(kind.held.id, kind.held.pool_id).where(
        kind.held.tenant_id == tenant_id(), kind.held.id == any_(literal(late, ARRAY(Uuid)))
    )
    groups: dict[timedelta, list[UUID]] = {}
    for row in session().execute(by_pool):
        rules = rules_for(row.pool_id, kind)
        days = min(each for each in (rules.follow_up_days, rules.deal_days) if each is not None)
        groups.setdefault(timedelta(days=days), []).append(row.id)
    for span, some in groups.items():
        session().execute(
            update(table)
            .where(table.c.tenant_id == tenant_id(), table.c.id == any_(literal(some, ARRAY(Uuid))))
            .values(extended_until=now() + span, updated_at=table.c.updated_at)
        )
    set_clocks(late, kind)
