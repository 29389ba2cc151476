"""What makes a routing rule and what makes a seller, wherever they come from: a form, the API, a simulation."""

from datetime import time
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core.sdk import _
from plugins.leads.models.routing import STRATEGIES

MOST_NAMED = 500
THEN = ("turn", "weighted", "load")
DAYS_OF_WEEK = tuple(str(day) for day in range(7))
USED = {
    "pool": ("pool",),
    "person": ("member", "past_caps"),
    "same_company": ("past_caps",),
    "performance": ("members", "teams", "roles", "level", "days", "past_caps"),
    "weighted": ("members", "teams", "roles", "level", "weights", "past_caps"),
    "skill": ("members", "teams", "roles", "level", "fields", "then", "past_caps"),
    "territory": ("members", "teams", "roles", "level", "field", "then", "past_caps"),
}
"""The parameters of each strategy; those that only narrow down who is asked for the others."""
NARROWING = ("members", "teams", "roles", "level", "past_caps")


def used_by(strategy: str) -> tuple[str, ...]:
    return USED.get(strategy, NARROWING)


class _Ids(fields.List):
    """Ids, each once, in an order that is always the same."""

    def __init__(self, **more: Any) -> None:
        super().__init__(fields.UUID(), validate=validate.Length(max=MOST_NAMED), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        return sorted({str(each) for each in super()._deserialize(value, attr, data, **more)})


class ParamsInput(ma.Schema):
    members = _Ids()
    teams = _Ids()
    roles = _Ids()
    level = fields.String(validate=validate.Length(max=50))
    weights = fields.Dict(keys=fields.UUID(), values=fields.Integer(strict=True, validate=validate.Range(0, 1000)))
    days = fields.Integer(validate=validate.Range(7, 730))
    compared = fields.List(
        fields.String(validate=validate.Length(1, 100)), validate=validate.Length(max=10),
        data_key="fields", attribute="fields",
    )  # fmt: skip
    field = fields.String(validate=validate.Length(1, 100))
    then = fields.String(validate=validate.OneOf(THEN))
    pool = fields.UUID(allow_none=True)
    member = fields.UUID(allow_none=True)
    past_caps = fields.Boolean()

    @ma.post_load
    def plain(self, values: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        """As JSON keeps it, without what says nothing."""
        if values.get("weights"):
            values["weights"] = {str(key): share for key, share in values["weights"].items()}
        said = {key: str(value) if key in ("pool", "member") and value else value for key, value in values.items()}
        return {key: value for key, value in said.items() if value not in (None, "", [], {}, False)}


class RuleInput(ma.Schema):
    name = fields.String(validate=[validate.Length(max=100), validate.Regexp(r"^[^\x00-\x1f]*$")])
    condition = fields.Dict(allow_none=True)
    strategy = fields.String(validate=validate.OneOf(STRATEGIES))
    params = fields.Nested(ParamsInput)
    active = fields.Boolean()

    @ma.post_load
    def trimmed(self, values: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        return values | ({"name": values["name"].strip()} if "name" in values else {})


class NewRuleInput(RuleInput):
    name = fields.String(
        required=True, validate=[validate.Length(1, 100), validate.Regexp(r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
    )
    strategy = fields.String(required=True, validate=validate.OneOf(STRATEGIES))


class OrderInput(ma.Schema):
    rules = fields.List(fields.UUID(), required=True, validate=validate.Length(max=1000))


class SimulatedRuleInput(RuleInput):
    """A rule that is kept, by its id, as it is but for what is said; or one that is only tried."""

    id = fields.UUID()
    default = fields.Boolean()


class SimulationInput(ma.Schema):
    rules = fields.List(fields.Nested(SimulatedRuleInput), validate=validate.Length(max=200))
    days = fields.Integer(load_default=30, validate=validate.Range(1, 366))


class SellerInput(ma.Schema):
    capacity = fields.Integer(allow_none=True, validate=validate.Range(0, 100_000))
    daily_cap = fields.Integer(allow_none=True, validate=validate.Range(0, 100_000))
    weight = fields.Integer(validate=validate.Range(0, 1000))
    level = fields.String(allow_none=True, validate=validate.Length(max=50))
    skills = fields.List(fields.String(validate=validate.Length(1, 100)), validate=validate.Length(max=100))
    territories = fields.List(fields.String(validate=validate.Length(1, 200)), validate=validate.Length(max=200))
    hours = fields.Dict(
        keys=fields.String(validate=validate.OneOf(DAYS_OF_WEEK)),
        values=fields.List(
            fields.List(fields.String(), validate=validate.Length(2, 2)), validate=validate.Length(max=4)
        ),
    )
    paused = fields.Boolean()
    paused_until = fields.AwareDateTime(allow_none=True)

    @ma.validates("hours")
    def are_times(self, hours: dict[str, list[list[str]]], **_rest: Any) -> None:
        for spans in hours.values():
            for span in spans:
                _check_span(span)

    @ma.post_load
    def plain(self, values: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        for key in ("skills", "territories"):
            if key in values:
                values[key] = list(dict.fromkeys(" ".join(each.split()) for each in values[key] if each.strip()))
        if "hours" in values:
            values["hours"] = {day: spans for day, spans in sorted(values["hours"].items()) if spans}
        if values.get("level") is not None:
            values["level"] = values["level"].strip() or None
        return values


def _check_span(span: list[str]) -> None:
    try:
        begins, ends = (time.fromisoformat(each) for each in span)
    except ValueError:
        raise ma.ValidationError(_("Write times of day as 09:00.")) from None
    if begins == ends:
        raise ma.ValidationError(_("The end is the beginning: leave a day off empty."))
