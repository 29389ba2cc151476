"""What the actions by which leads come out of pools and back must be told, and what a pool is made of."""

from typing import Any

import marshmallow as ma

from core.sdk import Asked, Integer, Text, _l
from plugins.leads.models.pool import MASKS, MODES

MOST_DAYS = 3650
MOST = 1_000_000


class MayGiveReason(ma.Schema):
    reason = Asked(Text(_l("Reason"), help=_l("Whoever takes it next wants to know.")))


class AskForIt(ma.Schema):
    reason = Asked(Text(_l("Why you"), help=_l("What you know of them, or why you can help best.")))


class AskForTime(ma.Schema):
    days = Asked(Integer(_l("Days"), range=(1, 365)), required=True)
    reason = Asked(Text(_l("What for"), help=_l("Whoever decides sees it.")))


def _days(**more: Any) -> Any:
    return ma.fields.Integer(strict=True, allow_none=True, validate=ma.validate.Range(1, MOST_DAYS), **more)


def _count(least: int, most: int, **more: Any) -> Any:
    return ma.fields.Integer(strict=True, validate=ma.validate.Range(least, most), **more)


class Who(ma.Schema):
    """Members, teams with those below them, and roles, by their ids; nothing at all is everybody."""

    members = ma.fields.List(ma.fields.UUID(), load_default=list)
    teams = ma.fields.List(ma.fields.UUID(), load_default=list)
    roles = ma.fields.List(ma.fields.UUID(), load_default=list)

    @ma.post_load
    def plain(self, who: dict[str, Any], **_rest: Any) -> dict[str, list[str]]:
        return {key: [str(each) for each in ids] for key, ids in who.items() if ids}


class PoolInput(ma.Schema):
    """The rules of a pool over the API. What is not sent stays as it is."""

    name = ma.fields.String(
        validate=[ma.validate.Length(1, 100), ma.validate.Regexp(r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
    )
    condition = ma.fields.Dict(keys=ma.fields.String(), allow_none=True)
    sees = ma.fields.Nested(Who)
    claims = ma.fields.Nested(Who)
    mode = ma.fields.String(validate=ma.validate.OneOf(MODES))
    mask = ma.fields.String(validate=ma.validate.OneOf(MASKS))
    follow_up_days = _days()
    follow_up_warn_days = _days()
    deal_days = _days()
    deal_warn_days = _days()
    in_working_days = ma.fields.Boolean()
    counts_as_follow_up = ma.fields.List(ma.fields.String(validate=ma.validate.Length(1, 60)))
    key_condition = ma.fields.Dict(keys=ma.fields.String(), allow_none=True)
    key_factor = _count(1, 100)
    protects_open_deals = ma.fields.Boolean()
    returns_to = ma.fields.UUID(allow_none=True, attribute="returns_to_id")
    holding_cap = ma.fields.Integer(strict=True, allow_none=True, validate=ma.validate.Range(1, MOST))
    daily_claim_cap = ma.fields.Integer(strict=True, allow_none=True, validate=ma.validate.Range(1, MOST))
    cool_down_hours = _count(0, 24 * MOST_DAYS)
    lock_limit = _count(0, MOST)
    lock_days = _count(0, MOST_DAYS)
    extend_days = _count(0, 365)
    reason_required = ma.fields.Boolean()
    batch_cap = _count(1, 10_000)
    position = ma.fields.Integer(strict=True, validate=ma.validate.Range(0, MOST))
    overdue = ma.fields.String(validate=ma.validate.OneOf(("forgive", "return")), load_default="forgive")


class NewPoolInput(PoolInput):
    name = ma.fields.String(
        required=True, validate=[ma.validate.Length(1, 100), ma.validate.Regexp(r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
    )


class Decide(ma.Schema):
    status = ma.fields.String(required=True, validate=ma.validate.OneOf(("granted", "refused", "withdrawn")))
    answer = ma.fields.String(load_default="", validate=ma.validate.Length(max=1000))
