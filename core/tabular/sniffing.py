"""What kind of value a text looks like, and a column of them."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from core.tabular.booleans import parse_bool_text
from core.tabular.dates import parse_date_text
from core.tabular.numbers import parse_money_text, parse_number_text

Kind = Literal["email", "url", "phone", "date", "year", "integer", "money", "number", "percent", "bool"]

_email = re.compile(r"(?:mailto:)?[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_url = re.compile(
    r"(?:https?://|ftp://|www\.)\S+\.\S+"
    r"|(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|co|edu|gov|de|uk|jp|tw|hk)(?:/\S*)?",
    re.IGNORECASE,
)
_mobile = re.compile(r"(?:\+?86[-\s]?)?1[3-9]\d[-\s]?\d{4}[-\s]?\d{4}")
_phone = re.compile(r"(?=.*[-\s()+.])\+?\(?\d[\d\s().-]{5,18}\d(?:\s*(?:x|ext\.?|转|分机)\s*\d{1,6})?", re.I)
_year = re.compile(r"(?:19|20)\d\d年?")


def is_email(text: str) -> bool:
    return _email.fullmatch(text.strip()) is not None


def is_url(text: str) -> bool:
    return _url.fullmatch(text.strip()) is not None


def is_phone(text: str) -> bool:
    """Looks like one even without a header that says so: a Chinese mobile, or digits set out as a phone's."""
    text = text.strip()
    if _mobile.fullmatch(text):
        return True
    digits = sum(char.isdigit() for char in text)
    return 7 <= digits <= 17 and _phone.fullmatch(text) is not None and parse_number_text(text) is None


def is_dialable(text: str) -> bool:
    """Could be a phone number where one is expected."""
    digits = sum(char.isdigit() for char in text)
    return 5 <= digits <= 20 and re.fullmatch(r"[\d\s()+.\-/转分机extEXT]+", text.strip()) is not None


def is_year(text: str) -> bool:
    return _year.fullmatch(text.strip()) is not None


def is_date(text: str) -> bool:
    return not re.fullmatch(r"\d{5}(\.\d+)?", text.strip()) and parse_date_text(text) is not None


@lru_cache(4096)
def looks_like(text: str) -> Kind | None:
    """The most telling kind of a single text; None for mere words."""
    text = text.strip()
    if not text or len(text) > 200:
        return None
    if is_email(text):
        return "email"
    if is_date(text):
        return "date"
    if is_phone(text):
        return "phone"
    if is_year(text):
        return "year"
    number = parse_number_text(text)
    if number is not None:
        if text.endswith(("%", "％")):
            return "percent"
        if number == number.to_integral_value() and re.fullmatch(r"[+-]?[\d,]+", text):
            return "integer"
        return "money" if parse_money_text(text) is not None else "number"
    if is_url(text):
        return "url"
    return "bool" if parse_bool_text(text) is not None else None


def column_kind(samples: Iterable[str], share: float = 0.8) -> Kind | None:
    """What a column holds, when at least `share` of its values are of one kind."""
    kinds = [looks_like(sample) for sample in samples if sample.strip()]
    for wanted in ("email", "url", "phone", "date", "year", "bool", "percent", "integer"):
        if kinds and kinds.count(wanted) >= share * len(kinds):
            return wanted
    numeric = sum(kind in ("integer", "money", "number", "year") for kind in kinds)
    if kinds and numeric >= share * len(kinds):
        if "money" in kinds:
            return "money" if kinds.count("money") * 2 >= numeric else "number"
        return "number" if "number" in kinds else "integer"
    return None
