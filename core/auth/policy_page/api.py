"""The security policy over the API."""

from dataclasses import asdict
from typing import Any

from core.api import Answer, Doc, Resource, body, single
from core.api.docs import thing
from core.auth.permissions import MANAGE_SECURITY
from core.auth.policy import Policy, policy
from core.auth.policy_page.changing import change_policy
from core.auth.policy_page.fields import FIELDS, schema
from core.errors import Invalid
from core.i18n import _, _l
from core.web.blueprints import holding

security_settings = Resource("security_settings", __name__, title=_l("Security policy"))
MANAGE = holding(MANAGE_SECURITY.name)
POLICY = thing(**schema())
CHANGES = {"type": "object", "properties": schema(), "additionalProperties": False}


@security_settings.get("/settings/security", permission=MANAGE, doc=Doc(gives=POLICY))
def show_security() -> Answer:
    """What the workspace demands of everybody who signs in."""
    return single(_told(policy()))


@security_settings.patch("/settings/security", permission=MANAGE, doc=Doc(CHANGES, POLICY))
def change_security() -> Answer:
    """Demand something else; what is not named stays as it is. 0 is no limit, null no day."""
    said = body()
    if not isinstance(said, dict):
        raise Invalid([], _("Send an object with the settings to change."))
    return single(_told(change_policy(said)))


def _told(of: Policy) -> dict[str, Any]:
    return {name: value for name, value in asdict(of).items() if name in FIELDS}
