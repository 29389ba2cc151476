"""Who receives leads in turn."""

from uuid import UUID

from core.sdk import acting_member_id, members_with, tenant
from plugins.leads.permissions import RECEIVE_LEADS


def takes_turns(member_id: UUID) -> bool:
    """Whether new leads are given to this member in turn: as long as they work here, and their role says so."""
    return member_id in (members_with(RECEIVE_LEADS.name, by_name=True) or members_with(RECEIVE_LEADS.name))


def me_if_i_receive() -> UUID | None:
    """Who enters a lead by hand and receives leads keeps it, unless they leave it to the rules."""
    return acting_member_id() if RECEIVE_LEADS.name in tenant().grants.permissions else None
