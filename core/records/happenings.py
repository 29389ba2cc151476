"""The events that every record type has."""

from dataclasses import dataclass

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class RecordCreated(Event):
    name = "*.created"
    label = _l("Created")
    text = _l("created “{title}”")
    icon = "plus"

    title: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordUpdated(Event):
    """`changes` maps each changed field to [old, new]."""

    name = "*.updated"
    label = _l("Changed")
    text = _l("changed “{title}”")
    icon = "pencil"

    title: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordDeleted(Event):
    name = "*.deleted"
    label = _l("Deleted")
    text = _l("deleted “{title}”")
    icon = "trash"

    title: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordRestored(Event):
    name = "*.restored"
    label = _l("Restored")
    text = _l("restored “{title}”")
    icon = "arrow-back-up"

    title: str = ""
