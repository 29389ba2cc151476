"""What of a lead the learned score may look at, and what it may not, with the reason for each.

A field counts when its value stands before the outcome. What is set while a lead is handled, or tells how it ended,
is left out here; what only its figures give away is found when they are taught from.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.sdk import (
    Address,
    Cascade,
    Choice,
    Date,
    Email,
    FieldType,
    Integer,
    LongText,
    Lookup,
    Member,
    Money,
    MultiChoice,
    Phone,
    Rating,
    Text,
    YesNo,
    _l,
    kept_with_settings,
    type_named,
)
from plugins.leads.models import Lead
from plugins.leads.services.scoring.naming import NOTED

FREE_MAIL = frozenset({
    "qq.com", "163.com", "126.com", "sina.com", "sina.cn", "sohu.com", "foxmail.com", "yeah.net", "139.com", "189.cn",
    "aliyun.com", "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "live.com", "msn.com", "gmx.de",
    "web.de", "mail.ru", "proton.me",
})  # fmt: skip
OUTCOME = frozenset({
    "status", "disqualify_reason", "revisit_on", "customer", "contact", "converted_at", "disqualified_at",
    "qualified_at", "contacted_at",
})  # fmt: skip
"""They say how it ended, or are set when it does."""
SCORES = frozenset({"score", "grade", "is_high_intent", "learned_score"})
IDENTITY = frozenset({"name"})
COUNTED = frozenset({"touches", "last_touch_at"})
"""They go on counting after the outcome: happenings up to it are counted instead."""
WHY = {
    "outcome": _l("It says how the lead ended."),
    "handling": _l("It is set while the lead is handled, not by the lead."),
    "score": _l("It is a score itself."),
    "identity": _l("It tells one lead from another, and nothing of the next one."),
    "kind": _l("Values of this kind are not learned from."),
    "counted": _l("It goes on after the outcome; what happened before it is counted instead."),
    "late": _l("It is filled in or changed once the outcome is known."),
    "filled_after": _l("It is filled in for nearly all leads of one outcome and hardly any of the other."),
    "too_good": _l("It tells won from lost nearly by itself, as only a result can."),
    "too_sure": _l("Some of its values settle the outcome, as a verdict does."),
    "person": _l("Somebody decided so."),
}
"""Why a field is left out, as a sales director reads it."""
BEYOND_DOUBT = frozenset({"outcome", "handling", "score", "identity", "kind", "counted"})
"""Reasons that nobody can switch off."""


@dataclass(frozen=True)
class Trait:
    """One thing that may be learned from: `kind` is `number` or `category`; `read` takes it out of a row."""

    key: str
    kind: str
    attrs: tuple[str, ...]
    read: Callable[[Any], Any]


def traits() -> tuple[Trait, ...]:
    """All that may be learned from, of the lead's own fields, the tenant's, and what leads did."""
    return kept_with_settings("leads.traits", lambda: (*_of_fields(), *_of_behaviour(), *_of_arrival()))


def left_out() -> dict[str, str]:
    """The fields that are not even considered, by key, and why."""
    found = {key: why for key, field in type_named("lead").all_fields().items() if (why := _refused(field))}
    return {key: why for key, why in found.items() if key not in ("created_at", "updated_at", "created_by_id")}


def _refused(field: FieldType) -> str | None:
    """Why a field cannot be learned from, or None."""
    for keys, why in ((OUTCOME, "outcome"), (SCORES, "score"), (IDENTITY, "identity"), (COUNTED, "counted")):
        if not field.custom_id and field.key in keys:
            return why
    if isinstance(field, Member) or (not field.editable and not field.custom_id):
        return "handling"
    return None if _kind(field) else "kind"


def _of_fields() -> Iterator[Trait]:
    for key, field in type_named("lead").all_fields().items():
        if not _refused(field):
            kind, turn = _kind(field) or ("", str)
            yield Trait(key, kind, field.attrs(), _reader(field, turn))


def _reader(field: FieldType, turn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """What takes the value out of a row, as JSON holds it: parsing it again would cost more than judging it."""
    key, attr, own = field.key, field.attr, bool(field.custom_id)

    def read(row: Any) -> Any:
        raw = (row.custom or {}).get(key) if own else getattr(row, attr)
        return None if raw is None or raw == "" else turn(raw)

    return read


def _kind(field: FieldType) -> tuple[str, Callable[[Any], Any]] | None:
    """How values of a field are looked at, or None for those that are not."""
    if field.computed or field.secret:
        return None
    if isinstance(field, Rating) or field.slot == "n" and not isinstance(field, YesNo):
        return "number", _amount if isinstance(field, Money) else float
    if isinstance(field, Date):
        return None
    if isinstance(field, LongText):
        return "number", lambda text: float(len(text))
    for kinds, turn in (
        (YesNo, lambda value: "yes" if value else "no"),
        ((MultiChoice,), lambda value: " + ".join(sorted(map(str, value))) or None),
        (Email, _kind_of_mail),
        (Phone, lambda value: str(value)[:3]),
        (Address, lambda value: value.get("province") or value.get("city") or "?"),
        ((Choice, Cascade, Text), str),
    ):
        if isinstance(field, kinds):
            return "category", turn
    if isinstance(field, Lookup):
        return "category", str
    return ("number", float) if isinstance(field, Integer) else None


def _amount(raw: Any) -> float | None:
    held = raw.get("amount") if isinstance(raw, dict) else raw
    return None if held is None else float(held)


def _kind_of_mail(address: str) -> str:
    return "free" if address.rpartition("@")[2].lower() in FREE_MAIL else "company"


# --- what no field holds -------------------------------------------------------------------------------


def _of_behaviour() -> Iterator[Trait]:
    """What leads did. How often sellers followed up is left out: it tells of sellers, and of leads that go well."""
    for name in NOTED:
        yield Trait(f"signal.{name}", "number", (), _counter(name))
    yield Trait("signal.came_again", "number", (), lambda row: float(row.came_again))
    yield Trait("signal.met", "number", (), lambda row: float(row.met))


def _counter(name: str) -> Callable[[Any], float]:
    return lambda row: float(row.signals.get(name, 0))


def _of_arrival() -> Iterator[Trait]:
    yield Trait("arrived.weekday", "category", ("created_at",), lambda row: str(row.local.isoweekday()))
    yield Trait("arrived.hour", "category", ("created_at",), lambda row: str(row.local.hour // 3 * 3))


ATTRS = ("id", "created_at", "custom")


def columns_of_traits(found: tuple[Trait, ...]) -> list[Any]:
    """What a statement selects so that these can be read from its rows."""
    attrs = dict.fromkeys((*ATTRS, *(attr for each in found for attr in each.attrs)))
    return [getattr(Lead, attr) for attr in attrs]
