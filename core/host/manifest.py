"""What a plugin declares: one object that names everything it brings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from core.access import Permission
from core.events import Event
from core.records.fields import FieldType
from core.records.types import RecordAction, RecordType


@dataclass(frozen=True)
class NavItem:
    """An entry of the navigation: a record type's list, or an address inside the workspace."""

    label: Any
    record_type: str | None = None
    path: str | None = None
    icon: str = "file"
    permission: str | Sequence[str] | None = None
    """Who sees it: whoever has the permission, or one of several."""
    key: str = ""
    """The letter that goes here after `g`."""
    also: tuple[str, ...] = ()
    """Further addresses on which it is marked as the place where one is."""


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
class ContactWay:
    """A way to get in touch with who a record is about: a button on its page.

    `kind` is `call`, `sms`, `email`, `chat`, …: where no plugin has one of that kind, the device's own application is
    offered. `url` leads to the provider's page in the workspace, or is opened by the device (`tel:…`). `channel` is
    the channel of follow-ups by which it is logged.
    """

    kind: str
    label: Any
    url: str
    icon: str = "phone"
    channel: str = "call"


@dataclass(frozen=True)
class ConversionOffer:
    """Something that can be made of a record that becomes a customer: an opportunity, an order.

    `make(record, customer, contact)` makes it by your service, inside the transaction, and returns the record.
    `key` begins with the module's name. What nobody has changed is deleted again when the conversion is taken back.
    """

    key: str
    label: Any
    make: Callable[[Any, Any, Any], Any]
    icon: str = "plus"
    help: Any = ""
    chosen: bool = True


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
class UrgentWord:
    """What one member has to be told at once, in their language, and the whole address that it leads to."""

    member_id: UUID
    name: str
    email: str
    phone: str | None
    text: str
    url: str


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
    `actions` are verbs that it adds to record types of others, by their name, while it is on.
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
    actions: Mapping[str, Sequence[RecordAction]] = field(default_factory=dict)
    field_types: Sequence[type[FieldType]] = ()
    permissions: Sequence[Permission] = ()
    nav: Sequence[NavItem] = ()
    blueprints: Sequence[Any] = ()
    events: Sequence[type[Event]] = ()
    listeners: Sequence[Any] = ()
    jobs: Sequence[Any] = ()
    settings: Sequence[Setting] = field(default=())
    hooks: Any = None
