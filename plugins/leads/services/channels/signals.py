"""What other systems tell of people: the leads that they are, and those that they are to become."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.sdk import FieldError, SignalReceived, emit, get, session, tenant_id, type_named
from plugins.leads.events.channels import LeadSignalled
from plugins.leads.models import OPEN, Lead
from plugins.leads.services.capturing import capture_lead
from plugins.leads.services.channels.webhooks.mapping import make, mappable
from plugins.leads.services.channels.webhooks.payloads import flatten
from plugins.leads.services.scoring.signals import note_signals
from plugins.leads.services.telling import about

LONGEST_TOLD = 200
TOLD_BY = ("title", "page", "url", "subject", "file", "name")
"""What of a signal's data stands in the timeline, the first that is there."""


def take_signal(event: SignalReceived) -> None:
    """Note what a lead did. Whoever is none becomes one where the sender asked for it, and is left alone else."""
    lead_id = event.record_id if event.record_type == "lead" else _lead_of(event.email, event.phone)
    if lead_id is None and event.capture:
        lead_id = _capture(event)
    if lead_id is None or (lead := get(Lead, lead_id)) is None or lead.deleted_at:
        return
    note_signals([(lead_id, event.signal, datetime.fromisoformat(event.since), event.said)])
    if event.record_type != "lead":  # else the signal itself stands in its history
        emit(LeadSignalled(**about(lead), signal=event.signal, what=_told(event.said)))


def _lead_of(email: str | None, phone: str | None) -> UUID | None:
    """The open lead of this address or number, the latest where there are several."""
    same = [column == value for column, value in ((Lead.email, email), (Lead.phone, phone)) if value]
    if not same:
        return None
    found = select(Lead.id).where(
        Lead.tenant_id == tenant_id(), Lead.deleted_at.is_(None), Lead.status.in_(OPEN), or_(*same)
    )
    return session().scalar(found.order_by(Lead.id.desc()).limit(1))


def _capture(event: SignalReceived) -> UUID:
    """A lead of what the signal tells, by the names of its fields."""
    flat = flatten(event.said)
    known = {of.key for of in mappable()}
    made = make(flat, {path: path for path in flat if path in known}, {})
    values: dict[str, Any] = {"email": event.email, "phone": _parsed("phone", event.phone)} | made.values
    values.setdefault("name", (event.email or "").partition("@")[0] or event.phone)
    touch: Mapping[str, Any] = {
        "via": {"event": event.signal}, "utm": made.utm, "said": made.said, "at": datetime.fromisoformat(event.since),
        "name": event.signal,
    }  # fmt: skip
    told = {key: value for key, value in values.items() if value is not None}
    return capture_lead(told, source="website", touch=touch).id


def _parsed(key: str, text: str | None) -> Any:
    try:
        return type_named("lead").all_fields()[key].parse(text)
    except FieldError:
        return None


def _told(said: Mapping[str, Any]) -> str | None:
    found = next((said[key] for key in TOLD_BY if isinstance(said.get(key), str)), None)
    return found[:LONGEST_TOLD] if found else None
