"""Whose turn it is to receive a lead."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from core.sdk import members_with, session, tenant_id
from plugins.leads.permissions import RECEIVE_LEADS

NEXT = """
insert into leads_rotation (tenant_id, id, last_id) values (:tenant, :tenant, :first)
on conflict (tenant_id, id) do update set last_id = coalesce(
    (select seller from unnest(cast(:sellers as uuid[])) seller
      where seller > leads_rotation.last_id order by seller limit 1), excluded.last_id)
returning last_id, (select name from member where tenant_id = :tenant and member.id = last_id)
"""


class Seller(NamedTuple):
    id: UUID
    name: str


def next_seller() -> Seller | None:
    """Take the next turn: the seller after the last one, in the order in which they joined, or None without sellers.

    The row stays locked until we commit, so of two leads that come at once one waits, and nobody is left out.
    """
    sellers = _sellers()
    if not sellers:
        return None
    values = {"tenant": tenant_id(), "first": sellers[0], "sellers": list(sellers)}
    row = session().execute(text(NEXT), values).one()
    return Seller(row.last_id, row.name)


def takes_turns(member_id: UUID) -> bool:
    """Whether new leads are given to this member in turn: as long as they work here, and their role says so."""
    return member_id in _sellers()


def _sellers() -> Sequence[UUID]:
    return members_with(RECEIVE_LEADS.name, by_name=True) or members_with(RECEIVE_LEADS.name)
