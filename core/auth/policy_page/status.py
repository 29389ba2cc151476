"""How well the workspace is kept, in numbers above its policy. Whoever knows such a number adds it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.auth.second_factor.holders import coverage
from core.auth.sessions.keeping import count_open_here
from core.i18n import _, _l, fmt_number


@dataclass(frozen=True)
class Told:
    value: str
    hint: str = ""
    url: str | None = None


@dataclass(frozen=True)
class Status:
    """One number: `look` finds it when the page is drawn, None when there is nothing to tell."""

    label: Any
    icon: str
    look: Callable[[], Told | None]
    place: int = 50


_all: list[Status] = []


def add_status(status: Status) -> None:
    if status not in _all:
        _all.append(status)
        _all.sort(key=lambda each: each.place)


def statuses() -> list[tuple[Status, Told]]:
    return [(each, told) for each in _all if (told := each.look()) is not None]


def _open_sessions() -> Told:
    return Told(fmt_number(count_open_here()), _("Browsers that have used this workspace"))


def _second_factors() -> Told:
    holders, people = coverage()
    return Told(_("%(some)s of %(all)s", some=fmt_number(holders), all=fmt_number(people)), _("Members who have one"))


add_status(Status(_l("Second factor"), "shield-check", _second_factors, place=10))
add_status(Status(_l("Open sessions"), "devices", _open_sessions, place=20))
