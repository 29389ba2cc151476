"""What is typed to make, renew or limit a key, turned into values."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from core import current
from core.auth.forms import Line, read_form
from core.auth.tokens import LONGEST_OVERLAP, Wanted
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l

LEVELS = ("read", "write", "full", "chosen")
LIVES = (30, 90, 365)
"""Days that are offered."""


CHOOSE: Any = dict.fromkeys(("required", "invalid"), _l("Choose one of the list."))
DAY: Any = {"invalid": _l("Choose a day to come.")}


class DescribeToken(ma.Schema):
    name = Line()
    level = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(LEVELS, error=_l("Choose one of the list.")),  # type: ignore[arg-type]
        error_messages=CHOOSE,
    )
    days = ma.fields.String(load_default="")
    until = ma.fields.Date(load_default=None, allow_none=True, error_messages=DAY)
    ips = ma.fields.String(load_default="", validate=ma.validate.Length(max=5000))

    @ma.pre_load
    def no_day(self, data: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        return {**data, "until": data.get("until") or None}

    @ma.validates("days")
    def known_days(self, value: str, **_rest: Any) -> None:
        """Nothing for never, `date` for the day in the next field."""
        if value not in ("", "date") and not (value.isdecimal() and 1 <= int(value) <= 3650):
            raise ma.ValidationError(_("Choose one of the list."))


class Renew(ma.Schema):
    overlap_days = ma.fields.Integer(
        load_default=0,
        validate=ma.validate.Range(0, LONGEST_OVERLAP),
        error_messages=CHOOSE,
    )


WIDE: Mapping[str, list[str]] = {"read": ["read"], "write": ["read", "write"], "full": ["*"]}


def read_token(form: MultiDict[str, str]) -> Wanted:
    """The key that somebody would like. Raises Invalid with all faults beside their fields."""
    typed = read_form(DescribeToken, form)
    chosen = form.getlist("scopes")
    if typed["level"] == "chosen" and not chosen:
        raise Invalid([FieldProblem("scopes", "required", _("Tick what the token may do."))])
    days, until = typed["days"], None
    if days == "date":
        if typed["until"] is None:
            raise Invalid([FieldProblem("until", "required", _("Choose the day on which it expires."))])
        zone = ZoneInfo(current.tenant().timezone)
        until = datetime.combine(typed["until"], time.max, zone)
    return Wanted(
        name=typed["name"],
        scopes=WIDE.get(typed["level"], chosen),
        days=int(days) if days.isdecimal() else None,
        until=until,
        ips=typed["ips"],
    )
