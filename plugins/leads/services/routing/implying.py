"""Whether whatever meets one condition meets another one, too, as far as that can be told from how they are written.

A yes is sure. A no may be a yes that only the data would show.
"""

from collections.abc import Mapping
from typing import Any

Condition = Mapping[str, Any]


def implies(one: Condition | None, other: Condition | None) -> bool:
    """Whether all that meets `one` meets `other`. No condition is met by everything."""
    if other is None:
        return True
    if one is None:
        return False
    if one == other:
        return True
    if "any" in one:
        return bool(one["any"]) and all(implies(each, other) for each in one["any"])
    if "all" in other:
        return all(implies(one, each) for each in other["all"])
    if "any" in other and any(implies(one, each) for each in other["any"]):
        return True
    if "all" in one:
        return any(implies(each, other) for each in one["all"])
    if "not" in one and "not" in other:
        return implies(other["not"], one["not"])
    return "field" in one and "field" in other and _test_implies(one, other)


def _test_implies(one: Condition, other: Condition) -> bool:
    if one["field"] != other["field"] or one.get("where") != other.get("where"):
        return False
    have, want, op = one.get("value"), other.get("value"), other["op"]
    if op == "not_empty":
        return one["op"] in ("is", "in", "gt", "gte", "lt", "lte", "between", "contains", "starts_with", "not_empty")
    if op == "in":
        return isinstance(want, list) and _values(one) <= {*map(str, want)} and bool(_values(one))
    if op == "is":
        return _values(one) == {str(want)}
    if op in ("starts_with", "contains") and one["op"] in ("starts_with", "is", "contains"):
        if one["op"] == "contains" and op == "starts_with":
            return False
        held, asked = str(have).casefold(), str(want).casefold()
        return held.startswith(asked) if op == "starts_with" else asked in held
    return _range_implies(one["op"], have, op, want)


def _range_implies(one: str, have: Any, other: str, want: Any) -> bool:
    if isinstance(have, Mapping) and isinstance(want, Mapping) and have.get("currency") != want.get("currency"):
        return False
    low, high = _bounds(one, have)
    if other in ("gt", "gte") and low is not None and (edge := _number(want)) is not None:
        return low[0] > edge or (low[0] == edge and (other == "gte" or low[1]))
    if other in ("lt", "lte") and high is not None and (edge := _number(want)) is not None:
        return high[0] < edge or (high[0] == edge and (other == "lte" or high[1]))
    return False


Bound = tuple[float, bool]
"""A number, and whether it lies outside itself."""


def _bounds(op: str, value: Any) -> tuple[Bound | None, Bound | None]:
    if op == "between" and isinstance(value, list) and len(value) == 2:
        first, last = map(_number, value)
        return (None if first is None else (first, False)), (None if last is None else (last, False))
    number = _number(value)
    if number is None:
        return None, None
    low = (number, op == "gt") if op in ("gt", "gte", "is") else None
    high = (number, op == "lt") if op in ("lt", "lte", "is") else None
    return low, high


def _number(value: Any) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("amount")
    try:
        return float(str(value).replace(",", ""))
    except (TypeError, ValueError):
        return None


def _values(test: Condition) -> set[str]:
    if test["op"] == "is":
        return {str(test.get("value"))}
    value = test.get("value")
    return {*map(str, value)} if test["op"] == "in" and isinstance(value, list) else set()
