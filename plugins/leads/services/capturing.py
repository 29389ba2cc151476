"""Catching leads, wherever they come from: who it is, what is new about them, and who has them from now on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import make_transient_to_detached

from core.sdk import (
    Conflict,
    DomainError,
    Event,
    FieldProblem,
    Invalid,
    Made,
    MemberRow,
    NewRecord,
    _,
    acting_member_id,
    check_new,
    make_records,
    now,
    permitted,
    savepoint,
    session,
    tenant,
    tenant_id,
    type_named,
)
from plugins.leads.events import LeadCaptured
from plugins.leads.models import OPEN, Lead
from plugins.leads.permissions import MANAGE_POOLS, MANAGE_ROUTING
from plugins.leads.services.adding import Addition, Taker, add_to_known, tell_owners
from plugins.leads.services.channels.campaigns import campaign_of
from plugins.leads.services.matching import Known, Person, find_known, wait_for
from plugins.leads.services.pools.claiming import claim_lead, find_in_pool
from plugins.leads.services.pools.holding import hand_out
from plugins.leads.services.pools.placing import place
from plugins.leads.services.routing.deciding import Decision, route
from plugins.leads.services.scoring.points import score_leads
from plugins.leads.services.telling import about, name_of
from plugins.leads.services.touching import keep_touches

SOURCE_OF_CAUSE = {"member": "manual", "token": "api", "form": "form", "import": "import"}
TOLD_AGAIN = ("name", "company", "title", "phone", "email", "wechat")
"""What is kept with each further touch, since it may differ from what the lead says already."""
REST = timedelta(days=7)
"""A lead that was disqualified is left so for a while, should the same person write again: its owner is told. Whoever
comes later than that, or is entered by a member, is a lead again, with all its history."""


@dataclass(frozen=True)
class Incoming:
    """Somebody who got in touch. `touch` says how, as `Touch` keeps it; its `name` is how people call that way."""

    values: Mapping[str, Any]
    source: str | None = None
    touch: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of it: `created`, `added` to the lead that we have, or `refused` for a `problem`. `told` says which
    lead it was."""

    lead_id: UUID | None
    status: str
    problem: DomainError | None = None
    told: str = ""


@dataclass(eq=False)
class Case:
    """One of those who are being caught, and what is found out of them on the way."""

    values: dict[str, Any]
    touch: dict[str, Any]
    owner_id: UUID | None
    owner: str = ""
    problem: DomainError | None = None
    given: frozenset[str] = frozenset()
    """The fields that somebody said something about."""
    known: Known | None = None
    customer: Known | None = None
    first: "Case | None" = None
    """The one before it, who is the same and new too."""
    again: int = 0
    lead_id: UUID | None = None

    @cached_property
    def person(self) -> Person:
        return Person(self.values)

    @property
    def chosen(self) -> Taker | None:
        return Taker(self.owner_id, self.owner, "choice") if self.owner_id else None

    @property
    def is_new(self) -> bool:
        return self.problem is None and self.known is None and self.first is None


def capture_lead(values: dict[str, Any], source: str | None = None, touch: Mapping[str, Any] | None = None) -> Lead:
    """Catch a lead and hand it out by the rules, unless it names its owner.

    Somebody who is recognised is no new lead: the one we have is returned, with what was missing filled in. Raises
    Invalid; Conflict where that lead is another's and not the caller's to see.
    """
    [outcome] = capture_leads([Incoming(values, source, touch)])
    if outcome.problem:
        raise outcome.problem
    assert outcome.lead_id is not None
    return _lead(outcome.lead_id)


def _lead(lead_id: UUID) -> Lead:
    """The lead as it stands now, read when somebody looks at it."""
    known = session().identity_map.get(session().identity_key(Lead, (tenant_id(), lead_id)))
    if known is not None:
        session().expire(known)
        return known
    lead = Lead(tenant_id=tenant_id(), id=lead_id)
    make_transient_to_detached(lead)
    session().add(lead)
    return lead


def create_leads(rows: Sequence[NewRecord]) -> list[Made]:
    """What imports and bulk calls come to: many leads at once, of values that have been checked."""
    ref = tenant().cause.ref
    comers = [
        Incoming(row.values, touch={"via": {"import": ref, "line": row.line}} if row.line is not None else None)
        for row in rows
    ]
    return [
        Made(each.lead_id, each.status == "created", each.told, each.problem)
        for each in capture_leads(comers, checked=True)
    ]


