"""What the pages of an import show."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import select

from core import access, current, db
from core.i18n import _, _l
from core.records.fields import FIELD_TYPES, FieldType
from core.records.imports import services
from core.records.imports.choices import BAD_CELLS, DATE_ORDERS, EMPTY, MODES, MOST_KEYS
from core.records.imports.downloads import labels_of, reasons
from core.records.imports.models import ODD, Import, ImportRow
from core.records.imports.new_fields import NEW, OFFERED, guess_type
from core.records.imports.reading import Incoming, RowReader, is_link
from core.records.imports.run import rows_read
from core.records.imports.targets import ID, Target, makeable_links, match_keys, targets
from core.records.types import RecordType, titles, type_named
from core.tabular import Row

PREVIEWED = 3
"""So many filled cells of a column are shown, as they are and as they are read."""
SHOWN = 20
UNSURE = 0.8
ENCODINGS = {"utf-8": "UTF-8", "gb18030": "GB18030 (GBK)", "big5": "Big5", "utf-16": "UTF-16", "cp1252": "Windows-1252",
             "shift_jis": "Shift JIS", "euc_kr": "EUC-KR"}  # fmt: skip
DELIMITERS = {",": _l("Comma"), ";": _l("Semicolon"), "\t": _l("Tab"), "|": _l("Vertical bar")}


@dataclass(frozen=True)
class ReadCell:
    """How one cell is read: as it will be shown, or what is wrong with it."""

    html: Markup | str = ""
    problem: str = ""
    is_link: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the file on the mapping page."""

    at: int
    header: str
    samples: list[str]
    target: Target | None
    read: list[ReadCell]
    order: str
    unsure: bool
    new_type: str


def mapping_page(run: Import) -> dict[str, Any]:
    record_type = type_named(run.record_type)
    known = targets(record_type)
    reader = RowReader(record_type, run)
    rows = [_row(cells) for cells in run.look["sample"]]
    incoming = [reader.read(row) for row in rows[:50]]
    links = [f for f in makeable_links(record_type) if f.key in run.mapping]
    keys = [(t.key, t.label) for t in match_keys(record_type) if t.key in run.mapping]
    return {
        "run": run, "type": record_type, "columns": [_column(run, known, reader, rows, incoming, at)
                                                     for at in range(len(run.headers))],
        "options": _options(record_type, known), "missing": services.missing_fields(run, record_type),
        "earlier": services.earlier_import(run), "kinds": [(name, FIELD_TYPES[name].title) for name in OFFERED],
        "links": [(f.key, f.label) for f in links], "keys": keys, "most_keys": MOST_KEYS, "NEW": NEW,
        "modes": _modes(record_type), "empties": EMPTY.items(), "bad_cells": BAD_CELLS.items(),
        "orders": DATE_ORDERS.items(), **_of_file(run),
    }  # fmt: skip


def _of_file(run: Import) -> dict[str, Any]:
    """The ways in which the file could be read instead."""
    found = run.look.get("encoding") or ""
    encodings = {found: found} | ENCODINGS
    return {
        "sheets": [(name, name) for name in run.look.get("sheets", ())],
        "encodings": list(encodings.items()),
        "delimiters": list(({run.look.get("delimiter"): run.look.get("delimiter")} | DELIMITERS).items()),
    }


def _modes(record_type: RecordType) -> list[tuple[str, Any]]:
    """The modes that the member's rights allow."""
    wanted = {"create": ("create",), "both": ("create", "edit"), "update": ("edit",)}
    return [(m, label) for m, label in MODES.items() if all(access.may(a, record_type) for a in wanted[m])]


def _options(record_type: RecordType, known: Any) -> list[tuple[str, list[Target]]]:
    """What a column may become, in groups: the record's own fields, then those of each linked record."""
    groups: dict[str, list[Target]] = {}
    for target in known.values():
        if target.key == ID:
            label = _("To find the record by")
        elif target.link is not None:
            label = _("New %(link)s", link=str(target.link.label))
        else:
            label = str(record_type.label)
        groups.setdefault(label, []).append(target)
    return list(groups.items())


def _row(cells: list[str]) -> Row:
    row = Row(cells)
    row.line = 0
    return row


def _column(run: Import, known: Any, reader: RowReader, rows: list[Row], incoming: list[Incoming], at: int) -> Column:
    target = known.get(run.mapping[at])
    cells = [row[at] for row in rows]
    confidence = (run.look.get("confidence") or [1.0] * len(run.headers))[at]
    filled = [n for n, row in enumerate(rows[: len(incoming)]) if row[at].strip()][:PREVIEWED]
    return Column(
        at=at,
        header=run.headers[at],
        samples=list(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))[:PREVIEWED],
        target=target,
        read=[_read(target, incoming[n]) for n in filled] if target else [],
        order=reader.orders.get(at, ""),
        unsure=target is not None and not run.look.get("remembered") and 0 < confidence < UNSURE,
        new_type=guess_type(cells),
    )


def _read(target: Target, row: Incoming) -> ReadCell:
    problem = next((p["message"] for p in row.problems if p["field"] == target.key), "")
    if problem:
        return ReadCell(problem=problem)
    if target.key in row.names:
        return ReadCell(row.names[target.key], is_link=True)
    if target.link is not None:
        value = row.related.get(target.link.key, {}).get(target.field.key)
    else:
        value = row.values.get(target.key, row.keys.get(target.key))
    return ReadCell(_html(target.field, value))


def _html(field: FieldType, value: Any) -> Markup | str:
    if value is None or is_link(field):
        return ""
    wanted: dict[str, set[Any]] = {}
    for kind, record_id in field.all_pointed(value):
        wanted.setdefault(kind, set()).add(record_id)
    return field.html(value, titles(wanted) if wanted else {})


# --- what became of it -------------------------------------------------------------------------------------


def result_page(run: Import) -> dict[str, Any]:
    record_type = type_named(run.record_type)
    context: dict[str, Any] = {"run": run, "type": record_type}
    if run.status in ("running", "reverting"):
        return context | {"read": rows_read(run)}
    labels = labels_of(run)
    mine = (ImportRow.tenant_id == current.tenant_id()) & (ImportRow.import_id == run.id)
    rows = select(ImportRow).where(mine).order_by(ImportRow.line)
    odd = db.session().scalars(rows.where(ImportRow.verdict.in_(ODD)).limit(SHOWN)).all()
    examples = {
        verdict: [(row, _changes(row, labels)) for row in
                  db.session().scalars(rows.where(ImportRow.verdict == verdict).limit(SHOWN // 2))]
        for verdict in ("update", "create")
    }  # fmt: skip
    return context | {
        "odd": [(row, reasons(row.problems, labels)) for row in odd],
        "examples": examples, "can_revert": services.can_revert(run), "kept": _kept(run),
        "also": [(type_named(name), number) for name, number in run.report.get("also", {}).items()],
        "turned_away": run.refused + run.conflicting + run.skipped + run.remarked,
    }  # fmt: skip


def _changes(row: ImportRow, labels: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(labels.get(key, key), old, new) for key, (old, new) in (row.changes or {}).items()]


def _kept(run: Import) -> list[dict[str, Any]]:
    """The records that stayed as they were when the import was taken back."""
    stayed = run.report.get("kept", [])[:SHOWN]
    wanted: dict[str, set[UUID]] = {}
    for each in stayed:
        wanted.setdefault(each["type"], set()).add(UUID(each["id"]))
    names = titles(wanted)
    return [each | {"title": names.get((each["type"], UUID(each["id"])), "")} for each in stayed]
