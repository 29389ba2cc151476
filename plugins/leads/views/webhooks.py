"""Setting up webhooks, and looking at what they were sent."""

import json
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from core.sdk import (
    Conflict,
    NotFound,
    _,
    get,
    is_fragment,
    now,
    redirect_to,
    render,
    session,
    tenant_id,
    titles,
    toast,
    type_named,
    whole_url,
)
from plugins.leads.channel_schemas import WebhookChange, WebhookInput
from plugins.leads.models import SOURCES, Delivery, Webhook
from plugins.leads.services.channels.webhooks import keeping
from plugins.leads.services.channels.webhooks.kinds import KINDS, OURS, PROOFS
from plugins.leads.services.channels.webhooks.mapping import Made, guess, make, mappable
from plugins.leads.services.channels.webhooks.payloads import flatten, parts_of, read_json
from plugins.leads.services.channels.webhooks.receiving import replay
from plugins.leads.views.blueprints import leads
from plugins.leads.views.channels import MANAGES, campaign_choices

SHOWN = 50
LONGEST_SAMPLE = 100_000
OUTCOMES = {
    "caught": ("green", lambda: _("New lead")),
    "joined": ("teal", lambda: _("Came again")),
    "updated": ("blue", lambda: _("Brought up to date")),
    "older": ("gray", lambda: _("Older than what we have")),
    "to_fetch": ("amber", lambda: _("To be fetched")),
    "ignored": ("gray", lambda: _("Ignored")),
    "failed": ("red", lambda: _("No lead")),
    "refused": ("red", lambda: _("Turned away")),
}
"""How each outcome is shown, and what it is called."""


@leads.get("/channels/webhooks/new", permission=MANAGES)
def new_webhook() -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        return render("leads/webhook_kinds.html", kinds=KINDS)
    of = KINDS[kind]
    return _edit(
        None, {"kind": kind, "name": str(of.label), "proof": of.proofs[0], "source": of.source, "active": True}
    )


@leads.post("/channels/webhooks", permission=MANAGES)
def create_webhook() -> ResponseReturnValue:
    try:
        hook, secret = keeping.create_webhook(WebhookInput().load(request.form.to_dict()))
    except ma.ValidationError as error:
        if request.form.get("kind") not in KINDS:
            return redirect_to(url_for(".new_webhook"))
        return _edit(None, request.form, error)
    toast(_("The webhook is ready."))
    return _show(hook, secret=secret) if secret else redirect_to(url_for(".show_webhook", webhook_id=hook.id))


@leads.get("/channels/webhooks/<uuid:webhook_id>", permission=MANAGES)
def show_webhook(webhook_id: UUID) -> ResponseReturnValue:
    return _show(webhook_or_404(webhook_id))


@leads.get("/channels/webhooks/<uuid:webhook_id>/edit", permission=MANAGES)
def edit_webhook(webhook_id: UUID) -> ResponseReturnValue:
    hook = webhook_or_404(webhook_id)
    shown = ("name", "kind", "proof", "source", "campaign_id", "active")
    return _edit(hook, {key: getattr(hook, key) for key in shown})


@leads.post("/channels/webhooks/<uuid:webhook_id>", permission=MANAGES)
def update_webhook(webhook_id: UUID) -> ResponseReturnValue:
    hook = webhook_or_404(webhook_id)
    typed = request.form.to_dict() | {"kind": hook.kind}
    has_secret = hook.secret is not None and typed.get("proof") == hook.proof
    try:
        secret = keeping.update_webhook(hook, (WebhookChange if has_secret else WebhookInput)().load(typed))
    except ma.ValidationError as error:
        return _edit(hook, typed, error)
    toast(_("Saved."))
    return _show(hook, secret=secret) if secret else redirect_to(url_for(".show_webhook", webhook_id=hook.id))


@leads.post("/channels/webhooks/<uuid:webhook_id>/secret", permission=MANAGES)
def rotate_secret(webhook_id: UUID) -> ResponseReturnValue:
    hook = webhook_or_404(webhook_id)
    return _show(hook, secret=keeping.rotate_secret(hook))


