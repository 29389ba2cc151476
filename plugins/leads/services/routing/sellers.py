"""What each seller can take: shown beside what they have, and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import MemberRow, NotFound, _, emit, now, session, tenant_id
from plugins.leads.events import SellerChanged
from plugins.leads.models import Seller
from plugins.leads.services.routing.people import Candidate, look_at

KEPT = ("capacity", "daily_cap", "weight", "level", "skills", "territories", "hours", "paused", "paused_until")
NOTHING: Mapping[str, Any] = {
    "capacity": None, "daily_cap": None, "weight": 1, "level": None, "skills": [], "territories": [], "hours": {},
    "paused": False, "paused_until": None,
}  # fmt: skip
"""What holds for a member of whom nobody has said anything."""


@dataclass(frozen=True)
class SellerNow:
    """A seller with what they have, and why they would not be given a lead at this moment."""

    who: Candidate
    said: Mapping[str, Any]
    why_not: str | None

    @property
    def load(self) -> float | None:
        """Their open leads in relation to what they can take."""
        return None if not self.who.capacity else self.who.open / self.who.capacity


def sellers_now() -> list[SellerNow]:
    """Everyone who receives leads, and whoever else something is said of, by name."""
    people, said = look_at(), _all_said()
    here = [each for each in people.values() if each.receives or each.id in said]
    return [_as_now(each, said) for each in sorted(here, key=lambda each: (each.name.casefold(), each.id))]


def seller_now(member_id: UUID) -> SellerNow:
    """Raises NotFound for who does not work here."""
    who = look_at().get(member_id)
    if who is None:
        raise NotFound(_("Nobody of that kind works here."))
    return _as_now(who, _all_said(member_id))


def levels_in_use() -> list[str]:
    named = select(Seller.level).where(Seller.tenant_id == tenant_id(), Seller.level.is_not(None)).distinct()
    return sorted(filter(None, session().scalars(named)))


def update_seller(member_id: UUID, values: Mapping[str, Any]) -> None:
    """Change what is said of a seller; what is not said stays. Raises NotFound."""
    name = session().scalar(
        select(MemberRow.name).where(
            MemberRow.tenant_id == tenant_id(), MemberRow.id == member_id, MemberRow.status == "active"
        )
    )
    if name is None:
        raise NotFound(_("Nobody of that kind works here."))
    row = {"tenant_id": tenant_id(), "id": member_id, "member_id": member_id}
    session().execute(insert(Seller).values(row).on_conflict_do_nothing())
    seller = (
        session()
        .scalars(select(Seller).where(Seller.tenant_id == tenant_id(), Seller.id == member_id).with_for_update())
        .one()
    )
    if values.get("paused") is False:
        values = {**values, "paused_until": None}
    changes = {}
    for key in KEPT:
        if key in values and values[key] != (old := getattr(seller, key)):
            setattr(seller, key, values[key])
            changes[key] = [_told(old), _told(values[key])]
    if changes:
        session().flush()
        emit(SellerChanged(record_type="member", record_id=member_id, title=name, changes=changes))


def said_of(seller: Seller) -> dict[str, Any]:
    return {key: getattr(seller, key) for key in KEPT}


def _as_now(who: Candidate, said: Mapping[UUID, Mapping[str, Any]]) -> SellerNow:
    why = who.why_not(now()) if who.receives else "not_asked"
    return SellerNow(who, said.get(who.id, NOTHING), why)


def _all_said(only: UUID | None = None) -> dict[UUID, Mapping[str, Any]]:
    rows = select(Seller).where(Seller.tenant_id == tenant_id())
    if only:
        rows = rows.where(Seller.member_id == only)
    return {row.member_id: said_of(row) for row in session().scalars(rows)}


def _told(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
