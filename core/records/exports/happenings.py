"""What is remembered of an export: who took how many records out of the house."""

from dataclasses import dataclass
from typing import ClassVar

from core.events import Event
from core.i18n import _l


@dataclass(frozen=True, kw_only=True)
class RecordsExported(Event):
    """`record_id` is the run's. `fields` are the keys of the columns."""

    name = "*.exported"
    label = _l("Exported")
    text = _l("exported {rows} records as {format}")
    icon = "download"
    audited: ClassVar[bool] = True

    rows: int = 0
    format: str = ""
    fields: list[str] | None = None