@leads.post("/channels/webhooks/<uuid:webhook_id>/address", permission=MANAGES)
def move_webhook(webhook_id: UUID) -> ResponseReturnValue:
    hook = webhook_or_404(webhook_id)
    keeping.move_webhook(hook)
    toast(_("The webhook has a new address."))
    return redirect_to(url_for(".show_webhook", webhook_id=hook.id))


@leads.post("/channels/webhooks/<uuid:webhook_id>/deletion", permission=MANAGES)
def delete_webhook(webhook_id: UUID) -> ResponseReturnValue:
    keeping.delete_webhook(webhook_or_404(webhook_id))
    toast(_("The webhook is gone."))
    return redirect_to(url_for(".list_channels"))


# --- what becomes of a payload -------------------------------------------------------------------------


@leads.get("/channels/webhooks/<uuid:webhook_id>/mapping", permission=MANAGES)
def edit_mapping(webhook_id: UUID) -> ResponseReturnValue:
    hook = webhook_or_404(webhook_id)
    sample = (hook.sample or {}).get("payload")
    shown = json.dumps(sample, ensure_ascii=False, indent=2) if sample is not None else ""
    typed = {"sample": shown, "id_path": hook.id_path or "", "time_path": hook.time_path or ""}
    return _map(hook, typed, hook.mapping, hook.fixed)


@leads.post("/channels/webhooks/<uuid:webhook_id>/mapping", permission=MANAGES)
def update_mapping(webhook_id: UUID) -> ResponseReturnValue:
    """Save the mapping, or only show what it would make: while one is at it, and for another sample."""
    hook, step = webhook_or_404(webhook_id), request.form.get("step", "")
    mapping, fixed, typed = _typed_mapping()
    flat, error = _sample_of(hook, typed["sample"])
    if step == "guess":
        mapping = guess(flat)
    if step or is_fragment() or error:
        fragment = "leads/_mapped.html" if is_fragment() else None
        return _map(hook, typed, mapping, fixed, error=error, fragment=fragment)
    payload = read_json(typed["sample"]) if typed["sample"].strip() else None
    keeping.map_webhook(
        hook, mapping, fixed, id_path=typed["id_path"], time_path=typed["time_path"], sample=payload
    )  # fmt: skip
    toast(_("The mapping is saved."))
    return redirect_to(url_for(".show_webhook", webhook_id=hook.id))


def _typed_mapping() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    paths, keys = request.form.getlist("path"), request.form.getlist("field")
    fixed = zip(request.form.getlist("fixed_field"), request.form.getlist("fixed_value"), strict=False)
    typed = {name: request.form.get(name, "") for name in ("sample", "id_path", "time_path")}
    mapping = {path: key for path, key in zip(paths, keys, strict=False) if key}
    return mapping, {key: text for key, text in fixed if key and text.strip()}, typed


