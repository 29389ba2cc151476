"""Keeping the audit log as long as the plan says, and no longer."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from core import current, db
from core.auth.audit.events import AuditPurged
from core.events import emit
from core.jobs import job
from core.nightly import nightly
from core.tenant import Tenant

LEAST = 7
"""Days that every plan keeps: the database lets nobody remove anything younger."""
GONE = "delete from guanxi.event where tenant_id = :tenant and audit and at < :before"
"""The policy of guanxi_worker lets this reach what is in the log alone, and no record's history."""
LEFT = """
update guanxi.event set audit = false, cause = cause - array['address', 'device', 'session']
 where tenant_id = :tenant and audit and at < :before
"""


@nightly
@job("slow")
def purge_audit() -> None:
    """Remove entries older than the plan keeps them. What happened to a record stays in the record's history, without
    from where it was done: only the log lets go of it."""
    tenant = db.session().get_one(Tenant, current.tenant_id())
    if tenant.audit_days is None:
        return
    days = max(tenant.audit_days, LEAST)
    asked = {"tenant": tenant.id, "before": current.now() - timedelta(days=days)}
    with db.role_session("worker") as session:
        done: list[Any] = [session.execute(text(each), asked) for each in (GONE, LEFT)]
        entries = sum(each.rowcount for each in done)
    if entries:
        emit(AuditPurged(record_type="tenant", record_id=tenant.id, entries=entries, days=days))
