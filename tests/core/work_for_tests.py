"""A listener, jobs and a deadline that do what the tests tell them; they count as the core's own."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access import Member
from core.activities.models import Notification
from core.deadlines import on_deadline
from core.events import Event, emit, listens
from core.jobs import job


@dataclass(frozen=True, kw_only=True)
class Rang(Event):
    name = "example.rang"

    bell: str = ""
    twin: UUID | None = None


broken: set[str] = set()


def of_core(function: Any) -> Any:
    """Counted as the core's, so that it runs in every tenant."""
    function.__module__ = "core.example"
    return function


@listens(Rang)
@of_core
def hear(event: Rang) -> None:
    if event.bell in broken:
        raise RuntimeError(f"{event.bell} is broken")
    note(event.bell)


@listens(Rang)
@of_core
def hear_too(event: Rang) -> None:
    note(f"{event.bell} too")


@listens("example.echo")
@of_core
def echo(event: Event) -> None:
    """Answers itself."""
    note("echo")
    emit(Echo(record_type="example", record_id=event.record_id))


class Echo(Event):
    name = "example.echo"


def note(text: str) -> None:
    """Leave something in the database that tells how often we were here."""
    member = db.session().scalars(select(Member.id).limit(1)).one()
    db.session().add(Notification(member_id=member, text=text, url="/"))


def heard() -> list[str]:
    """What was noted in the tenant, sorted."""
    return sorted(db.session().scalars(select(Notification.text)))


@job()
@of_core
def remember(text: str, wait_for: str = "") -> None:
    """Write a note; with `wait_for`, say so in a file and then hang, as a process does that gets killed."""
    note(text)
    db.flush()
    if wait_for and not Path(wait_for).exists():
        Path(wait_for).write_text(str(os.getpid()))
        time.sleep(60)


@on_deadline("example.silence")
@of_core
def after_silence(record_id: UUID, payload: dict[str, Any]) -> None:
    note(f"{payload.get('who')} {current.tenant().slug}")
