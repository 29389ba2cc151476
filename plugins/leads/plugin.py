"""The leads plugin on one page. Everything it brings is named here."""

from pathlib import Path

from core.sdk import NavItem, Plugin, _l
from plugins.leads import events, hooks, jobs, permissions
from plugins.leads.types import LEAD
from plugins.leads.views import for_strangers, leads

plugin = Plugin(
    name="leads",
    title=_l("Leads"),
    summary=_l("Catch people who may buy, hand them to a seller in turn, and let none be forgotten."),
    version="1.0.0",
    folder=Path(__file__).parent,
    icon="magnet",
    record_types=(LEAD,),
    permissions=(
        permissions.RECEIVE_LEADS,
        permissions.OVERSEE,
        permissions.MANAGE_ROUTING,
        permissions.MANAGE_FORMS,
    ),
    nav=(
        NavItem(_l("Leads"), record_type="lead", icon="magnet", key="l"),
        NavItem(_l("Lead pool"), path="leads/pool", icon="ripple"),
        NavItem(_l("Web forms"), path="leads/forms", icon="browser", permission=permissions.MANAGE_FORMS.name),
    ),
    blueprints=(leads, for_strangers),
    events=(
        events.LeadCaptured,
        events.LeadCameAgain,
        events.LeadAssigned,
        events.LeadReturned,
        events.LeadConverted,
        events.LeadDisqualified,
    ),
    listeners=(jobs.resume,),
    jobs=(jobs.give_back,),
    hooks=hooks,
)
