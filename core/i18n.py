"""The words and numbers a person reads, in that person's language; works in requests, jobs and mails alike.

Message ids are English. `_` translates now, `_l` when it is shown, `_n` chooses the plural; `_lp` is `_l` with a word
before it that tells two meanings of one English word apart. Catalogues are the
`translations/<locale>/LC_MESSAGES/messages.po` of core, tenants and each plugin, read as they are.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from core import current

LOCALES = {"en": "English", "zh_Hans_CN": "简体中文"}
"""What we speak, each named in itself."""

DEFAULT = "en"

_ROOT = Path(__file__).parents[1]
_directories = [_ROOT / "core/translations", _ROOT / "tenants/translations"]
_directories += sorted(_ROOT.glob("plugins/*/translations"))

_forced: ContextVar[tuple[str, str | None] | None] = ContextVar("forced_locale", default=None)
_wished: ContextVar[str | None] = ContextVar("wished_locale", default=None)


def add_translations(directory: Path) -> None:
    """Take in the catalogues of a plugin that is installed elsewhere. The first to translate a message wins."""
    if directory not in _directories:
        _directories.append(directory)
        _translations.cache_clear()


@lru_cache(maxsize=500)
def known_locale(tag: str | None) -> str | None:
    """Our name for what a browser, a cookie or a person calls a language: `zh`, `zh-CN` and `zh_Hans_CN` are one."""
    language = (tag or "").replace("_", "-").partition("-")[0].lower()
    return {"en": "en", "zh": "zh_Hans_CN"}.get(language)


def locale() -> str:
    """Forced by `using_locale`, else the member's, else what the request asks for, else the tenant's, else English."""
    forced, context = _forced.get(), current.tenant_or_none()
    return (
        (forced and forced[0])
        or known_locale(context.member.locale if context and context.member else None)
        or _wished.get()
        or known_locale(context.locale if context else None)
        or DEFAULT
    )


def html_lang() -> str:
    return {"zh_Hans_CN": "zh-CN"}.get(locale(), locale())


def timezone() -> ZoneInfo:
    """Where the reader is: forced, the member's, the tenant's, or UTC."""
    forced, context = _forced.get(), current.tenant_or_none()
    member = context.member if context else None
    name = (forced and forced[1]) or (member and member.timezone) or (context and context.timezone) or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@contextmanager
def using_locale(tag: str | None, timezone: str | None = None) -> Iterator[None]:
    """Speak to someone else than the one who acts: a mail to a colleague goes out in the colleague's language."""
    token = _forced.set((known_locale(tag) or DEFAULT, timezone))
    try:
        yield
    finally:
        _forced.reset(token)


def wish(tag: str | None) -> None:
    """What the request at hand asks for, by cookie or browser; the door of the web says so once per request."""
    _wished.set(known_locale(tag))


@cache
def _translations(name: str) -> NullTranslations:
    merged = Translations()
    for directory in reversed(_directories):
        path = directory / name / "LC_MESSAGES/messages.po"
        if path.exists():
            compiled = io.BytesIO()
            with path.open("rb") as source:
                write_mo(compiled, read_po(source, locale=name))
            compiled.seek(0)
            catalogue = Translations(compiled)
            merged.merge(catalogue)
            merged.plural = catalogue.plural
    return merged


