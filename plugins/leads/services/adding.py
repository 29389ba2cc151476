"""What a lead gets when somebody whom we know comes again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.sdk import (
    Event,
    _l,
    acting_member_id,
    fill_in,
    look_again,
    notify_each,
    now,
    session,
    tenant,
    tenant_id,
    type_named,
)
from plugins.leads.events import LeadCameAgain, LeadReopened
from plugins.leads.models import SOURCES
from plugins.leads.services.matching import Known
from plugins.leads.services.pools.log import note_movement

COUNT = """
update leads_lead lead
   set touches = lead.touches + given.number, last_touch_at = greatest(lead.last_touch_at, given.at),
       updated_at = :now, version = lead.version + 1,
       status = case when given.reopens then 'new' else lead.status end,
       disqualify_reason = case when given.reopens then null else lead.disqualify_reason end,
       disqualified_at = case when given.reopens then null else lead.disqualified_at end,
       revisit_on = case when given.reopens then null else lead.revisit_on end,
       previous_owner_id = case when given.reopens then lead.owner_id else lead.previous_owner_id end,
       owner_id = case when given.reopens then null else lead.owner_id end
  from unnest(cast(:ids as uuid[]), cast(:numbers as int[]), cast(:ats as timestamptz[]), cast(:reopens as bool[]))
       as given(id, number, at, reopens)
 where lead.tenant_id = :tenant and lead.id = given.id
"""


@dataclass(frozen=True)
class Taker:
    """Who gets a lead without asking the rules, how that came, and by what it is explained."""

    owner_id: UUID
    owner: str
    how: str
    why: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Addition:
    """Somebody came again. `chosen` is who was named as owner; `known` the lead, unless it was made just now. One that
    waits in a pool `stays` there when it is entered by who may not give it out."""

    lead_id: UUID
    values: Mapping[str, Any]
    touch: Mapping[str, Any]
    chosen: Taker | None
    known: Known | None
    reopens: bool
    stays: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is in a pool."""
        return self.known is not None and self.known.is_open and self.known.owner_id is None

    @property
    def is_open(self) -> bool:
        return self.known is not None and (self.known.is_open or self.reopens)

    @property
    def is_free(self) -> bool:
        """Whether nobody has the lead from now on, so that it is handed out."""
        return self.reopens or (self.waits and not self.stays)

    @property
    def taker(self) -> Taker | None:
        """Who had a lead that was given up goes on with it, as long as they work here."""
        if self.chosen or not (self.reopens and self.known and self.known.taker_id):
            return self.chosen
        return Taker(self.known.taker_id, self.known.taker, "again")


def add_to_known(additions: Sequence[Addition], events: list[Event]) -> None:
    """Count it, fill in what was missing, open what had been given up, and say so."""
    known = [each for each in additions if each.known]
    if known:
        _count(known)
        fill_in(type_named("lead"), [(each.lead_id, each.values) for each in known])
    reopened = {each.lead_id: each for each in known if each.reopens}
    note_movement(list(reopened), "reopened")
    for each in reopened.values():
        events.append(LeadReopened(
            record_type="lead", record_id=each.lead_id, why="again",
            customer_id=each.known.customer_id if each.known else None,
            changes={"status": ["disqualified", "new"]},
        ))  # fmt: skip
    events += [_came_again(each) for each in additions]


def _count(additions: Sequence[Addition]) -> None:
    by_lead: dict[UUID, list[Addition]] = {}
    for each in additions:
        by_lead.setdefault(each.lead_id, []).append(each)
    session().flush()
    session().execute(text(COUNT), {
        "tenant": tenant_id(), "now": now(), "ids": list(by_lead), "numbers": [len(each) for each in by_lead.values()],
        "ats": [max(one.touch["at"] for one in each) for each in by_lead.values()],
        "reopens": [any(one.reopens for one in each) for each in by_lead.values()],
    })  # fmt: skip
    if any(each.reopens for each in additions):
        look_again()


def _came_again(each: Addition) -> LeadCameAgain:
    return LeadCameAgain(
        record_type="lead", record_id=each.lead_id, customer_id=each.known.customer_id if each.known else None,
        title=each.known.name if each.known else each.values.get("name", ""), source=each.values["source"],
        campaign=each.values.get("source_detail"), need=each.values.get("need"), way=way_of(each),
    )  # fmt: skip


def way_of(each: Addition) -> str:
    """By what they came, as people call it: the form, the campaign, else the kind of source. "" for who was entered by
    hand: whoever did it is named."""
    named = each.touch.get("name") or each.touch.get("source_detail")
    source = each.values["source"]
    if named or source == "manual":
        return str(named or "")
    return next((str(option.label) for option in SOURCES if option.value == source), source)


def tell_owners(additions: Sequence[Addition]) -> None:
    """Tell those who have the leads of it, each once, unless they did it themselves. At the end of an import they are
    told of all of it at once."""
    if tenant().cause.kind == "import":
        return
    by_owner: dict[UUID, dict[UUID, Addition]] = {}
    for each in additions:
        owner = each.known and not each.is_free and each.known.owner_id
        if owner and owner != acting_member_id():
            by_owner.setdefault(owner, {})[each.lead_id] = each
    notify_each(
        [(owner, *(_one(*mine.values()) if len(mine) == 1 else _several(mine))) for owner, mine in by_owner.items()],
        icon="repeat",
    )


def _one(each: Addition) -> tuple[Any, str, dict[str, Any]]:
    assert each.known is not None
    said, way = {"lead": each.known.name}, way_of(each)
    url = f"leads/{each.lead_id}"
    if not each.known.is_open:
        return _l("%(lead)s, whom you had given up, got in touch again."), url, said
    if way:
        return _l("%(lead)s got in touch again by %(way)s."), url, said | {"way": way}
    return _l("%(lead)s got in touch again."), url, said


def _several(mine: Mapping[UUID, Addition]) -> tuple[Any, str, dict[str, Any]]:
    return _l("%(count)s of your leads got in touch again."), "leads/?sort=-last_touch_at", {"count": len(mine)}
