"""How long a workspace keeps its audit log: agreed with whoever runs the installation."""

from uuid import UUID

from core import db
from core.current import TenantContext
from core.errors import NotFound
from core.events import emit
from core.i18n import _
from core.tenant import Tenant
from tenants.events import AuditDaysGiven


def keep_audit(tenant_id: UUID, days: int | None) -> None:
    """So many days, or for ever for None. What is older goes in the next night."""
    with db.unit_of_work(TenantContext(tenant_id, "", "", "")) as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound(_("There is no such workspace."))
        if tenant.audit_days == days:
            return
        before, tenant.audit_days = tenant.audit_days, days
        emit(AuditDaysGiven(record_type="tenant", record_id=tenant_id, changes={"audit_days": [before, days]}))
