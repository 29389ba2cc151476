"""The verbs of leads: catching, holding, attending, closing and converting them, and the forms they come from."""

from plugins.leads.services.attending import attend_lead, resume_lead, return_unattended
from plugins.leads.services.capturing import capture_lead
from plugins.leads.services.changing import delete_lead, disqualify_lead, update_lead
from plugins.leads.services.converting import convert_lead
from plugins.leads.services.forms import create_form, submit_form, update_form
from plugins.leads.services.handing_over import go_on, held_by_another
from plugins.leads.services.holding import assign_lead, claim_lead, find_in_pool, return_lead
from plugins.leads.services.taking_turns import takes_turns

__all__ = [
    "assign_lead",
    "attend_lead",
    "capture_lead",
    "claim_lead",
    "convert_lead",
    "create_form",
    "delete_lead",
    "disqualify_lead",
    "find_in_pool",
    "go_on",
    "held_by_another",
    "resume_lead",
    "return_lead",
    "return_unattended",
    "submit_form",
    "takes_turns",
    "update_form",
    "update_lead",
]
