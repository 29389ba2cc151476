"""What happened to a record, in sentences: who, what, from which value to which, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from core import db
from core.access import may
from core.errors import Conflict, NotFound
from core.events import Event, EventRow, history_of, kind_of, read_back
from core.i18n import _, _l
from core.records.duplicates.unmerging import went_into
from core.records.fields import FieldError, FieldType, Names
from core.records.form_rules import check_edit
from core.records.pages.addresses import next_url, url_of
from core.records.pages.blueprint import found, may_any, records
from core.records.services import update_record
from core.records.told import Row, is_open, is_there, seen
from core.records.types import RecordType, titles
from core.web import redirect_to, render, toast

SHOWN = 20
LONG = 160
CAUSES = {
    "token": _l("by the API"),
    "import": _l("by an import"),
    "form": _l("by a web form"),
    "bulk": _l("together with others"),
    "sheet": _l("by a returned sheet"),
    "undo": _l("by undoing"),
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
KINDS = {"": _l("All"), "changes": _l("Changes"), "other": _l("Other")}
"""What one may narrow the history to."""
ONLY = {"changes": EventRow.changes.is_not(None), "other": EventRow.changes.is_(None)}


@dataclass(frozen=True)
class Happening:
    """One line of the history."""

    id: UUID
    icon: str
    colour: str
    title: str
    by: str
    cause: str
    at: datetime
    changes: "Sequence[Change]"


@dataclass(frozen=True)
class Change:
    """A field, what it was and what it became; `restore_url` puts back what it was."""

    label: Any
    old: Markup | str
    new: Markup | str
    restore_url: str | None = None


def history(
    record_type: RecordType,
    record_id: UUID,
    *,
    before: UUID | None = None,
    limit: int = SHOWN,
    kind: str = "",
    may_edit: bool = False,
) -> tuple[list[Happening], str | None]:
    """The latest events of a record, of one kind or of all, and where the earlier ones are."""
    gone = went_into(record_id) if record_type.name != "customer" else []
    rows = history_of(record_type.name, record_id, also=gone, limit=limit + 1, before=before, only=ONLY.get(kind, True))
    url = f"{url_of(record_type, record_id)}/history"
    narrowed = f"kind={kind}&" if kind in ONLY else ""
    more = f"{url}?{narrowed}before={rows[limit - 1].id}" if len(rows) > limit else None
    return happenings(record_type, record_id, rows[:limit], may_edit=may_edit), more


def happenings(
    record_type: RecordType, record_id: UUID, rows: Sequence[EventRow], *, may_edit: bool = False
) -> list[Happening]:
    """The lines of a history. What happened to a record that went into this one is told by that one's name."""
    fields = record_type.fields()
    rows = [row for row in rows if is_told_of(row, record_type)]
    changed = [_loaded(row, fields) for row in rows]
    wanted = actors(rows)
    for changes in changed:
        for of, *values in changes:
            for pointed in (of.points_at(value) for value in values):
                if pointed:
                    wanted.setdefault(pointed[0], set()).add(pointed[1])
    names = titles(wanted)
    return [
        _line(record_type, row, changes, names, may_edit and row.record_id == record_id, row.record_id == record_id)
        for row, changes in zip(rows, changed, strict=True)
    ]


def actors(rows: Iterable[EventRow]) -> dict[str, set[UUID]]:
    return {"member": {row.actor_id for row in rows if row.actor_id}}


def is_told_of(row: EventRow, record_type: RecordType) -> bool:
    """Whether there is anything in an event for the member: not where it is all about fields that are hidden."""
    about = [*(row.changes or ()), *filter(None, [row.data.get("field_key")])]
    every, mine = record_type.all_fields(), record_type.fields()
    return not about or any(key not in every or is_there(mine.get(key), Row(row.record_id)) for key in about)


