"""What happened to a record while somebody had its form open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from core.events import history_of
from core.i18n import _
from core.records.fields import FieldType
from core.records.pages.history import actors, value_html
from core.records.told import is_told
from core.records.types import RecordType, names_for, titles


@dataclass(frozen=True)
class Meanwhile:
    """A field that others changed: what its control showed before, what the record holds now, who did it when."""

    before: Any
    now: Markup | str
    by: str
    at: datetime


@dataclass(frozen=True)
class Clash:
    field: FieldType
    change: Meanwhile


def meanwhile(record_type: RecordType, record: Any, opened: str) -> Mapping[str, Meanwhile]:
    """By field, what was changed since the form was opened."""
    fields = record_type.fields()
    since = _moment(opened)
    events = [row for row in history_of(record_type.name, record.id) if row.changes and (not since or row.at > since)]
    names = {**titles(actors(events)), **names_for(list(fields.values()), [record])} if events else {}
    found: dict[str, Meanwhile] = {}
    for row in events:  # the newest first, so that the oldest gives what stood before
        for key, (old, _new) in (row.changes or {}).items():
            if (of := fields.get(key)) is None or not is_told(of, record):
                continue
            latest = found.get(key)
            found[key] = Meanwhile(
                before=of.typed(of.load(old)),
                now=value_html(of, of.get(record), names) or _("empty"),
                by=latest.by if latest else names.get(("member", row.actor_id), "") if row.actor_id else "",
                at=latest.at if latest else row.at,
            )
    return found


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
