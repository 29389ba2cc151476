"""The pages of a workspace's settings: whoever has one adds it, and the frame around it lists them all."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from core.access import permitted
from core.i18n import _l
from core.web.frame import Link

SECTIONS = {"you": _l("You"), "workspace": _l("Workspace"), "data": _l("Data"), "system": _l("System")}


@dataclass(frozen=True)
class SettingsPage:
    """`endpoint` is its first page; it is current for every page of the same blueprint and `active` endpoints."""

    label: Any
    endpoint: str
    icon: str
    section: str = "workspace"
    permission: str | None = None
    summary: Any = ""
    place: int = 50


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
    url = url_for(page.endpoint)
    return Link(str(page.label), url, page.icon, active=request.path.startswith(url))
