"""Where the header of a table is, and what its columns are called."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.i18n import _
from core.tabular.sniffing import looks_like

_invisible = re.compile("[\ufeff\u200b-\u200f\u2060\0]")
_spaces = re.compile(r"\s+")


@dataclass(frozen=True)
class Heading:
    """The names of the columns, and how many rows come before the first row of data."""

    names: list[str]
    depth: int
    found: bool
    warnings: list[str]


def find_heading(
    rows: Sequence[Sequence[str]], *, grouped: Collection[int] = (), header: bool | None = None
) -> Heading:
    """Look at the first rows of a table.

    Titles above the header are left out. A row in `grouped` has headings that span several columns, so the
    row below it names them. `header` says what a person knows better: that there is a header, or none.
    """
    width = max(map(_filled_width, rows))
    top = _first_after_titles(rows, width) if header is not False else 0
    if header is False or (header is None and _is_data(rows[top], rows[top + 1 :])):
        names, notes = _name_columns([""] * width)
        if header is None:
            notes = [_("The first line looks like data, so the columns are numbered. If it names them, say so.")]
        return Heading(names, top, False, notes)
    titles, depth = list(rows[top]), top + 1
    while depth - 1 in grouped and depth < len(rows):
        titles, depth = _join_levels(titles, rows[depth]), depth + 1
    body = rows[depth:]
    width = max(_filled_width(titles), _usual_width(body))
    names, notes = _name_columns([*titles, *[""] * width][:width])
    return Heading(names, depth, True, notes)


def _first_after_titles(rows: Sequence[Sequence[str]], width: int) -> int:
    top = 0
    while top + 1 < len(rows) and _is_title(rows[top], width) and any(map(_is_wordy, rows[top + 1 : top + 6])):
        top += 1
    return top


def _is_title(row: Sequence[str], width: int) -> bool:
    """One text over the whole table, or a short note such as "Exported by: Ada"."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if width < 2:
        return False
    return len(set(filled)) == 1 or (len(filled) <= width / 3 and any(":" in cell or "：" in cell for cell in filled))


def _is_wordy(row: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in row if cell.strip()]
    return len(set(filled)) >= 2 and all(len(cell) <= 60 and looks_like(cell) is None for cell in filled)


def _is_data(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has values of the very kind that stand below it."""
    for_header = for_data = 0
    numbers = [cell for cell in first if looks_like(cell) in ("integer", "year")]
    counted = len(numbers) > 1 and numbers == sorted(set(numbers), key=lambda text: (len(text), text))
    for column, cell in enumerate(first):
        below = [row[column] for row in body if column < len(row) and row[column].strip()]
        kinds = {looks_like(value) for value in below}
        if not cell.strip() or len(below) < 1 or None in kinds:
            if looks_like(cell) in ("email", "url"):
                for_data += 1
            continue
        kind = looks_like(cell)
        if kind is None:
            for_header += 1
        elif kind in kinds and not (counted and kind in ("integer", "year")):
            for_data += 1
    return for_data > for_header


def _join_levels(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """`Contact` over `Phone` and `E-mail` gives these two names, unless another group has a `Phone` too."""
    width = max(len(groups), len(names))
    padded = [[*row, *[""] * (width - len(row))] for row in (groups, names)]
    pairs = [(group.strip(), name.strip()) for group, name in zip(*padded, strict=True)]
    plain = [name or group for group, name in pairs]
    return [
        f"{group} {name}" if plain.count(text) > 1 and group and name and group != name else text
        for (group, name), text in zip(pairs, plain, strict=True)
    ]


def _filled_width(row: Sequence[str]) -> int:
    return max((at + 1 for at, cell in enumerate(row) if cell.strip()), default=0)


def _usual_width(body: Sequence[Sequence[str]]) -> int:
    """The width that half of the rows fill: one long row is a slip, many are columns without a name."""
    widths = sorted(map(_filled_width, body))
    return widths[len(widths) // 2] if widths else 0


def _name_columns(titles: Sequence[str]) -> tuple[list[str], list[str]]:
    names: list[str] = []
    taken: set[str] = set()
    notes: list[str] = []
    for number, title in enumerate(titles, start=1):
        wanted = _spaces.sub(" ", _invisible.sub("", title)).strip() or _("Column %(number)s", number=number)
        name, again = wanted, 2
        while name.casefold() in taken:
            name, again = f"{wanted} {again}", again + 1
        if name != wanted:
            notes.append(
                _(
                    "Two columns are called “%(name)s”. The second is shown as “%(shown)s”.",
                    name=wanted,
                    shown=name,
                )
            )
        taken.add(name.casefold())
        names.append(name)
    return names, notes
