"""Looking across tenants, which only the operator does, and never without a reason that is written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core import db
from core.current import TenantContext
from core.events import emit
from tenants.events import OperatorLooked

log = structlog.get_logger()


@contextmanager
def across_tenants(reason: str, tenant_id: UUID | None = None) -> Iterator[Session]:
    """A session of guanxi_ops, which reads the tables of all tenants and writes nothing.

    Whoever looks into one workspace names it: then it stands in that one's audit log before anything is read.
    """
    log.info("across_tenants", reason=reason, tenant=str(tenant_id) if tenant_id else None)
    if tenant_id is not None:
        with db.unit_of_work(TenantContext(tenant_id, "", "", "")):
            emit(OperatorLooked(record_type="tenant", record_id=tenant_id, reason=reason))
    with db.role_session("ops") as session:
        yield session
