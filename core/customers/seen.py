"""Which customers the member looked at last: kept in the browser's session, where it costs nothing."""

from uuid import UUID

from flask import session

from core import current
from core.customers.models import Customer

KEPT = 8


def note_seen(customer: Customer) -> None:
    session[_key()] = [str(customer.id), *(each for each in session.get(_key(), ()) if each != str(customer.id))][:KEPT]


def seen() -> list[UUID]:
    """The last first."""
    return [UUID(each) for each in session.get(_key(), ())]


def _key() -> str:
    return f"seen-{current.tenant().slug}"
