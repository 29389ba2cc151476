"""Which records stay whose they are for now, as modules see it: a deal is open with them, an order is on its way."""

from collections.abc import Collection
from uuid import UUID

from core.host.asking import ask


def protected_among(record_type: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of these records of a type that their owner is to keep for now, by what the enabled modules answer."""
    return set(ask("protecting", record_type=record_type, ids=ids)) & set(ids) if ids else set()
