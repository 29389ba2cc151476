"""The field types, by name. A plugin adds its own with `add_field_type`."""

from core.records.fields.autonumber import AutoNumber
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names, columns_of
from core.records.fields.choice import Choice, MultiChoice, Option, State, StateOption, Tags, YesNo
from core.records.fields.choice_tree import Cascade
from core.records.fields.codes import Barcode, Color, Json
from core.records.fields.files import FileRef, Files, Images, Signature
from core.records.fields.lines import Lines
from core.records.fields.links import AnyRecord, Lookup, Member, RecordRef
from core.records.fields.many_links import MultiLookup
from core.records.fields.number import Amount, Decimal, Integer, Money, Percent, Year
from core.records.fields.places import Address, GeoPoint
from core.records.fields.rating import Rating
from core.records.fields.rich import RichText
from core.records.fields.sealed import Identity, Sealed, Secret
from core.records.fields.spans import Duration, Month, Time
from core.records.fields.text import Email, LongText, Phone, Text, Url
from core.records.fields.when import Date, DateTime

FIELD_TYPES: dict[str, type[FieldType]] = {}


def add_field_type(kind: type[FieldType]) -> None:
    """Make a type known under its `type_name`, for custom fields too. Raises ValueError when the name is taken."""
    if FIELD_TYPES.setdefault(kind.type_name, kind) is not kind:
        raise ValueError(f"two field types are called {kind.type_name}")


for _kind in (Text, LongText, Email, Phone, Url, Integer, Year, Decimal, Percent, Money, Date, DateTime,
              Choice, State, MultiChoice, Tags, YesNo, Lookup, Member, AnyRecord, RichText, Rating, Time, Duration,
              Month, Cascade, Address, GeoPoint, MultiLookup, Barcode, Color, Json,
              Files, Images, Signature, AutoNumber, Secret, Identity, Lines):  # fmt: skip
    add_field_type(_kind)

__all__ = [
    "FIELD_TYPES",
    "NO_NAMES",
    "AutoNumber",
    "FileRef",
    "Files",
    "Identity",
    "Images",
    "Sealed",
    "Secret",
    "Signature",
    "Address",
    "Barcode",
    "Cascade",
    "Color",
    "Duration",
    "GeoPoint",
    "Json",
    "Month",
    "MultiLookup",
    "Rating",
    "RichText",
    "Time",
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
    "Lines",
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
    "columns_of",
]
