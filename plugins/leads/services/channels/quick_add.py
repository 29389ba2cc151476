"""A lead out of what was pasted, and whether we have it already."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_

from core.sdk import FieldError, RecordType, may, session, tenant, tenant_id, type_named
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.channels.cards import Found, read_card

FILLED = ("name", "company", "title", "phone", "email", "wechat", "address", "need")
"""What is read out of a text, in the order in which it is asked about."""
COUNTRIES = {"USD": "US", "EUR": "DE", "GBP": "GB", "HKD": "HK", "TWD": "TW", "JPY": "JP", "SGD": "SG"}


def read_person(text: str) -> Mapping[str, Found]:
    """What a text tells of a person; numbers without a country are of the workspace's own."""
    return read_card(text, COUNTRIES.get(tenant().currency, "CN"))


def known_lead(values: Mapping[str, Any]) -> Lead | None:
    """The open lead with this phone, e-mail or WeChat, of those that the acting member may see."""
    lead_type: RecordType = type_named("lead")
    given = []
    for key, column in (("phone", Lead.phone), ("email", Lead.email), ("wechat", Lead.wechat)):
        try:
            value = lead_type.all_fields()[key].parse(values.get(key) or None)
        except FieldError:
            continue
        if value:
            given.append(column == value)
    if not given:
        return None
    same = lead_type.visible().where(Lead.tenant_id == tenant_id(), Lead.status.in_(OPEN), or_(*given))
    found: Lead | None = session().scalars(same.order_by(Lead.id).limit(1)).one_or_none()
    return found


def reach_of_stranger(text: str) -> tuple[str, str] | None:
    """The e-mail address or phone number that a text is, where no open lead has it, for who may make leads."""
    plain = text.strip()
    if not (5 < len(plain) <= 254) or not may("create", type_named("lead")):
        return None
    fields = type_named("lead").fields()
    for key in ("email", "phone"):
        try:
            value = fields[key].parse(plain) if key in fields else None
        except FieldError:
            continue
        if value and ("@" in plain) == (key == "email"):
            return None if known_lead({key: plain}) else (key, plain)
    return None
