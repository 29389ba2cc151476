"""The records that were ticked in a list, or all that it shows, as a form says it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.pages.filters import as_text, read_filter
from core.records.runs.selection import Selection
from core.records.types import RecordType

MOST = 1000


@dataclass(frozen=True)
class Picked:
    """What was picked, and how its list is sorted and which columns it has: all of it goes along from form to form."""

    selection: Selection
    sort: str = ""
    columns: tuple[str, ...] = ()

    def carried(self) -> list[tuple[str, str]]:
        """The hidden inputs that say it again."""
        chosen = self.selection
        shown = [("sort", self.sort), ("columns", ",".join(self.columns))]
        if chosen.all:
            shown += [("all", "1"), ("q", chosen.search), ("filter", as_text(chosen.condition))]
        return [(name, value) for name, value in shown if value] + [("id", str(each)) for each in chosen.ids]


def picked(record_type: RecordType, given: Any = None) -> Picked:
    """Raises Invalid for none or too many, and for a condition that does not fit; whatever is no id is passed over."""
    given = request.form if given is None else given
    known = record_type.fields()
    columns = tuple(key for key in _keys(given.get("columns", "")) if key in known)
    sort = given.get("sort", "")[:200]
    if given.get("all") == "1":
        condition = read_filter(record_type, given.get("filter", ""))
        search = given.get("q", "").replace("\x00", "").strip()[:200]
        return Picked(Selection(record_type, (), True, condition, search), sort, columns)
    return Picked(Selection(record_type, tuple(_ids(given.getlist("id")))), sort, columns)


def picked_ids() -> list[UUID]:
    """What was ticked, where only single records will do. Raises Invalid for none or too many."""
    return _ids(request.form.getlist("id"))


def _keys(text: str) -> list[str]:
    """The columns' keys; a width may stand behind each."""
    return list(dict.fromkeys(part.partition(":")[0] for part in text[:2000].split(",") if part))


def _ids(given: Sequence[str]) -> list[UUID]:
    found = list(dict.fromkeys(filter(None, (_id(raw) for raw in given))))
    if not found:
        raise Invalid([FieldProblem("id", "none", _("Tick at least one record."))])
    if len(found) > MOST:
        raise Invalid([FieldProblem("id", "too_many", _("Tick at most %(limit)s records at once.", limit=MOST))])
    return found


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
