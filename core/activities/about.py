"""What an activity is about: a record of whichever type, and through it a customer."""

from typing import Any

from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.fields import RecordRef
from core.records.schemas import Values
from core.records.types import RECORD_TYPES, type_named


def settle(values: Values, *, required: bool = False) -> Values:
    """The values with `about` and `customer` in agreement: the record knows its customer, a customer is itself a record.

    Raises Invalid for a record that does not exist or may not be seen, and, when `required`, for none at all.
    """
    about: RecordRef | None = values.get("about")
    if about is None and values.get("customer"):
        about = RecordRef("customer", values["customer"])
    if about is None:
        if required:
            raise Invalid([FieldProblem("about", "required", _("Say which record this is about."))])
        return values
    known = customer_of(about)
    return values | {"about": about, "customer": known or values.get("customer")}


def customer_of(about: RecordRef) -> Any:
    return type_named(about.type).customer_of(find(about))


def find(about: RecordRef) -> Any:
    """The record itself. Raises Invalid where there is none that the member may see."""
    try:
        return type_named(about.type).get(about.id)
    except NotFound:
        raise Invalid([FieldProblem("about", "unknown_reference", _("There is no such record."))]) from None


def address_of(about: RecordRef) -> str:
    """The path of the record's page inside the workspace."""
    return f"{RECORD_TYPES[about.type].plural}/{about.id}"
