"""Pools, what members ask of those who look after them, and the open log, over the API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.sdk import (
    Answer,
    Doc,
    FieldProblem,
    Invalid,
    NotFound,
    Param,
    Resource,
    _,
    _l,
    any_member,
    checked_condition,
    holding,
    listed,
    loaded,
    savepoint,
    single,
    to,
)
from plugins.leads.jobs import apply_pool_rules
from plugins.leads.models import Pool, PoolRequest
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.pool_schemas import Decide, NewPoolInput, PoolInput
from plugins.leads.services.pools import asking, managing
from plugins.leads.services.pools.reading_log import Filters, Line, read_log
from plugins.leads.services.pools.rules import LAST, pool_rules
from plugins.leads.services.pools.whom import only_known
from plugins.leads.types import LEAD
from plugins.leads.views.api_arguments import a_date, a_uuid, a_word, limit, text_of

pools_api = Resource("lead_pools", __name__, title=_l("Leads"), module="leads")

MANAGES = holding(MANAGE_POOLS.name)
TEXT, FLAG, WHOLE = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
ID, TIME = {"type": "string", "format": "uuid"}, {"type": "string", "format": "date-time"}
PLAIN = (
    "id", "name", "position", "is_default", "condition", "sees", "claims", "mode", "mask", "follow_up_days",
    "follow_up_warn_days", "deal_days", "deal_warn_days", "in_working_days", "counts_as_follow_up", "key_condition",
    "key_factor", "protects_open_deals", "holding_cap", "daily_claim_cap", "cool_down_hours", "lock_limit", "lock_days",
    "extend_days", "reason_required", "batch_cap",
)  # fmt: skip


def _maybe(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


THING = {"type": "object"}
POOL = {
    "type": "object",
    "properties": {
        "id": ID, "name": TEXT, "position": _maybe(WHOLE), "is_default": FLAG, "condition": _maybe(THING),
        "sees": THING, "claims": THING, "mode": TEXT, "mask": TEXT, "follow_up_days": _maybe(WHOLE),
        "deal_days": _maybe(WHOLE),
        "follow_up_warn_days": _maybe(WHOLE), "deal_warn_days": _maybe(WHOLE), "in_working_days": FLAG,
        "counts_as_follow_up": {"type": "array", "items": TEXT}, "key_condition": _maybe(THING), "key_factor": WHOLE,
        "protects_open_deals": FLAG, "returns_to": _maybe(ID), "holding_cap": _maybe(WHOLE),
        "daily_claim_cap": _maybe(WHOLE), "cool_down_hours": WHOLE, "lock_limit": WHOLE, "lock_days": WHOLE,
        "extend_days": WHOLE, "reason_required": FLAG, "batch_cap": WHOLE, "waiting": WHOLE, "held": WHOLE,
    },
}  # fmt: skip
REQUEST = {
    "type": "object",
    "properties": {
        "id": ID, "kind": TEXT, "lead": _maybe(ID), "customer": _maybe(ID), "pool": _maybe(ID), "member": ID,
        "days": _maybe(WHOLE), "reason": _maybe(TEXT), "status": TEXT, "answer": _maybe(TEXT), "decided_by": _maybe(ID),
        "decided_at": _maybe(TIME), "created_at": TIME,
    },
}  # fmt: skip
MOVEMENT = {
    "type": "object",
    "properties": {
        "id": ID, "at": TIME, "kind": TEXT, "how": _maybe(TEXT), "lead": _maybe(ID), "lead_name": _maybe(TEXT),
        "from": _maybe(ID), "to": _maybe(ID), "by": _maybe(ID), "pool": _maybe(ID), "rule": _maybe(ID),
        "reason": _maybe(TEXT), "why": THING,
    },
}  # fmt: skip
TO = Param("to", "The pool to which its leads go; the default one unless said.", ID)
STATUS = Param("status", "Only requests in this state: open, granted, refused or withdrawn.", TEXT)
LOG = (
    Param("kind", "captured, assigned, claimed, returned, converted, disqualified or reopened.", TEXT),
    Param("member", "Who got it, had it or did it.", ID),
    Param("pool", "Of this pool alone.", ID),
    Param("lead", "Of this lead alone.", ID),
    Param("since", "From this day on.", {"type": "string", "format": "date"}),
    Param("until", "Up to this day, itself included.", {"type": "string", "format": "date"}),
    Param("limit", "How many to answer with, 50 unless told.", {"type": "integer", "minimum": 1, "maximum": 200}),
    Param("after", "The `next` of the page before."),
)


# --- pools ---------------------------------------------------------------------------------------------


@pools_api.get("/lead-pools", permission=to("view", "lead"), doc=Doc(gives=POOL, many=True))
def list_lead_pools() -> Answer:
    """List the pools in their order: of two whose conditions a lead meets it belongs to the first."""
    counts = managing.figures()
    seen = {rules.id for rules in pool_rules() if rules.is_seen}
    return listed([_pool(each, counts) for each in managing.list_pools() if each.id in seen])


@pools_api.post("/lead-pools", permission=MANAGES, doc=Doc(NewPoolInput, POOL, status=201))
def create_lead_pool() -> Answer:
    """Make a pool. Leads that meet its condition come under its rules in a moment."""
    said = loaded(NewPoolInput)
    with savepoint():
        pool = managing.create_pool(_values(said, None))
        _place(pool, said)
    apply_pool_rules.later(pools=None, forgive=said["overdue"] == "forgive")
    return single(_pool(pool, {})), 201, {"Location": f"/api/v1/lead-pools/{pool.id}"}


@pools_api.get("/lead-pools/<uuid:pool_id>", permission=to("view", "lead"), doc=Doc(gives=POOL))
def get_lead_pool(pool_id: UUID) -> Answer:
    """Get a pool, with how many leads wait there and how many are in hand."""
    pool = managing.get_pool(pool_id)
    if not any(rules.is_seen for rules in pool_rules() if rules.id == pool.id):
        raise NotFound(_("There is no such pool."))
    return single(_pool(pool, managing.figures()))


@pools_api.patch("/lead-pools/<uuid:pool_id>", permission=MANAGES, doc=Doc(PoolInput, POOL))
def update_lead_pool(pool_id: UUID) -> Answer:
    """Change the rules of a pool: what is not sent stays. Leads whose time would be over by it have the full time from
    now on, unless `overdue` is `return`."""
    pool, said = managing.get_pool(pool_id), loaded(PoolInput)
    with savepoint():
        changed = managing.update_pool(pool, _values(said, pool))
        _place(pool, said)
    if {"condition", *managing.CLOCKS} & changed or "position" in said:
        whole = "condition" in changed or "position" in said
        apply_pool_rules.later(pools=None if whole else [str(pool.id)], forgive=said["overdue"] == "forgive")
    return single(_pool(pool, managing.figures()))


@pools_api.delete("/lead-pools/<uuid:pool_id>", permission=MANAGES, doc=Doc(status=204, params=(TO,)))
def delete_lead_pool(pool_id: UUID) -> Answer:
    """Delete a pool. Its leads go to another one, and those in hand by that one's rules."""
    target = a_uuid("to")
    managing.delete_pool(managing.get_pool(pool_id), managing.get_pool(target) if target else None)
    apply_pool_rules.later(pools=None, forgive=True)
    return None


