"""Text, and the texts that have a shape: e-mail, phone, URL."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from markupsafe import Markup, escape

from core import current
from core.i18n import _, _l
from core.records.fields.base import MAX_TEXT, NO_NAMES, FieldError, FieldType, Names
from core.records.fields.number import Integer


class Text(FieldType):
    """One line."""

    title = _l("Text")
    configurable = ("max_length",)
    icon = "letter-case"

    def __init__(self, label: Any, *, max_length: int = 500, **rest: Any) -> None:
        super().__init__(label, **rest)
        self.max_length = max_length

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        limit = _l("How many characters it may have. Without a number: 500.")
        return {"max_length": Integer(_l("Longest text"), range=(1, MAX_TEXT), help=limit)}

    def load(self, stored: Any) -> Any:
        return stored  # it was read when it came in

    def parse_text(self, text: str) -> str:
        text = " ".join(text.split())
        if len(text) > self.max_length:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=self.max_length))
        return text

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}


class LongText(FieldType):
    """Several lines."""

    type_name = "long_text"
    icon = "align-left"
    sortable = False
    wide = True
    title = _l("Long text")
    widget = "textarea"
    limit = 50_000

    def load(self, stored: Any) -> Any:
        return stored  # it was read when it came in

    def parse_text(self, text: str) -> str:
        if len(text) > self.limit:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=self.limit))
        return text.replace("\r\n", "\n")

    def indexed(self, value: Any) -> Any:
        return value[:MAX_TEXT]

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.limit}


PLAIN_ADDRESS = re.compile(r"[a-z0-9]+([._+-][a-z0-9]+)*@([a-z0-9]+(-[a-z0-9]+)*\.)+(cn|com|edu|net|org)")
PLAIN_MOBILE = re.compile(r"1(?:[345689][0-9]|7[0-8])[0-9]{8}")
"""What nobody could doubt, as most are: files of a hundred thousand need not ask the libraries about each."""


class Email(FieldType):
    """An address, kept in lower case so that equal ones are equal."""

    type_name = "email"
    found = True
    icon = "mail"
    title = _l("E-mail")
    widget = "email"

    def load(self, stored: Any) -> Any:
        return stored  # it was read when it came in

    def parse_text(self, text: str) -> str:
        if len(text) <= 64 and PLAIN_ADDRESS.fullmatch(text.lower()):
            return text.lower()
        try:
            return validate_email(text, check_deliverability=False, test_environment=True).normalized.lower()
        except EmailNotValidError:
            raise FieldError("not_an_email", _("Enter an e-mail address like name@example.com.")) from None

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return Markup('<a href="mailto:{0}">{0}</a>').format(value) if value else ""

    def mask(self, value: Any) -> Any:
        name, _at, domain = (value or "").partition("@")
        return f"{name[:1]}•••@{domain}" if value else None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email"}

    def example(self) -> Any:
        return "ada@example.com"


COUNTRY_OF_CURRENCY = {"CNY": "CN", "HKD": "HK", "TWD": "TW", "SGD": "SG", "USD": "US", "GBP": "GB",
                       "EUR": "DE", "JPY": "JP", "KRW": "KR", "AUD": "AU", "CAD": "CA", "INR": "IN"}  # fmt: skip


class Phone(FieldType):
    """A telephone number, kept as E.164 where it is one; a number without +country is read as a local one."""

    type_name = "phone"
    found = True
    icon = "phone"
    title = _l("Phone")
    widget = "tel"

    def load(self, stored: Any) -> Any:
        return stored  # it was read when it came in

    def parse_text(self, text: str) -> str:
        country = _home()
        if country == "CN" and PLAIN_MOBILE.fullmatch(text):
            return f"+86{text}"
        number = _read_phone(text, country)
        if number is None:
            raise FieldError("not_a_phone", _("Enter a phone number, with + and country code if abroad."))
        form = phonenumbers.PhoneNumberFormat
        kept = phonenumbers.format_number(number, form.E164)
        return kept + (f";ext={number.extension}" if number.extension else "")

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        return Markup('<a href="tel:{}" class="text-nowrap">{}</a>').format(value, self.shown(value))

    def typed(self, value: Any) -> Any:
        return self.shown(value) if value and ";" not in value else value or ""

    def shown(self, value: str) -> str:
        return _international(value.partition(";")[0])

    def mask(self, value: Any) -> Any:
        """138••••5678: as one writes it at home, of a number from abroad with its country."""
        return _covered(value.partition(";")[0], _home()) if value else None

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "description": "E.164", "maxLength": 40}

    def example(self) -> Any:
        return "+8613800138000"


def _home() -> str:
    """The country whose numbers need no country code."""
    context = current.tenant_or_none()
    return COUNTRY_OF_CURRENCY.get(context.currency if context else "CNY", "CN")


@lru_cache(maxsize=10_000)
def _covered(value: str, home: str) -> str:
    """A kept number with four of its figures or more covered, however many they are."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return "•••"
    abroad = number.country_code != phonenumbers.country_code_for_region(home)
    figures = phonenumbers.national_significant_number(number)
    if not abroad:  # as one dials it: 021, not 21
        figures = re.sub(r"\D", "", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))
    shown = figures[: max(0, min(3, len(figures) - 8))]
    ending = figures[-4:] if len(figures) >= 8 else ""
    return f"{f'+{number.country_code} ' if abroad else ''}{shown}••••{ending}"


@lru_cache(maxsize=10_000)
def _international(value: str) -> str:
    """A kept number with its groups apart."""
    return phonenumbers.format_number(phonenumbers.parse(value), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _read_phone(text: str, country: str) -> Any:
    """The number: of the home country where it is one there, else a Chinese one, else what could be one at home.

    A workspace that counts in dollars keeps Chinese numbers too, and 13800138000 is nobody's in America.
    """
    possible = None
    for region in (country, "CN"):
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
        if possible is None and phonenumbers.is_possible_number(number):
            possible = number
    return possible


class Url(FieldType):
    """A web address; without a scheme it is taken as https."""

    type_name = "url"
    icon = "link"
    title = _l("URL")
    widget = "url"

    def load(self, stored: Any) -> Any:
        return stored  # it was read when it came in

    def parse_text(self, text: str) -> str:
        address = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            host = ""
        if (
            not re.fullmatch(r"[\w-]+(\.[\w-]+)+\.?", host)
            or parts.scheme not in ("http", "https")
            or len(address) > 2000
            or " " in address
        ):
            raise FieldError("not_a_url", _("Enter a web address like https://example.com."))
        return address

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        shown = value.removeprefix("https://").removeprefix("http://").rstrip("/")
        return Markup('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>').format(
            value, escape(shown)
        )

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": 2000}

    def example(self) -> Any:
        return "https://example.com"
