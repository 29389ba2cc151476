"""Which fields the webhooks fill: an administrator sees them before one is retired."""

from sqlalchemy import select

from core.sdk import FieldUse, RecordType, _, session, tenant, tenant_id
from plugins.leads.models import Webhook


def channel_uses(record_type: RecordType) -> list[FieldUse]:
    if record_type.name != "lead":
        return []
    page = f"/w/{tenant().slug}/leads/channels/webhooks"
    hooks = session().scalars(select(Webhook).where(Webhook.tenant_id == tenant_id()).order_by(Webhook.id))
    return [
        FieldUse(key, _("Webhook"), hook.name, f"{page}/{hook.id}/mapping")
        for hook in hooks
        for key in sorted({*hook.mapping.values(), *hook.fixed})
    ]
