"""What pools hold: leads, and whatever else. The engine of the pools is general over these few facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, true

from plugins.leads.models import OPEN, Lead
from plugins.leads.models.pool import MASKS, MODES


@dataclass(frozen=True)
class Kind:
    """A kind of record that has pools. `name` is its record type.

    `held` is the table with who has a record and for how long: `owner_id`, `assigned_at`, `last_follow_up_at`,
    `pool_id`, `returns_at` and the like. `open_of` gives the condition that a record takes part at all, `is_key`
    that it is a key record, `begun_at` since when an owner has it of whom that is not known, `page` its address.
    `deadlines` are the return and the warnings of the two clocks. `followed` is the column of follow-ups that names the
    record. Where `held` is not the record itself, `joined` is the condition that brings the two together, `has_clock`
    that the clocks run at all, and `statement` how owners are changed. `first` are the rules of its first pool, `modes`
    and `masks` what its pools may have.
    """

    name: str
    held: Any
    open_of: Callable[[Any], ColumnElement[bool]]
    is_key: Callable[[], ColumnElement[bool]]
    begun_at: Any
    title: Any
    page: str
    mine: str
    deadlines: tuple[str, str, str]
    first: Mapping[str, Any]
    modes: tuple[str, ...] = MODES
    masks: tuple[str, ...] = MASKS
    followed: str = "about_id"
    joined: Callable[[], ColumnElement[bool]] = true
    has_clock: Callable[[Any], ColumnElement[bool]] | None = None
    statement: Callable[..., Any] | None = None

    def clock_of(self, held: Any) -> ColumnElement[bool]:
        return (self.has_clock or self.open_of)(held)

    def is_open(self) -> ColumnElement[bool]:
        return self.open_of(self.held)

    @property
    def table(self) -> str:
        return str(self.held.__tablename__)


LEADS = Kind(
    name="lead",
    held=Lead,
    open_of=lambda held: held.status.in_(OPEN) & held.deleted_at.is_(None),
    is_key=lambda: func.coalesce(Lead.is_key, False),
    begun_at=Lead.created_at,
    title=Lead.name,
    page="leads/{}",
    mine="leads/mine",
    deadlines=("leads.unattended", "leads.warn_follow_up", "leads.warn_deal"),
    first={"follow_up_days": 3, "follow_up_warn_days": 1},
)
