"""Time zones, currencies and languages as the options of a form, in the reader's language."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_location
from babel.numbers import get_currency_name, get_territory_currencies

from core import current, i18n

AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
CURRENCIES = (
    "CNY", "HKD", "TWD", "MOP", "SGD", "USD", "EUR", "GBP", "JPY", "KRW", "AUD", "CAD", "CHF", "NZD", "SEK", "NOK",
    "DKK", "PLN", "CZK", "HUF", "RUB", "TRY", "INR", "IDR", "MYR", "THB", "VND", "PHP", "AED", "SAR", "ILS", "EGP",
    "ZAR", "NGN", "KES", "BRL", "MXN", "ARS", "CLP", "COP",
)  # fmt: skip
HOME = {"zh_Hans_CN": ("Asia/Shanghai", "CNY"), "en": ("UTC", "USD")}

Options = Sequence[tuple[str, str]]


def locales() -> Options:
    return list(i18n.LOCALES.items())


def timezones() -> list[tuple[str, Options]]:
    """All zones by area, each with how far it is from Greenwich now."""
    now, locale = current.now(), i18n.locale()
    zones = [("UTC", "UTC"), *((zone, f"{_called(zone, locale)} ({_offset(zone, now)})") for zone in _zones())]
    return [(area, [z for z in zones if z[0].split("/")[0] == area]) for area in ("UTC", *AREAS)]


def currencies() -> Options:
    locale = i18n.locale()
    return [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in CURRENCIES]


def guess(accept_language: str) -> tuple[str, str]:
    """The time zone and currency of somebody whose browser speaks this; a browser that runs scripts knows better."""
    zone, currency = HOME.get(i18n.locale(), HOME["en"])
    territory = accept_language.split(",")[0].split(";")[0].replace("_", "-").rpartition("-")[2].upper()
    if len(territory) == 2 and "-" in accept_language.split(",")[0]:
        known = [code for code in get_territory_currencies(territory) if code in CURRENCIES]
        currency = known[0] if known else currency
    return zone, currency


@cache
def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if zone.split("/")[0] in AREAS)


@cache
def _called(zone: str, locale: str) -> str:
    """Asia/Shanghai, and in other languages than that of the zones' names its city too: Asia/Shanghai · 上海."""
    name = zone.replace("_", " ")
    return name if locale == "en" else f"{name} · {get_timezone_location(zone, locale=locale, return_city=True)}"


def _offset(zone: str, now: datetime) -> str:
    text = now.astimezone(ZoneInfo(zone)).strftime("%z")
    return f"{text[:3]}:{text[3:]}"
