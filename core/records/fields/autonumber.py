"""Numbers that the workspace gives by itself: `SB-202611-0042`, counted without gaps or twins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Text, bindparam, select, table
from sqlalchemy import column as named

from core import current, db
from core.counters import count_up, highest
from core.i18n import _, _l
from core.jobs import enqueue, waiting
from core.records.fields.base import FieldError, FieldType
from core.records.fields.choice import YesNo
from core.records.fields.number import Integer
from core.records.fields.operators import TEXT_OPERATORS
from core.records.fields.text import Text as TextField

LONGEST = 60
LARGEST_START = 10**12
PART = re.compile(r"\{(yyyy|yy|mm|dd|0{1,12})\}")
DATES = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "dd": "%d"}


@dataclass(frozen=True)
class Pattern:
    """A pattern taken apart: plain text, parts of the date, and once the counter, as zeros."""

    parts: tuple[str, ...]

    @property
    def dated(self) -> tuple[str, ...]:
        return tuple(p for p in self.parts if p in DATES)

    def text(self, number: int, at: datetime) -> str:
        return "".join(self._part(part, number, at) for part in self.parts)

    @staticmethod
    def _part(part: str, number: int, at: datetime) -> str:
        if part in DATES:
            return at.strftime(DATES[part])
        return f"{number:0{len(part) - 1}d}" if part.startswith("#") else part[1:]

    def period(self, at: datetime) -> str:
        """What of the date a number holds: while it is the same, the counter goes on."""
        return at.strftime("".join(DATES[p] for p in sorted(set(self.dated), key=list(DATES).index)))


@lru_cache(maxsize=500)
def read_pattern(pattern: str) -> Pattern:
    """Raises FieldError, which says what a pattern needs."""
    if not 0 < len(pattern) <= LONGEST:
        raise FieldError("bad_pattern", _("Use at most %(limit)s characters.", limit=LONGEST))
    split = PART.split(pattern)  # plain text and the parts in braces take turns
    plain, parts = split[::2], split[1::2]
    if any("{" in each or "}" in each for each in plain):
        raise FieldError("bad_pattern", _("In braces there may be only {yyyy}, {yy}, {mm}, {dd} and zeros."))
    if sum(part.startswith("0") for part in parts) != 1:
        raise FieldError("no_counter", _("Put the counter in once, as zeros in braces: {0000}."))
    dated = set(parts) & set(DATES)
    if ("mm" in dated and not dated & {"yyyy", "yy"}) or ("dd" in dated and "mm" not in dated):
        message = _("With {mm} put {yyyy} as well, and with {dd} {mm}, or numbers would come again.")
        raise FieldError("repeats", message)
    shown = [f"#{part}" if part.startswith("0") else part for part in parts]
    taken_apart = [each for pair in zip([f"'{p}" for p in plain], [*shown, ""], strict=True) for each in pair]
    return Pattern(tuple(part for part in taken_apart if part not in ("", "'")))


class AutoNumber(FieldType):
    """A number that a record gets when it is made and that nobody changes.

    `start` is the first one; with `reset` the counter starts anew with each year, month or day that the pattern names.
    """

    type_name = "auto_number"
    found = True
    icon = "list-numbers"
    title = _l("Auto-number")
    assigned = True
    importable = False
    operators = TEXT_OPERATORS
    configurable: ClassVar[tuple[str, ...]] = ("pattern", "start", "reset")

    def __init__(
        self, label: Any, *, pattern: str = "{0000}", start: int | None = 1, reset: bool | None = True, **rest: Any
    ) -> None:
        super().__init__(label, **rest | {"editable": False, "required": False})
        self.pattern, self.start, self.reset = pattern, start or 1, reset is not False

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        words = _l(
            "{0000} is the counter, {yyyy}, {yy}, {mm} and {dd} the day on which the record is made: "
            "SB-{yyyy}{mm}-{0000} gives SB-202611-0001."
        )
        again = _l("With a date in the pattern: the counter starts anew with each year, month or day.")
        return {
            "pattern": TextField(_l("Pattern"), required=True, max_length=LONGEST, help=words),
            "start": Integer(_l("First number"), range=(1, LARGEST_START)),
            "reset": YesNo(_l("Start anew"), default=True, help=again),
        }

    @classmethod
    def check_settings(cls, config: Mapping[str, Any]) -> dict[str, Any]:
        read_pattern(str(config.get("pattern") or ""))
        return dict(config)

    @classmethod
    def example_config(cls) -> dict[str, Any]:
        return {"pattern": "SB-{yyyy}{mm}-{0000}"}

    @classmethod
    def added(cls, field_id: UUID) -> None:
        """Number the records that there are already, in the order in which they were made."""
        enqueue([waiting("core.records.numbering.fill_numbers", "core", {"field_id": str(field_id)}, queue="slow")])

    def first(self, record: Any) -> str:
        return take_numbers(self, 1, table=type(record).__tablename__)[0]

    def parse_text(self, text: str) -> str:
        if len(text) > 2 * LONGEST:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=2 * LONGEST))
        return text

    def column_type(self) -> Any:
        return Text(collation="C")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 2 * LONGEST}

    def example(self) -> Any:
        return "SB-202611-0001"


def take_numbers(of: AutoNumber, n: int, *, table: str = "") -> list[str]:
    """The next `n` numbers of a field, for as many new records of this transaction; `table` where it is built in.

    Whoever else makes such a record waits for the end of the transaction, so that no number is given twice and none
    is left out. After a change of the pattern, numbers that would come again are passed over.
    """
    if n < 1:
        return []
    at = local_now()
    taken = _take(of, n, at, table)
    while of.custom_id and _given_before(of.custom_id, taken):
        taken = _take(of, n, at, table, above=highest(counter_of(of)))
    return taken


def _take(of: AutoNumber, n: int, at: datetime, table: str, above: int = 0) -> list[str]:
    pattern = read_pattern(of.pattern)
    period = pattern.period(at) if of.reset else ""
    last = count_up(counter_of(of, table), period, n, above=max(above, of.start - 1))
    return [pattern.text(number, at) for number in range(last - n + 1, last + 1)]


def counter_of(of: AutoNumber, table: str = "") -> str:
    """The name of a field's counter."""
    return f"number:{of.custom_id or f'{table}.{of.attr}'}"


def local_now() -> datetime:
    """The present, as the workspace's clocks on the wall show it."""
    return current.now().astimezone(ZoneInfo(current.tenant().timezone))


SIDE = table("custom_value", *(named(c) for c in ("tenant_id", "field_id", "s")))


def _given_before(field_id: UUID, texts: list[str]) -> bool:
    """Whether a record has one of these numbers, by the side index."""
    found: ColumnElement[bool] = SIDE.c.s.in_(bindparam("texts", expanding=True))
    mine = (SIDE.c.tenant_id == current.tenant_id()) & (SIDE.c.field_id == field_id)
    return db.session().execute(select(SIDE.c.s).where(mine, found).limit(1), {"texts": texts}).first() is not None
