"""What an activity is about: a record of whichever type, and through it a customer."""

from typing import Any
from uuid import UUID

from core.errors import FieldProblem, Invalid, NotFound
from core.i18n import _
from core.records.fields import RecordRef
from core.records.schemas import Values
from core.records.types import type_named


def settle(values: Values) -> tuple[Values, Values]:
    """What was said of `about` and `customer`, made one: (values to check, values that we found out).

    A customer is itself a record one may be about; a record knows its customer. Raises Invalid for a record that
    does not exist or may not be seen.
    """
    if not {"about", "customer"} & set(values):
        return values, {}
    about: RecordRef | None = values.get("about")
    if about is None and values.get("customer"):
        about = RecordRef("customer", values["customer"])
    if about is None:
        return values, {"about": None, "customer": None}
    customer_id = customer_of(about)
    rest = {key: value for key, value in values.items() if key != "about"}
    if customer_id:
        rest.pop("customer", None)
        return rest, {"about": about, "customer": customer_id}
    return {"customer": None} | rest, {"about": about}


def customer_of(about: RecordRef) -> UUID | None:
    return type_named(about.type).customer_of(find(about))


def find(about: RecordRef) -> Any:
    """The record itself. Raises Invalid where there is none that the member may see."""
    try:
        return type_named(about.type).get(about.id)
    except NotFound:
        raise Invalid([FieldProblem("about", "unknown_reference", _("There is no such record."))]) from None
