"""The page of a type's states: their names, colours and order, what may follow what, and what each requires."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.errors import Conflict, Invalid
from core.i18n import _
from core.records import making
from core.records.pages.blueprint import records
from core.records.pages.own_types import COLOR_NAMES, MANAGE, type_tabs
from core.records.shape import OwnType
from core.records.types import find_type
from core.web import redirect_to, render, toast


@dataclass
class Row:
    """A state as the form has it. `id` tells it from the others while they are moved about; `to` holds such ids."""

    id: str
    label: str = ""
    color: str = "gray"
    value: str = ""
    to: list[str] = field(default_factory=list)
    requires: list[str] = field(default_factory=list)
    error: str = ""


@records.get("/settings/record-types/<name>/states", permission=MANAGE)
def edit_own_type_states(name: str) -> ResponseReturnValue:
    own = making.get_own_type(name)
    return _page(own, _rows_of(own.states) or [_blank([])])


@records.post("/settings/record-types/<name>/states", permission=MANAGE)
def update_own_type_states(name: str) -> ResponseReturnValue:
    """Each button asks for the page as it would be; only `save` writes."""
    own = making.get_own_type(name)
    rows = _rows_of_form()
    step, _dash, at = request.form.get("step", "save").partition("-")
    if step == "add" and len(rows) < making.MOST_STATES:
        rows.append(_blank(rows))
    elif step == "drop" and at.isdigit() and int(at) < len(rows):
        gone = rows.pop(int(at))
        for row in rows:
            row.to = [each for each in row.to if each != gone.id]
    elif step in ("up", "down") and at.isdigit() and int(at) < len(rows):
        moved = rows.pop(int(at))
        rows.insert(max(0, int(at) + (-1 if step == "up" else 1)), moved)
    elif step == "save":
        return _save(own, rows)
    return _page(own, rows)


def _save(own: OwnType, rows: list[Row]) -> ResponseReturnValue:
    named = [row for row in rows if making.clean(row.label) or row.value]
    values = {row.id: row.value or making.clean(row.label) for row in named}
    try:
        making.set_states(own, [
            {"label": row.label, "color": row.color, "value": values[row.id], "requires": row.requires,
             "to": [values[each] for each in row.to if each in values]}
            for row in named
        ])  # fmt: skip
    except Invalid as invalid:
        for problem in invalid.problems:
            _word, _dot, rest = problem.field.partition(".")
            at = rest.partition(".")[0]
            if at.isdigit():
                named[int(at)].error = problem.message
        return _page(own, rows, invalid.message)
    except Conflict as conflict:
        return _page(own, rows, conflict.message)
    toast(_("“%(title)s” was saved.", title=own.label))
    return redirect_to(url_for("records.edit_own_type_states", name=own.name))


def _rows_of(states: Sequence[dict[str, Any]]) -> list[Row]:
    ids = {state["value"]: str(n) for n, state in enumerate(states)}
    return [
        Row(ids[s["value"]], s["label"], s["color"], s["value"],
            [ids[v] for v in (s["to"] if s.get("to") is not None else ids) if v in ids], list(s.get("requires") or ()))
        for s in states
    ]  # fmt: skip


def _rows_of_form() -> list[Row]:
    form = request.form
    return [
        Row(id, form.get(f"label-{id}", ""), form.get(f"color-{id}", "gray"), form.get(f"value-{id}", ""),
            form.getlist(f"to-{id}"), form.getlist(f"requires-{id}"))
        for id in form.getlist("state")[: making.MOST_STATES]
    ]  # fmt: skip


def _blank(rows: list[Row]) -> Row:
    """A further state, which may follow each and be followed by each."""
    taken = [int(row.id) for row in rows if row.id.isdigit()]
    fresh = Row(str(max(taken, default=-1) + 1), color=making.COLORS[len(rows) % len(making.COLORS)])
    everyone = [row.id for row in rows]
    for row in rows:
        if set(row.to) >= {each for each in everyone if each != row.id}:
            row.to.append(fresh.id)
    fresh.to = everyone
    return fresh


def _page(own: OwnType, rows: list[Row], error: str = "") -> ResponseReturnValue:
    record_type = find_type(own.name)
    fields = [f for f in record_type.all_fields().values() if f.editable and f.key != "status"] if record_type else []
    return render(
        "records/own_types/states.html", status=422 if error else 200, own=own, rows=rows, tabs=type_tabs(own),
        colors=COLOR_NAMES, fields=fields, error=error, full=len(rows) >= making.MOST_STATES,
    )  # fmt: skip
