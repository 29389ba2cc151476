"""What happened to a record, in sentences: who, what, from which value to which, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from core.events import Event, EventRow, history_of, kind_of, read_back
from core.i18n import _l
from core.records.fields import FieldError, FieldType, Names
from core.records.pages.addresses import url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.types import RecordType, titles
from core.web import render

SHOWN = 20
LONG = 160
CAUSES = {
    "token": _l("by the API"),
    "import": _l("by an import"),
    "form": _l("by a web form"),
    "job": _l("automatically"),
    "deadline": _l("automatically, when time was up"),
    "plugin": _l("automatically"),
    "system": _l("automatically"),
}
COLOURS = {"created": "green", "updated": "blue", "deleted": "red", "restored": "teal"}
HERE = {
    "*.created": _l("created it"),
    "*.updated": _l("changed it"),
    "*.deleted": _l("deleted it"),
    "*.restored": _l("brought it back"),
}
"""How the events of every record are said on the record's own page, where its name need not be."""


@dataclass(frozen=True)
class Happening:
    """One line of the history. `changes` are (label, old, new)."""

    id: UUID
    icon: str
    colour: str
    title: str
    by: str
    cause: str
    at: datetime
    changes: Sequence[tuple[Any, Markup | str, Markup | str]]


def history(
    record_type: RecordType, record_id: UUID, *, before: UUID | None = None, limit: int = SHOWN
) -> tuple[list[Happening], str | None]:
    """The latest events of a record, and where the earlier ones are."""
    rows = history_of(record_type.name, record_id, limit=limit + 1, before=before)
    more = f"{url_of(record_type, record_id)}/history?before={rows[limit - 1].id}" if len(rows) > limit else None
    return happenings(record_type, rows[:limit]), more


def happenings(record_type: RecordType, rows: Sequence[EventRow]) -> list[Happening]:
    fields = record_type.fields()
    changed = [_loaded(row, fields) for row in rows]
    wanted = actors(rows)
    for changes in changed:
        for of, *values in changes:
            for pointed in (of.points_at(value) for value in values):
                if pointed:
                    wanted.setdefault(pointed[0], set()).add(pointed[1])
    names = titles(wanted)
    return [_line(row, changes, names) for row, changes in zip(rows, changed, strict=True)]


def actors(rows: Iterable[EventRow]) -> dict[str, set[UUID]]:
    return {"member": {row.actor_id for row in rows if row.actor_id}}


def _loaded(row: EventRow, fields: Mapping[str, FieldType]) -> list[tuple[FieldType, Any, Any]]:
    """The changes of an event as values; those of fields that are gone are left out."""
    found = []
    for key, change in (row.changes or {}).items():
        of = fields.get(key)
        if of is None or not isinstance(change, list) or len(change) != 2:
            continue
        try:
            found.append((of, of.load(change[0]), of.load(change[1])))
        except FieldError:
            continue
    return found


def _line(row: EventRow, changes: Sequence[tuple[FieldType, Any, Any]], names: Names) -> Happening:
    kind = kind_of(row.name)
    return Happening(
        id=row.id,
        icon=kind.icon,
        colour=COLOURS.get(row.name.rpartition(".")[2], "gray"),
        title=str(HERE.get(kind.name) or sentence(read_back(row))),
        by=names.get(("member", row.actor_id), "") if row.actor_id else "",
        cause=str(CAUSES.get(row.cause.get("kind", ""), "")),
        at=row.at,
        changes=[(of.label, value_html(of, old, names), value_html(of, new, names)) for of, old, new in changes],
    )


def sentence(event: Event) -> str:
    """What an event says in the reader's language, its data filled in."""
    text = event.text_for(vars(event))
    return str(text).format_map(_Data(event)) if text else str(event.label)


class _Data(dict[str, Any]):
    """The data of an event, with a gap where a sentence asks for what is not there."""

    def __init__(self, event: Event) -> None:
        super().__init__({key: _short(value) for key, value in vars(event).items()})

    def __missing__(self, key: str) -> str:
        return "…"


def _short(value: Any) -> Any:
    text = "" if value is None else str(value)
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def value_html(of: FieldType, value: Any, names: Names) -> Markup | str:
    """A value as one sees it, a long text only from its beginning."""
    if of.widget == "textarea" and value:
        return escape(_short(value))
    return escape(of.html(value, names))


@records.get("/<plural>/<uuid:record_id>/history", permission=may_any("view"))
def show_history(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id)
    happened, more = history(record_type, record_id, before=request.args.get("before", type=UUID))
    return render(
        "records/history.html", "records/_happenings.html", record_type=record_type, record=record,
        title=record_type.title_of(record), url=url_of(record_type, record_id), history=happened, history_more=more,
    )  # fmt: skip
