"""Numbers, percentages and money."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP
from decimal import Decimal as Exact
from functools import lru_cache
from typing import Any, ClassVar

from babel.numbers import get_currency_precision, list_currencies
from markupsafe import Markup, escape
from sqlalchemy import BigInteger, Double
from sqlalchemy.types import TypeEngine

from core import current
from core.i18n import _, _l, fmt_money, fmt_number
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.operators import ORDER_OPERATORS
from core.tabular import parse_number_text


class Limits(FieldType):
    """Setting: the smallest and the largest number that is accepted, either of them perhaps open."""

    type_name = "limits"
    widget = "limits"
    json_types = (list,)

    def from_form(self, form: Any, name: str) -> Any:
        return [form.get(f"{name}-low"), form.get(f"{name}-high")]

    def parse(self, raw: Any) -> list[float | None] | None:
        if raw in (None, "", []):
            return None
        if not isinstance(raw, (list, tuple)) or len(raw) != 2:
            raise FieldError("wrong_type", _("Give the first and the last value."))
        low, high = (self._end(each) for each in raw)
        if low is not None and high is not None and low > high:
            raise FieldError("out_of_range", _("The first number is the smaller one."))
        return None if low is high is None else [low, high]

    def _end(self, raw: Any) -> float | None:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
            raise FieldError("not_a_number", _("Enter a number like 1234.5."))
        found = float(exact(raw) if isinstance(raw, str) else raw)
        if not abs(found) < 1e15:
            raise FieldError("out_of_range", _("This number is too large."))
        return int(found) if found.is_integer() else found

    def typed(self, value: Any) -> Any:
        return ["" if end is None else format(Exact(repr(end)), "f") for end in value or (None, None)]


def exact(text: str) -> Exact:
    """The number in a text such as "1,100.04", "¥1,200", "1.2万" or "(300)". Raises FieldError."""
    value = parse_number_text(text)
    if value is None or not value.is_finite():
        raise FieldError("not_a_number", _("Enter a number like 1234.5."))
    return value


class Number(FieldType):
    """What the number types share."""

    slot = "n"
    cell_kind = "number"
    widget = "number"
    operators = ORDER_OPERATORS
    aggregates = ("count", "sum", "avg", "min", "max")
    align = "end"
    icon = "number-123"
    json_types: ClassVar[tuple[type, ...]] = (int, float)
    configurable: ClassVar[tuple[str, ...]] = ("range",)

    def __init__(self, label: Any, *, range: Sequence[float | None] | None = None, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.range = range

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        help = _l("Numbers outside are refused. Leave an end empty where there is none.")
        return {"range": Limits(_l("Smallest and largest number"), help=help)} if "range" in cls.configurable else {}

    def parse(self, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = raw.strip() or None
        if raw is None:
            return None
        if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Exact)):
            raise FieldError("not_a_number", _("Enter a number like 1234.5."))
        if isinstance(raw, float) and not math.isfinite(raw):
            raise FieldError("not_a_number", _("Enter a number like 1234.5."))
        value = self.settle(exact(raw) if isinstance(raw, str) else Exact(str(raw)))
        if self.range:
            self._check_range(value)
        return value

    def _check_range(self, value: Any) -> None:
        low, high = self.range or (None, None)
        if (low is None or low <= value) and (high is None or value <= high):
            return
        shown = {"low": self.html(low), "high": self.html(high)}
        if low is None:
            raise FieldError("out_of_range", _("Enter a number up to %(high)s.", **shown))
        if high is None:
            raise FieldError("out_of_range", _("Enter a number from %(low)s up.", **shown))
        raise FieldError("out_of_range", _("Enter a number from %(low)s to %(high)s.", **shown))

    def cell(self, value: Any, names: Names = NO_NAMES) -> Any:
        return value

    def load(self, stored: Any) -> Any:
        """A number is kept as it is, and was checked when it came in."""
        return stored if isinstance(stored, (int, float)) else self.parse(stored)

    def settle(self, value: Exact) -> Any:
        """The exact number as the value of this type."""
        raise NotImplementedError

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return "" if value is None else escape(fmt_number(value))


class Integer(Number):
    """A whole number."""

    type_name = "integer"
    cell_format = "#,##0"
    title = _l("Whole number")
    json_types = (int,)

    def column_type(self) -> TypeEngine[Any]:
        return BigInteger()

    def settle(self, value: Exact) -> int:
        if value != value.to_integral_value():
            raise FieldError("not_whole", _("Enter a whole number, without decimals."))
        if abs(value) >= 2**53:
            raise FieldError("out_of_range", _("This number is too large."))
        return int(value)

    def json_schema(self) -> dict[str, Any]:
        ends = zip(("minimum", "maximum"), self.range or (), strict=False)
        return {"type": "integer"} | {name: end for name, end in ends if end is not None}

    def example(self) -> Any:
        return int(next((end for end in self.range or () if end is not None), 42))


class Year(Integer):
    """A year, shown without separators."""

    type_name = "year"
    cell_format = "0"
    title = _l("Year")

    configurable = ()

    def __init__(self, label: Any, **rest: Any) -> None:
        super().__init__(label, **({"range": (1000, 2999)} | rest))

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return "" if value is None else str(value)

    def example(self) -> Any:
        return 1996


class Decimal(Number):
    """A number with decimals, kept in double precision (a numeric column cannot be filtered by an index)."""

    type_name = "decimal"
    icon = "decimal"
    title = _l("Number")

    def column_type(self) -> TypeEngine[Any]:
        return Double()

    configurable: ClassVar[tuple[str, ...]] = ("range", "decimals")

    def __init__(self, label: Any, *, decimals: int | None = None, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.decimals = decimals

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        help = _l("How many digits after the point; what is typed is rounded. Empty: as typed.")
        return super().settings() | {"decimals": Integer(_l("Decimals"), range=(0, 10), help=help)}

    def settle(self, value: Exact) -> float:
        if self.decimals is not None and abs(value) < 10**15:
            value = value.quantize(Exact(1).scaleb(-self.decimals), ROUND_HALF_UP)
        if not abs(found := float(value)) < 1e15:
            raise FieldError("out_of_range", _("This number is too large."))
        return found

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else format(Exact(repr(value)), "f")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "number"}

    def example(self) -> Any:
        return 12.5


class Percent(Decimal):
    """A percentage: 12.5 stands for 12.5 %, with or without the sign."""

    type_name = "percent"
    cell_format = 'General"%"'
    icon = "percentage"
    title = _l("Percent")

    def parse(self, raw: Any) -> Any:
        return super().parse(raw.strip().rstrip("%％") if isinstance(raw, str) else raw)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return "" if value is None else f"{fmt_number(value)}%"


@dataclass(frozen=True, order=True)
class Amount:
    """Money: a whole number of the currency's smallest unit."""

    minor: int
    currency: str

    @property
    def plain(self) -> str:
        return format(Exact(self.minor).scaleb(-get_currency_precision(self.currency)), "f")


