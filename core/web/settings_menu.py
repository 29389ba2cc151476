"""The pages of a workspace's settings: whoever has one adds it, and the frame around it lists them all."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from core.access import permitted
from core.i18n import _l
from core.web.frame import Link

SECTIONS = {"you": _l("You"), "workspace": _l("Workspace"), "people": _l("People and access"), "data": _l("Data"),
            "system": _l("System")}  # fmt: skip


@dataclass(frozen=True)
class SettingsPage:
    """`endpoint` is its first page. It is current on every page whose address begins as that one's, and on those that
    `also` names by their blueprint or endpoint."""

    label: Any
    endpoint: str
    icon: str
    section: str = "workspace"
    permission: str | None = None
    summary: Any = ""
    place: int = 50
    also: tuple[str, ...] = ()


_pages: list[SettingsPage] = []


def add_settings_page(page: SettingsPage) -> None:
    if page not in _pages:
        _pages.append(page)
        _pages.sort(key=lambda p: (list(SECTIONS).index(p.section), p.place))


def settings_pages() -> list[tuple[str, list[tuple[SettingsPage, Link]]]]:
    """What this member may open, by section."""
    mine = [p for p in _pages if p.permission is None or permitted(p.permission)]
    sections = ((SECTIONS[key], [(p, _link(p)) for p in mine if p.section == key]) for key in SECTIONS)
    return [(str(title), pages) for title, pages in sections if pages]


def _link(page: SettingsPage) -> Link:
    url, here = url_for(page.endpoint), {request.blueprint, request.endpoint}
    return Link(str(page.label), url, page.icon, active=request.path.startswith(url) or bool(here & set(page.also)))
