"""The verbs of leads: catching, holding, attending, closing and converting them."""

from plugins.leads.services.capturing import capture_lead, create_leads
from plugins.leads.services.noting_changes import note_changes
from plugins.leads.services.pools.asking import extend_lead, request_claim
from plugins.leads.services.pools.attending import attend_lead, resume_lead, return_unattended
from plugins.leads.services.pools.claiming import claim_lead, find_in_pool
from plugins.leads.services.pools.handing_over import CHANGES_WITH_OWNER, go_on, held_by_another
from plugins.leads.services.pools.holding import assign_lead, return_lead
from plugins.leads.services.pools.locking import lock_lead, unlock_lead
from plugins.leads.services.routing.turns import takes_turns
from plugins.leads.services.working.changing import (
    delete_lead,
    disqualify_lead,
    qualify_lead,
    reopen_lead,
    revisit_lead,
    update_lead,
)
from plugins.leads.services.working.converting import convert_lead
from plugins.leads.services.working.undoing import can_be_undone, undo_conversion

__all__ = [
    "CHANGES_WITH_OWNER",
    "assign_lead",
    "attend_lead",
    "can_be_undone",
    "capture_lead",
    "claim_lead",
    "convert_lead",
    "create_leads",
    "delete_lead",
    "disqualify_lead",
    "extend_lead",
    "find_in_pool",
    "go_on",
    "held_by_another",
    "lock_lead",
    "note_changes",
    "qualify_lead",
    "reopen_lead",
    "request_claim",
    "resume_lead",
    "return_lead",
    "return_unattended",
    "revisit_lead",
    "takes_turns",
    "undo_conversion",
    "unlock_lead",
    "update_lead",
]
