"""The tables of the leads: the lead itself, what brings it, who gets it, where it waits."""

from plugins.leads.models.campaign import Campaign
from plugins.leads.models.customer_standing import CustomerPools, CustomerStanding
from plugins.leads.models.form import LeadForm
from plugins.leads.models.lead import OPEN, SOURCES, STATES, Lead
from plugins.leads.models.mail import Mail, Mailbox
from plugins.leads.models.movement import Movement
from plugins.leads.models.openness import Openness
from plugins.leads.models.pool import Pool
from plugins.leads.models.pool_request import PoolRequest
from plugins.leads.models.routing import Rotation, RoutingRule, Seller
from plugins.leads.models.scoring import LearnedModel, Scoring, ScoringRule
from plugins.leads.models.signal import Signal
from plugins.leads.models.touch import Touch
from plugins.leads.models.webhook import Delivery, Webhook
from plugins.leads.models.working import (
    Conversion,
    Procedure,
    ResponsePolicy,
    Sequence,
    SequenceRun,
    StepDone,
)

__all__ = [
    "OPEN",
    "SOURCES",
    "STATES",
    "Campaign",
    "Conversion",
    "CustomerPools",
    "CustomerStanding",
    "Delivery",
    "Lead",
    "LeadForm",
    "LearnedModel",
    "Mail",
    "Mailbox",
    "Movement",
    "Openness",
    "Pool",
    "PoolRequest",
    "Procedure",
    "ResponsePolicy",
    "Rotation",
    "RoutingRule",
    "Scoring",
    "ScoringRule",
    "Seller",
    "Sequence",
    "SequenceRun",
    "Signal",
    "StepDone",
    "Touch",
    "Webhook",
]
