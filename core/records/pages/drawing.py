"""The HTML of a form's controls: made by the templates once for each field, then only filled with values.

A form of two hundred fields would else spend its time in macros that come to the same every time. What is kept
lives as long as the tenant's shape does. Whatever is not plain, such as a control with a fault, is drawn anew.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup, escape

from core import current
from core.i18n import locale
from core.records.fields import FieldType, Names, State
from core.records.pages.controls import SHAPES, Control, title_of
from core.records.shape import PLAIN, shape
from core.records.types import RecordType
from core.web.components import field_prefix

SINGLE = frozenset({"text", "email", "tel", "url", "number", "textarea", "date", "datetime"})
"""Controls with one place for a value."""
FEW = frozenset({"select", "checkboxes", "switch"})
"""Controls that hold one of a few values."""
GAPS = {"": ('value="', '"'), "textarea": (">", "</textarea>")}
"""What stands before and after a value, with nothing between them in an empty control."""
MOST_KEPT = 5_000


class Cell(NamedTuple):
    """A place of the form as it is drawn."""

    name: str
    html: Markup
    required: bool
    is_filled: bool


class Gaps(NamedTuple):
    """A control with nothing in it, cut where its values belong."""

    parts: tuple[str, ...]
    kind: str

    def filled(self, *values: str) -> Markup:
        if len(values) == 1:
            return Markup("".join((self.parts[0], escape(values[0]), self.parts[1])))
        first, *rest = self.parts
        pairs = zip(map(escape, values), rest, strict=True)
        return Markup("".join((first, *(text for pair in pairs for text in pair))))


class Sheet:
    """Draws the controls of one form."""

    def __init__(self, record_type: RecordType) -> None:
        key = ("controls", record_type.name, locale(), field_prefix(), current.tenant().currency)
        now = shape()
        self.kept: dict[Any, Any] = now.made.setdefault(key, {})
        self.is_shared = now is PLAIN
        self.module: Any = current_app.jinja_env.get_template("records/controls.html").module

    def plain(
        self, of: FieldType, typed: Any, text: str, names: Names, looks: Any, make: Callable[[Any], Control]
    ) -> Markup | None:
        """The control where it is one of those that are kept; None where it has to be drawn by itself.

        `looks` is what tells it from the same control elsewhere; `make` makes it with something in it.
        """
        if of.widget in SINGLE:
            return self._filled(of, typed, looks, make) if isinstance(typed, str) else None
        if of.widget == "lookup":
            if self.is_shared:  # its address is one of the workspace, and this shape is everyone's who changed nothing
                return None
            gaps = self._cut((of.key, looks, current.tenant().slug), lambda: make(""), 2)
            return gaps.filled(typed or "", text or title_of(of, typed, names)) if gaps else None
        if of.widget == "money":
            given = typed if isinstance(typed, dict) else {}
            currency = given.get("currency") or ""
            empty = {"amount": "", "currency": currency} if currency else ""
            gaps = self._cut((of.key, looks, currency), lambda: make(empty), 1)
            return gaps.filled(given.get("amount") or "") if gaps else None
        if of.widget in FEW and not isinstance(of, State):
            return self._whole(of, typed, looks, make)
        return None

    def _filled(self, of: FieldType, typed: str, looks: Any, make: Callable[[Any], Control]) -> Markup | None:
        gaps = self._cut((of.key, looks), lambda: make(""), 1, GAPS.get(of.widget, GAPS[""]))
        if gaps is None or (gaps.kind in SHAPES and typed and not re.fullmatch(SHAPES[gaps.kind], typed)):
            return None
        return gaps.filled(typed)

    def drawn(self, control: Control) -> Markup:
        return Markup(self.module.cell(control))

    def told(self, label: Any, html: Markup | str, why: str, *, wide: bool) -> Markup:
        """A value that is shown and cannot be written, with the reason."""
        return Markup(self.module.told(label, html, why, wide))

    def _cut(self, key: Any, make: Callable[[], Control], number: int, gap: tuple[str, str] = ('value="', '"')) -> Any:
        """The empty control, cut where values belong; None where it has not as many such places, once and for all."""
        if key not in self.kept:
            control = make()
            parts = str(self.drawn(control)).split("".join(gap))
            before, after = gap
            whole = [(after if n else "") + part + (before if n < number else "") for n, part in enumerate(parts)]
            self.kept[key] = Gaps(tuple(whole), control.kind) if len(parts) == number + 1 else None
        return self.kept[key]

    def _whole(self, of: FieldType, typed: Any, looks: Any, make: Callable[[Any], Control]) -> Markup | None:
        """The control with one of the few values that it may have."""
        key = (of.key, looks, "with", tuple(typed) if isinstance(typed, list) else typed)
        if key not in self.kept:
            if len(self.kept) > MOST_KEPT:
                return None
            self.kept[key] = self.drawn(make(typed))
        return self.kept[key]
