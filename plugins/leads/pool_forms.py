"""The form of a pool's rules: what stands in it, and reading it back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.sdk import FieldProblem, Invalid, _
from plugins.leads.models import Pool
from plugins.leads.models.pool import MASKS, MODES
from plugins.leads.pool_schemas import MOST, MOST_DAYS
from plugins.leads.services.pools.whom import PARTS, only_known

OPTIONAL = {"follow_up_days": MOST_DAYS, "follow_up_warn_days": MOST_DAYS, "deal_days": MOST_DAYS,
            "deal_warn_days": MOST_DAYS, "holding_cap": MOST, "daily_claim_cap": MOST}  # fmt: skip
"""Numbers that may be left empty, from 1 to at most this."""
NUMBERS = {"key_factor": (1, 100), "cool_down_hours": (0, 24 * MOST_DAYS), "lock_limit": (0, MOST),
           "lock_days": (0, MOST_DAYS), "extend_days": (0, 365), "batch_cap": (1, 10_000)}  # fmt: skip
FLAGS = ("in_working_days", "protects_open_deals", "reason_required")


def shown_pool(pool: Pool | None) -> Mapping[str, Any]:
    """What stands in the form of a pool, or of a new one."""
    if pool is None:
        return {"mode": "claim", "mask": "before_claim", "follow_up_days": 3, "follow_up_warn_days": 1, "key_factor": 2,
                "protects_open_deals": True, "cool_down_hours": 0, "lock_limit": 0, "lock_days": 30, "extend_days": 7,
                "reason_required": True, "batch_cap": 500, "overdue": "forgive"}  # fmt: skip
    names = ("name", "mode", "mask", "counts_as_follow_up", *OPTIONAL, *NUMBERS, *FLAGS)
    shown = {name: "" if (value := getattr(pool, name)) is None else value for name in names}
    who = {f"{key}-{part}": getattr(pool, key).get(part, []) for key in ("sees", "claims") for part in PARTS}
    return shown | who | {"returns_to": str(pool.returns_to_id or ""), "overdue": "forgive"}


def read_pool(form: Any, *, is_default: bool) -> dict[str, Any]:
    """The rules that a form says, but for its conditions. Raises Invalid with everything that is wrong."""
    problems: list[FieldProblem] = []
    name = form.get("name", "").strip()
    if not name or len(name) > 100:
        problems.append(FieldProblem("name", "required", _("Give the pool a name of at most 100 characters.")))
    values: dict[str, Any] = {"name": name}
    for key, most in OPTIONAL.items():
        values[key] = _number(form, key, 1, most, problems) if form.get(key, "").strip() else None
    for key, (least, most) in NUMBERS.items():
        values[key] = _number(form, key, least, most, problems)
    for key, options in (("mode", MODES), ("mask", MASKS)):
        values[key] = form.get(key, "")
        if values[key] not in options:
            problems.append(FieldProblem(key, "not_an_option", _("Choose one from the list.")))
    values |= {key: bool(form.get(key)) for key in FLAGS}
    values["counts_as_follow_up"] = [each[:60] for each in form.getlist("counts_as_follow_up")]
    for key in ("sees", "claims"):
        values[key] = only_known({part: form.getlist(f"{key}-{part}") for part in PARTS})
    values["returns_to_id"] = _pool(form, problems)
    if problems:
        raise Invalid(problems)
    return values


def _number(form: Any, key: str, least: int, most: int, problems: list[FieldProblem]) -> int:
    raw = form.get(key, "").strip()
    if raw.isascii() and raw.isdigit() and len(raw) < 8 and least <= int(raw) <= most:
        return int(raw)
    said = _("Enter a whole number from %(least)s to %(most)s.", least=least, most=most)
    problems.append(FieldProblem(key, "out_of_range", said))
    return least


def _pool(form: Any, problems: list[FieldProblem]) -> UUID | None:
    raw = form.get("returns_to", "")
    try:
        return UUID(raw) if raw else None
    except ValueError:
        problems.append(FieldProblem("returns_to", "unknown_reference", _("Choose one from the list.")))
        return None
