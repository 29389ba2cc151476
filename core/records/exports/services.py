"""The verbs of exports: begin, write the file, take it; and throwing it away when it is a week old."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from core import access, current, db
from core.access.use import note_use
from core.deadlines import arm, on_deadline
from core.errors import FieldProblem, Invalid, NotFound
from core.events import emit
from core.files import File, keep_file
from core.i18n import _
from core.records.conditions import compile_condition
from core.records.exports.columns import ID, MARK, VERSION, Column, Names, columns_for
from core.records.exports.happenings import RecordsExported
from core.records.exports.reading import Wanted
from core.records.exports.watermarks import mark_of, marked_name
from core.records.exports.workbooks import MOST_ROWS, write_workbook
from core.records.query import Order
from core.records.runs.doing import does
from core.records.runs.models import FILE_FOR, Run
from core.records.runs.progress import Progress
from core.records.runs.selection import Selection
from core.records.runs.services import begin_run, find_run
from core.records.types import type_named
from core.tabular import write_csv

AT_ONCE = 1000
"""So many records are written while the member waits."""
FORMATS = ("xlsx", "csv")
ENCODINGS = {"utf-8": "utf-8", "utf-8-plain": "utf-8", "gb18030": "gb18030"}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
EXPIRED = "run.file_expired"
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


@dataclass(frozen=True)
class Choices:
    """How the file is to be. `keys` puts the keys into a CSV as well, so that it can come back."""

    format: str = "xlsx"
    encoding: str = "utf-8"
    delimiter: str = "comma"
    keys: bool = False

    def check(self) -> None:
        """Raises Invalid."""
        known = {"format": FORMATS, "encoding": tuple(ENCODINGS), "delimiter": tuple(DELIMITERS)}
        wrong = [name for name, options in known.items() if getattr(self, name) not in options]
        if wrong:
            raise Invalid([
                FieldProblem(name, "not_an_option", _("Choose one of: %(list)s.", list=", ".join(known[name])))
                for name in wrong
            ])  # fmt: skip


def begin_export(
    selection: Selection, fields: Sequence[str], choices: Choices, *, sort: str = "", at_once: bool | None = None
) -> Run:
    """Write records to a file: now where there are few, else in a worker. Raises Forbidden, Invalid."""
    record_type = selection.record_type
    access.require("export", record_type)
    choices.check()
    known = record_type.fields()
    if unknown := [key for key in fields if key not in known]:
        message = _("There is no such field.")
        raise Invalid([FieldProblem("fields", "unknown_field", f"{key[:60]}: {message}") for key in unknown])
    if not fields:
        raise Invalid([FieldProblem("fields", "required", _("Choose at least one field."))])
    if selection.condition:
        compile_condition(record_type, selection.condition)
    Order.of(record_type, sort or record_type.sort)
    wanted = Wanted(selection, [known[key] for key in fields], sort)
    total = wanted.count()
    if choices.format == "xlsx" and total > MOST_ROWS:
        message = _("A workbook holds %(most)s rows at most. Export as CSV, or narrow the list.", most=f"{MOST_ROWS:,}")
        raise Invalid([FieldProblem("format", "too_many", message)])
    return begin_run(
        "export", record_type, total, at_once=total <= AT_ONCE if at_once is None else at_once,
        selection=selection.kept(), fields=list(fields), sort=sort, choices=vars(choices),
    )  # fmt: skip


@does("export")
def export(run: Run, progress: Progress) -> None:
    """Write the file and keep it with the run."""
    record_type = type_named(run.record_type)
    access.require("export", record_type)
    known = record_type.fields()
    if gone := [key for key in run.params["fields"] if key not in known]:
        raise Invalid([FieldProblem("fields", "unknown_field", _("There is no field “%(key)s”.", key=gone[0]))])
    choices = Choices(**run.params["choices"])
    selection = Selection.read(record_type, run.params["selection"])
    wanted = Wanted(selection, [known[key] for key in run.params["fields"]], run.params["sort"])
    run.params = run.params | {"snapshot": current.now().isoformat()}
    with TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / f"export.{choices.format}"
        progress.changed = WRITERS[choices.format](path, wanted, run, choices, progress.told)
        progress.told(progress.changed)
        run.file_id = keep_file(file_name(run), path.read_bytes()).id
    run.total = progress.changed
    db.flush()
    arm(run, EXPIRED, current.now() + FILE_FOR)
    note_use("exported", progress.changed)
    emit(RecordsExported(
        record_type=record_type.name, record_id=run.id, rows=progress.changed, format=choices.format,
        fields=run.params["fields"],
    ))  # fmt: skip


def _as_workbook(path: Path, wanted: Wanted, run: Run, choices: Choices, tell: Callable[[int], None]) -> int:
    names: Names = {}
    columns = columns_for(wanted.fields, names, as_text=False)
    title = str(wanted.record_type.plural_label)
    return write_workbook(path, title, columns, wanted.rows(names), run.id, tell, mark=mark_of(run.id))


def _as_csv(path: Path, wanted: Wanted, run: Run, choices: Choices, tell: Callable[[int], None]) -> int:
    names: Names = {}
    columns = columns_for(wanted.fields, names, as_text=True)
    heads = [column.header for column in columns]
    if choices.keys:
        heads += [ID, VERSION, f"{MARK} {run.id}"]
    counted = [0]
    rows = _cells(columns, wanted.rows(names), choices.keys, counted, tell)
    bom, encoding = choices.encoding == "utf-8", ENCODINGS[choices.encoding]
    with path.open("wb") as file:
        for piece in write_csv(rows, heads, bom, delimiter=DELIMITERS[choices.delimiter], encoding=encoding):
            file.write(piece)
    return counted[0]


def _cells(
    columns: Sequence[Column], rows: Iterator[Any], keys: bool, counted: list[int], tell: Callable[[int], None]
) -> Iterator[list[Any]]:
    readers = [column.read for column in columns]
    for number, row in enumerate(rows, start=1):
        cells = [read(row) for read in readers]
        yield [*cells, row.id, row.version, ""] if keys else cells
        counted[0] = number
        if number % 1000 == 0:
            tell(number)


WRITERS: Mapping[str, Callable[[Path, Wanted, Run, Choices, Callable[[int], None]], int]] = {
    "xlsx": _as_workbook,
    "csv": _as_csv,
}


def file_name(run: Run) -> str:
    """What the file is called: the type, the day, and whose it is."""
    record_type = type_named(run.record_type)
    return marked_name(str(record_type.plural_label), run.params["choices"]["format"], mark_of(run.id))


def find_export(export_id: UUID) -> Run:
    """Raises NotFound."""
    run = find_run(export_id)
    if run.kind != "export":
        raise NotFound(_("There is no such page."))
    return run


def file_of(run: Run) -> File:
    """The file of an export, for as long as it is kept. Raises NotFound."""
    file = db.get(File, run.file_id) if run.has_file else None
    if file is None:
        raise NotFound(_("This file has been deleted. Export again."))
    return file


@on_deadline(EXPIRED)
def throw_away(run_id: UUID, _payload: dict[str, Any]) -> None:
    """A week is over: the file goes, the run stays."""
    run = db.get(Run, run_id)
    if run is None or run.file_id is None:
        return
    file, run.file_id = db.get(File, run.file_id), None
    db.flush()
    if file is not None:
        db.session().delete(file)
