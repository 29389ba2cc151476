"""What conditions may ask of a lead besides its fields: how fast it was answered, and when it changed hands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Float, and_, cast, func, or_, select

from core.sdk import (
    NO_NAMES,
    FieldError,
    FieldType,
    Integer,
    Names,
    Operator,
    YesNo,
    _,
    _l,
    fmt_datetime,
    tenant_id,
    titles,
)
from plugins.leads.models.movement import Movement

WAYS: Mapping[str, Any] = {
    "entered": _l("went into a pool"),
    "claimed": _l("was claimed"),
    "given": _l("was given out of a pool"),
    "received": _l("was received"),
}
"""How a lead may change hands, as far as figures count it."""
KNOWN = {"way", "since", "until", "pool", "by"}


def happened(way: str) -> ColumnElement[bool]:
    """Which movements are of this way."""
    if way == "entered":
        return or_(Movement.kind == "returned", and_(Movement.kind == "captured", Movement.to_id.is_(None)))
    if way == "given":
        return and_(Movement.kind == "assigned", Movement.from_id.is_(None))
    if way == "claimed":
        return Movement.kind == "claimed"
    return Movement.to_id.is_not(None)


def moved(asked: Mapping[str, Any]) -> ColumnElement[bool]:
    """Which movements of leads such a question is about."""
    found = [Movement.tenant_id == tenant_id(), Movement.record_type == "lead", happened(asked["way"]),
             Movement.at >= asked["since"], Movement.at < asked["until"]]  # fmt: skip
    if "pool" in asked:
        found.append(Movement.pool_id.is_not_distinct_from(asked["pool"]))
    if "by" in asked:
        found.append(Movement.to_id == asked["by"])
    return and_(*found)


class Moved(FieldType):
    """`{"way": "claimed", "since": …, "until": …}`, perhaps of one `pool`, or by one member: the leads that changed
    hands so."""

    operators = {"is": Operator(_l("is one that"), "value", lambda column, asked: column.in_(
        select(Movement.record_id).where(moved(asked))))}  # fmt: skip
    tells_of = ("owner",)

    def expression(self, model: Any) -> ColumnElement[Any]:
        return model.id

    def parse(self, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or not {"way", "since", "until"} <= set(raw) <= KNOWN or raw["way"] not in WAYS:
            raise FieldError("wrong_operand", _("Say which way, since when and until when."))
        read = {key: raw[key] and _read(UUID, raw[key]) for key in ("pool", "by") if key in raw}
        return {"way": raw["way"]} | {k: _read(datetime.fromisoformat, raw[k]) for k in ("since", "until")} | read

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        said = {"since": fmt_datetime(value["since"]), "until": fmt_datetime(value["until"])}
        if value.get("by"):
            name = titles({"member": {value["by"]}}).get(("member", value["by"]), "—")
            return _("%(way)s by %(name)s from %(since)s to %(until)s", way=WAYS[value["way"]], name=name, **said)
        return _("%(way)s from %(since)s to %(until)s", way=WAYS[value["way"]], **said)


def _read(make: Any, raw: Any) -> Any:
    try:
        read = make(raw)
    except (TypeError, ValueError, AttributeError):
        raise FieldError("wrong_operand", _("Say which way, since when and until when.")) from None
    if isinstance(read, datetime) and read.tzinfo is None:
        raise FieldError("wrong_operand", _("Name the time zone of the time."))
    return read


class Minutes(Integer):
    """How many minutes passed between two moments of a lead."""

    def __init__(self, label: Any, since: str, until: str) -> None:
        super().__init__(label, editable=False)
        self.since, self.until = since, until
        self.tells_of = (since, until)

    def expression(self, model: Any) -> ColumnElement[Any]:
        passed = getattr(model, self.until) - getattr(model, self.since)
        return cast(func.extract("epoch", passed), Float) / 60


class InTime(YesNo):
    """Whether the first response came in time; empty where none came, or none was due."""

    tells_of = ("respond_by", "responded_at")

    def expression(self, model: Any) -> ColumnElement[Any]:
        return model.responded_at <= model.respond_by


ASKED: Mapping[str, FieldType] = {
    "moved": Moved(_l("The lead")),
    "minutes_to_respond": Minutes(_l("Minutes from capture to the first response"), "created_at", "responded_at"),
    "minutes_to_act": Minutes(_l("Minutes from assignment to the first response"), "assigned_at", "responded_at"),
    "responded_in_time": InTime(_l("First response in time")),
}
