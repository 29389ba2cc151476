"""Which records a run is for: those that were ticked, or all that a list shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, func, literal, select

from core import db
from core.access import scope_clause
from core.records.conditions import Condition, as_kept
from core.records.query import Listing
from core.records.types import RecordType


@dataclass(frozen=True)
class Selection:
    """`ids`, or with `all` whatever meets the condition and the search when it is looked up.

    It is looked up anew each time, with the member's own scope for what is to be done: an id that was forged, or
    a record that slipped out of reach meanwhile, is not among what comes back.
    """

    record_type: RecordType
    ids: tuple[UUID, ...] = ()
    all: bool = False
    condition: Condition | None = None
    search: str = ""

    @classmethod
    def read(cls, record_type: RecordType, kept: Mapping[str, Any]) -> "Selection":
        ids = tuple(UUID(each) for each in kept.get("ids", ()))
        return cls(record_type, ids, bool(kept.get("all")), kept.get("condition"), kept.get("search", ""))

    def kept(self) -> dict[str, Any]:
        """As a run's parameters keep it."""
        if self.all:
            return {"all": True, "condition": as_kept(self.record_type, self.condition), "search": self.search}
        return {"ids": [str(each) for each in self.ids]}

    def found(self, grants: Sequence[str], *columns: Any) -> Any:
        """The records as a statement: those on which the member holds all of these grants."""
        model = self.record_type.model
        if self.all:
            found = Listing(self.record_type, self.condition, self.search).matching(*columns)
        else:
            among = literal(list(self.ids), ARRAY(Uuid))
            found = self.record_type.visible(*columns).where(model.id == any_(among))
        return found.where(*(scope_clause(grant, self.record_type) for grant in grants))

    def lookup(self, grants: Sequence[str]) -> list[UUID]:
        """The ids of these records, in order."""
        model = self.record_type.model
        return list(db.session().scalars(self.found(grants, model.id).order_by(model.id)))

    def count(self, grants: Sequence[str]) -> int:
        if not self.all and not self.ids:
            return 0
        inner = self.found(grants, self.record_type.model.id).subquery()
        return db.session().scalar(select(func.count()).select_from(inner)) or 0

    def total(self) -> int:
        """How many were meant: what was ticked, or what the list shows."""
        return self.count(("view",)) if self.all else len(self.ids)
