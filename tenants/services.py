"""Changing the workspace itself: its name and manners, its modules, and the work that failed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from core import current, db
from core.access import require_permission
from core.errors import NotFound
from core.events import emit
from core.host import enablement
from core.host.loader import host
from core.i18n import _
from core.jobs import QUEUES, JobRow, wake_after_commit
from core.tenant import Tenant
from tenants.events import ModuleSwitched, WorkspaceChanged

SHOWN = 200


def this_tenant() -> Tenant:
    return db.session().get_one(Tenant, current.tenant_id())


def change_workspace(name: str, locale: str, timezone: str, currency: str) -> None:
    """The address stays as it is: links to it are out in the world."""
    require_permission("tenant.manage_settings")
    tenant = this_tenant()
    values = {"name": name, "locale": locale, "timezone": timezone, "currency": currency}
    changes = {key: [getattr(tenant, key), value] for key, value in values.items() if getattr(tenant, key) != value}
    if not changes:
        return
    for key, value in values.items():
        setattr(tenant, key, value)
    emit(WorkspaceChanged(record_type="tenant", record_id=tenant.id, changes=changes))


def switch_module(name: str, *, on: bool) -> None:
    """Switch a module on or off for everybody here, within the plan."""
    require_permission("tenant.manage_modules")
    if name not in host().plugins:
        raise NotFound(_("There is no such module."))
    if (name in current.tenant().modules) == on:
        return
    enablement.switch_module(name, on=on, covered=this_tenant().covered)
    emit(ModuleSwitched(record_type="tenant", record_id=current.tenant_id(), module=name, on=on))


# --- work that failed ----------------------------------------------------------------------------------


def parked_jobs() -> tuple[Sequence[JobRow], int]:
    """The work that failed for the last time, the latest first, and how much of it there is."""
    require_permission("tenant.see_jobs")
    total = db.session().scalar(select(func.count()).select_from(JobRow).where(_parked())) or 0
    found = select(JobRow).where(_parked()).order_by(JobRow.parked_at.desc(), JobRow.id).limit(SHOWN)
    return db.session().scalars(found).all(), total


def retry_jobs(job_id: UUID | None = None) -> int:
    """Try one piece of work again, or all of it, at once and with all its tries before it. Returns how many."""
    require_permission("tenant.see_jobs")
    again = update(JobRow).where(_parked(job_id)).values(
        parked_at=None, locked_until=None, error=None, attempts=0, due_at=current.now()
    )  # fmt: skip
    count = db.session().execute(again).rowcount  # type: ignore[attr-defined]
    if job_id is not None and not count:
        raise NotFound(_("This work is done, or somebody else retried it."))
    wake_after_commit(QUEUES)
    return int(count)


def drop_job(job_id: UUID) -> None:
    """Give a piece of work up for good."""
    require_permission("tenant.see_jobs")
    db.session().execute(delete(JobRow).where(_parked(job_id)))


def _parked(job_id: UUID | None = None) -> ColumnElement[bool]:
    parked = (JobRow.tenant_id == current.tenant_id()) & JobRow.parked_at.is_not(None)
    return parked if job_id is None else parked & (JobRow.id == job_id)
