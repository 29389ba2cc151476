"""The protocol of a field type: everything that any engine may ask of a field.

A field is an instance of a field type: declared by a model's column, or made from a tenant's custom field.
One class per type; whoever adds one overrides what differs from text, and the conformance suite does the rest.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Text, func
from sqlalchemy.types import TypeEngine

from core.i18n import _
from core.records.fields.operators import TEXT_OPERATORS, Operator

Names = Mapping[tuple[str, UUID], str]
"""Titles of looked-up records by (record type, id), fetched for a whole page at once."""

MAX_TEXT = 5_000


class FieldError(ValueError):
    """A value that does not fit its field. `code` is stable, the message is for the person who typed it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, str(message)


class FieldType:
    """A field and its type.

    `key` names it in conditions, the API and custom data; `attr` is the model's attribute; `custom_id` is set
    on a tenant's own field. `search` puts its text into the record's search columns; `match_key` makes it tell
    duplicates; `mask` is how it looks to those who may not see it; `synonyms` are headers that mean it.
    """

    type_name: ClassVar[str] = "text"
    title: ClassVar[Any] = ""
    slot: ClassVar[str] = "s"
    """Which column of the side index holds a custom value: s (text), n (number) or t (instant)."""
    widget: ClassVar[str] = "text"
    operators: ClassVar[Mapping[str, Operator]] = TEXT_OPERATORS
    aggregates: ClassVar[tuple[str, ...]] = ("count", "count_distinct")
    align: ClassVar[str] = "start"
    sortable: ClassVar[bool] = True
    """Whether a list offers to sort by it."""
    points: ClassVar[bool] = False
    """Whether its values name other records."""
    json_types: ClassVar[tuple[type, ...]] = (str,)
    configurable: ClassVar[tuple[str, ...]] = ()
    """Options of a custom field's `config` that the constructor takes."""

    def __init__(
        self,
        label: Any,
        *,
        required: bool = False,
        default: Any = None,
        help: Any = "",
        search: bool = False,
        editable: bool = True,
        filterable: bool = True,
        unique: bool = False,
        match_key: bool = False,
        mask: str | None = None,
        synonyms: Sequence[str] = (),
    ) -> None:
        self.label, self.help = label, help
        self.required, self.default = required, default
        self.search, self.editable, self.filterable = search, editable, filterable
        self.unique, self.match_key, self.mask_rule = unique, match_key, mask
        self.synonyms = tuple(synonyms)
        self.key = self.attr = ""
        self.custom_id: UUID | None = None
        self.retired = False

    # --- where the value lives -------------------------------------------------------------------------

    def column_type(self) -> TypeEngine[Any]:
        """The type of a model's column; one whose comparison is leakproof."""
        return Text()

    def bind(self, attr: str) -> None:
        """Take the name of the model's attribute."""
        self.attr = self.key = attr

    def bind_custom(self, key: str, custom_id: UUID) -> None:
        self.key, self.custom_id = key, custom_id

    def get(self, record: Any) -> Any:
        if self.custom_id:
            return self.load((record.custom or {}).get(self.key))
        return getattr(record, self.attr)

    def set(self, record: Any, value: Any) -> None:
        if not self.custom_id:
            setattr(record, self.attr, value)
            return
        rest = {key: old for key, old in (record.custom or {}).items() if key != self.key}
        record.custom = rest if value is None else rest | {self.key: self.dump(value)}

    def attrs(self) -> tuple[str, ...]:
        """The model's attributes that `get` reads: what a list has to load to show the field."""
        return ("custom",) if self.custom_id else (self.attr,)

    def indexed(self, value: Any) -> Any:
        """The value as the side index holds it."""
        return value

    # --- from outside ----------------------------------------------------------------------------------

    def parse(self, raw: Any) -> Any:
        """The value of what a person typed, a file holds or a program sent; None when empty.

        Raises FieldError, whose message says what would be right.
        """
        if raw is None:
            return None
        if not isinstance(raw, str):
            raise FieldError("wrong_type", _("Enter text."))
        text = raw.replace("\x00", "").strip()
        return self.parse_text(text) if text else None

    def parse_text(self, text: str) -> Any:
        """The value of some text that is not empty. What most types override."""
        if len(text) > MAX_TEXT:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=MAX_TEXT))
        return text

    def parse_json(self, raw: Any) -> Any:
        """The same for JSON, where the type must be right as well."""
        if raw is not None and (
            not isinstance(raw, self.json_types) or isinstance(raw, bool) > (bool in self.json_types)
        ):
            raise FieldError("wrong_type", _("Send a value like %(example)s.", example=repr(self.example())))
        return self.parse(raw)

    def from_form(self, form: Any, name: str) -> Any:
        """What a posted form holds for this field, before parsing."""
        return form.get(name)

    def load(self, stored: Any) -> Any:
        """The value of what JSON storage holds, written by `dump`."""
        return self.parse(stored)

    # --- to outside ------------------------------------------------------------------------------------

    def dump(self, value: Any) -> Any:
        """The value in JSON: the API, custom data, history."""
        return value

    def text(self, value: Any, names: Names = {}) -> str:  # noqa: B006
        """The value as plain text that `parse` takes back."""
        return "" if value is None else str(value)

    def typed(self, value: Any) -> Any:
        """The value as a form's control holds it: text, or a list of texts where several are ticked."""
        return self.text(value)

    def html(self, value: Any, names: Names = {}) -> Markup | str:  # noqa: B006
        """The value as a person sees it in a list or on a page. Whatever is no Markup is escaped."""
        return escape(self.text(value, names))

    def mask(self, value: Any) -> Any:
        """What is shown instead to those who may not see the value."""
        return None if value is None else "•••"

    def diff(self, old: Any, new: Any) -> list[Any] | None:
        """[old, new] in JSON, or None when nothing changed."""
        before, after = self.dump(old), self.dump(new)
        return None if before == after else [before, after]

    def json_schema(self) -> dict[str, Any]:
        """OpenAPI's schema of the value."""
        return {"type": "string", "maxLength": MAX_TEXT}

    def example(self) -> Any:
        """A value in JSON that is valid."""
        return "Acme"

    def refers_to(self) -> str | None:
        """The record type whose ids this field holds."""
        return None

    def points_at(self, value: Any) -> tuple[str, UUID] | None:
        """The record that a value names, by type and id."""
        target = self.refers_to()
        return (target, value) if target and value is not None else None

    # --- in SQL ----------------------------------------------------------------------------------------

    def expression(self, model: Any) -> ColumnElement[Any]:
        """The built-in column of this field."""
        return getattr(model, self.attr)

    def operand(self, op: Operator, raw: Any) -> Any:
        """What an operator of a condition is given, as SQL compares it. Raises FieldError."""
        if op.takes == "none":
            return None
        if op.takes == "list":
            if not isinstance(raw, list) or not 0 < len(raw) <= 500:
                raise FieldError("wrong_operand", _("Give a list of one to 500 values."))
            return [self._one(each) for each in raw]
        if op.takes == "two":
            if not isinstance(raw, list) or len(raw) != 2:
                raise FieldError("wrong_operand", _("Give the first and the last value."))
            return [self._one(each) for each in raw]
        if op.takes == "text":
            text = raw.replace("\x00", "") if isinstance(raw, str) else ""
            if not text or len(text) > 500:
                raise FieldError("wrong_operand", _("Give some text to look for."))
            return text
        return self._one(raw)

    def _one(self, raw: Any) -> Any:
        value = self.parse(raw)
        if value is None:
            raise FieldError("wrong_operand", _("Give a value to compare with."))
        return self.indexed(value)

    def sort_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return column

    def aggregate(self, name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
        if name not in self.aggregates:
            raise FieldError("no_aggregate", _("This field cannot be summed up that way."))
        if name == "count_distinct":
            return func.count(column.distinct())
        return getattr(func, name)(column)