SIGNS = {"¥": None, "￥": None, "$": None, "€": "EUR", "£": "GBP", "HK$": "HKD", "US$": "USD", "RMB": "CNY"}


@lru_cache(maxsize=500)
def _precision(currency: str) -> int | None:
    """How many decimals a currency has, None where there is no such currency."""
    return get_currency_precision(currency) if currency in list_currencies() else None


class Money(Number):
    """An amount in a currency: two columns of a model, the second named by `currency`.

    Filters and sums work on minor units as they stand; amounts of several currencies are not converted.
    """

    type_name = "money"
    cell_kind = "money"
    icon = "coin"
    title = _l("Money")
    widget = "money"
    json_types = (dict,)
    configurable = ()

    def __init__(self, label: Any, *, currency: str = "", **rest: Any) -> None:
        super().__init__(label, **rest)
        self.currency_attr = currency

    def column_type(self) -> TypeEngine[Any]:
        return BigInteger()

    def bind(self, attr: str) -> None:
        self.attr, self.key = attr, attr.removesuffix("_minor")

    def get(self, record: Any) -> Amount | None:
        if self.custom_id:
            return self.load((record.custom or {}).get(self.key))
        minor = getattr(record, self.attr)
        return None if minor is None else Amount(minor, getattr(record, self.currency_attr))

    def set(self, record: Any, value: Amount | None) -> None:
        if self.custom_id:
            return super().set(record, value)
        setattr(record, self.attr, value.minor if value else None)
        return setattr(record, self.currency_attr, value.currency if value else None)

    def indexed(self, value: Any) -> Any:
        return value.minor if isinstance(value, Amount) else value

    def from_form(self, form: Any, name: str) -> Any:
        amount = form.get(name)
        return {"amount": amount, "currency": form.get(f"{name}_currency")} if amount else None

    def attrs(self) -> tuple[str, ...]:
        return super().attrs() if self.custom_id else (self.attr, self.currency_attr)

    def parse(self, raw: Any) -> Amount | None:
        if isinstance(raw, Mapping):
            number, currency = raw.get("amount"), raw.get("currency")
        else:
            number, currency = raw, None
        if number is None or (isinstance(number, str) and not number.strip()):
            return None
        if isinstance(number, (bool, float)) or not isinstance(number, (int, str)):
            raise FieldError("wrong_type", _("Send the amount as text, like “12.50”."))
        if currency is not None and not isinstance(currency, str):
            raise FieldError("unknown_currency", _("Use a currency code like CNY, USD or EUR."))
        if isinstance(number, str):
            number, found = self._without_sign(number.strip())
            currency = currency or found
        code = str(currency or self._home()).upper()
        if (precision := _precision(code)) is None:
            raise FieldError("unknown_currency", _("Use a currency code like CNY, USD or EUR."))
        minor = exact(str(number)).scaleb(precision)
        if abs(minor) >= 2**53:
            raise FieldError("out_of_range", _("This number is too large."))
        return Amount(int(minor.to_integral_value()), code)

    @staticmethod
    def _without_sign(text: str) -> tuple[str, str | None]:
        if text[0].isdigit() and text[-1].isdigit():
            return text, None
        for sign in sorted(SIGNS, key=len, reverse=True):
            if text.upper().startswith(sign):
                return text[len(sign) :], SIGNS[sign]
        code, number = "([A-Za-z]{3})", r"(.*\d.*?)"
        if match := re.fullmatch(rf"{number}\s*{code}", text) or re.fullmatch(rf"{code}\s*{number}", text):
            one, two = match.groups()
            return (two, one.upper()) if one.isalpha() else (one, two.upper())
        return text, None

    @staticmethod
    def _home() -> str:
        context = current.tenant_or_none()
        return context.currency if context else "CNY"

    def dump(self, value: Amount | None) -> Any:
        return None if value is None else {"amount": value.plain, "currency": value.currency}

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return "" if value is None else f"{value.plain} {value.currency}"

    def cell_text(self, value: Any, names: Names = NO_NAMES) -> str:
        """A bare number in the workspace's own currency, so that a table can be summed up."""
        return self.text(value) if value is None or value.currency != self._home() else value.plain

    def typed(self, value: Any) -> Any:
        return "" if value is None else self.dump(value)

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return "" if value is None else escape(fmt_money(value.minor, value.currency))

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["amount"],
            "additionalProperties": False,
            "properties": {
                "amount": {"type": "string", "pattern": r"^-?\d{1,13}(\.\d{1,4})?$"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
        }

    def example(self) -> Any:
        return {"amount": "12.50", "currency": "CNY"}
