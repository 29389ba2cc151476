"""Demanding something else of everybody's way in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from sqlalchemy import select

from core import current, db
from core.access import require_permission
from core.auth.permissions import MANAGE_SECURITY
from core.auth.policy import Policy
from core.auth.policy_page.fields import read
from core.events import Event, emit
from core.i18n import _l
from core.tenant import Tenant


@dataclass(frozen=True, kw_only=True)
class PolicyChanged(Event):
    """`changes` holds each setting's value before and after."""

    name = "auth.policy_changed"
    label = _l("Security policy changed")
    text = _l("changed the security policy")
    icon = "shield-cog"
    audited: ClassVar[bool] = True


def change_policy(given: Mapping[str, Any]) -> Policy:
    """Demand these things; what is not named stays as it is. Raises Invalid with all faults together."""
    require_permission(MANAGE_SECURITY.name)
    wanted = read(given)
    tenant = db.session().scalars(
        select(Tenant).where(Tenant.id == current.tenant_id()).with_for_update()
        .execution_options(populate_existing=True)
    ).one()  # fmt: skip
    before = asdict(Policy.of(tenant.security))
    changes = {name: [before[name], value] for name, value in wanted.items() if before[name] != value}
    if changes:
        tenant.security = {**tenant.security, **{name: new for name, (_old, new) in changes.items()}}
        emit(PolicyChanged(record_type="tenant", record_id=tenant.id, changes=changes))
    return Policy.of(tenant.security)
