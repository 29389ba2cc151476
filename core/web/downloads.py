"""A small table as a file: what stands on a page, to be worked on elsewhere."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import Response
from xlsxwriter import Workbook

from core.tabular import write_csv

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OPTIONS = {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False, "strings_to_numbers": False}
WIDTH = 18


def table_file(name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], kind: str) -> Response:
    """The table as a download, `kind` csv or xlsx. Numbers stay numbers, and no text is run as a formula."""
    content = _workbook(heads, rows) if kind == "xlsx" else b"".join(write_csv(rows, heads))
    answer = Response(content, content_type=TYPES[kind])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{kind}")
    return answer


def _workbook(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    file = BytesIO()
    with Workbook(file, OPTIONS) as book:
        sheet = book.add_worksheet()
        sheet.set_column(0, len(heads) - 1, WIDTH)
        sheet.write_row(0, 0, heads, book.add_format({"bold": True, "bottom": 1}))
        for at, row in enumerate(rows, start=1):
            sheet.write_row(at, 0, row)
        sheet.freeze_panes(1, 1)
    return file.getvalue()
