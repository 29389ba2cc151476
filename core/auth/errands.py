"""Work that belongs to no workspace, left by a page for a worker, so that the page does not ask who has an account.

A page that looked an address up and then did more for a known one could be timed. It leaves the same row for any
address; the worker finds out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Text, Uuid, delete, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core import current, db, jobs
from core.db import Base, new_id

log = structlog.get_logger()
Errand = Callable[..., None]


class AccountErrand(Base):
    """One piece of such work. It is deleted once it is done; what fails is tried again, and may be done twice."""

    __tablename__ = "account_errand"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(Text(collation="C"))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(index=True, default=current.now)


_known: dict[str, Errand] = {}


def errand(name: str) -> Callable[[Errand], Errand]:
    """Do errands of this name by calling the function with the address and the data."""

    def decorate(function: Errand) -> Errand:
        _known[name] = function
        return function

    return decorate


def leave(name: str, email: str, **data: object) -> None:
    """Have it done soon. Data is JSON."""
    with db.role_session("auth") as session:
        session.add(AccountErrand(id=new_id(), name=name, email=email, data=data, due_at=current.now()))
    jobs.wake("quick")


def run_errands() -> int:
    """Do what is due, each in turn. Returns how many were done."""
    done = 0
    while (row := _claim()) is not None:
        try:
            _known[row.name](row.email, **row.data)
        except Exception:
            log.exception("errand_failed", errand=row.name, attempts=row.attempts)
        else:
            _forget(row.id)
            done += 1
    return done


def _claim() -> AccountErrand | None:
    """The next one, put off until it would have to be tried again; after a good hour it is given up."""
    due = select(AccountErrand).where(AccountErrand.due_at <= current.now()).order_by(AccountErrand.due_at).limit(1)
    with db.role_session("auth") as session:
        row = session.scalars(due.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        again = jobs.retry_at(row.attempts + 1)
        if again is None:
            session.delete(row)
        else:
            later = {"attempts": row.attempts + 1, "due_at": again}
            session.execute(update(AccountErrand).where(AccountErrand.id == row.id).values(later))
        return row


def _forget(errand_id: UUID) -> None:
    with db.role_session("auth") as session:
        session.execute(delete(AccountErrand).where(AccountErrand.id == errand_id))