def capture_leads(comers: Sequence[Incoming], *, checked: bool = False) -> list[Outcome]:
    """Catch many at once, in a handful of statements for all of them: what became of each, in their order.

    All in one transaction: who they are, the new ones and what is added to known ones, their scores and pools, who
    gets those that nobody has. `checked` values are what records may keep.
    """
    cases = [_case(each) for each in comers]
    if not checked:
        _check(cases)
    _name_owners(cases)
    _recognise([case for case in cases if not case.problem])
    events: list[Event] = []
    _make([case for case in cases if case.is_new], events)
    added = _additions(cases)
    add_to_known(added, events)
    keep_touches([(_id_of(case), case.touch) for case in cases if not case.problem])
    _hand_out([case for case in cases if case.is_new], added, events)
    _claim(cases, added)
    tell_owners(added)
    return [_outcome(case) for case in cases]


def _id_of(case: Case) -> UUID:
    lead_id = case.known.id if case.known else (case.first or case).lead_id
    assert lead_id is not None
    return lead_id


def _outcome(case: Case) -> Outcome:
    if case.problem:
        return Outcome(None, "refused", case.problem)
    if case.is_new:
        return Outcome(case.lead_id, "created")
    name = case.known.name if case.known else case.first.values.get("name", "") if case.first else ""
    return Outcome(_id_of(case), "added", told=_("Added to “%(lead)s”, whom we know already.", lead=name))


# --- what comes in -------------------------------------------------------------------------------------


def _case(comer: Incoming) -> Case:
    values = {key: value for key, value in comer.values.items() if value is not None}
    touch = dict(comer.touch or {})
    values.setdefault("source", comer.source or SOURCE_OF_CAUSE.get(tenant().cause.kind, "other"))
    if touch.get("source_detail"):
        values.setdefault("source_detail", touch["source_detail"])
    campaign = values.get("campaign") or touch.get("campaign_id") or _campaign(touch)
    if campaign:
        values["campaign"] = campaign
    said = {key: values[key] for key in ("source", "source_detail", "need") if values.get(key)}
    touch = {"at": now(), "source": said.get("source"), "source_detail": said.get("source_detail"), **touch,
             "campaign_id": campaign}  # fmt: skip
    if said.get("need"):
        touch["said"] = {"need": said["need"]} | dict(touch.get("said") or {})
    case = Case(values, touch, values.pop("owner", None), given=frozenset(values))
    if values.get("status") == "converted":
        problem = FieldProblem("status", "not_allowed", _("A lead becomes a customer by converting it."))
        case.problem = Invalid([problem])
    return case


def _campaign(touch: Mapping[str, Any]) -> UUID | None:
    utm = touch.get("utm") or {}
    return campaign_of(utm) if utm.get("utm_campaign") else None


def _check(cases: Sequence[Case]) -> None:
    lead_type = type_named("lead")
    kept = check_new(lead_type, [case.problem or case.values for case in cases])
    for case, found in zip(cases, kept, strict=True):
        if isinstance(found, DomainError):
            case.problem = found
        else:
            case.values = found


def _name_owners(cases: Sequence[Case]) -> None:
    """Who is named as owner must work here."""
    chosen = {case.owner_id for case in cases if case.owner_id and not case.problem}
    if not chosen:
        return
    active = select(MemberRow.id, MemberRow.name).where(
        MemberRow.tenant_id == tenant_id(), MemberRow.id.in_(chosen), MemberRow.status == "active"
    )
    names = {row.id: row.name for row in session().execute(active)}
    for case in cases:
        if case.owner_id in names:
            case.owner = names[case.owner_id]
        elif case.owner_id and not case.problem:
            problem = FieldProblem("owner", "unknown_reference", _("Choose someone who works here."))
            case.problem = Invalid([problem])


# --- who it is -----------------------------------------------------------------------------------------


def _recognise(cases: Sequence[Case]) -> None:
    """Find the lead or the customer of each, in the database and among those before it."""
    people = [case.person for case in cases]
    wait_for(people)
    found = find_known(people)
    new: dict[str, Case] = {}
    for case in cases:
        known = [each for key in case.person.keys for each in found.get(key, ())]
        case.known = _lead_of(known)
        if case.known is None:
            case.first = next((new[key] for key in case.person.keys if key in new), None)
        if case.is_new:
            case.customer = next((each for each in known if each.customer_id), None)
        if case.known is None:
            if case.first:
                _join(case, case.first)
            for key in case.person.keys:
                new.setdefault(key, case.first or case)
    _keep_others_hidden(cases)


def _join(case: Case, first: Case) -> None:
    """The same person twice among those who are being caught: what the first did not say counts."""
    first.again += 1
    first.values = {key: case.values[key] for key in case.given} | first.values
    if first.owner_id is None:
        first.owner_id, first.owner = case.owner_id, case.owner


def _lead_of(known: Sequence[Known]) -> Known | None:
    """The open lead, by the strongest key; else the one that was given up last."""
    open_one = next((each for each in known if each.is_open), None)
    given_up = [each for each in known if each.status == "disqualified"]
    is_customer = any(each.customer_id for each in known if each.status != "disqualified")
    if open_one or is_customer or not given_up:
        return open_one
    return max(given_up, key=lambda each: (each.disqualified_at is not None, each.disqualified_at, each.id))


