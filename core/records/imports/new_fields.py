"""A field of one's own for a column that has none yet, of the type that the column's cells suggest."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from core import access
from core.errors import FieldProblem, Invalid
from core.i18n import _
from core.records.custom import add_custom_field, fields_of, options_of
from core.records.fields import FIELD_TYPES
from core.records.imports.looking import open_table
from core.records.imports.models import Import
from core.records.types import RecordType
from core.tabular import Kind, column_kind

NEW = "+new"
OFFERED = ("text", "long_text", "integer", "decimal", "percent", "money", "date", "datetime", "yes_no", "choice",
           "tags", "phone", "email", "url", "member")  # fmt: skip
TYPES: dict[Kind, str] = {
    "email": "email", "url": "url", "phone": "phone", "date": "date", "year": "integer", "integer": "integer",
    "money": "money", "number": "decimal", "percent": "percent", "bool": "yes_no",
}  # fmt: skip
FEW = 12
MOST_OPTIONS = 200


def may_add_fields(record_type: RecordType) -> bool:
    return record_type.customisable and access.permitted("tenant.manage_fields")


def guess_type(cells: Sequence[str]) -> str:
    """The type of field that these cells of a column would fill."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return "text"
    if any(len(cell) > 120 or "\n" in cell for cell in filled):
        return "long_text"
    kind = column_kind(filled, 0.95)
    if kind == "date" and any(re.search(r"\d[:时点]\d", cell) for cell in filled):
        return "datetime"
    if kind:
        return TYPES[kind]
    values = Counter(filled)
    few = len(values) <= FEW and len(values) * 2 <= len(filled) and all(len(value) <= 40 for value in values)
    return "choice" if few else "text"


def add_field_for(record_type: RecordType, run: Import, at: int, type_name: str) -> str:
    """Give the record type a field called as the column is. Returns its key. Raises Forbidden, Invalid."""
    access.require_permission("tenant.manage_fields")
    kind = FIELD_TYPES.get(type_name)
    if kind is None or type_name not in OFFERED or not record_type.customisable:
        raise Invalid([FieldProblem("type", "unknown_type", _("Choose a type of field."))])
    config: dict[str, Any] = {}
    if "options" in kind.configurable:
        config["options"] = options_of("\n".join(_distinct(run, at)))
    taken = [*record_type.builtin, *(row.key for row in fields_of(record_type.name))]
    made = add_custom_field(record_type.name, label=run.headers[at][:100], type=type_name, taken=taken, config=config)
    return made.key


def _distinct(run: Import, at: int) -> list[str]:
    """The different cells of a column, as its options. Raises Invalid for too many."""
    found: dict[str, None] = {}
    for row in open_table(run).rows:
        if row.problem is None and (cell := " ".join(row[at].split())[:100]):
            found[cell] = None
        if len(found) > MOST_OPTIONS:
            message = _("“%(column)s” has more than %(limit)s different values. Make it a text.",
                        column=run.headers[at], limit=MOST_OPTIONS)  # fmt: skip
            raise Invalid([FieldProblem("type", "too_many_options", message)])
    return list(found)
