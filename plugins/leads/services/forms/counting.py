"""How often forms are looked at, begun and sent, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import new_id, now, session, tenant_id
from plugins.leads.models import Lead
from plugins.leads.models.form import FormDay, FormEntry, LeadForm

SHOWN = 50


@dataclass(frozen=True)
class Figures:
    views: int = 0
    starts: int = 0
    sent: int = 0
    converted: int = 0

    @property
    def share_sent(self) -> float | None:
        return min(1.0, self.sent / self.views) if self.views else None

    @property
    def share_converted(self) -> float | None:
        return self.converted / self.sent if self.sent else None


def count(form: LeadForm, what: str) -> None:
    """One more of `views`, `starts` or `sent` today."""
    today = {"tenant_id": tenant_id(), "id": new_id(), "form_id": form.id, "day": now().date()}
    row = insert(FormDay).values(today | {"views": 0, "starts": 0, "sent": 0} | {what: 1})
    more = {what: getattr(FormDay, what) + 1}
    session().execute(row.on_conflict_do_update(index_elements=["tenant_id", "form_id", "day"], set_=more))


def figures_of(form_ids: Sequence[UUID]) -> dict[UUID, Figures]:
    """What became of these forms so far, in two statements."""
    if not form_ids:
        return {}
    seen = select(FormDay.form_id, func.sum(FormDay.views), func.sum(FormDay.starts), func.sum(FormDay.sent))
    seen = seen.where(FormDay.tenant_id == tenant_id(), FormDay.form_id.in_(form_ids)).group_by(FormDay.form_id)
    won = (
        select(FormEntry.form_id, func.count())
        .join(Lead, (Lead.tenant_id == FormEntry.tenant_id) & (Lead.id == FormEntry.lead_id))
        .where(FormEntry.tenant_id == tenant_id(), FormEntry.form_id.in_(form_ids), Lead.converted_at.is_not(None))
        .group_by(FormEntry.form_id)
    )
    converted = {row[0]: row[1] for row in session().execute(won)}
    days = {form_id: (views, starts, sent) for form_id, views, starts, sent in session().execute(seen)}
    nothing = (0, 0, 0)
    return {
        each: Figures(int(views), int(starts), int(sent), converted.get(each, 0))
        for each in form_ids
        for views, starts, sent in [days.get(each, nothing)]
    }


def entries_of(form: LeadForm, before: datetime | None = None) -> list[FormEntry]:
    """The latest entries, newest first; one more than is shown, which tells whether there are others."""
    rows = select(FormEntry).where(FormEntry.tenant_id == tenant_id(), FormEntry.form_id == form.id)
    if before is not None:
        rows = rows.where(FormEntry.at < before)
    return list(session().scalars(rows.order_by(FormEntry.at.desc()).limit(SHOWN + 1)))
