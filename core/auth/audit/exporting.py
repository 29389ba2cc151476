"""The audit log as a file, which is itself an entry of it."""

import io
from collections.abc import Iterator, Sequence

from xlsxwriter import Workbook

from core import access, current
from core.access.use import note_use
from core.auth.audit.entries import Entry, entries_of
from core.auth.audit.events import AuditExported
from core.auth.audit.reading import Wish, all_entries
from core.auth.permissions import SEE_AUDIT
from core.db import new_id
from core.events import emit
from core.i18n import _
from core.records.exports.watermarks import mark_of, marked_name
from core.tabular import write_csv

MOST = 50_000
"""So many entries are written to a file, the newest. Narrow the log by days to have older ones."""
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTHS = (20, 20, 26, 50, 24, 18, 24, 20, 50)


def export_entries(wish: Wish, format: str) -> tuple[str, bytes]:
    """The name and the content of the file. Written down before it is made, so that no file is without its entry."""
    access.require_permission(SEE_AUDIT.name)
    export_id, counted = new_id(), [0]
    mark = mark_of(export_id)
    heads = [_("Time (UTC)"), _("Who"), _("What"), _("In words"), _("About"), _("Address"), _("Device"), _("By way of"),
             _("Changes")]  # fmt: skip
    lines = _lines(wish, counted)
    if format == "csv":
        content = b"".join(write_csv(lines, heads))
    else:
        out = io.BytesIO()
        book = Workbook(out, {"strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False,
                              "constant_memory": True})  # fmt: skip
        sheet, bold = book.add_worksheet(_("Audit log")[:31]), book.add_format({"bold": True, "bottom": 1})
        for at, (head, width) in enumerate(zip(heads, WIDTHS, strict=True)):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, head, bold)
        sheet.freeze_panes(1, 0)
        for number, line in enumerate(lines, start=1):
            for at, cell in enumerate(line):
                sheet.write_string(number, at, cell)
        if mark:
            mark.put_on(book, _("Audit log"))
        book.close()
        content = out.getvalue()
    note_use("exported", counted[0])
    emit(AuditExported(record_type="tenant", record_id=current.tenant_id(), rows=counted[0], format=format,
                       export=str(export_id), filters=wish.told()))  # fmt: skip
    return marked_name(_("Audit log"), format, mark), content


def _lines(wish: Wish, counted: list[int]) -> Iterator[Sequence[str]]:
    for rows in all_entries(wish, MOST):
        for entry in entries_of(rows):
            counted[0] += 1
            yield _line(entry)


def _line(entry: Entry) -> Sequence[str]:
    about = " ".join(filter(None, (entry.about_type, entry.about)))
    changes = "; ".join(f"{each.label}: {each.old} → {each.new}" for each in entry.changes)
    when = entry.at.strftime("%Y-%m-%d %H:%M:%S")
    return (when, entry.by, entry.label, entry.says, about, entry.address, entry.device, entry.via, changes)
