"""Setting up webhooks: made, changed, given another secret, taken away."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from core.sdk import FieldProblem, Invalid, _, emit, new_id, now, seal, session
from plugins.leads.events.channels import ChannelChanged, ChannelCreated, ChannelDeleted
from plugins.leads.models import Webhook
from plugins.leads.services.channels.webhooks.kinds import KINDS, OURS
from plugins.leads.services.channels.webhooks.mapping import mappable
from plugins.leads.services.channels.webhooks.payloads import MOST_PATHS
from plugins.leads.services.channels.webhooks.proving import new_secret

GRACE = timedelta(hours=24)
"""How long what is signed with the former secret is taken."""


def create_webhook(values: Mapping[str, Any]) -> tuple[Webhook, str | None]:
    """Make a webhook with the mapping that its kind begins with. The secret that we made is returned this once."""
    kind = KINDS[values["kind"]]
    secret = new_secret() if values["proof"] in OURS else values.get("secret") or None
    hook = Webhook(
        id=new_id(), name=values["name"], kind=values["kind"], proof=values["proof"], key=secrets.token_urlsafe(18),
        secret=seal(secret) if secret else None, verify_token=secrets.token_urlsafe(18), mapping=dict(kind.mapping),
        fixed={}, source=values.get("source") or kind.source, campaign_id=values.get("campaign_id"),
        active=values.get("active", True),
    )  # fmt: skip
    session().add(hook)
    session().flush()
    emit(ChannelCreated(**_about(hook), title=hook.name))
    return hook, secret if hook.proof in OURS else None


def update_webhook(hook: Webhook, values: Mapping[str, Any]) -> str | None:
    """Change a webhook. A secret that we had to make for another way of proving is returned this once."""
    before = {key: getattr(hook, key) for key in ("name", "proof", "source", "active")}
    made, proof_changed = None, values["proof"] != hook.proof
    for key in ("name", "proof", "source", "campaign_id", "active"):
        setattr(hook, key, values[key])
    if values.get("secret"):
        hook.secret, hook.previous_secret, hook.previous_until = seal(values["secret"]), None, None
    elif proof_changed:
        made = new_secret() if hook.proof in OURS else None
        hook.secret, hook.previous_secret, hook.previous_until = seal(made) if made else None, None, None
    changes = {key: [old, getattr(hook, key)] for key, old in before.items() if old != getattr(hook, key)}
    emit(ChannelChanged(**_about(hook), title=hook.name, what="settings", changes=changes or None))
    return made


def rotate_secret(hook: Webhook) -> str:
    """Give a webhook another secret. What is signed with the former one is taken for a day more."""
    if hook.proof not in OURS:
        raise Invalid([FieldProblem("secret", "not_ours", _("The sender makes this secret: enter the new one."))])
    made = new_secret()
    hook.previous_secret, hook.previous_until = hook.secret, now() + GRACE
    hook.secret = seal(made)
    emit(ChannelChanged(**_about(hook), title=hook.name, what="secret"))
    return made


def move_webhook(hook: Webhook) -> None:
    """Give a webhook another address: whoever knows the former one gets nowhere by it."""
    hook.key = secrets.token_urlsafe(18)
    emit(ChannelChanged(**_about(hook), title=hook.name, what="address"))


def map_webhook(hook: Webhook, mapping: Mapping[str, str], fixed: Mapping[str, str], *, id_path: str | None,
                time_path: str | None, sample: Any = None) -> None:  # fmt: skip
    """Say what of a payload becomes which field. Fields that there are not are left out."""
    known = {of.key for of in mappable()}
    hook.mapping = {path[:300]: key for path, key in list(mapping.items())[:MOST_PATHS] if key in known}
    hook.fixed = {key: text[:1000] for key, text in fixed.items() if key in known and text}
    hook.id_path, hook.time_path = id_path or None, time_path or None
    if sample is not None:
        hook.sample = {"payload": sample}
    emit(ChannelChanged(**_about(hook), title=hook.name, what="mapping"))


def delete_webhook(hook: Webhook) -> None:
    """Take a webhook away, with what was kept of its deliveries. The leads stay."""
    emit(ChannelDeleted(**_about(hook), title=hook.name))
    session().delete(hook)
    session().flush()


def _about(hook: Webhook) -> dict[str, Any]:
    return {"record_type": "leads_webhook", "record_id": hook.id}
