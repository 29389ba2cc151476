"""What is around a signed-in page: workspace, navigation, quick create, account. The roof fills it."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, g


@dataclass(frozen=True)
class Link:
    """A place one can go to. `key` is the letter that goes there after `g`."""

    label: str
    url: str
    icon: str = "point"
    active: bool = False
    section: str = ""
    key: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Frame:
    workspace: str
    home_url: str
    nav: tuple[Link, ...] = ()
    workspaces: tuple[Link, ...] = ()
    """Other workspaces of this user, and where to make a new one."""
    workspaces_url: str | None = None
    """Answers htmx with them as menu items, once the menu is opened; a browser with a page."""
    create: tuple[Link, ...] = ()
    account: tuple[Link, ...] = ()
    search_url: str | None = None
    """Answers `?q=` with a page, and htmx with a fragment made by `ui.search_hits`."""
    bell_url: str | None = None
    bell_count_url: str | None = None
    """Answers htmx with the fragment `ui.bell_count(n)`."""
    help_url: str | None = None
    sign_out_url: str | None = None
    name: str = ""
    email: str = ""
    notices: tuple[Link, ...] = ()
    """What stands above every page until it is done, and where to do it."""
    seen_as: str = ""
    """With whose eyes an administrator looks for the moment, said in a bar above every page."""
    stop_seeing_url: str | None = None

    @property
    def sections(self) -> list[tuple[str, list[Link]]]:
        """The navigation by section, in the order in which sections first appear."""
        grouped: dict[str, list[Link]] = {}
        for link in self.nav:
            grouped.setdefault(str(link.section), []).append(link)
        return list(grouped.items())


def set_frame(app: Flask, frame_of: Callable[[], Frame | None]) -> None:
    app.extensions["guanxi_frame"] = frame_of


def frame() -> Frame:
    """The frame of this request, made when a layout first asks for it."""
    if "frame" not in g:
        g.frame = current_app.extensions["guanxi_frame"]()
    return g.frame


def frame_or_none() -> Frame | None:
    """Nothing where nobody is signed in, and nothing where making it fails: an error page must not fail again."""
    try:
        return frame()
    except Exception:
        current_app.logger.exception("the frame of an error page could not be made")
        return None
