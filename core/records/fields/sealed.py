"""Fields that are kept encrypted and shown only by being revealed: secrets, and identity numbers."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

from markupsafe import Markup
from sqlalchemy import ColumnElement, Dialect
from sqlalchemy import Text as TextColumn
from sqlalchemy.types import TypeDecorator, TypeEngine
from stdnum.exceptions import ValidationError

from core.i18n import _, _l
from core.records.fields.base import MAX_TEXT, NO_NAMES, FieldError, FieldType, Names
from core.records.fields.choice import Choice, Option
from core.records.fields.in_json import CustomMember
from core.records.fields.operators import EMPTY, NOT_EMPTY, Operator
from core.records.fields.text import Text
from core.sealing import CannotOpen, fingerprint, fingerprints, seal, unseal
from core.web.static_files import icon

DOTS = "••••••••"
PREFIX = "sealed:"


class Sealed:
    """An encrypted value, which tells what it is only to who opens it; or a cover that came back from outside.

    `cover` is what is shown in its place, worked out from the value where it is not told. Two values are equal when
    their texts are, two covers when they look alike; a value and a cover never are, since many values look alike.
    """

    __slots__ = ("_cover", "token")

    def __init__(self, token: str | None, cover: str | None = None) -> None:
        self.token, self._cover = token, cover

    @property
    def cover(self) -> str:
        if self._cover is None:
            try:
                self._cover = cover(self.open())
            except CannotOpen:
                self._cover = DOTS
        return self._cover

    def open(self) -> str:
        """The text itself: to be shown to whoever may reveal it, and to nobody else. Raises CannotOpen."""
        if self.token is None:
            raise CannotOpen("a cover cannot be opened")
        return unseal(self.token)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sealed):
            return NotImplemented
        if self.token is None or other.token is None:
            return self.token is other.token and self.cover == other.cover
        try:
            return self.token == other.token or self.open() == other.open()
        except CannotOpen:
            return False

    def __hash__(self) -> int:
        return hash(self.cover)

    def __repr__(self) -> str:
        return "Sealed(…)"


def cover(number: str) -> str:
    """A number with its middle covered: 110***********002X. A short one shows only its end."""
    before = 3 if len(number) >= 14 else 1 if len(number) >= 8 else 0
    after = 4 if len(number) >= 14 else 2
    return number[:before] + "*" * max(3, len(number) - before - after) + number[len(number) - after :]


class SealedText(TypeDecorator[Sealed]):
    """A column of a model that holds sealed values."""

    impl = TextColumn
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str | None:
        return value.token if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sealed | None:
        return Sealed(value, DOTS) if value is not None else None


class Secret(FieldType):
    """A password, a licence key, an account number: encrypted, in no list, search, export or history."""

    type_name = "secret"
    icon = "lock"
    title = _l("Secret")
    slot = ""
    widget = "own"
    sortable = False
    secret = True
    operators: ClassVar[Mapping[str, Operator]] = {"empty": EMPTY, "not_empty": NOT_EMPTY}
    aggregates = ("count",)
    covering: ClassVar[re.Pattern[str]] = re.compile("•{3}")
    """By what a cover is told from a value."""
    usual_cover: ClassVar[str | None] = DOTS

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, **rest | {"search": False})

    def column_type(self) -> TypeEngine[Any]:
        return SealedText()

    def parse(self, raw: Any) -> Sealed | None:
        return raw if isinstance(raw, Sealed) else super().parse(raw)

    def parse_text(self, text: str) -> Sealed:
        if self.covering.search(text):
            return Sealed(None, text)
        return Sealed(seal(self.checked(text)), self.usual_cover)

    def checked(self, text: str) -> str:
        """The text as it is kept. Raises FieldError."""
        if len(text) > MAX_TEXT:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=MAX_TEXT))
        return text

    def load(self, stored: Any) -> Any:
        if not isinstance(stored, str):
            return None
        if stored.startswith(PREFIX):
            return Sealed(stored.removeprefix(PREFIX), self.usual_cover)
        return Sealed(None, stored)

    def store(self, value: Any) -> Any:
        return None if value is None else f"{PREFIX}{value.token}" if value.token else value.cover

    def keep(self, record_type: str, record: Any, value: Any) -> Any:
        """What was covered and came back unchanged stays; a cover that was changed is no value."""
        if value is None or value.token:
            return value
        now = self.get(record)
        if now is None or now.cover != value.cover:
            raise FieldError("covered", _("Type the whole value: what is shown is only its cover."))
        return now

    # --- to outside ------------------------------------------------------------------------------------

    def dump(self, value: Any) -> Any:
        return None if value is None else value.cover

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else value.cover

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if value is None:
            return ""
        return Markup('<span class="gx-sealed">{}{}</span>').format(icon("lock"), value.cover)

    def diff(self, old: Any, new: Any) -> list[Any] | None:
        """That it changed, and never from what to what."""
        return None if old is None and new is None or old == new else [self.dump(old), self.dump(new)]

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        """What is there stands covered in the control; typing over it replaces it, emptying it removes it."""
        return Markup(
            '<input class="gx-input" type="text" name="{}" value="{}" autocomplete="off" spellcheck="false"'
            ' data-sealed maxlength="{}"{}>'
        ).format(name, typed if isinstance(typed, str) else "", MAX_TEXT, attributes)

    def json_schema(self) -> dict[str, Any]:
        said = _("Written as it is; a cover sent back leaves it unchanged.")
        return {"type": "string", "maxLength": MAX_TEXT, "description": said}

    def shown_schema(self) -> dict[str, Any]:
        return {"type": "string", "description": _("A cover: what the value is, only its opening tells.")}

    def example(self) -> Any:
        return "correct horse battery staple"

    def expression(self, model: Any) -> Any:
        return CustomMember(model.custom, self.key) if self.custom_id else super().expression(model)


COUNTRIES = {
    "cn": ("stdnum.cn.ric", _l("China (居民身份证)")),
    "br": ("stdnum.br.cpf", _l("Brazil (CPF)")),
    "de": ("stdnum.de.idnr", _l("Germany (Steuer-ID)")),
    "es": ("stdnum.es.dni", _l("Spain (DNI)")),
    "fr": ("stdnum.fr.nir", _l("France (NIR)")),
    "in": ("stdnum.in_.aadhaar", _l("India (Aadhaar)")),
    "it": ("stdnum.it.codicefiscale", _l("Italy (codice fiscale)")),
    "kr": ("stdnum.kr.rrn", _l("South Korea (RRN)")),
    "my": ("stdnum.my.nric", _l("Malaysia (NRIC)")),
    "pl": ("stdnum.pl.pesel", _l("Poland (PESEL)")),
    "th": ("stdnum.th.pin", _l("Thailand (PIN)")),
    "us": ("stdnum.us.ssn", _l("United States (SSN)")),
}
OTHER = "other"
OTHER_SHAPE = re.compile(r"[0-9A-Z][0-9A-Z ()./-]{2,38}[0-9A-Z)]")


def _any_of(column: Any, values: Sequence[Any]) -> Any:
    return column.in_(values)


class Identity(Secret):
    """A number by which a state knows a person: encrypted and covered, checked, and found by the whole number.

    `country` says whose numbers they are; for `other`, `shape` may say how one looks: A for a letter, 0 for a digit.
    """

    type_name = "identity"
    icon = "id-badge-2"
    title = _l("Identity number")
    slot = "s"
    configurable: ClassVar[tuple[str, ...]] = ("country", "shape")
    covering: ClassVar[re.Pattern[str]] = re.compile("[•*]{3}")
    usual_cover: ClassVar[str | None] = None
    operators: ClassVar[Mapping[str, Operator]] = {
        "is": Operator(_l("is"), "value", _any_of),
        "is_not": Operator(_l("is not"), "value", lambda c, v: c.not_in(v)),
        "in": Operator(_l("is any of"), "list", lambda c, v: c.in_([each for one in v for each in one])),
        "empty": EMPTY,
        "not_empty": NOT_EMPTY,
    }

    def __init__(self, label: Any, *, country: str | None = "cn", shape: str | None = None, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.country, self.shape = country or "cn", shape

    def bind(self, attr: str) -> None:
        raise TypeError("an identity number is found by the side index, which only a tenant's own fields have")

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        options = [Option(code, label) for code, (_module, label) in COUNTRIES.items()]
        example = _l("How a number looks: A stands for a letter, 0 for a digit, as in A000000(0).")
        return {
            "country": Choice(_l("Whose numbers"), options=[*options, Option(OTHER, _l("Other"))], default="cn"),
            "shape": Text(_l("Pattern, for other countries"), max_length=40, help=example),
        }

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        if config.get("country") not in (None, OTHER, *COUNTRIES):
            raise FieldError("not_an_option", _("Choose one of: %(list)s.", list=", ".join((*COUNTRIES, OTHER))))
        shape = config.get("shape")
        if shape and not (re.search("[A0]", shape) and re.fullmatch(r"[A0 ()./-]{4,40}", shape)):
            message = _("Write A for a letter and 0 for a digit; between them may stand spaces and ( ) . / -")
            raise FieldError("bad_pattern", message)
        return dict(config)

    def checked(self, text: str) -> str:
        if self.country in COUNTRIES:
            return self._by_library(text)
        plain = " ".join(text.upper().split())
        if not (_shape(self.shape).fullmatch(plain) if self.shape else OTHER_SHAPE.fullmatch(plain)):
            looks = self.shape or "A000000(0)"
            raise FieldError("not_an_id_number", _("Enter a whole number, like %(shape)s.", shape=looks))
        return plain

    def _by_library(self, text: str) -> str:
        if len(text) > 40:
            raise FieldError("not_an_id_number", self._wrong())
        try:
            return str(_checker(self.country).validate(text.upper()))
        except ValidationError:
            raise FieldError("not_an_id_number", self._wrong()) from None

    def _wrong(self) -> str:
        if self.country == "cn":
            return _("Enter an identity number of 18 characters: its check digit, date of birth or area is not right.")
        name = COUNTRIES[self.country][1]
        return _("This is no valid number of this kind: %(kind)s. Check each digit.", kind=name)

    def indexed(self, value: Any) -> Any:
        return fingerprint(value.open(), self._purpose()) if value.token else ""

    def _purpose(self) -> str:
        return f"identity:{self.custom_id}"

    def _one(self, raw: Any) -> Any:
        """What the side index holds of the number, under each key that was ever in use."""
        value = self.load(raw) if _is_sealed(raw) else self.parse(raw)
        if value is None or value.token is None:
            raise FieldError("wrong_operand", _("Give the whole number to look for."))
        try:
            return fingerprints(value.open(), self._purpose())
        except CannotOpen:
            raise FieldError("wrong_operand", _("Give the whole number to look for.")) from None

    def kept_operand(self, raw: Any) -> Any:
        """The number as records hold it: encrypted."""
        if isinstance(raw, list):
            return [self.kept_operand(each) for each in raw]
        return raw if raw is None or _is_sealed(raw) else self.store(self.parse(raw))

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        """Also of what a condition says of a number, kept or as it was typed."""
        if isinstance(value, str):
            return self.load(value).cover if _is_sealed(value) else cover(value)
        return super().text(value, names)

    def expression(self, model: Any) -> ColumnElement[Any]:
        raise FieldError("no_expression", _("This field cannot be used that way."))

    def json_schema(self) -> dict[str, Any]:
        return super().json_schema() | {"maxLength": 40}

    def example(self) -> Any:
        return "11010519491231002X"


def _is_sealed(raw: Any) -> bool:
    """Whether a condition that was kept says this of a number."""
    return isinstance(raw, str) and raw.startswith(PREFIX)


@cache
def _checker(country: str) -> Any:
    """The library's module for a country's numbers, loaded when it is first needed."""
    return import_module(COUNTRIES[country][0])


@cache
def _shape(shape: str) -> re.Pattern[str]:
    kinds = {"A": "[A-Z]", "0": "[0-9]"}
    return re.compile("".join(kinds.get(each, re.escape(each)) for each in shape))
