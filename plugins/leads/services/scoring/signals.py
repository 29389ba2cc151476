"""What leads do: written down as it happens, and counted by the scoring rules."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from core.sdk import new_id, session, tenant_id
from plugins.leads.models import Lead, Signal
from plugins.leads.services.scoring.naming import SIGNALS
from plugins.leads.services.scoring.points import score_leads

__all__ = ["SIGNALS", "note_signals"]


def note_signals(rows: Sequence[tuple[UUID, str, datetime, dict[str, Any]]]) -> None:
    """Write down what leads did, and score them anew. Each row is a lead, a signal's name, when, and what exactly.

    Leads that are not there any more are left out. A name that `SIGNALS` does not have is kept, and counts for
    nothing until a rule names it.
    """
    wanted = {row[0] for row in rows}
    if not wanted:
        return
    session().flush()
    there = set(session().scalars(select(Lead.id).where(Lead.tenant_id == tenant_id(), Lead.id.in_(wanted))))
    noted = [
        {"tenant_id": tenant_id(), "id": new_id(), "lead_id": lead_id, "name": name, "at": at, "data": data}
        for lead_id, name, at, data in rows
        if lead_id in there
    ]
    if noted:
        session().execute(insert(Signal), noted)
        score_leads(sorted(there))
