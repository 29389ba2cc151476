"""What follows when leads were changed many at once, past the verbs for one."""

from collections.abc import Sequence
from uuid import UUID

from plugins.leads.services.pools.clocks import set_clocks
from plugins.leads.services.pools.placing import place
from plugins.leads.services.scoring.points import score_leads


def note_changes(lead_ids: Sequence[UUID]) -> None:
    """An import, a change of many at once or its undoing wrote these: they are worth something else, may belong to
    another pool, and their clocks may run differently."""
    score_leads(lead_ids)
    place(lead_ids)
    set_clocks(lead_ids)
