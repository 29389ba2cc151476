"""Where other systems push leads to."""

import re

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from core.sdk import DomainError, anyone, limiter, session, tenant_id
from plugins.leads.models import Webhook
from plugins.leads.services.channels.webhooks.receiving import receive
from plugins.leads.views.blueprints import for_strangers

LARGEST = 256 * 1024
per_webhook = limiter.limit("600/minute", key_func=lambda: request.path)


@for_strangers.get("/hooks/<key>", permission=anyone)
@per_webhook
def confirm_address(key: str) -> ResponseReturnValue:
    """Meta asks with what it was told beforehand, and wants its question back."""
    hook = _hook(key)
    asked, challenge = request.args.get("hub.verify_token", ""), request.args.get("hub.challenge", "")
    if hook.kind != "meta" or asked != hook.verify_token or not re.fullmatch(r"[\w-]{1,100}", challenge):
        raise NotFound
    return Response(challenge, mimetype="text/plain")


@for_strangers.post("/hooks/<key>", permission=anyone)
@per_webhook
def receive_delivery(key: str) -> ResponseReturnValue:
    """Whatever is proven is answered with 200, also what could not become a lead: sending it again changes nothing."""
    hook = _hook(key)
    if not hook.active:
        return jsonify(code="closed", message="This webhook is switched off."), 410
    request.max_content_length = LARGEST
    body = request.get_data()
    if len(body) > LARGEST:
        raise RequestEntityTooLarge
    try:
        taken = receive(hook, {name.lower(): value for name, value in request.headers}, body)
    except DomainError as error:
        return jsonify(code=error.code, message=error.message), error.status
    if (challenge := _challenge()) is not None:
        return jsonify(challenge=challenge)
    if hook.proof == "fanqier":
        return Response("success", mimetype="text/plain")
    return jsonify(code=0, message="success", data=[{"id": str(each.id), "outcome": each.outcome} for each in taken])


def _challenge() -> int | str | None:
    """What 抖音 asks an address with before it sends anything: `{"event": "verify_webhook", "content": …}`."""
    said = request.get_json(silent=True, force=True)
    content = said.get("content") if isinstance(said, dict) and said.get("event") == "verify_webhook" else None
    challenge = content.get("challenge") if isinstance(content, dict) else None
    return challenge if isinstance(challenge, (int, str)) else None


def _hook(key: str) -> Webhook:
    found = select(Webhook).where(Webhook.tenant_id == tenant_id(), Webhook.key == key)
    hook = session().scalars(found).one_or_none()
    if hook is None:
        raise NotFound
    return hook
