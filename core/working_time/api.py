"""The working time of a workspace over the API."""

from typing import Any

from core import current
from core.api import Answer, Doc, Resource, body, single
from core.api.docs import thing
from core.errors import Invalid
from core.i18n import _, _l
from core.web.blueprints import holding
from core.working_time.keeping import COUNTRIES, MANAGE, change_working_time, settings_of

working_time_api = Resource("working_time_settings", __name__, title=_l("Working time"))

CLOCK = {"type": "string", "pattern": r"^\d\d:\d\d$"}
DAY = {
    "type": "object",
    "properties": {"day": {"type": "string", "format": "date"}, "works": {"type": "boolean"},
                   "name": {"type": "string"}},
    "required": ["day", "works"],
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "timezone": {"type": "string"},
    "holidays": {"type": "string", "enum": list(COUNTRIES)},
    "week": {"type": "array", "minItems": 7, "maxItems": 7,
             "items": {"type": "array", "items": {"type": "array", "items": CLOCK, "minItems": 2, "maxItems": 2}}},
    "days": {"type": "array", "items": DAY},
}  # fmt: skip
CHANGES = {"type": "object", "properties": FIELDS, "additionalProperties": False}


@working_time_api.get("/settings/working-time", permission=holding(MANAGE), doc=Doc(gives=thing(**FIELDS)))
def show_working_time() -> Answer:
    """The week from Monday on, whose public holidays count, and the days of the workspace's own."""
    return single(settings_of(current.tenant()))


@working_time_api.patch("/settings/working-time", permission=holding(MANAGE), doc=Doc(CHANGES, thing(**FIELDS)))
def update_working_time() -> Answer:
    """Work at other times; what is not named stays as it is, `days` are replaced as a whole."""
    said = body()
    if not isinstance(said, dict):
        raise Invalid([], _("Send an object with the settings to change."))
    return single(change_working_time(said))
