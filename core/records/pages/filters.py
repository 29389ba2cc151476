"""Filters of lists: read from the address, said in words, taken apart into chips."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import request

from core.errors import Invalid
from core.i18n import _
from core.records.conditions import Condition, aggregate_of, compile_condition, invalid
from core.records.fields import FieldError, FieldType, Names
from core.records.fields.operators import period_text
from core.records.types import RecordType, type_by_name

LONG = 60


@dataclass(frozen=True)
class Chip:
    """One part of the filter in words, and the filter without it."""

    text: str
    rest: Condition | None


def read_filter(record_type: RecordType, raw: str | None = None) -> Condition | None:
    """The condition in the address, known to compile. Raises Invalid, saying what is wrong."""
    raw = request.args.get("filter", "") if raw is None else raw
    if not raw.strip():
        return None
    try:
        condition = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise invalid("not_json", _("The filter in the address is damaged.")) from None
    compile_condition(record_type, condition)
    return condition if _has_tests(condition) else None


def _has_tests(condition: Condition) -> bool:
    return any(True for _test in tests(condition))


def tests(condition: Any) -> Iterator[Condition]:
    """All comparisons in a condition."""
    if "field" in condition:
        yield condition
    for part in condition.get("all") or condition.get("any") or ([condition["not"]] if "not" in condition else []):
        yield from tests(part)


def parts(condition: Condition | None) -> tuple[str, list[Condition]]:
    """How the parts of a condition are joined, and the parts."""
    if condition is None:
        return "all", []
    for word in ("all", "any"):
        if word in condition:
            return word, list(condition[word])
    return "all", [condition]


def joined(word: str, some: list[Condition]) -> Condition | None:
    return None if not some else {word: some}


def chips(record_type: RecordType, condition: Condition | None, names: Names) -> list[Chip]:
    word, some = parts(condition)
    rest = [joined(word, [*some[:n], *some[n + 1 :]]) for n in range(len(some))]
    return [Chip(say(record_type, each, names), without) for each, without in zip(some, rest, strict=True)]


def say(record_type: RecordType, condition: Condition, names: Names) -> str:
    """A condition that compiles, in words."""
    if "not" in condition:
        return _("not (%(condition)s)", condition=say(record_type, condition["not"], names))
    if "field" not in condition:
        word, some = parts(condition)
        between = f" {_('and') if word == 'all' else _('or')} "
        return between.join(f"({t})" if "field" not in c else t for c in some for t in [say(record_type, c, names)])
    label, of = path(record_type, condition["field"])
    op = of.operators[condition["op"]]
    value = operand_text(of, op.takes, condition.get("value"), names)
    return f"{label}: {value}" if op.takes == "period" else f"{label} {op.label} {value}".strip()


def path(record_type: RecordType, key: str) -> tuple[str, FieldType]:
    """The words for a field, also for one behind links, and the field."""
    if key.endswith(")"):
        of = aggregate_of(record_type, key)
        return str(of.label), of
    head, _dot, rest = key.partition(".")
    of = record_type.asked_field(head) or record_type.fields()[head]
    if not rest:
        return str(of.label), of
    label, last = path(type_by_name(of.refers_to() or ""), rest)
    return f"{of.label} › {label}", last


def operand_text(of: FieldType, takes: str, raw: Any, names: Names) -> str:
    if takes == "none":
        return ""
    if takes == "period":
        return period_text(raw)
    if takes == "two":
        return " – ".join(_value_text(of, each, names) for each in raw)
    if isinstance(raw, list):
        shown = [_value_text(of, each, names) for each in raw[:4]]
        return _(", ").join(shown) + (f" +{len(raw) - 4}" if len(raw) > 4 else "")
    return _value_text(of, raw, names) if takes != "text" else f"“{_cut(str(raw))}”"


def _value_text(of: FieldType, raw: Any, names: Names) -> str:
    if raw == "me" and of.refers_to() == "member":
        return _("me")
    if of.secret:
        return _cut(of.text(raw))
    try:
        value = of.parse([raw] if of.json_types == (list,) and not isinstance(raw, list) else raw)
    except FieldError:
        return _cut(str(raw))
    pointed = of.points_at(value)
    return _cut(names.get(pointed, _("one you may not see")) if pointed else of.text(value, names))


def _cut(text: str) -> str:
    return text if len(text) <= LONG else text[: LONG - 1] + "…"


def pointed_in(record_type: RecordType, condition: Condition | None) -> dict[str, set[UUID]]:
    """The records that a condition names, by type."""
    wanted: dict[str, set[UUID]] = {}
    for test in tests(condition or {}):
        _label, of = path(record_type, test["field"])
        raw = test.get("value")
        for each in raw if isinstance(raw, list) else [raw]:
            try:
                to = of.points_at(of.parse(each))
            except FieldError:
                continue
            if to:
                wanted.setdefault(to[0], set()).add(to[1])
    return wanted


def damaged(error: Invalid) -> str:
    """What to tell whoever opened an address whose filter does not fit."""
    return error.problems[0].message if error.problems else error.message


def as_text(condition: Mapping[str, Any] | None) -> str:
    return orjson.dumps(condition).decode() if condition else ""
