"""Weighing what a member used in a day against what is usual for them, and telling of what is not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.access import Member, members_with
from core.access.use import STEPS, today, used_on, weighs
from core.activities.notifications import notify
from core.auth.permissions import MANAGE_SECURITY
from core.auth.policy import Policy, policy
from core.auth.unusual.events import UnusualUse
from core.auth.unusual.models import MemberUse
from core.db import new_id
from core.events import emit
from core.i18n import _l
from core.jobs import job
from core.nightly import nightly

LOOK_BACK = timedelta(days=30)
KEPT = timedelta(days=90)
ENOUGH = 5
"""Days of use without which nothing is known of what is usual: then only the limits count."""

TOLD = _l("%(member)s used unusually much on %(day)s: %(opened)s records opened, %(listed)s rows of lists shown,"
          " %(exported)s rows exported, %(revealed)s values revealed. On a usual day it is %(usual_opened)s, "
          "%(usual_listed)s, %(usual_exported)s and %(usual_revealed)s.")  # fmt: skip
TOLD_NEW = _l("%(member)s used unusually much on %(day)s: %(opened)s records opened, %(listed)s rows of lists shown,"
              " %(exported)s rows exported, %(revealed)s values revealed.")  # fmt: skip


@dataclass(frozen=True)
class Usual:
    """What a member used on an average day, of those on which they used anything."""

    days: int
    of: Mapping[str, float]


@weighs
def weigh_soon(member_id: UUID, day: date) -> None:
    weigh_member.later(member_id=str(member_id), day=day.isoformat())


@job()
def weigh_member(member_id: str, day: str) -> None:
    """Keep what the member used so far, and tell of it if it is unusual."""
    _weigh(date.fromisoformat(day), only=UUID(member_id))


@nightly
@job("slow")
def weigh_days() -> None:
    """Keep and weigh what all used yesterday, and let go of what is long past."""
    now = today()
    for day in (now - timedelta(days=1), now):
        _weigh(day)
    old = delete(MemberUse).where(MemberUse.tenant_id == current.tenant_id(), MemberUse.day < now - KEPT)
    db.session().execute(old)


def _weigh(day: date, *, only: UUID | None = None) -> None:
    used = {each: counts for each, counts in used_on(day).items() if only in (None, each)}
    if not used:
        return
    _keep(day, used)
    asks = policy()
    if not asks.unusual_alarm:
        return
    rows = select(MemberUse).where(
        MemberUse.tenant_id == current.tenant_id(), MemberUse.day == day, MemberUse.member_id.in_(list(used)),
        MemberUse.told_at.is_(None),
    )  # fmt: skip
    found = db.session().scalars(rows.order_by(MemberUse.member_id).with_for_update()).all()
    usual = _usual({row.member_id for row in found}, day)
    for row in found:
        if what := unusual(row, usual.get(row.member_id), asks):
            _tell(row, what, usual.get(row.member_id))


def _keep(day: date, used: Mapping[UUID, Mapping[str, int]]) -> None:
    """What was kept already never becomes less: Valkey may have forgotten the beginning of the day."""
    here = select(Member.id).where(Member.tenant_id == current.tenant_id(), Member.id.in_(list(used)))
    rows = [
        {"tenant_id": current.tenant_id(), "id": new_id(), "member_id": each, "day": day, **used[each]}
        for each in db.session().scalars(here)
    ]
    if rows:
        new = insert(MemberUse)
        more = {kind: func.greatest(getattr(MemberUse, kind), new.excluded[kind]) for kind in STEPS}
        db.session().execute(
            new.on_conflict_do_update(index_elements=["tenant_id", "member_id", "day"], set_=more), rows
        )


def _usual(member_ids: Collection[UUID], day: date) -> Mapping[UUID, Usual]:
    average = select(
        MemberUse.member_id, func.count().label("days"),
        *(func.avg(getattr(MemberUse, kind)).label(kind) for kind in STEPS),
    ).where(
        MemberUse.tenant_id == current.tenant_id(), MemberUse.member_id.in_(member_ids), MemberUse.day < day,
        MemberUse.day >= day - LOOK_BACK,
    )  # fmt: skip
    return {
        row.member_id: Usual(row.days, {kind: round(float(getattr(row, kind)), 1) for kind in STEPS})
        for row in db.session().execute(average.group_by(MemberUse.member_id))
    }


def unusual(row: MemberUse, usual: Usual | None, asks: Policy) -> list[str]:
    """The figures of a day that are above their limit, or above their floor and so many times the member's usual."""
    known = usual is not None and usual.days >= ENOUGH
    found = []
    for kind in STEPS:
        number = getattr(row, kind)
        floor, limit = getattr(asks, f"{kind}_floor"), getattr(asks, f"{kind}_limit")
        often = known and usual is not None and number > max(floor, asks.unusual_times * usual.of[kind])
        if number > limit or often:
            found.append(kind)
    return found


def _tell(row: MemberUse, what: list[str], usual: Usual | None) -> None:
    row.told_at = current.now()
    member = db.get(Member, row.member_id)
    name = member.name if member else ""
    figures = {kind: getattr(row, kind) for kind in STEPS}
    known: Mapping[str, float] = usual.of if usual is not None and usual.days >= ENOUGH else {}
    averages: dict[str, Any] = {f"usual_{kind}": f"{number:g}" for kind, number in known.items()}
    emit(UnusualUse(record_type="member", record_id=row.member_id, member=name, day=row.day.isoformat(), what=what,
                    usual=dict(known), **figures))  # fmt: skip
    notify(
        members_with(MANAGE_SECURITY.name), TOLD if known else TOLD_NEW, icon="eye-exclamation",
        url=f"settings/audit/?member={row.member_id}&since={row.day}", member=name, day=row.day.isoformat(),
        **averages, **figures,
    )  # fmt: skip