def _loaded(row: EventRow, fields: Mapping[str, FieldType]) -> list[tuple[FieldType, Any, Any]]:
    """The changes of an event as values, as far as the member may read them; those of fields that are gone, or
    hidden, are left out."""
    found, record = [], Row(row.record_id)
    for key, change in (row.changes or {}).items():
        of = fields.get(key)
        if of is None or not isinstance(change, list) or len(change) != 2 or not is_there(of, record):
            continue
        try:
            found.append((of, *(seen(of, record, of.load(each)) for each in change)))
        except FieldError:
            continue
    return found


def _caused(cause: Mapping[str, Any]) -> str:
    via = cause.get("via")
    return _("via %(app)s", app=via) if via else str(CAUSES.get(cause.get("kind", ""), ""))


def _line(
    record_type: RecordType, row: EventRow, changes: Sequence[tuple[FieldType, Any, Any]], names: Names,
    may_edit: bool, is_its_own: bool,
) -> Happening:  # fmt: skip
    kind = kind_of(row.name)
    return Happening(
        id=row.id,
        icon=kind.icon,
        colour=COLOURS.get(row.name.rpartition(".")[2], "gray"),
        title=str((is_its_own and HERE.get(kind.name)) or sentence(read_back(row))),
        by=names.get(("member", row.actor_id), "") if row.actor_id else "",
        cause=_caused(row.cause),
        at=row.at,
        changes=[
            Change(
                of.label,
                *both_html(of, old, new, names),
                restore_url(record_type, row, of) if may_edit and is_restorable(of, row.record_id) else None,
            )
            for of, old, new in changes
        ],
    )


def is_restorable(of: FieldType, record_id: UUID) -> bool:
    """Whether the history holds what a field held, and the member may write it. Who owns a record is changed by
    handing it over."""
    plain = not (of.secret or of.computed or of.assigned or of.key == "owner")
    return plain and is_open(of, Row(record_id))


def restore_url(record_type: RecordType, row: EventRow, of: FieldType) -> str:
    return f"{url_of(record_type, row.record_id)}/history/{row.id}/{of.key}"


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
    if of.widget == "textarea" and isinstance(value, str):
        return escape(_short(value))
    return escape(of.html(value, names))


def both_html(of: FieldType, old: Any, new: Any, names: Names) -> tuple[Markup | str, Markup | str]:
    """What a field was and what it is."""
    return of.change_html(old, new, names) or (value_html(of, old, names), value_html(of, new, names))


@records.get("/<plural>/<uuid:record_id>/history", permission=may_any("view"))
def show_history(plural: str, record_id: UUID) -> ResponseReturnValue:
    record_type, record = found(plural, record_id)
    before, kind = request.args.get("before", type=UUID), request.args.get("kind", "")
    happened, more = history(
        record_type, record_id, before=before, kind=kind, may_edit=may("edit", record_type, record)
    )
    return render(
        "records/history.html", "records/_happenings.html" if before else "records/_history.html",
        record_type=record_type, record=record, title=record_type.title_of(record), url=url_of(record_type, record_id),
        history=happened, history_more=more, history_kind=kind, history_kinds=list(KINDS.items()),
    )  # fmt: skip


@records.post("/<plural>/<uuid:record_id>/history/<uuid:event_id>/<key>", permission=may_any("edit"))
def restore_value(plural: str, record_id: UUID, event_id: UUID, key: str) -> ResponseReturnValue:
    """Put back what a field held before a change."""
    record_type, record = found(plural, record_id, "edit")
    row, of = db.get(EventRow, event_id), record_type.field(key)
    change = (row.changes or {}).get(key) if row and row.record_id == record_id else None
    if of is None or change is None or not is_restorable(of, record_id):
        raise NotFound(_("There is no such change."))
    try:
        values = {key: of.load(change[0])}
        check_edit(record_type, record, values)
        update_record(record_type, record, values, version=record.version)
    except FieldError as error:
        raise Conflict(error.message) from None
    toast(_("“%(field)s” is what it was before.", field=of.label))
    return redirect_to(next_url(url_of(record_type, record_id)))
