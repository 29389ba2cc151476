"""What the leads do by themselves."""

from typing import Any
from uuid import UUID

from core.sdk import Event, listens, on_deadline
from plugins.leads import services
from plugins.leads.services.clock import UNATTENDED


@on_deadline(UNATTENDED)
def give_back(lead_id: UUID, _payload: dict[str, Any]) -> None:
    services.return_unattended(lead_id)


@listens("lead.restored")
def resume(event: Event) -> None:
    services.resume_lead(event.record_id)
