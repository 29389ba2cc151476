"""The verbs of sheets: take one in, choose what to keep of it, apply that; all of it can be undone as one run."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, select

from core import access, current, db
from core.db import new_id
from core.errors import Conflict, DomainError, FieldProblem, Invalid, NotFound
from core.files import MAX_FILE, File, keep_file
from core.i18n import _
from core.records.fields import FieldError
from core.records.form_rules import check_edit, is_conditional
from core.records.runs.batch import CHUNK, Batch, Draft
from core.records.runs.doing import does
from core.records.runs.models import Run, RunRow
from core.records.runs.progress import Progress, keep_rows
from core.records.runs.selection import Selection
from core.records.runs.services import find_run, start_run, write_down_run
from core.records.services import check_references, create_record, update_record
from core.records.sheets.comparing import Comparison, ids_in
from core.records.sheets.reading import open_sheet
from core.records.types import RecordType, type_named
from core.tabular import TabularError

AT_ONCE = 200_000
"""Bytes of a file that is compared while the member waits."""
SHOWN = 200
"""So many changed lines are shown for choosing cell by cell; of the rest, what is in no conflict is taken."""


def begin_sheet(record_type: RecordType, name: str, content: bytes) -> Run:
    """Take an edited export in and compare it. Raises Forbidden, and Invalid for what is none."""
    access.require("edit", record_type)
    if len(content) > MAX_FILE:
        limit = MAX_FILE // 1024**2
        message = _("The file is larger than %(limit)s MB. Split it.", limit=limit)
        raise Invalid([FieldProblem("file", "too_large", message)])
    sheet = open_sheet(record_type, name, content)
    params = {"stage": "compare", "file_name": name[:200], "unknown": sheet.unknown[:50], "fixed": sheet.fixed[:50],
              "export": str(sheet.export.id) if sheet.export else None}  # fmt: skip
    run = write_down_run("sheet", record_type, 0, **params)
    run.file_id = keep_file(name, content).id
    start_run(run, at_once=len(content) <= AT_ONCE)
    return run


def find_sheet(run_id: UUID) -> Run:
    """A sheet that waits for its member's choice. Raises NotFound, Conflict."""
    run = find_run(run_id)
    if run.kind != "sheet":
        raise NotFound(_("There is no such page."))
    if run.status != "draft":
        raise Conflict(_("These changes have been made already."))
    return run


@does("sheet")
def work_on_sheet(run: Run, progress: Progress) -> str:
    if run.params["stage"] == "apply":
        return _apply(run, progress)
    return _compare(run, progress)


# --- comparing -----------------------------------------------------------------------------------------


def _compare(run: Run, progress: Progress) -> str:
    record_type = type_named(run.record_type)
    file = db.get(File, run.file_id)
    assert file is not None
    sheet = open_sheet(record_type, file.name, file.content)
    comparison = Comparison(run, sheet, progress)
    try:
        comparison.compare()
    except TabularError as error:
        raise Invalid([FieldProblem("file", error.code, error.message)]) from None
    _keep_gone(run, record_type, comparison.seen)
    run.total = comparison.lines
    run.params = run.params | {"stage": "choose"}
    return "draft"


def _keep_gone(run: Run, record_type: RecordType, seen: Collection[str]) -> None:
    """Name the records that were exported and are not in the sheet any more."""
    export = db.get(Run, UUID(run.params["export"])) if run.params["export"] else None
    file = db.get(File, export.file_id) if export else None
    if file is None:
        return
    gone = [UUID(each) for each in ids_in(open_sheet(record_type, file.name, file.content)) if each not in seen]
    title = record_type.title_field
    for start in range(0, len(gone), CHUNK):
        rows = Selection(record_type, tuple(gone[start : start + CHUNK])).found(
            ("view",), record_type.model.id, *(getattr(record_type.model, attr) for attr in title.attrs())
        )
        keep_rows([
            {"tenant_id": current.tenant_id(), "id": new_id(), "run_id": run.id, "verdict": "gone", "record_id": row.id,
             "title": record_type.title_of(row)[:200], "reason": "", "line": None, "data": {}}
            for row in db.session().execute(rows)
        ])  # fmt: skip


def counts(run: Run) -> dict[str, int]:
    """How many lines of each kind there are."""
    found = select(RunRow.verdict, func.count()).where(RunRow.run_id == run.id).group_by(RunRow.verdict)
    return {row[0]: row[1] for row in db.session().execute(found)}


def lines_of(run: Run, *verdicts: str, limit: int = SHOWN) -> Sequence[RunRow]:
    """Lines of these kinds, conflicts first."""
    rows = select(RunRow).where(RunRow.run_id == run.id, RunRow.verdict.in_(verdicts))
    first = case((RunRow.verdict == "conflict", 0), else_=1)
    return db.session().scalars(rows.order_by(first, RunRow.line, RunRow.id).limit(limit)).all()


# --- choosing and applying -----------------------------------------------------------------------------


