"""Everything that leads come in by, on one page."""

from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from core.sdk import holding, now, render, session, tenant_id
from plugins.leads.models import Campaign, Delivery, Mailbox, Webhook
from plugins.leads.permissions import MANAGE_CHANNELS
from plugins.leads.services.channels.webhooks.kinds import KINDS
from plugins.leads.services.channels.webhooks.receiving import KEPT
from plugins.leads.views.blueprints import leads

MANAGES = holding(MANAGE_CHANNELS.name)


@leads.get("/channels", permission=MANAGES)
def list_channels() -> ResponseReturnValue:
    hooks = session().scalars(
        select(Webhook).where(Webhook.tenant_id == tenant_id()).order_by(Webhook.name, Webhook.id)
    )
    boxes = session().scalars(
        select(Mailbox).where(Mailbox.tenant_id == tenant_id()).order_by(Mailbox.name, Mailbox.id)
    )
    return render("leads/channels.html", hooks=hooks.all(), boxes=boxes.all(), kinds=KINDS, counts=_counts())


def _counts() -> dict[object, dict[str, int]]:
    """How much each webhook was sent in the last days, and how much of it came to nothing."""
    bad = func.count().filter(Delivery.outcome.in_(("failed", "refused", "to_fetch")))
    found = (
        select(Delivery.webhook_id, func.count().label("total"), bad.label("bad"), func.max(Delivery.at).label("last"))
        .where(Delivery.tenant_id == tenant_id(), Delivery.at > now() - KEPT)
        .group_by(Delivery.webhook_id)
    )
    return {row.webhook_id: {"total": row.total, "bad": row.bad, "last": row.last} for row in session().execute(found)}


def campaign_choices() -> list[tuple[str, str]]:
    """The campaigns one may choose, the latest first."""
    found = (
        select(Campaign.id, Campaign.name)
        .where(Campaign.tenant_id == tenant_id(), Campaign.deleted_at.is_(None), Campaign.status != "ended")
        .order_by(Campaign.id.desc())
        .limit(200)
    )
    return [(str(row.id), row.name) for row in session().execute(found)]
