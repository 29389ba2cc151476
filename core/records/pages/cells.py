"""The rows of a list, written in Python: a page has hundreds of cells, and a template's macro for each is slow."""

from collections.abc import Container, Mapping, Sequence
from typing import Any
from uuid import UUID

from markupsafe import Markup, escape

from core.i18n import _
from core.records.fields import FieldType, Names
from core.records.fields import columns_of as fields_columns
from core.records.pages.addresses import list_url
from core.records.types import RecordType

LONG = 140
FULL_TITLE = 40


def columns_of(record_type: RecordType, fields: Sequence[FieldType]) -> list[Any]:
    """What must be read of a record to show these fields."""
    return fields_columns(record_type.model, (record_type.title_field, *fields), "id")


def rows_html(
    record_type: RecordType, rows: Sequence[Any], fields: Sequence[FieldType], names: Names, *, ticks: bool,
    sized: Container[str] = (), group: FieldType | None = None,
) -> Markup:  # fmt: skip
    """The body of the table. The cell of the title, or else the first, leads to the record.

    `sized` are the columns that were given a width; rows with the same value of `group` stand below a head.
    """
    base = escape(list_url(record_type))
    main = next((of for of in fields if of.key == record_type.title), fields[0])
    looks = [(of, _opening(of, of is main, of.key in sized)) for of in fields]
    drawn: dict[Any, Markup] = {}
    select = escape(_("Select"))
    html: list[str] = []
    before: Any = NEVER
    for row in rows:
        if group is not None and (value := group.get(row)) != before:
            before = value
            html.append(_group_head(group, row, names, drawn, len(fields) + ticks))
        html.append(f'<tr id="{record_type.name}-{row.id}">')
        if ticks:
            html.append(
                f'<td class="gx-check"><input type="checkbox" name="id" value="{row.id}" aria-label="{select}"></td>'
            )
        for of, opening in looks:
            content = cell_once(of, row, names, drawn)
            if of is main:
                content = _link(base + str(row.id), content or escape(record_type.title_of(row)))
            html.append(f"{opening}{content}</td>")
        html.append("</tr>")
    return Markup("".join(html))


NEVER = object()


def _group_head(group: FieldType, row: Any, names: Names, drawn: dict[Any, Markup], width: int) -> str:
    content = cell_once(group, row, names, drawn) or escape(_("Without: %(field)s", field=group.label))
    return f'<tr class="gx-group"><th colspan="{width}" scope="rowgroup">{content}</th></tr>'


def cell_once(of: FieldType, row: Any, names: Names, drawn: dict[Any, Markup]) -> Markup:
    """The cell, drawn once for each value: a column of states or owners has only a few."""
    value = of.get(row)
    if value is None:
        return Markup()
    if of.secret or isinstance(value, (list, dict)):
        return cell(of, row, names)
    if (found := drawn.get((of.key, value))) is None:
        found = drawn[of.key, value] = cell(of, row, names)
    return found


def cell(of: FieldType, row: Any, names: Mapping[tuple[str, UUID], str]) -> Markup:
    """A value as a list shows it: one line."""
    value = of.get(row)
    if value is None:
        return Markup()
    if of.widget == "textarea" and isinstance(value, str):
        return escape(" ".join(value[: LONG * 2].split())[:LONG])
    return escape(of.html(value, names))


def _link(url: str, content: Markup) -> Markup:
    if "<a " in content:
        content = escape(content.striptags())
    title = f' title="{content}"' if len(content) > FULL_TITLE and "<" not in content else ""
    return Markup(f'<a class="gx-main-cell" href="{url}"{title}>{content}</a>')


def _opening(of: FieldType, is_main: bool, is_sized: bool) -> str:
    looks = "gx-main-cell" if is_main else "gx-end" if of.align == "end" else ""
    looks = f"{looks} gx-sized".strip() if is_sized else looks
    attribute = f' class="{looks}"' if looks else ""
    return f'<td data-label="{escape(str(of.label))}"{attribute}>'
