"""Settings: the pools and their rules."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.sdk import (
    CUSTOMER,
    Conflict,
    Invalid,
    RecordType,
    _,
    channels,
    condition_builder,
    condition_from_form,
    conditions_in_words,
    holding,
    is_building,
    redirect_to,
    render,
    toast,
)
from plugins.leads.jobs import apply_pool_rules
from plugins.leads.models import Pool
from plugins.leads.permissions import MANAGE_POOLS
from plugins.leads.pool_forms import read_pool, shown_pool
from plugins.leads.services.pools import managing
from plugins.leads.services.pools.customers import switching
from plugins.leads.services.pools.customers.kind import CUSTOMERS
from plugins.leads.services.pools.kinds import LEADS, Kind
from plugins.leads.services.pools.rules import rules_by_id
from plugins.leads.services.pools.whom import choices, in_words
from plugins.leads.types import LEAD
from plugins.leads.views.blueprints import leads

MANAGES = holding(MANAGE_POOLS.name)


@leads.get("/settings/pools", permission=MANAGES)
def list_pools() -> ResponseReturnValue:
    """Of leads, or of customers where they have pools; with the switch that gives them some."""
    kind, pooled = _asked_kind(), switching.customers_are_pooled()
    pools, known = managing.list_pools(kind), choices()
    words = conditions_in_words(_type_of(kind), [each.condition for each in pools])
    return render(
        "leads/pools.html", pools=list(zip(pools, words, strict=True)), figures=managing.figures(kind),
        claims={each.id: in_words(each.claims, known) for each in pools}, modes=modes(kind),
        names={each.id: each.name for each in pools}, of=kind.name, pooled=pooled,
        preview=None if pooled else switching.preview(),
    )  # fmt: skip


def _asked_kind() -> Kind:
    return CUSTOMERS if request.values.get("of") == CUSTOMERS.name and switching.customers_are_pooled() else LEADS


def _kind_of(pool: Pool) -> Kind:
    return CUSTOMERS if pool.record_type == CUSTOMERS.name else LEADS


def _type_of(kind: Kind) -> RecordType:
    return CUSTOMER if kind is CUSTOMERS else LEAD


def _pool(pool_id: UUID) -> tuple[Pool, Kind]:
    """A pool of leads, or of customers. Raises NotFound."""
    if switching.customers_are_pooled() and pool_id in rules_by_id(CUSTOMERS):
        return managing.get_pool(pool_id, CUSTOMERS), CUSTOMERS
    return managing.get_pool(pool_id), LEADS


def _list_url(kind: Kind) -> str:
    return url_for(".list_pools", of=None if kind is LEADS else kind.name)


@leads.get("/settings/pools/new", permission=MANAGES)
def new_pool() -> ResponseReturnValue:
    kind = _asked_kind()
    return _edit(None, {**shown_pool(None), **kind.first}, kind=kind)


@leads.post("/settings/pools", permission=MANAGES)
def create_pool() -> ResponseReturnValue:
    kind = _asked_kind()
    if is_building(request.form) or is_building(request.form, name="key_condition"):
        return _edit(None, request.form, kind=kind)
    try:
        pool = managing.create_pool(_typed(None, kind), kind)
    except Invalid as invalid:
        return _edit(None, request.form, invalid, kind=kind)
    _apply(pool, {"condition"})
    toast(_("The pool is ready."))
    return redirect_to(_list_url(kind))


@leads.get("/settings/pools/<uuid:pool_id>", permission=MANAGES)
def edit_pool(pool_id: UUID) -> ResponseReturnValue:
    pool, kind = _pool(pool_id)
    return _edit(pool, shown_pool(pool), kind=kind)


@leads.post("/settings/pools/<uuid:pool_id>", permission=MANAGES)
def update_pool(pool_id: UUID) -> ResponseReturnValue:
    pool, kind = _pool(pool_id)
    if is_building(request.form) or is_building(request.form, name="key_condition"):
        return _edit(pool, request.form, kind=kind)
    try:
        changed = managing.update_pool(pool, _typed(pool, kind), kind)
    except Invalid as invalid:
        return _edit(pool, request.form, invalid, kind=kind)
    _apply(pool, changed)
    toast(_("Saved."))
    return redirect_to(_list_url(kind))


@leads.post("/settings/pools/<uuid:pool_id>/move", permission=MANAGES)
def move_pool(pool_id: UUID) -> ResponseReturnValue:
    """One place up or down."""
    pool, kind = _pool(pool_id)
    others = [each for each in managing.list_pools(kind) if not each.is_default]
    place = others.index(pool) if pool in others else 0
    target = place - 1 if request.form.get("way") == "up" else place + 2
    managing.move_pool(pool, others[target] if 0 <= target < len(others) else None if target > 0 else pool, kind)
    _apply(pool, {"condition"})
    return redirect_to(_list_url(kind))


@leads.get("/settings/pools/<uuid:pool_id>/delete", permission=MANAGES)
def ask_delete_pool(pool_id: UUID) -> ResponseReturnValue:
    pool, kind = _pool(pool_id)
    if pool.is_default:
        raise Conflict(_("The default pool cannot be deleted: what no other pool takes is in it."))
    options = [(str(each.id), each.name) for each in reversed(managing.list_pools(kind)) if each.id != pool.id]
    waiting, held = managing.figures(kind).get(pool.id, (0, 0))
    return render("leads/pool_delete.html", pool=pool, options=options, waiting=waiting, held=held)


@leads.post("/settings/pools/<uuid:pool_id>/delete", permission=MANAGES)
def delete_pool(pool_id: UUID) -> ResponseReturnValue:
    pool, kind = _pool(pool_id)
    typed = request.form.get("to", "")
    target = next((each for each in managing.list_pools(kind) if str(each.id) == typed), None)
    managing.delete_pool(pool, target, kind)
    apply_pool_rules.later(pools=None, forgive=True, of=kind.name)
    toast(_("The pool is deleted."))
    return redirect_to(_list_url(kind))


def modes(kind: Kind = LEADS) -> Mapping[str, str]:
    """Customers go to nobody by themselves: routing is of leads."""
    found = {
        "claim": _("Members claim"),
        "request": _("Members ask, a manager decides"),
        "manager": _("Managers give them out"),
        "automatic": _("They go to the next seller"),
    }
    return {key: label for key, label in found.items() if key in kind.modes}


def masks(kind: Kind = LEADS) -> Mapping[str, str]:
    found = {
        "before_claim": _("Until somebody has claimed it"),
        "always": _("From everybody but its owner"),
        "never": _("Never"),
    }
    return {key: label for key, label in found.items() if key in kind.masks}


def _typed(pool: Pool | None, kind: Kind) -> dict[str, Any]:
    """What was filled in. Raises Invalid with everything that is wrong."""
    problems, values = [], {}
    try:
        values = read_pool(request.form, is_default=pool is not None and pool.is_default)
    except Invalid as invalid:
        problems += invalid.problems
    for name in ("condition", "key_condition"):
        if name == "condition" and pool is not None and pool.is_default:
            continue
        try:
            kept = getattr(pool, name) if pool else None
            values[name] = condition_from_form(_type_of(kind), request.form, kept=kept, name=name)
        except Invalid as invalid:
            problems += invalid.problems
    if problems:
        raise Invalid(problems)
    return values


def _apply(pool: Pool, changed: set[str]) -> None:
    if {"condition", *managing.CLOCKS} & changed:
        forgive = request.form.get("overdue") != "return"
        some = None if "condition" in changed else [str(pool.id)]
        apply_pool_rules.later(pools=some, forgive=forgive, of=pool.record_type)


def _edit(
    pool: Pool | None, values: Mapping[str, Any], invalid: Invalid | None = None, *, kind: Kind
) -> ResponseReturnValue:
    form = request.form if request.method == "POST" else None
    building = form is not None and invalid is None
    builders = {
        name: condition_builder(_type_of(kind), getattr(pool, name) if pool else None, form=form, name=name)
        for name in ("condition", "key_condition")
    }
    return render(
        "leads/pool_edit.html", pool=pool, values=_as_typed(values), builders=builders, known=choices(),
        errors={each.field: each.message for each in invalid.problems} if invalid else {},
        modes=list(modes(kind).items()), masks=list(masks(kind).items()), channels=_channels(), of=kind.name,
        back=_list_url(kind),
        others=[(str(each.id), each.name) for each in managing.list_pools(kind) if pool is None or each.id != pool.id],
        status=422 if invalid else 200, is_default=pool is not None and pool.is_default, building=building,
    )  # fmt: skip


def _channels() -> list[tuple[str, Any]]:
    return [(option.value, option.label) for option, _icon in channels()]


def _as_typed(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What stands in the form: of a posted one, lists where several may be chosen."""
    if values is not request.form:
        return values
    several = [f"{who}-{part}" for who in ("sees", "claims") for part in ("members", "teams", "roles")]
    return {**request.form.to_dict(), **{key: request.form.getlist(key) for key in (*several, "counts_as_follow_up")}}
