"""What the actions on a lead must be told, and what a web form is made of."""

import re
from typing import Any

import marshmallow as ma

from core.sdk import Asked, Lookup, Member, Text, _, _l

ASKABLE = ("name", "company", "title", "phone", "email", "need")
"""The fields of a lead that a web form may ask for."""
SITE = re.compile(r"https://(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}(?::\d{1,5})?")
MOST_SITES = 20
FOUND_BY_ITSELF = _l(
    "Leave it empty to make a new customer and contact of this lead, unless its phone, e-mail or company is known."
)


def _sites(typed: str) -> list[str]:
    """Sites, each on a line of its own, as a browser names them. Raises ValidationError for what is none."""
    sites = dict.fromkeys(line.strip().rstrip("/").lower() for line in str(typed).splitlines() if line.strip())
    for site in sites:
        if not SITE.fullmatch(site):
            raise ma.ValidationError(_("“%(site)s” is no site. Write https://, then its name.", site=site[:100]))
    if len(sites) > MOST_SITES:
        raise ma.ValidationError(_("Name at most %(most)s sites.", most=MOST_SITES))
    return list(sites)


class GiveReason(ma.Schema):
    reason = Asked(Text(_l("Reason")), required=True)


class ChooseOwner(ma.Schema):
    owner = Asked(Member(_l("New owner")), required=True)


class ChooseCustomer(ma.Schema):
    customer = Asked(Lookup(_l("Customer"), target="customer", help=FOUND_BY_ITSELF))


class WebForm(ma.Schema):
    """What makes a web form. A form without a name to fill in, or without a way to answer, is refused."""

    class Meta:
        unknown = ma.EXCLUDE

    title = ma.fields.String(required=True)
    intro = ma.fields.String(load_default="", validate=ma.validate.Length(max=2000))
    asked = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(ASKABLE)), data_key="fields", load_default=list)
    thanks = ma.fields.String(load_default="", validate=ma.validate.Length(max=2000))
    active = ma.fields.Boolean(load_default=False)
    embedded_in = ma.fields.Function(deserialize=lambda typed: _sites(typed), load_default=list)

    @ma.validates("title")
    def has_title(self, title: str, **_rest: Any) -> None:
        if not title.strip() or len(title) > 200:
            raise ma.ValidationError(_("Give the form a title of at most 200 characters."))

    @ma.validates("asked")
    def can_be_answered(self, fields: list[str], **_rest: Any) -> None:
        if not {"phone", "email"} & set(fields):
            raise ma.ValidationError(_("Ask for a phone number or an e-mail address, or nobody can be answered."))

    @ma.post_load
    def in_order(self, values: dict[str, Any], **_rest: Any) -> dict[str, Any]:
        asked = {"name", *values.pop("asked")}
        return values | {"fields": [key for key in ASKABLE if key in asked]}