def _sample_of(hook: Webhook, text: str) -> tuple[dict[str, str], str]:
    if not text.strip():
        return {}, ""
    if len(text) > LONGEST_SAMPLE:
        return {}, _("The sample is too long.")
    try:
        payload = read_json(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        return {}, _("This is no JSON: see line %(line)s.", line=line)
    parts = parts_of(hook.kind, payload)
    return flatten(parts[0]) if parts else {}, ""


def _map(hook: Webhook, typed: Any, mapping: Any, fixed: Any, *, error: str = "",
         fragment: str | None = None) -> ResponseReturnValue:  # fmt: skip
    flat, wrong = _sample_of(hook, typed["sample"])
    fields = mappable()
    made = make(flat, mapping, fixed)
    paths = list(dict.fromkeys([*flat, *mapping]))
    return render(
        "leads/webhook_mapping.html", fragment, hook=hook, typed=typed, flat=flat, paths=paths, mapping=mapping,
        pairs=[(path, path) for path in paths],
        fixed=[*fixed.items(), ("", "")],
        fields=[(of.key, str(of.label)) for of in fields],
        error=error or wrong,
        made=_shown(made), reachable=made.is_reachable, problems=made.problems, said=made.said, utm=made.utm,
        kind=KINDS[hook.kind], status=422 if error else 200,
    )  # fmt: skip


def _shown(made: Made) -> list[tuple[str, Any]]:
    fields = {of.key: of for of in mappable()}
    return [(str(of.label), of.text(made.values[key])) for key, of in fields.items() if key in made.values]


# --- what was sent -------------------------------------------------------------------------------------


@leads.get("/channels/deliveries/<uuid:delivery_id>", permission=MANAGES)
def show_delivery(delivery_id: UUID) -> ResponseReturnValue:
    delivery = _delivery_or_404(delivery_id)
    hook = webhook_or_404(delivery.webhook_id)
    return render(
        "leads/delivery.html", delivery=delivery, hook=hook, outcome=OUTCOMES[delivery.outcome],
        body=_laid_out(delivery),
        lead=_titles([delivery]).get(("lead", delivery.lead_id)) if delivery.lead_id else None,
        can_replay=delivery.lead_id is None and delivery.outcome != "refused",
    )  # fmt: skip


@leads.post("/channels/deliveries/<uuid:delivery_id>/replay", permission=MANAGES)
def create_replay(delivery_id: UUID) -> ResponseReturnValue:
    delivery = _delivery_or_404(delivery_id)
    try:
        replay(delivery)
    except Conflict as conflict:
        toast(conflict.message, "error")
    else:
        done = delivery.lead_id is not None
        toast(
            _("It is a lead now.") if done else delivery.detail or _("It still is no lead."),
            "success" if done else "error",
        )
    return redirect_to(url_for(".show_delivery", delivery_id=delivery.id))


def _laid_out(delivery: Delivery) -> str:
    try:
        return json.dumps(json.loads(delivery.body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return delivery.body


def _delivery_or_404(delivery_id: UUID) -> Delivery:
    delivery = get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound(_("There is no such delivery, or it is no longer kept."))
    return delivery


def webhook_or_404(webhook_id: UUID) -> Webhook:
    hook = get(Webhook, webhook_id)
    if hook is None:
        raise NotFound(_("There is no such webhook."))
    return hook


def _titles(deliveries: Any) -> Any:
    return titles({"lead": {each.lead_id for each in deliveries if each.lead_id}})


def _show(hook: Webhook, *, secret: str | None = None) -> ResponseReturnValue:
    recent = (
        select(Delivery)
        .where(Delivery.tenant_id == tenant_id(), Delivery.webhook_id == hook.id)
        .order_by(Delivery.at.desc(), Delivery.id.desc())
        .limit(SHOWN)
    )
    deliveries = session().scalars(recent).all()
    names = {key: str(of.label) for key, of in type_named("lead").fields().items()}
    return render(
        "leads/webhook.html", hook=hook, secret=secret, deliveries=deliveries, outcomes=OUTCOMES, kind=KINDS[hook.kind],
        proof=PROOFS[hook.proof], names=names, titles=_titles(deliveries), ours=hook.proof in OURS,
        address=whole_url(url_for("leads_public.receive_delivery", key=hook.key)),
        overlaps=bool(hook.previous_until and hook.previous_until > now()),
    )  # fmt: skip


def _edit(hook: Webhook | None, values: Any, error: ma.ValidationError | None = None) -> ResponseReturnValue:
    kind = KINDS[hook.kind if hook else values["kind"]]
    return render(
        "leads/webhook_edit.html", hook=hook, values=values, kind=kind,
        proofs=[(key, PROOFS[key]) for key in kind.proofs],
        sources=[(each.value, each.label) for each in SOURCES],
        campaigns=campaign_choices(),
        ours=OURS,
        errors=error.normalized_messages() if error else {}, status=422 if error else 200,
    )  # fmt: skip
