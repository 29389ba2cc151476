"""The controls of a few fields of a record, for a form that a room or plugin makes itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.records.fields import FieldType
from core.records.pages.controls import Control, control, members
from core.records.pages.forms import pointed
from core.records.types import titles


def form_controls(
    fields: Sequence[FieldType], typed: Mapping[str, Any], errors: Mapping[str, str] = {}
) -> list[Control]:
    """One for each field, drawn by `control` of `records/controls.html`. `typed` is what stands in them."""
    people, names = members(fields), titles(pointed(list(fields), dict(typed)))
    return [
        control(f, typed.get(f.key), error=errors.get(f.key), people=people, names=names, is_new=True) for f in fields
    ]