def apply_sheet(run: Run, take: Collection[tuple[str, str]], *, rest: bool, create: Collection[str]) -> None:
    """Make the chosen changes: `take` names cells by line and field, `create` the lines to make records of.

    `rest` also takes what is in no conflict of the lines that were not shown.
    """
    if run.status != "draft":
        raise Conflict(_("These changes have been made already."))
    access.require("edit", type_named(run.record_type))
    shown = lines_of(run, "change", "conflict")
    chosen: dict[str, list[str]] = {}
    for line, key in take:
        chosen.setdefault(line, []).append(key)
    for row in shown:
        row.data = row.data | {"take": sorted(set(chosen.get(str(row.id), ())) & set(row.data["cells"]))}
    new = lines_of(run, "new")
    for row in new:
        row.data = row.data | {"take": str(row.id) in create}
    total = sum(counts(run).get(verdict, 0) for verdict in ("change", "conflict", "new"))
    run.params = run.params | {"stage": "apply", "rest": rest}
    run.total = total
    db.flush()
    start_run(run, at_once=total <= 50)


def _apply(run: Run, progress: Progress) -> str:
    record_type = type_named(run.record_type)
    fields = record_type.fields()
    allowed = None
    for rows in _chunked(run, "change", "conflict"):
        wanted = {row.record_id: row for row in rows if _taken(row, run.params["rest"])}
        ids = tuple(each for each in wanted if each)
        allowed = set(Selection(record_type, ids).lookup(("edit",)))
        keys = {key for row in wanted.values() for key in _taken(row, run.params["rest"]) if key in fields}
        batch = Batch(record_type, [fields[key] for key in keys])
        drafts = [draft for draft in batch.read(ids) if draft.id in allowed]
        changed = []
        for draft in drafts:
            values = _values(batch, draft, wanted[draft.id], run.params["rest"], progress)
            if not values:
                continue
            if (
                record_type.minds(values)
                or any(fields[key].points for key in values)
                or "owner" in values
                or is_conditional(record_type, values)
            ):
                _by_service(record_type, draft, values, progress)
            elif _set(batch, draft, values, progress):
                changed.append(draft)
        progress.changed += batch.write(
            changed, lambda d, _of, why: progress.refuse(d.id, record_type.title_of(d), why)
        )
        for record_id in set(ids) - allowed:
            progress.refuse(record_id, wanted[record_id].title, _("Your role does not allow this."))
        progress.told(progress.done + len(rows))
    for rows in _chunked(run, "new"):
        for row in rows:
            if row.data.get("take"):
                _create(record_type, row, progress)
        progress.told(progress.done + len(rows))
    run.params = run.params | {"stage": "done"}
    return "done"


def _taken(row: RunRow, rest: bool) -> list[str]:
    """The fields of a line that are to be changed."""
    cells = row.data["cells"]
    keys = row.data.get("take", list(cells) if rest and row.verdict == "change" else [])
    return [key for key in keys if not cells[key]["problem"]]


def _values(batch: Batch, draft: Draft, row: RunRow, rest: bool, progress: Progress) -> dict[str, Any]:
    """What the sheet says of a record, where the record still holds what it was compared with."""
    values: dict[str, Any] = {}
    late = []
    for key in _taken(row, rest):
        of = batch.fields.get(key)
        cell = row.data["cells"][key]
        if of is None:
            continue
        if of.dump(of.get(draft)) != cell["was"]:
            late.append(str(of.label))
        else:
            values[key] = of.load(cell["value"])
    if late:
        message = _("Changed by somebody since the sheet was compared: %(list)s.", list=_(", ").join(late))
        progress.refuse(draft.id, row.title, message)
    return values


def _set(batch: Batch, draft: Draft, values: dict[str, Any], progress: Progress) -> bool:
    try:
        batch.set(draft, values)
    except FieldError as error:
        progress.refuse(draft.id, batch.record_type.title_of(draft), error.message)
    return bool(draft.changes)


def _by_service(record_type: RecordType, draft: Draft, values: dict[str, Any], progress: Progress) -> None:
    try:
        with db.savepoint():
            check_references(record_type.fields(), values)
            record = record_type.get(draft.id, lock=True)
            check_edit(record_type, record, values)
            update_record(record_type, record, values)
            db.flush()
        progress.changed += 1
    except DomainError as error:
        progress.refuse(draft.id, record_type.title_of(draft), error.message)


def _create(record_type: RecordType, row: RunRow, progress: Progress) -> None:
    fields = record_type.fields()
    cells = row.data["cells"]
    if wrong := [cell["problem"] for cell in cells.values() if cell["problem"]]:
        progress.refuse(None, row.title, " ".join(wrong))
        return
    values = {key: fields[key].load(cell["value"]) for key, cell in cells.items()
              if key in fields and cell["value"] is not None}  # fmt: skip
    missing = [str(of.label) for of in fields.values()
               if of.required and of.editable and of.default is None and values.get(of.key) is None]  # fmt: skip
    try:
        if missing:
            raise Invalid([FieldProblem("", "required", _("Fill in: %(list)s.", list=_(", ").join(missing)))])
        with db.savepoint():
            create_record(record_type, values)
            db.flush()
        progress.changed += 1
    except DomainError as error:
        progress.refuse(None, row.title, error.message)


def _chunked(run: Run, *verdicts: str) -> Iterator[Sequence[RunRow]]:
    """All lines of these kinds, some at a time."""
    last = None
    while True:
        rows = select(RunRow).where(RunRow.run_id == run.id, RunRow.verdict.in_(verdicts))
        if last is not None:
            rows = rows.where(RunRow.id > last)
        found = db.session().scalars(rows.order_by(RunRow.id).limit(CHUNK)).all()
        if not found:
            return
        yield found
        last = found[-1].id
