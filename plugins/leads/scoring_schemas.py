"""What a scoring rule and the grades are made of, typed into a form or sent by a program."""

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core.sdk import _

MOST_POINTS, LONGEST_HALF_LIFE = 100, 3650
SIGNAL = r"[a-z][a-z0-9_.]{0,59}"


def _signal(name: str | None) -> None:
    if name and not re.fullmatch(SIGNAL, name):
        raise ma.ValidationError(_("Use small letters, digits and underscores, like price_list_opened."))


def _has_words(name: str) -> None:
    if not name.strip() or any(ord(sign) < 32 for sign in name):
        raise ma.ValidationError(_("Give the rule a name."))


class _Whole(fields.Integer):
    """A whole number between two others; an empty input is none."""

    def __init__(self, low: int, high: int, **rest: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **rest)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if value == "" and self.allow_none:
            return None
        return super()._deserialize(value, attr, data, **rest)


class ScoringRuleInput(ma.Schema):
    """A rule as a program sends it."""

    name = fields.String(required=True, validate=[validate.Length(1, 120), _has_words])
    kind = fields.String(required=True, validate=validate.OneOf(("profile", "behaviour")))
    condition = fields.Dict(allow_none=True, load_default=None)
    signal = fields.String(allow_none=True, load_default=None, validate=_signal)
    points = _Whole(-MOST_POINTS, MOST_POINTS, required=True)
    cap = _Whole(1, MOST_POINTS, allow_none=True, load_default=None)
    half_life_days = _Whole(1, LONGEST_HALF_LIFE, allow_none=True, load_default=None)
    marks = fields.Boolean(load_default=False)
    active = fields.Boolean(load_default=True)


class ScoringRuleChange(ScoringRuleInput):
    """What is not sent stays."""

    name = fields.String(validate=[validate.Length(1, 120), _has_words])
    kind = fields.String(validate=validate.OneOf(("profile", "behaviour")))
    condition = fields.Dict(allow_none=True)
    signal = fields.String(allow_none=True, validate=_signal)
    points = _Whole(-MOST_POINTS, MOST_POINTS)
    cap = _Whole(1, MOST_POINTS, allow_none=True)
    half_life_days = _Whole(1, LONGEST_HALF_LIFE, allow_none=True)
    marks = fields.Boolean()
    active = fields.Boolean()


class ScoringRuleForm(ScoringRuleInput):
    """A rule as it is typed: switches that are off send nothing, and the condition has a reader of its own."""

    class Meta:
        unknown = ma.EXCLUDE
        exclude = ("condition",)

    active = fields.Boolean(load_default=False)


class GradesForm(ma.Schema):
    """From how many points on each grade is reached."""

    class Meta:
        unknown = ma.EXCLUDE

    a_from = _Whole(1, MOST_POINTS, required=True)
    b_from = _Whole(1, MOST_POINTS, required=True)
    c_from = _Whole(1, MOST_POINTS, required=True)
    high_from = _Whole(1, MOST_POINTS + 1, required=True)