def _keep_others_hidden(cases: Sequence[Case]) -> None:
    """A member who enters somebody else's lead, which they may not see, learns whose it is, and no more."""
    ids = {case.known.id for case in cases if case.known}
    if not ids or not acting_member_id():
        return
    seen = set(session().scalars(type_named("lead").visible(Lead.id).where(Lead.id.in_(ids))))
    for case in cases:
        if case.known and case.known.id not in seen:
            case.problem = Conflict(
                _("%(name)s looks after this lead already.", name=name_of(case.known.owner_id))
                if case.known.owner_id
                else _("We know this lead already. It waits in a pool that you may not look into.")
            )
            case.known = None


# --- the new ones --------------------------------------------------------------------------------------


def _make(cases: Sequence[Case], events: list[Event]) -> None:
    """Write the new leads. What came of the same person further down is in them already."""
    rows = [case.values | _known_of(case) for case in cases]
    for case, draft in zip(cases, make_records(type_named("lead"), rows, tell=events.extend), strict=True):
        case.lead_id = draft.id
        if draft.status in OPEN:
            events.append(
                LeadCaptured(**about(draft), title=draft.name, source=draft.source or "", campaign=draft.source_detail)
            )


def _known_of(case: Case) -> dict[str, Any]:
    customer = {"customer": case.customer.customer_id} if case.customer else {}
    closed = {} if case.values.get("status", "new") in OPEN else {"owner": case.owner_id}
    return {"touches": 1 + case.again, "last_touch_at": case.touch["at"], **customer, **closed}


def _additions(cases: Sequence[Case]) -> list[Addition]:
    """What known leads get, of those who came again."""
    rests = tenant().cause.kind != "member"
    stays = not _may_give_out()
    made = []
    for case in cases:
        if case.problem or case.is_new:
            continue
        known = case.known
        given_up = known is not None and known.status == "disqualified"
        lately = given_up and known.disqualified_at and known.disqualified_at > now() - REST  # type: ignore[union-attr]
        values = {key: case.values[key] for key in case.given if key != "status"}
        reopens = bool(given_up and not (rests and lately))
        told = {key: str(values[key]) for key in TOLD_AGAIN if values.get(key)}
        case.touch["said"] = told | dict(case.touch.get("said") or {})
        made.append(Addition(_id_of(case), values, case.touch, case.chosen, known, reopens, stays))
    return made


def _may_give_out() -> bool:
    """Whether a lead that waits in a pool comes out of it when it is entered again. For a seller it does not: else the
    limits of the pool would be passed by typing in what one knows."""
    member = tenant().member
    is_program = member is None or member.user_id is None
    return is_program or permitted(MANAGE_POOLS.name) or permitted(MANAGE_ROUTING.name)


def _claim(cases: Sequence[Case], added: Sequence[Addition]) -> None:
    """Who names an owner for a lead that waits claims it, by all the rules of its pool, and for nobody else."""
    waiting = {each.lead_id: each for each in added if each.stays and each.waits and not each.reopens}
    for case in cases:
        if case.problem or not case.owner_id or _id_of(case) not in waiting:
            continue
        try:
            with savepoint():
                if case.owner_id != acting_member_id():
                    raise Conflict(_("This lead waits in a pool: only oneself can claim it there."))
                claim_lead(find_in_pool(_id_of(case)))
        except DomainError as problem:
            case.problem = problem


# --- who gets it ---------------------------------------------------------------------------------------


def _hand_out(cases: Sequence[Case], added: Sequence[Addition], events: Sequence[Event]) -> None:
    """Score and place what is open, and give those that nobody has to whom they belong: who was named, who has the
    customer, who had it before, or whoever the rules say."""
    new = {_id_of(case): _taker_of(case) for case in cases if case.values.get("status", "new") in OPEN}
    free = {each.lead_id: each.taker for each in added if each.is_free}
    changed = list(dict.fromkeys([*new, *(each.lead_id for each in added if each.is_open)]))
    score_leads(changed)
    place(changed)
    takers = free | new
    decided = [
        Decision(lead_id, taker.owner_id, taker.owner, how=taker.how, why=taker.why)
        for lead_id, taker in takers.items()
        if taker
    ]
    decided += route([lead_id for lead_id, taker in takers.items() if taker is None])
    hand_out(decided, also=events)


def _taker_of(case: Case) -> Taker | None:
    """Who was named; else who looks after the customer that it is of."""
    of = case.customer
    if case.chosen or of is None or of.taker_id is None:
        return case.chosen
    return Taker(of.taker_id, of.taker, "customer", {"customer": str(of.customer_id), "customer_name": of.name})
