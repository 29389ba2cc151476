"""The rows that did not come in whole, as a file with a column saying why: mended, it can be imported again."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import xlsxwriter
from sqlalchemy import select

from core import db
from core.i18n import _
from core.records.imports.models import ODD, Import, ImportRow
from core.records.imports.targets import targets
from core.records.types import type_named
from core.tabular import write_csv

AT_ONCE = 1000
XLSX_ROWS = 1_048_575


def odd_as_csv(run: Import) -> Iterable[bytes]:
    return write_csv(_lines(run), _headers(run))


def odd_as_xlsx(run: Import) -> bytes:
    """Every cell as text, so that numbers keep their zeros and nothing is run as a formula."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_("Rows")[:31])
        bold, red = book.add_format({"bold": True}), book.add_format({"font_color": "#B42318", "text_wrap": True})
        headers = _headers(run)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(headers) - 2, 18)
        sheet.set_column(len(headers) - 1, len(headers) - 1, 60)
        for at, header in enumerate(headers):
            sheet.write_string(0, at, header, bold)
        for number, line in enumerate(_lines(run), start=1):
            for at, cell in enumerate(line):
                if cell:
                    sheet.write_string(number, at, cell, *([red] if at == len(headers) - 1 else []))
            if number == XLSX_ROWS:
                break
    return out.getvalue()


def _headers(run: Import) -> list[str]:
    return [*run.headers, _("Why it was not taken")]


def _lines(run: Import) -> Iterator[list[str]]:
    labels = labels_of(run)
    width, after = len(run.headers), -1
    rows = select(ImportRow).where(ImportRow.import_id == run.id, ImportRow.verdict.in_(ODD)).order_by(ImportRow.line)
    while some := db.session().scalars(rows.where(ImportRow.line > after).limit(AT_ONCE)).all():
        for row in some:
            cells = [str(cell) for cell in row.cells]
            yield [*(cells + [""] * width)[:width], reasons(row.problems, labels)]
        after = some[-1].line


def labels_of(run: Import) -> dict[str, str]:
    return {key: target.label for key, target in targets(type_named(run.record_type)).items()}


def reasons(problems: list[Any], labels: dict[str, str]) -> str:
    """Why, in one line: `Phone: Enter a phone number; E-mail: …`."""
    told = ((labels.get(p["field"]), p["message"]) for p in problems)
    return _("; ").join(
        _("%(label)s: %(message)s", label=label, message=message) if label else message for label, message in told
    )


def file_name(run: Import, ending: str) -> str:
    return f"{run.file_name.rpartition('.')[0] or run.file_name}-{_('to mend')}.{ending}"
