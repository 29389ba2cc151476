"""What the actions on a lead must be told."""

import marshmallow as ma

from core.sdk import Asked, Date, Json, Lookup, Member, Text, YesNo, _l

FOUND_BY_ITSELF = _l(
    "Leave it empty to make a new customer and contact of this lead, unless its phone, e-mail or company is known."
)


class GiveReason(ma.Schema):
    reason = Asked(Text(_l("Reason")), required=True)


class ChooseOwner(ma.Schema):
    owner = Asked(Member(_l("New owner")), required=True)


class ChooseCustomer(ma.Schema):
    customer = Asked(Lookup(_l("Customer"), target="customer", help=FOUND_BY_ITSELF))
    as_new = Asked(YesNo(_l("Make a new customer in any case")))
    carry = Asked(Json(_l("What goes over")))


class GiveUp(ma.Schema):
    reason = Asked(Text(_l("Reason")), required=True)
    revisit_on = Asked(Date(_l("Get in touch again on")))
