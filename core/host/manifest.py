"""What a plugin declares: one object that names everything it brings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.access import Permission
from core.events import Event
from core.records.fields import FieldType
from core.records.types import RecordType


@dataclass(frozen=True)
class NavItem:
    """An entry of the navigation: a record type's list, or an address inside the workspace."""

    label: Any
    record_type: str | None = None
    path: str | None = None
    icon: str = "file"
    permission: str | None = None
    key: str = ""
    """The letter that goes here after `g`."""


@dataclass(frozen=True)
class Panel:
    """A box on a customer's page, drawn lazily from `url` in a request of its own."""

    title: Any
    url: str
    icon: str = "box"


@dataclass(frozen=True)
class HomeCard:
    """A box on the home page, drawn lazily from `url`."""

    title: Any
    url: str
    icon: str = "box"


@dataclass(frozen=True)
class Holding:
    """What a plugin keeps about a member besides records that they own: how much, and how to say it.

    What `ends` with the member's access cannot be handed over; all else is, by `member_handing_over`.
    """

    label: Any
    count: int
    icon: str = "box"
    url: str = ""
    ends: bool = False


@dataclass(frozen=True)
class SearchResult:
    title: str
    subtitle: str
    url: str
    icon: str = "file"


@dataclass(frozen=True)
class Setting:
    """A setting of the module, kept per tenant and edited by those with the module's permissions."""

    field: FieldType
    key: str


@dataclass(frozen=True)
class Plugin:
    """A module: `name` is the key of all it owns (tables, addresses, templates, permissions, translations).

    `core` is the range of core versions it works with; `requires` names plugins that must be on as well. `folder`
    is where its templates, static files, translations and migrations are, found from the module it is made in.
    """

    name: str
    title: Any
    summary: Any
    version: str
    folder: Path
    core: str = ">=0.1,<1"
    icon: str = "puzzle"
    requires: Sequence[str] = ()
    record_types: Sequence[RecordType] = ()
    field_types: Sequence[type[FieldType]] = ()
    permissions: Sequence[Permission] = ()
    nav: Sequence[NavItem] = ()
    blueprints: Sequence[Any] = ()
    events: Sequence[type[Event]] = ()
    listeners: Sequence[Any] = ()
    jobs: Sequence[Any] = ()
    settings: Sequence[Setting] = field(default=())
    hooks: Any = None
