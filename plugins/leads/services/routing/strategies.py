"""How a rule chooses among those who can take a lead: each strategy a function, and what it needs to know.

Turns in shares are given by smooth weighted round robin (as nginx does it): each time everyone goes ahead by their
share, who is furthest ahead is chosen and goes back by the sum of all shares. Over a cycle everyone has exactly their
share, and nobody has theirs in one go.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from plugins.leads.services.routing.facts import Facts, skill_fields, territory_field
from plugins.leads.services.routing.people import Candidate, Turns
from plugins.leads.services.routing.rules import Rule

FINE = 1000
"""Rates become shares of whole thousandths."""
TAKES_ALL = frozenset({"turn", "weighted", "performance", "load"})
"""Whoever fits the rule gets something, as long as anybody of its people can take it."""


@dataclass(frozen=True)
class Slot:
    """A place in the list of those who are asked: whose it is, and who takes it, themselves or their deputy."""

    of: Candidate
    taker: Candidate


@dataclass(frozen=True)
class Choice:
    slot: Slot
    figures: Mapping[str, Any]


Rates = Mapping[UUID, float]


def choose(rule: Rule, lead: Facts, slots: Sequence[Slot], turns: Turns, rates: Rates) -> Choice | None:
    """One of the slots, or None where none fits. There is at least one."""
    if rule.strategy == "skill":
        fitting, figures = _skilled(rule, lead, slots)
        return _then(rule, fitting, turns, figures)
    if rule.strategy == "territory":
        fitting, figures = _at_home(rule, lead, slots)
        return _then(rule, fitting, turns, figures)
    return CHOOSERS[rule.strategy](rule, slots, turns, rates)


def _turn(rule: Rule, slots: Sequence[Slot], turns: Turns, rates: Rates) -> Choice:
    """Who comes after the last one, in the order in which they joined."""
    place = bisect_right([slot.of.id for slot in slots], turns.last_id) if turns.last_id else 0
    chosen = slots[place % len(slots)]
    turns.last_id, turns.changed = chosen.of.id, True
    return Choice(chosen, {})


def _weighted(rule: Rule, slots: Sequence[Slot], turns: Turns, rates: Rates) -> Choice | None:
    said = rule.params.get("weights") or {}
    shares = [max(0, int(said.get(str(slot.of.id), slot.of.weight))) for slot in slots]
    return _in_shares(slots, shares, turns)


def _performance(rule: Rule, slots: Sequence[Slot], turns: Turns, rates: Rates) -> Choice | None:
    """In proportion to how many of their leads they convert: the best come first and get most, nobody gets nothing."""
    shares = [max(1, round(rates.get(slot.of.id, rates.get(NOBODYS, 1.0)) * FINE)) for slot in slots]
    chosen = _in_shares(slots, shares, turns)
    return chosen and Choice(chosen.slot, {"rate": shares[slots.index(chosen.slot)] / FINE})


def _load(rule: Rule, slots: Sequence[Slot], turns: Turns, rates: Rates) -> Choice:
    """Who has least to do: open leads in relation to what they can take, then leads of today, then in turn."""
    known = [slot.taker.capacity for slot in slots if slot.taker.capacity]
    usual = sum(known) / len(known) if known else 1.0
    last = turns.last_id

    def burden(slot: Slot) -> tuple[float, int, bool, UUID]:
        load = slot.taker.open / (slot.taker.capacity or usual)
        return load, slot.taker.today, last is not None and slot.of.id <= last, slot.of.id

    chosen = min(slots, key=burden)
    turns.last_id, turns.changed = chosen.of.id, True
    return Choice(chosen, {"open": chosen.taker.open, "capacity": chosen.taker.capacity})


CHOOSERS: Mapping[str, Callable[[Rule, Sequence[Slot], Turns, Rates], Choice | None]] = {
    "turn": _turn, "weighted": _weighted, "performance": _performance, "load": _load,
}  # fmt: skip
NOBODYS = UUID(int=0)
"""The rate of who has closed nothing yet."""


def _in_shares(slots: Sequence[Slot], shares: Sequence[int], turns: Turns) -> Choice | None:
    total = sum(shares)
    if not total:
        return None
    ahead, best, furthest = turns.ahead, -1, 0
    for place, (slot, share) in enumerate(zip(slots, shares, strict=True)):
        if not share:
            continue
        key = str(slot.of.id)
        ahead[key] = min(ahead.get(key, 0), 2 * total) + share  # shares that changed meanwhile do not pile up
        if best < 0 or ahead[key] > furthest:
            best, furthest = place, ahead[key]
    ahead[str(slots[best].of.id)] -= total
    turns.changed = True
    return Choice(slots[best], {"share": shares[best], "of": total})


def _skilled(rule: Rule, lead: Facts, slots: Sequence[Slot]) -> tuple[list[Slot], dict[str, Any]]:
    """Those with most of the skills that the lead asks for: a skill is met by a word that contains it, or is in it."""
    words = lead.words(skill_fields(rule))
    met = [sorted(skill for skill in slot.of.skills if _is_said(skill, words)) for slot in slots]
    most = max(map(len, met), default=0)
    if not most:
        return [], {}
    fitting = [slot for slot, skills in zip(slots, met, strict=True) if len(skills) == most]
    return fitting, {"skills": next(skills for skills in met if len(skills) == most)}


def _is_said(skill: str, words: frozenset[str]) -> bool:
    if skill in words:
        return True
    return len(skill) > 1 and any(skill in word or (len(word) > 1 and word in skill) for word in words)


def _at_home(rule: Rule, lead: Facts, slots: Sequence[Slot]) -> tuple[list[Slot], dict[str, Any]]:
    """Those whose territory says most exactly where the lead is: 浙江省 杭州市 before 浙江省."""
    line = lead.line(territory_field(rule)).casefold()
    best: tuple[int, str] = (0, "")
    found: list[tuple[int, Slot]] = []
    for slot in slots:
        for territory in slot.of.territories:
            if _lies_in(line, territory.casefold()):
                found.append((len(territory), slot))
                best = max(best, (len(territory), territory))
    return list(dict.fromkeys(slot for length, slot in found if length == best[0])), {"territory": best[1]}


def _lies_in(line: str, territory: str) -> bool:
    return bool(line and territory) and (line == territory or line.startswith(f"{territory} "))


def _then(rule: Rule, fitting: list[Slot], turns: Turns, figures: Mapping[str, Any]) -> Choice | None:
    """Among those who fit equally: in turn, by their share, or by load. In turn is in equal shares here, since those
    who fit are others each time."""
    if not fitting:
        return None
    then = rule.params.get("then")
    if then == "load":
        chosen: Choice | None = _load(rule, fitting, turns, {})
    elif then == "weighted":
        chosen = _weighted(rule, fitting, turns, {})
    else:
        chosen = _in_shares(fitting, [1] * len(fitting), turns)
    return chosen and Choice(chosen.slot, {**chosen.figures, **figures})
