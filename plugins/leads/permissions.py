"""What a member of the workspace may be allowed to do with leads, beyond seeing and editing them."""

from core.sdk import Permission, _l

RECEIVE_LEADS = Permission("leads.receive_leads", _l("Receive leads in turn"), roles=("sales",))
OVERSEE = Permission("leads.oversee", _l("Be told of leads nobody followed up"), roles=("sales_director",))
MANAGE_ROUTING = Permission("leads.manage_routing", _l("Decide who receives leads"), roles=("sales_director",))
MANAGE_POOLS = Permission("leads.manage_pools", _l("Make pools and their rules"), roles=("sales_director",))
MANAGE_SCORING = Permission("leads.manage_scoring", _l("Decide what leads are worth"), roles=("sales_director",))
MANAGE_FORMS = Permission("leads.manage_forms", _l("Make web forms"), roles=("sales_director", "marketing"))
MANAGE_CHANNELS = Permission(
    "leads.manage_channels", _l("Connect what leads come in by"), roles=("sales_director", "marketing")
)

MANAGING = (MANAGE_FORMS, MANAGE_CHANNELS, MANAGE_ROUTING, MANAGE_SCORING, MANAGE_POOLS)
"""Each of them opens a part of the settings of leads."""
