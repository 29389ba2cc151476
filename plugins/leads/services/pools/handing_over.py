"""Many leads that get other owners at once, when what a member has is handed over, or is taken back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, column, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import acting_member_id, new_id, now, session, tenant_id
from plugins.leads.models import Lead, Movement
from plugins.leads.services.pools.attending import start_again
from plugins.leads.services.pools.kinds import LEADS

CHANGES_WITH_OWNER = ("assigned_at", "pooled_at", "pool_reason", "previous_owner", "extended_until", "locked_until")
"""The fields that change with the owner, and comes back with them."""


def held_by_another(lead: Any, restart_clocks: bool) -> Mapping[str, Any]:
    """What changes with the owner. An owner whose clock does not restart has had the lead since the one before did."""
    since = {"assigned_at": now(), "extended_until": None, "locked_until": None} if restart_clocks else {}
    return {"pooled_at": None, "pool_reason": None, "previous_owner": lead.owner_id, **since}


def go_on(lead_ids: Sequence[UUID]) -> None:
    """Have the clocks of these leads run as of when their owners have them, and write the change into the open log.
    Whose time was up long ago, because the lead was given back to them, has the full time once more."""
    session().flush()
    start_again(list(lead_ids))
    lists = [literal(each, ARRAY(Uuid)) for each in (list(lead_ids), [new_id() for _each in lead_ids])]
    given = func.unnest(*lists).table_valued(column("record_id", Uuid), column("id", Uuid), name="given")
    given = given.render_derived()
    said = select(
        literal(tenant_id(), Uuid), given.c.id, literal(LEADS.name), Lead.id, literal(now()), literal("assigned"),
        literal("handover"), Lead.previous_owner_id, Lead.owner_id, Lead.pool_id, literal(acting_member_id(), Uuid),
    ).where(Lead.tenant_id == tenant_id(), Lead.id == given.c.record_id, Lead.owner_id.is_not(None),
            LEADS.is_open(), Lead.id == any_(literal(list(lead_ids), ARRAY(Uuid))))  # fmt: skip
    names = ["tenant_id", "id", "record_type", "record_id", "at", "kind", "how", "from_id", "to_id", "pool_id",
             "actor_id"]  # fmt: skip
    written = insert(Movement.__table__).from_select(names, said)  # type: ignore[arg-type]
    session().execute(written.on_conflict_do_nothing())
