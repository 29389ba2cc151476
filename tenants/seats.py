"""How many people a plan has room for: given by whoever runs the installation."""

from uuid import UUID

from core import current, db
from core.current import TenantContext
from core.errors import NotFound
from core.events import emit
from core.i18n import _
from core.tenant import Tenant
from tenants.events import SeatsGiven


def give_seats(tenant_id: UUID, seats: int | None) -> None:
    """So many seats, or as many as like for None. With fewer than are taken, all stay and nobody new comes."""
    with db.unit_of_work(TenantContext(tenant_id, "", "", "")) as session:
        tenant = session.get(Tenant, tenant_id)
        if tenant is None:
            raise NotFound(_("There is no such workspace."))
        if tenant.seats == seats:
            return
        before, tenant.seats = tenant.seats, seats
        emit(SeatsGiven(record_type="tenant", record_id=current.tenant_id(), changes={"seats": [before, seats]}))
