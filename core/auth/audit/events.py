"""What happens to the audit log itself."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class AuditExported(Event):
    """`filters` are those that the log was narrowed by; `export` is the id that the file carries."""

    name = "audit.exported"
    label = _l("Audit log exported")
    text = _l("exported {rows} entries of the audit log as {format}")
    icon = "file-export"
    audited: ClassVar[bool] = True

    rows: int
    format: str
    export: str
    filters: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class AuditPurged(Event):
    """Entries older than the plan keeps them are gone, all but this one."""

    name = "audit.purged"
    label = _l("Old entries removed")
    text = _l("removed {entries} entries that were older than {days} days")
    icon = "eraser"
    audited: ClassVar[bool] = True

    entries: int
    days: int
