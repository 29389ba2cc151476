"""The seats of the plan: how many people may work here, and how many do or are invited to."""

from dataclasses import dataclass

from sqlalchemy import func, select

from core import current, db
from core.access import Member
from core.auth.turns import take_turn
from core.errors import Conflict
from core.i18n import _
from core.tenant import Tenant


class NoSeat(Conflict):
    """The plan has no room for one more."""

    code = "no_seat"


@dataclass(frozen=True)
class Seats:
    """`allowed` is None where as many may come as like to."""

    used: int
    allowed: int | None

    @property
    def free(self) -> int | None:
        return None if self.allowed is None else max(0, self.allowed - self.used)


def seats() -> Seats:
    return Seats(used(), allowed())


def allowed() -> int | None:
    return db.session().scalar(select(Tenant.seats).where(Tenant.id == current.tenant_id()))


def used() -> int:
    """Who has access or is invited. Programs, and those whose access ended, take no seat."""
    taken = select(func.count()).where(
        Member.tenant_id == current.tenant_id(), Member.kind == "person", Member.status.in_(["active", "invited"])
    )
    return db.session().scalar(taken) or 0


def require_seat(n: int = 1) -> None:
    """Raise NoSeat unless there is room for `n` more; 0 for somebody who is counted already, being invited.

    Whoever asks keeps the next one waiting until they commit, so that two never get the last seat.
    """
    take_turn("seats")
    room = allowed()
    if room is not None and used() + n > room:
        raise NoSeat(
            _("All %(count)s seats of your plan are taken. End somebody's access, take an invitation back, or ask for "
              "more seats.", count=room)
        )  # fmt: skip
