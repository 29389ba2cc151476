"""The file of an import: its table, and what is kept of it so that pages need not open it again."""

from core import db
from core.files import File
from core.records.imports.models import Import
from core.records.imports.targets import as_guessed
from core.records.types import RecordType
from core.tabular import Guess, Table, guess_columns, read

SAMPLE = 200
LONGEST_SAMPLE = 200
"""What is shown of a cell. Guesses need no more of it."""


def open_table(run: Import) -> Table:
    """The table in the import's file. Raises TabularError."""
    file = db.get(File, run.file_id)
    assert file is not None
    choices = run.choices
    return read(file.content, file.name, encoding=choices.get("encoding"), delimiter=choices.get("delimiter"),
                sheet=choices.get("sheet"))  # fmt: skip


def look_at(run: Import) -> Table:
    """Keep what the file looks like with the import: headers, first rows, how many there are. Raises TabularError."""
    table = open_table(run)
    run.headers = table.headers
    run.rows = sum(1 for _row in table.rows)
    run.look = {
        "sample": [[cell[:LONGEST_SAMPLE] for cell in row] for row in table.sample(SAMPLE)],
        "warnings": [str(warning) for warning in table.warnings], "encoding": table.encoding,
        "delimiter": table.delimiter, "sheet": table.sheet, "sheets": table.sheets,
    }  # fmt: skip
    return table


def guess_mapping(record_type: RecordType, run: Import) -> list[Guess]:
    """What each column of the file probably is."""
    return guess_columns(run.headers, run.look["sample"], as_guessed(record_type))