def _values(said: Mapping[str, Any], pool: Pool | None) -> dict[str, Any]:
    values = {key: value for key, value in said.items() if key not in ("overdue", "position")}
    for key in ("condition", "key_condition"):
        if key in values:
            values[key] = checked_condition(LEAD, values[key])
    for key in ("sees", "claims"):
        if key in values:
            values[key] = _known(key, values[key])
    if pool is None and values.get("follow_up_days", 0) is None:
        values.setdefault("follow_up_warn_days", None)
    return values


def _known(key: str, who: Mapping[str, Any]) -> dict[str, list[str]]:
    found = only_known(who)
    if sum(map(len, found.values())) < sum(len(set(ids)) for ids in who.values()):
        raise Invalid([FieldProblem(key, "unknown_reference", _("Somebody who is named here does not exist."))])
    return found


def _place(pool: Pool, said: Mapping[str, Any]) -> None:
    if "position" in said and not pool.is_default:
        others = [each for each in managing.list_pools() if not each.is_default and each.id != pool.id]
        before = others[said["position"]] if said["position"] < len(others) else None
        managing.move_pool(pool, before)


def _pool(pool: Pool, counts: Mapping[UUID, tuple[int, int]]) -> dict[str, Any]:
    waiting, held = counts.get(pool.id, (0, 0))
    shown = {key: getattr(pool, key) for key in PLAIN}
    shown["position"] = None if pool.position >= LAST else pool.position
    return shown | {"returns_to": pool.returns_to_id, "waiting": waiting, "held": held}


