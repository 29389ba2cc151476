"""The events that every record type has."""

from dataclasses import dataclass
from uuid import UUID

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


@dataclass(frozen=True, kw_only=True)
class ValueRevealed(Event):
    """Somebody opened an encrypted value. Which one is told, and never what it is."""

    name = "*.revealed"
    label = _l("Value revealed")
    text = _l("looked at the hidden “{field_label}”")
    icon = "eye"

    field_key: str
    field_label: str


@dataclass(frozen=True, kw_only=True)
class FileAdded(Event):
    name = "*.file_added"
    label = _l("File added")
    text = _l("added the file “{file}”")
    icon = "paperclip"

    file: str
    file_id: UUID


@dataclass(frozen=True, kw_only=True)
class FileRemoved(Event):
    name = "*.file_removed"
    label = _l("File removed")
    text = _l("removed the file “{file}”")
    icon = "trash"

    file: str
    file_id: UUID


@dataclass(frozen=True, kw_only=True)
class FileRestored(Event):
    name = "*.file_restored"
    label = _l("File restored")
    text = _l("brought the file “{file}” back")
    icon = "arrow-back-up"

    file: str
    file_id: UUID