def _(message: str, /, **values: Any) -> str:
    translated = _translations(locale()).ugettext(message)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form for `n`, its placeholders still open."""
    return _translations(locale()).ungettext(singular, plural, n)


def _n(singular: str, plural: str, n: int, /, **values: Any) -> str:
    return ngettext(singular, plural, n) % {"num": fmt_number(n), **values}


class LazyText:
    """A message that is translated each time it is shown. Looks like a string to templates, JSON and sorting."""

    __slots__ = ("context", "message", "values")

    def __init__(self, message: str, values: dict[str, Any], context: str | None = None) -> None:
        self.message, self.values, self.context = message, values, context

    def __str__(self) -> str:
        if self.context is None:
            return _(self.message, **self.values)
        translated = _translations(locale()).upgettext(self.context, self.message)
        return str(translated % self.values if self.values else translated)

    def __repr__(self) -> str:
        return f"_l({self.message!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, (str, LazyText)) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(self.message)

    def __bool__(self) -> bool:
        return bool(self.message)

    def __len__(self) -> int:
        return len(str(self))

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __mod__(self, values: object) -> str:
        return str(self) % values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(str(self), name)


def _l(message: str, /, **values: Any) -> LazyText:
    return LazyText(message, values)


def _lp(context: str, message: str, /, **values: Any) -> LazyText:
    """`_lp("role", "Owner")` is not the owner of a record, and may be translated differently."""
    return LazyText(message, values, context)


def fmt_number(value: float | Decimal | None, decimals: int | None = None) -> str:
    if value is None:
        return ""
    if type(value) is int and decimals is None and _groups_thousands(locale()):
        return f"{value:,}"
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return numbers.format_decimal(value, format=pattern, locale=locale())


@cache
def _groups_thousands(name: str) -> bool:
    """Whether the locale writes 1,234,567 and -1: then Python can do it, in a fiftieth of the time."""
    return [numbers.format_decimal(n, locale=name) for n in (1234567, -1)] == ["1,234,567", "-1"]


def fmt_percent(share: float | Decimal | None, decimals: int = 0) -> str:
    """0.125 is shown as 12.5 %."""
    if share is None:
        return ""
    return numbers.format_percent(
        share, format="#,##0" + ("." + "0" * decimals if decimals else "") + "%", locale=locale()
    )


def fmt_money(minor: int | None, currency: str) -> str:
    """1250 and CNY are shown as ¥12.50."""
    if minor is None:
        return ""
    if (around := _around_money(locale(), currency)) and minor >= 0:
        before, after, decimals = around
        whole, rest = divmod(minor, 10**decimals)
        shown = before + f"{whole:,}" + (f".{rest:0{decimals}}" if decimals else "") + after
    else:
        amount = Decimal(minor).scaleb(-numbers.get_currency_precision(currency))
        shown = numbers.format_currency(amount, currency, locale=locale())
    return shown.replace("CN¥", "¥") if _is_at_home(currency) else shown


@lru_cache(maxsize=500)
def _around_money(name: str, currency: str) -> tuple[str, str, int] | None:
    """What stands before and after an amount, and its decimals; None where its digits are not written 1,234.50."""
    decimals = numbers.get_currency_precision(currency)
    example = Decimal(1234567).scaleb(-decimals)
    before, found, after = numbers.format_currency(example, currency, locale=name).partition(f"{example:,}")
    return (before, after, decimals) if found else None


def _is_at_home(currency: str) -> bool:
    """Among its own, a currency needs no country before its sign."""
    context = current.tenant_or_none()
    return context is not None and context.currency == currency


def fmt_date(value: date | datetime | None, format: str = "medium") -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(timezone()).date()
    return _date_text(value, format, locale())


def fmt_time(value: datetime | None) -> str:
    """The time to the minute, in the reader's zone."""
    if value is None:
        return ""
    return _time_text(value.astimezone(timezone()).time().replace(second=0, microsecond=0), locale())


@lru_cache(maxsize=5000)
def _date_text(day: date, format: str, name: str) -> str:
    """Formatted once: the days and minutes on a page are few, and those of all pages are much the same."""
    return dates.format_date(day, format, locale=name)


@lru_cache(maxsize=5000)
def _time_text(minute: time, name: str) -> str:
    return dates.format_time(minute, "short", locale=name)


def fmt_datetime(value: datetime | None, format: str = "medium") -> str:
    """Date and time to the minute, in the reader's zone."""
    if value is None:
        return ""
    return f"{fmt_date(value, format)} {fmt_time(value)}"


def fmt_relative(value: datetime | None) -> str:
    """ "3 days ago", "in 2 hours", "just now"."""
    if value is None:
        return ""
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    seconds = round((value - current.now()).total_seconds())
    if abs(seconds) < 5:
        return _("just now")
    return _relative_text(seconds if abs(seconds) < 60 else int(seconds / 60) * 60, locale())


@lru_cache(maxsize=5000)
def _relative_text(seconds: int, name: str) -> str:
    return dates.format_timedelta(seconds, threshold=0.98, add_direction=True, locale=name)


def languages() -> list[tuple[str, str]]:
    """Short code and name of each language, for a language menu."""
    return [("zh" if code.startswith("zh") else code, name) for code, name in LOCALES.items()]


def babel_locale() -> Locale:
    return Locale.parse(locale())
