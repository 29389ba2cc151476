"""The field types, by name. A plugin adds its own with `add_field_type`."""

from core.records.fields.base import FieldError, FieldType, Names
from core.records.fields.choice import Choice, MultiChoice, Option, State, StateOption, Tags, YesNo
from core.records.fields.links import AnyRecord, Lookup, Member, RecordRef
from core.records.fields.number import Amount, Decimal, Integer, Money, Percent, Year
from core.records.fields.text import Email, LongText, Phone, Text, Url
from core.records.fields.when import Date, DateTime

FIELD_TYPES: dict[str, type[FieldType]] = {}


def add_field_type(kind: type[FieldType]) -> None:
    """Make a type known under its `type_name`, for custom fields too. Raises ValueError when the name is taken."""
    if FIELD_TYPES.setdefault(kind.type_name, kind) is not kind:
        raise ValueError(f"two field types are called {kind.type_name}")


for _kind in (Text, LongText, Email, Phone, Url, Integer, Year, Decimal, Percent, Money, Date, DateTime,
              Choice, State, MultiChoice, Tags, YesNo, Lookup, Member, AnyRecord):  # fmt: skip
    add_field_type(_kind)

__all__ = [
    "FIELD_TYPES",
    "Amount",
    "AnyRecord",
    "Choice",
    "Date",
    "DateTime",
    "Decimal",
    "Email",
    "FieldError",
    "FieldType",
    "Integer",
    "LongText",
    "Lookup",
    "Member",
    "Money",
    "MultiChoice",
    "Names",
    "Option",
    "Percent",
    "Phone",
    "RecordRef",
    "State",
    "StateOption",
    "Tags",
    "Text",
    "Url",
    "Year",
    "YesNo",
    "add_field_type",
]
