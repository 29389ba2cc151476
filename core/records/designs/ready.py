"""The templates that come with Guanxi, offered when a record type is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import NotFound
from core.i18n import _, locale
from core.records.designs.reading import read_design

FOLDER = Path(__file__).with_name("ready")


@dataclass(frozen=True)
class Ready:
    """A template as it is offered: what it is called, what it brings, how its main type looks."""

    name: str
    title: str
    summary: str
    icon: str
    color: str


def ready_designs() -> Sequence[Ready]:
    """In the reader's language."""
    return _offered(locale())


@cache
def _offered(_language: str) -> Sequence[Ready]:
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        design = read_design(path.read_bytes())
        main = design["types"][-1]
        found.append(Ready(path.stem, design["title"], design["summary"], main["icon"], main["color"]))
    return tuple(found)


def ready_design(name: str) -> dict[str, Any]:
    """Raises NotFound."""
    if name not in {each.name for each in ready_designs()}:
        raise NotFound(_("There is no such template."))
    return read_design((FOLDER / f"{name}.yaml").read_bytes())
