"""Which fields of a lead a web form may ask strangers for."""

from copy import copy
from typing import Any

from core.sdk import Address, Cascade, FieldType, Rating, RecordType, _l, type_named

WIDGETS = frozenset(
    ("text", "textarea", "email", "tel", "url", "number", "money", "select", "checkboxes", "radios", "switch", "date",
     "datetime", "time", "month")
)  # fmt: skip
OWN_CONTROLS = (Address, Cascade, Rating)
OURS = frozenset(
    ("source", "source_detail", "campaign", "owner", "status", "tags", "is_key", "revisit_on", "disqualify_reason")
)
"""What the company says of a lead, and not the lead of itself."""
WAYS = ("phone", "email")
"""By one of these somebody must be able to answer."""
SINGLE = WIDGETS - {"checkboxes", "money"}
"""Controls that send one value."""
CHOSEN = frozenset(("select", "radios", "checkboxes", "switch"))
"""Controls with a few values to choose from: a condition on them names some of these."""
WRITTEN = frozenset(("text", "textarea", "email", "tel", "url", "number"))
"""Controls that can show a placeholder."""


def lead_type() -> RecordType:
    return type_named("lead")


def fields_that_fit() -> dict[str, FieldType]:
    """The fields by key, whoever asks: built in, then the tenant's own."""
    return {key: of for key, of in lead_type().all_fields().items() if _fits(of)}


def _fits(of: FieldType) -> bool:
    drawn = of.widget in WIDGETS or isinstance(of, OWN_CONTROLS)
    return drawn and of.editable and of.importable and not (of.secret or of.computed or of.assigned or of.key in OURS)


def as_asked(of: FieldType, place: dict[str, Any]) -> FieldType:
    """The field in the words of the form. What no lead can be without stays required."""
    made = copy(of)
    made.label = place.get("label") or of.label
    made.help = place.get("help") or of.help
    made.required = of.required or bool(place.get("required"))
    made.default = None
    return made


def values_to_choose(of: FieldType) -> list[tuple[str, Any]]:
    """What a control sends for each of its options, and how it is called; empty where anything can be written."""
    if of.widget == "switch":
        return [("1", _l("Yes"))]
    options = getattr(of, "options", ()) if of.widget in CHOSEN else ()
    return [(option.value, option.label) for option in options]
