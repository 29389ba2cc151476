"""Which character separates the cells of a text file."""

import csv
import io
from collections import Counter

from core.i18n import _
from core.tabular.errors import TabularError

CANDIDATES = (",", "\t", ";", "|")
_declared = {f"sep={char}": char for char in CANDIDATES}


def declared_delimiter(text: str) -> str | None:
    """Excel's own way of saying it: a first line `sep=;`."""
    return _declared.get(text[:6].partition("\n")[0].partition("\r")[0].lower())


def known_delimiter(chosen: str) -> str:
    """The separator a person chose. Raises TabularError for what cannot be one."""
    if len(chosen) != 1 or chosen in '"\r\n\0':
        raise TabularError(
            "unknown_delimiter",
            _("Cells cannot be separated by “%(text)s”. Choose one character, such as a comma.", text=chosen),
        )
    return chosen


def detect_delimiter(text: str) -> str:
    """Judge by the beginning of a file: the one that gives the same number of cells, and most of them."""
    return declared_delimiter(text) or max(CANDIDATES, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    widths = [len(row) for row in rows if row]
    if len(widths) > 2:
        widths.pop()
    split = Counter(width for width in widths if width > 1)
    if not split:
        return 0.0, 0
    width, times = max(split.items(), key=lambda item: (item[1], item[0]))
    return round(times / len(widths), 1), width
