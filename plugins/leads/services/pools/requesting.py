"""Writing down what a member asks of those who look after the pools. Asking twice says it anew."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from core.sdk import acting_member, new_id, now, session, tenant_id
from plugins.leads.models import PoolRequest
from plugins.leads.services.pools.kinds import Kind

REQUESTS = "leads/requests"
FARTHEST = 365
"""Days by which a manager may extend the time for a record."""


def put_request(
    asked: str, kind: Kind, record_id: UUID, pool_id: UUID | None, *, days: int | None = None, reason: str = ""
) -> None:
    values = {"id": new_id(), "tenant_id": tenant_id(), "kind": asked, "record_type": kind.name, "record_id": record_id,
              "pool_id": pool_id, "member_id": acting_member().id, "days": days, "reason": reason.strip() or None,
              "status": "open", "created_at": now()}  # fmt: skip
    new = insert(PoolRequest).values(values)
    session().execute(
        new.on_conflict_do_update(
            index_elements=["tenant_id", "record_id", "member_id", "kind"],
            index_where=PoolRequest.status == "open",
            set_={name: new.excluded[name] for name in ("days", "reason", "pool_id", "created_at")},
        )
    )
