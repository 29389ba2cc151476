"""How one gets in touch with who a record is about, and what else it can become: asked of the modules."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from core.host.asking import ask
from core.host.manifest import ContactWay, ConversionOffer
from core.i18n import _
from core.records.fields import Email, FieldType, Phone
from core.records.told import is_told
from core.records.types import RecordType

BY_HAND = 4
"""Ways of one's own devices that are offered at most: more numbers than that are among the facts."""


def contact_ways(record_type: RecordType, record: Any) -> Sequence[ContactWay]:
    """Through the providers that modules bring; where there is none of a kind, by the device in one's hand."""
    provided: list[ContactWay] = ask("contact_ways", record=record)
    kinds = {way.kind for way in provided}
    own = [way for field in record_type.fields().values() for way in _by_device(field, record)]
    return [*provided, *[way for way in own if way.kind not in kinds][:BY_HAND]]


def conversion_offers(record: Any) -> Sequence[ConversionOffer]:
    """What modules would make of the record when it becomes a customer."""
    offers: list[ConversionOffer] = ask("conversion_offers", record=record)
    return offers


def _by_device(field: FieldType, record: Any) -> list[ContactWay]:
    if not isinstance(field, Phone | Email) or not is_told(field, record) or not field.get(record):
        return []
    value = str(field.get(record))
    if isinstance(field, Email):
        return [ContactWay("email", _("Mail"), f"mailto:{quote(value, safe='@')}", "mail", "email")]
    number = quote(value, safe="+")
    return [ContactWay("call", _("Call"), f"tel:{number}", "phone", "call"),
            ContactWay("sms", _("Text message"), f"sms:{number}", "message", "chat")]  # fmt: skip
