"""The protocol of a field type: everything that any engine may ask of a field.

A field is an instance of a field type: declared by a model's column, or made from a tenant's custom field.
One class per type; whoever adds one overrides what differs from text, and the conformance suite does the rest.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Text, func
from sqlalchemy.types import TypeEngine

from core.i18n import _
from core.records.fields.operators import TEXT_OPERATORS, Operator

Names = Mapping[tuple[str, UUID], str]
"""Titles of looked-up records by (record type, id), fetched for a whole page at once."""
NO_NAMES: Names = MappingProxyType({})

MAX_TEXT = 5_000
MOST_UNIQUE = 200
"""A longer text is told from others by its hash."""


class FieldError(ValueError):
    """A value that does not fit its field. `code` is stable, the message is for the person who typed it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, str(message)


def columns_of(model: Any, fields: "Iterable[FieldType]", *attrs: str) -> list[Any]:
    """What a statement selects so that these fields can be read from its rows, after these attributes: each once."""
    columns = [getattr(model, attr) for attr in attrs]
    columns += (column for of in fields for column in of.columns(model))
    return list({column.key: column for column in columns}.values())


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
    found: bool = False
    """Whether a search for its text finds the record, as the number of a thing should."""
    wide: ClassVar[bool] = False
    """Whether its control takes the whole width of a form."""
    computed: ClassVar[bool] = False
    """Whether its value is calculated in SQL, and never written."""
    tells_of: tuple[str, ...] = ()
    """The fields that one that is `only_asked` tells of: who may not read them cannot ask for it."""
    assigned: ClassVar[bool] = False
    """Whether new records get a value of the type's own making, which nobody changes."""
    importable: ClassVar[bool] = True
    """Whether a table of text can hold its values."""
    secret: ClassVar[bool] = False
    """Whether it is kept encrypted, and seen only by being revealed."""
    guarded: ClassVar[bool] = False
    """Whether it looks at the record, and at who asks, before it tells a value."""
    cell_kind: ClassVar[str] = "text"
    """What its values are in a spreadsheet: text, number, money, date or datetime."""
    cell_format: ClassVar[str] = ""
    """How a spreadsheet shows the numbers of its cells."""
    json_types: ClassVar[tuple[type, ...]] = (str,)
    configurable: ClassVar[tuple[str, ...]] = ()
    """Options of a custom field's `config` that the constructor takes."""
    icon: ClassVar[str] = ""
    """How the type is drawn where one chooses among types."""

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
        self.record_type = ""
        """Whose field it is, of a tenant's own."""
        self.retired = False

    # --- as a tenant's own field ------------------------------------------------------------------------

    @classmethod
    def settings(cls) -> "dict[str, FieldType]":
        """What an administrator may set on a field of this type: the constructor's argument, and the field that
        asks for it."""
        return {}

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        """The config as it is kept. Raises FieldError, whose message says what would be right."""
        return dict(config)

    @classmethod
    def added(cls, field_id: UUID) -> None:
        """A tenant's own field of this type was made or brought back: what is to be done for the records there are."""

    def check_place(self) -> None:
        """Raise FieldError for what does not fit with the other fields of the record type."""

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        """A config with which a field of this type can be made."""
        return {}

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
        record.custom = rest if value is None else rest | {self.key: self.store(value)}

    def attrs(self) -> tuple[str, ...]:
        """The model's attributes that `get` reads: what a list has to load to show the field."""
        return ("custom",) if self.custom_id else (self.attr,)

    def columns(self, model: Any) -> list[Any]:
        """What a statement has to select so that `get` can read the field from its rows."""
        return [getattr(model, attr) for attr in self.attrs()]

    def indexed(self, value: Any) -> Any:
        """The value as the side index holds it."""
        return value

    def unique_text(self, value: Any) -> str | None:
        """By what two values are the same where no two records may have the same: however they were written."""
        if value is None or not self.unique:
            return None
        plain = " ".join(unicodedata.normalize("NFKC", str(self.indexed(value))).casefold().split())
        if not plain:
            return None
        return plain if len(plain) <= MOST_UNIQUE else sha256(plain.encode()).hexdigest()

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
        """The value of what JSON storage holds, written by `store`, or of what history holds, written by `dump`."""
        return self.parse(stored)

    def keep(self, record_type: str, record: Any, value: Any) -> Any:
        """The value as this record is to keep it: looked up and checked, where that takes more than the value itself.

        Called by the services before the value is set, with the record's id known. Raises FieldError.
        """
        return value

    def first(self, record: Any) -> Any:
        """The value that a new record gets, of a type that is `assigned`."""
        return None

    # --- to outside ------------------------------------------------------------------------------------

    def dump(self, value: Any) -> Any:
        """The value in JSON: the API, custom data, history."""
        return value

    def store(self, value: Any) -> Any:
        """The value in JSON as custom data holds it, of a type that shows less than it keeps."""
        return self.dump(value)

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        """The value as plain text that `parse` takes back."""
        return "" if value is None else str(value)

    def cell(self, value: Any, names: Names = NO_NAMES) -> Any:
        """The value in a cell of a spreadsheet, as its `cell_kind` says."""
        return self.text(value, names)

    def cell_text(self, value: Any, names: Names = NO_NAMES) -> str:
        """The value in a table of text, as a person's own files have it. `parse` takes it back."""
        return self.text(value, names)

    def typed(self, value: Any) -> Any:
        """The value as a form's control holds it: text, or a list of texts where several are ticked."""
        return self.text(value)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        """The value as a person sees it in a list or on a page. Whatever is no Markup is escaped."""
        return escape(self.text(value, names))

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        """The value on the record's own page, where there is room for more than one line."""
        return self.html(value, names)

    def choices(self) -> Sequence[tuple[Any, Any]] | None:
        """What one chooses among, as (text, label), of a type whose values are few and known before."""
        return None

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup | None:
        """The control of a form, where none of the kit's fits. Its inputs' names begin with `name`; `attributes`
        (id, required, what describes it) belong to the one that the label is for."""
        return None

    def mask(self, value: Any) -> Any:
        """What is shown instead to those who may not see the value."""
        return None if value is None else "•••"

    def diff(self, old: Any, new: Any) -> list[Any] | None:
        """[old, new] in JSON, or None when nothing changed."""
        before, after = self.dump(old), self.dump(new)
        return None if before == after else [before, after]

    def change_html(self, old: Any, new: Any, names: Names = NO_NAMES) -> "tuple[Markup | str, Markup | str] | None":
        """The old and the new value as the history shows them, where both as they are would not tell what changed."""
        return None

    def json_schema(self) -> dict[str, Any]:
        """OpenAPI's schema of the value."""
        return {"type": "string", "maxLength": MAX_TEXT}

    def shown_schema(self) -> dict[str, Any]:
        """The schema of the value as it is answered, where that differs from what is taken."""
        return self.json_schema()

    def example(self) -> Any:
        """A value in JSON that is valid."""
        return "Acme"

    def refers_to(self) -> str | None:
        """The record type whose ids this field holds."""
        return None

    def linked_type(self) -> str:
        """The record type that its values name, be it one record or several; empty for none."""
        return self.refers_to() or ""

    def points_at(self, value: Any) -> tuple[str, UUID] | None:
        """The record that a value names, by type and id."""
        target = self.refers_to()
        return (target, value) if target and value is not None else None

    def all_pointed(self, value: Any) -> list[tuple[str, UUID]]:
        """The records that a value names, of a type whose values may name several."""
        pointed = self.points_at(value)
        return [pointed] if pointed else []

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

    def kept_operand(self, raw: Any) -> Any:
        """What a condition that is kept says in place of what was typed, of a type whose values are kept encrypted."""
        return raw

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
