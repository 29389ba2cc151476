"""The events that every record type has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.events import Event
from core.i18n import LazyText, _l


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

    def is_audited(self, in_run: bool) -> bool:
        """A record that somebody else owns from now on."""
        return not in_run and "owner" in (self.changes or ())


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
    """Somebody opened a value that is encrypted, or covered for them. Which one is told, and never what it is."""

    name = "*.revealed"
    label = _l("Value revealed")
    text = _l("looked at the hidden “{field_label}”")
    icon = "eye"
    audited: ClassVar[bool] = True

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


@dataclass(frozen=True, kw_only=True)
class RecordShared(Event):
    """A record was shared with a member or a team; `until` is the last day, in ISO form."""

    name = "record.shared"
    label = _l("Shared")
    text = _l("shared it with {whom} to view")
    icon = "share"
    audited: ClassVar[bool] = True

    share_id: UUID
    whom: str
    level: str
    member_id: UUID | None = None
    team_id: UUID | None = None
    until: str | None = None
    is_new: bool = True

    def is_audited(self, in_run: bool) -> bool:
        return not in_run

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> LazyText:
        if data.get("level") == "edit":
            return EDIT_UNTIL if data.get("until") else EDIT
        return VIEW_UNTIL if data.get("until") else cls.text


EDIT = _l("shared it with {whom} to edit")
EDIT_UNTIL = _l("shared it with {whom} to edit, until {until}")
VIEW_UNTIL = _l("shared it with {whom} to view, until {until}")


@dataclass(frozen=True, kw_only=True)
class RecordUnshared(Event):
    """A share was taken back, or its day was over."""

    name = "record.unshared"
    label = _l("No longer shared")
    text = _l("no longer shares it with {whom}")
    icon = "user-minus"
    audited: ClassVar[bool] = True

    whom: str
    level: str
    member_id: UUID | None = None
    team_id: UUID | None = None

    def is_audited(self, in_run: bool) -> bool:
        return not in_run


@dataclass(frozen=True, kw_only=True)
class RecordsShared(Event):
    """Many records of a type were shared at once: what those they are with are told. It happened to the run."""

    name = "record.many_shared"
    label = _l("Many shared")
    text = _l("shared {count} records")
    icon = "share"
    audited: ClassVar[bool] = True

    of_type: str
    count: int
    level: str
    member_ids: list[str]
    team_ids: list[str]
    until: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordsHandedOver(Event):
    """Many records of a type were handed over at once: what their new owner is told. It happened to the run."""

    name = "record.many_handed_over"
    label = _l("Many handed over")
    text = _l("handed over {count} records")
    icon = "user-share"
    audited: ClassVar[bool] = True

    of_type: str
    count: int
    owner_id: UUID
    tasks: int = 0


# --- what is done to many at once: entries of the audit log ----------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RecordsDeleted(Event):
    """Many records of a type were deleted at once. It happened to the run."""

    name = "record.many_deleted"
    label = _l("Many deleted")
    text = _l("deleted {count} records")
    icon = "trash"
    audited: ClassVar[bool] = True

    of_type: str
    count: int


@dataclass(frozen=True, kw_only=True)
class RunUndone(Event):
    """A change of many records was taken back. It happened to the run that was."""

    name = "record.run_undone"
    label = _l("Change of many undone")
    text = _l("took a change of many records back: {count} are as they were")
    icon = "arrow-back-up"
    audited: ClassVar[bool] = True

    of_type: str
    count: int


@dataclass(frozen=True, kw_only=True)
class ImportStarted(Event):
    name = "record.import_started"
    label = _l("Import started")
    text = _l("began to import {file}")
    icon = "file-import"
    audited: ClassVar[bool] = True

    of_type: str
    file: str


@dataclass(frozen=True, kw_only=True)
class ImportDone(Event):
    """All rows of an import came in, or were told why not."""

    name = "record.import_done"
    label = _l("Import done")
    text = _l("imported {file}: {created} new records, {updated} changed")
    icon = "file-import"

    of_type: str
    file: str
    created: int
    updated: int


@dataclass(frozen=True, kw_only=True)
class ImportReverted(Event):
    """An import was taken back, as far as nobody touched it since."""

    name = "record.import_reverted"
    label = _l("Import taken back")
    text = _l("took the import of {file} back: {count} records are as they were")
    icon = "arrow-back-up"
    audited: ClassVar[bool] = True

    of_type: str
    file: str
    count: int
