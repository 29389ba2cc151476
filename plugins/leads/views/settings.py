"""The tabs of everything that leads are handled by, and the way to the first that one may see."""

from flask import current_app, url_for
from flask.typing import ResponseReturnValue

from core.sdk import NotFound, _, _l, any_member, permitted, redirect_to
from plugins.leads.permissions import MANAGE_CHANNELS, MANAGE_FORMS, MANAGE_POOLS, MANAGE_ROUTING, MANAGE_SCORING
from plugins.leads.views.blueprints import leads

TABS = (
    ("forms", _l("Web forms"), "browser", ".list_forms", MANAGE_FORMS),
    ("channels", _l("Channels"), "plug-connected", ".list_channels", MANAGE_CHANNELS),
    ("routing", _l("Routing"), "route", ".list_routing_rules", MANAGE_ROUTING),
    ("sellers", _l("Sellers"), "users", ".list_sellers", MANAGE_ROUTING),
    ("scoring", _l("Scoring"), "gauge", ".list_scoring_rules", MANAGE_SCORING),
    ("pools", _l("Pools"), "ripple", ".list_pools", MANAGE_POOLS),
    ("work", _l("Ways of working"), "list-check", ".list_procedures", MANAGE_ROUTING),
)


def settings_tabs(active: str) -> list[dict[str, object]]:
    """For `ui.tabs`: those of the tabs that the member may see."""
    return [
        {"label": label, "icon": icon, "url": url_for(f"leads{endpoint}"), "active": key == active}
        for key, label, icon, endpoint, permission in TABS
        if permitted(permission.name) and f"leads{endpoint}" in current_app.view_functions
    ]


@leads.app_context_processor
def _for_templates() -> dict[str, object]:
    return {"lead_settings_tabs": settings_tabs}


@leads.get("/settings", permission=any_member)
def show_settings() -> ResponseReturnValue:
    tabs = settings_tabs("")
    if not tabs:
        raise NotFound(_("There is no such page."))
    return redirect_to(str(tabs[0]["url"]))
