"""Taking what is pushed: each delivery once, nothing older over anything newer, and every one kept."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, text

from core.sdk import (
    Conflict,
    DomainError,
    FieldProblem,
    Invalid,
    _,
    apart,
    change_record,
    get,
    new_id,
    now,
    savepoint,
    session,
    tenant_id,
    type_named,
)
from plugins.leads.models import Delivery, Lead, Webhook
from plugins.leads.services.capturing import capture_lead
from plugins.leads.services.channels.webhooks.kinds import KINDS
from plugins.leads.services.channels.webhooks.mapping import Made, make
from plugins.leads.services.channels.webhooks.payloads import flatten, parts_of, read_json, time_of
from plugins.leads.services.channels.webhooks.proving import Unproven, prove

KEPT = timedelta(days=30)
MOST_PARTS = 100
MOST_REFUSALS = 50
"""How many refused deliveries of an hour are kept for each webhook: whoever guesses fills nothing up."""
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended(:key, 0))"


class Repeated(Conflict):
    """This delivery was taken before."""

    code = "already_taken"


def receive(hook: Webhook, headers: Mapping[str, str], body: bytes) -> list[Delivery]:
    """Take a delivery. What cannot become a lead is kept with the reason, and is no fault of the sender's.

    Raises Unproven, after noting it; Invalid for what is no JSON; Repeated for one that was taken before.
    """
    payload = _read(body)
    try:
        key = prove(hook, headers, body, payload)
    except Unproven as unproven:
        _note_refusal(hook.id, body, unproven.message)
        raise
    if payload is None:
        raise Invalid([FieldProblem("", "not_json", _("Send JSON."))])
    parts = parts_of(hook.kind, payload)[:MOST_PARTS] or [{}]
    session().execute(text(ONE_AT_A_TIME), {"key": f"leads:{tenant_id()}:{hook.id}:{key}"})
    if _is_taken(hook, key):
        raise Repeated(_("This delivery was taken already."))
    raw = body.decode("utf-8", "replace").replace("\x00", "")
    taken = []
    for number, part in enumerate(parts):
        said = raw if len(parts) == 1 else json.dumps(part, ensure_ascii=False)
        taken.append(_take(hook, part, key if number == 0 else f"{key}#{number}", said))
    hook.sample = {"payload": parts[0]}
    return taken


def replay(delivery: Delivery) -> None:
    """Do again, with the mapping of today, what a delivery asked for that had not become a lead."""
    hook = get(Webhook, delivery.webhook_id)
    payload = _read(delivery.body.encode())
    if hook is None or payload is None or delivery.lead_id is not None or delivery.outcome == "refused":
        raise Conflict(_("There is nothing to be done again."))
    _fill(hook, delivery, parts_of(hook.kind, payload)[:1] or [{}])
    delivery.replayed_at = now()


def forget_old_deliveries() -> None:
    """Delete what was kept long enough."""
    old = delete(Delivery).where(Delivery.tenant_id == tenant_id(), Delivery.at < now() - KEPT)
    session().execute(old.execution_options(synchronize_session=False))


def _read(body: bytes) -> Any:
    try:
        found = read_json(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _is_taken(hook: Webhook, key: str) -> bool:
    same = select(Delivery.id).where(
        Delivery.tenant_id == tenant_id(), Delivery.webhook_id == hook.id, Delivery.key == key
    )
    return session().scalar(same) is not None


def _note_refusal(hook_id: UUID, body: bytes, reason: str) -> None:
    with apart() as own:
        recent = select(func.count()).where(
            Delivery.tenant_id == tenant_id(), Delivery.webhook_id == hook_id, Delivery.outcome == "refused",
            Delivery.at > now() - timedelta(hours=1),
        )  # fmt: skip
        if (own.scalar(recent) or 0) < MOST_REFUSALS:
            shown = body[:2000].decode("utf-8", "replace").replace("\x00", "")
            refused = Delivery(
                webhook_id=hook_id, at=now(), key=f"refused:{new_id()}", body=shown, outcome="refused", detail=reason
            )
            own.add(refused)


# --- one thing of a delivery ---------------------------------------------------------------------------


def _take(hook: Webhook, part: Any, key: str, said: str) -> Delivery:
    delivery = Delivery(id=new_id(), webhook_id=hook.id, at=now(), key=key, body=said, outcome="failed", set_values={})
    _fill(hook, delivery, [part])
    session().add(delivery)
    session().flush()
    return delivery


def _fill(hook: Webhook, delivery: Delivery, parts: list[Any]) -> None:
    """Make what the delivery asks for, and write down what became of it."""
    flat = flatten(parts[0])
    kind = KINDS[hook.kind]
    delivery.subject = _first(flat, (hook.id_path,) if hook.id_path else kind.ids)
    delivery.happened_at = time_of(_first(flat, (hook.time_path,) if hook.time_path else kind.times))
    made = make(flat, hook.mapping, hook.fixed)
    try:
        with savepoint():
            _become_lead(hook, delivery, made, flat)
    except DomainError as error:
        delivery.outcome, delivery.detail, delivery.lead_id = "failed", _told(error), None


def _first(flat: Mapping[str, str], paths: tuple[str, ...]) -> str | None:
    return next((flat[path][:200] for path in paths if path in flat), None)


def _told(error: DomainError) -> str:
    problems = error.problems if isinstance(error, Invalid) else ()
    return "; ".join(f"{each.field}: {each.message}" for each in problems) or error.message


def _become_lead(hook: Webhook, delivery: Delivery, made: Made, flat: Mapping[str, str]) -> None:
    if flat.get("event") == "verify_webhook":
        delivery.outcome, delivery.detail = "ignored", _("A question whether the address is ours.")
        return
    if hook.kind == "meta" and "leadgen_id" in flat and not made.values:
        delivery.outcome = "to_fetch"
        delivery.detail = _("Meta told only the id of the lead, %(id)s. The answers have to be pushed by a relay.",
                            id=flat["leadgen_id"])  # fmt: skip
        return
    if not made.is_reachable:
        delivery.outcome = "failed"
        delivery.detail = _("There is no phone number, e-mail address or WeChat name in it. Check the mapping.")
        return
    if delivery.subject:
        session().execute(text(ONE_AT_A_TIME), {"key": f"leads:{tenant_id()}:{hook.id}:of:{delivery.subject}"})
        before = _before(hook, delivery)
        if before and (lead := get(Lead, before[-1].lead_id)) and not lead.deleted_at:
            _change(delivery, lead, made, before)
            return
    _capture(hook, delivery, made)


def _capture(hook: Webhook, delivery: Delivery, made: Made) -> None:
    values: dict[str, Any] = {"source_detail": hook.name} | made.values | {"source": hook.source}
    if hook.campaign_id:
        values["campaign"] = hook.campaign_id
    touch: dict[str, Any] = {"via": {"webhook": str(hook.id)}, "utm": made.utm, "said": made.said, "name": hook.name}
    if delivery.happened_at:
        touch["at"] = delivery.happened_at
    lead = capture_lead(values, source=hook.source, touch=touch)
    delivery.lead_id, delivery.set_values = lead.id, _dumped(made)
    delivery.outcome = "joined" if lead.touches > 1 else "caught"
    delivery.detail = _problems(made)


def _problems(made: Made) -> str | None:
    return "; ".join(f"{key}: {message}" for key, message in made.problems) or None


def _dumped(made: Made) -> dict[str, Any]:
    fields = type_named("lead").fields()
    return {key: fields[key].dump(value) for key, value in made.values.items()}


# --- a thing that we know ------------------------------------------------------------------------------


def _before(hook: Webhook, delivery: Delivery) -> list[Delivery]:
    """What was taken of the same thing and became a lead, by the time at which it happened."""
    found = select(Delivery).where(
        Delivery.tenant_id == tenant_id(), Delivery.webhook_id == hook.id, Delivery.subject == delivery.subject,
        Delivery.lead_id.is_not(None), Delivery.id != delivery.id,
    )  # fmt: skip
    return sorted(session().scalars(found), key=_order)


def _order(delivery: Delivery) -> tuple[datetime, UUID]:
    return (delivery.happened_at or delivery.at, delivery.id)


def _change(delivery: Delivery, lead: Lead, made: Made, before: list[Delivery]) -> None:
    """Bring a lead up to what is newer. An older tale fills gaps; what a person corrected meanwhile stays."""
    is_newer = _order(delivery) > _order(before[-1])
    fields, told = type_named("lead").fields(), _dumped(made)
    last: dict[str, Any] = {}
    for each in before:
        last |= each.set_values
    values = {
        key: value
        for key, value in made.values.items()
        if key in fields and _may_set(fields[key].dump(fields[key].get(lead)), last.get(key), told[key], is_newer)
    }
    if values:
        change_record(type_named("lead"), lead, values)
    delivery.lead_id = lead.id
    delivery.outcome = "updated" if is_newer else "older"
    delivery.detail = _problems(made)
    delivery.set_values = told if is_newer else {key: told[key] for key in values}


def _may_set(present: Any, by_us: Any, told: Any, is_newer: bool) -> bool:
    if present == told:
        return False
    return present in (None, "", []) or (is_newer and present == by_us)