# --- requests ------------------------------------------------------------------------------------------


@pools_api.get("/lead-pool-requests", permission=any_member, doc=Doc(gives=REQUEST, many=True, params=(STATUS,)))
def list_lead_pool_requests() -> Answer:
    """List what was asked of those who look after the pools, the latest first: everybody's for them, else one's own."""
    status = a_word("status", ("open", "granted", "refused", "withdrawn"))
    return listed([_request(each.request) for each in asking.list_requests(status=status)])


@pools_api.patch("/lead-pool-requests/<uuid:pool_request_id>", permission=any_member, doc=Doc(Decide, REQUEST))
def decide_lead_pool_request(pool_request_id: UUID) -> Answer:
    """Decide a request: `granted` or `refused`, by whoever looks after the pools; or take one's own back."""
    request, said = asking.get_request(pool_request_id), loaded(Decide)
    if said["status"] == "withdrawn":
        asking.withdraw_request(request)
    else:
        asking.decide_request(request, said["status"] == "granted", said["answer"])
    return single(_request(asking.get_request(pool_request_id)))


def _request(asked: PoolRequest) -> dict[str, Any]:
    return {
        "id": asked.id, "kind": asked.kind, "lead": asked.record_id if asked.record_type == "lead" else None,
        "customer": asked.record_id if asked.record_type == "customer" else None, "pool": asked.pool_id,
        "member": asked.member_id, "days": asked.days, "reason": asked.reason, "status": asked.status,
        "answer": asked.answer,
        "decided_by": asked.decided_by_id, "decided_at": text_of(asked.decided_at),
        "created_at": text_of(asked.created_at),
    }  # fmt: skip


# --- the open log --------------------------------------------------------------------------------------


@pools_api.get("/lead-movements", permission=to("view", "lead"), doc=Doc(gives=MOVEMENT, many=True, params=LOG))
def list_lead_movements() -> Answer:
    """Read the open log, the latest first: who got which lead, when, by whom and why. A lead that is not the caller's
    to see is not named."""
    filters = Filters(
        a_word("kind", ("captured", "assigned", "claimed", "returned", "converted", "disqualified", "reopened")),
        a_uuid("member"), a_uuid("pool"), a_uuid("lead"), a_date("since"), a_date("until"),
    )  # fmt: skip
    page = read_log(filters, after=a_word("after"), limit=limit())
    return {"data": [_movement(each) for each in page.lines], "next": page.next}


def _movement(line: Line) -> dict[str, Any]:
    row = line.movement
    return {
        "id": row.id, "at": text_of(row.at), "kind": row.kind, "how": row.how,
        "lead": row.record_id if line.title else None, "lead_name": line.title or None, "from": row.from_id,
        "to": row.to_id, "by": row.actor_id, "pool": row.pool_id, "rule": row.rule_id, "reason": row.reason,
        "why": row.why if line.title else {},
    }  # fmt: skip
