"""Why a member may, or may not, do something to a record: every role that speaks of it, every share, and whose it is.

What covers a record is asked of the very conditions that lists are made with, so that an explanation cannot differ
from the decision. The chain beside it (whose the record is, where they work, where oneself does) is for people to read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select

from core import current, db
from core.access.adding import HIDDEN, LEVELS, OPEN, READ, granted_on, rule_of, scope_key
from core.access.decisions import scopes_for, token_allows, token_is_narrow
from core.access.models import Member, RecordShare, Team
from core.access.scopes import SHARED, Scoped, rows_in, shares


class Explained(Scoped, Protocol):
    """What is asked of a record type besides what decides: which records the access to one of its own comes from."""

    title: str

    def reached_through(self, record: Any) -> Sequence["Reached"]: ...


@dataclass(frozen=True)
class Reached:
    """A record from which the access to another one comes: itself, or one that it belongs to.

    `owned` says that its owner counts for scopes; where it does not, only its shares do.
    """

    type_name: str
    id: UUID
    owner_id: UUID | None
    owned: bool = True
    ownerless_is_open: bool = False
    itself: bool = True


@dataclass(frozen=True)
class Owner:
    """Whose a record is. `relation` is what scopes ask about: `me`, `stood_for`, `team`, `below`, `other`, or `nobody`
    and `open` where there is no owner. `team` are the names of their team and those above it, from the top."""

    of: Reached
    name: str
    relation: str
    team: tuple[str, ...] = ()
    away_until: datetime | None = None


@dataclass(frozen=True)
class Chain:
    """What scopes look at: whose the record is, and the member's own team, from the top."""

    owners: tuple[Owner, ...] = ()
    my_team: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """One link of the chain behind a decision: this role grants this scope, which covers the record or not."""

    role: str
    scope: str
    covers: bool
    chain: Chain = Chain()
    role_id: UUID | None = None


@dataclass(frozen=True)
class SharedBy:
    """A share that covers the record: of which record, at which level, with whom, until when, by whom.

    `team_id` is the team it is with, `for_id` the absent member it is with in whose place one stands; none of both
    where it is with the member.
    """

    level: str
    record_id: UUID
    team_id: UUID | None = None
    team: str | None = None
    for_id: UUID | None = None
    until: datetime | None = None
    by: str | None = None


@dataclass(frozen=True)
class Explanation:
    """`of_type` tells whether the member may do it to any record of the type at all, `by_token` whether the token in
    use, if any, lets them. Shares that do not count since no role gives the action at all are not among `shared`."""

    allowed: bool
    action: str
    reasons: Sequence[Reason]
    shared: Sequence[SharedBy] = ()
    of_type: bool = True
    by_token: bool = True
    chain: Chain = Chain()


@dataclass(frozen=True)
class FieldReason:
    """What one role says of a field on a record: the level, the scope on which it shows the record, and the scope on
    which it leaves the field open all the same. `counts` tells whether it is about this record."""

    role: str
    level: str
    excepted: str = ""
    scope: str = "all"
    counts: bool = True
    role_id: UUID | None = None


@dataclass(frozen=True)
class PermissionReason:
    """Whether a role carries a module permission."""

    role: str
    gives: bool
    role_id: UUID | None = None


@dataclass(frozen=True)
class ActionExplanation:
    """Why an action of a record is offered or not: by its module permission or by what it takes on the record, and
    only while it makes sense (`shown`)."""

    allowed: bool
    shown: bool
    permission: str | None
    roles: Sequence[PermissionReason] = ()
    by_token: bool = True
    grant: Explanation | None = None


def explain(action: str, record_type: Explained, record: Any) -> Explanation:
    """Why the acting member may, or may not, do this to the record: each role that speaks of it, in turn."""
    context = current.tenant()
    by_token = token_allows(action, record_type.name, context)
    if context.member is None:
        return Explanation(by_token, action, (), by_token=by_token)
    of_type = bool(scopes_for(action, record_type.name))
    grants = [
        (role, role_id, scope_key(granted_on(said, record_type.name).get(action, "none")))
        for role, role_id, said in _sources()
    ]
    covered = which_cover([scope for _role, _id, scope in grants], record_type, record)
    reached = record_type.reached_through(record)
    chain = chain_of(reached)
    reasons = [Reason(role, scope, scope in covered, chain, role_id) for role, role_id, scope in grants]
    shared = _shared(action, record_type, record, reached) if of_type else []
    allowed = of_type and (any(each.covers for each in reasons) or bool(shared))
    return Explanation(allowed, action, reasons, shared, of_type, by_token, chain)


def _sources() -> list[tuple[str, UUID | None, Mapping[str, Any]]]:
    """The roles of the acting member, with what each grants."""
    context = current.tenant()
    ids: Sequence[UUID | None] = context.member.role_ids if context.member else ()
    if len(ids) != len(context.grants.sources):
        ids = [None] * len(context.grants.sources)
    return [(name, role_id, said) for (name, said), role_id in zip(context.grants.sources, ids, strict=True)]


def which_cover(scopes: Iterable[str], record_type: Scoped, record: Any) -> set[str]:
    """Those of the scopes that the record is in, by one statement."""
    asked = sorted({scope for scope in scopes if scope not in ("none", "all")})
    covered = {"all"} & set(scopes)
    if asked:
        model = type(record)
        mine = (model.tenant_id == current.tenant_id()) & (model.id == record.id)
        clauses = [rows_in([scope], record_type).label(f"c{n}") for n, scope in enumerate(asked)]
        row = db.session().execute(select(*clauses).where(mine)).one_or_none()
        covered |= {scope for n, scope in enumerate(asked) if row is not None and row[n]}
    return covered


# --- shares --------------------------------------------------------------------------------------------


def _shared(action: str, record_type: Explained, record: Any, reached: Sequence[Reached]) -> list[SharedBy]:
    """The shares by which the record is reached for this, at most one statement after the one that decides."""
    if action not in SHARED:
        return []
    model = type(record)
    mine = (model.tenant_id == current.tenant_id()) & (model.id == record.id)
    held = shares(SHARED[action])
    if db.session().execute(select(model.id).where(mine, record_type.shared_in(held))).first() is None:
        return []
    tenant, me, by = current.tenant_id(), current.member(), Member
    told = (
        held.with_only_columns(
            RecordShare.level, RecordShare.record_id, RecordShare.team_id, Team.name, RecordShare.member_id,
            RecordShare.until, by.name,
        )
        .outerjoin(Team, (Team.tenant_id == tenant) & (Team.id == RecordShare.team_id))
        .outerjoin(by, (by.tenant_id == tenant) & (by.id == RecordShare.shared_by_id))
        .where(RecordShare.record_id.in_([record.id, *(each.id for each in reached)]))
        .order_by(RecordShare.level, RecordShare.id)
    )  # fmt: skip
    found = [
        SharedBy(level, record_id, team_id, team, for_id if for_id != me.id else None, until, name)
        for level, record_id, team_id, team, for_id, until, name in db.session().execute(told)
    ]
    return found or [SharedBy(SHARED[action][0], record.id)]


# --- whose it is ---------------------------------------------------------------------------------------


def chain_of(reached: Sequence[Reached]) -> Chain:
    """Whose these records are and where they work, in two statements."""
    me = current.member()
    owned = [each for each in reached if each.owned]
    people = select(Member.id, Member.name, Member.team_id, Member.team_path, Member.away_until).where(
        Member.tenant_id == current.tenant_id(), Member.id.in_([each.owner_id for each in owned if each.owner_id])
    )
    found = {row.id: row for row in db.session().execute(people)}
    names = _team_names([me.team_path, *(row.team_path for row in found.values())])
    owners = tuple(_owner(each, found.get(each.owner_id) if each.owner_id else None, names) for each in owned)
    return Chain(owners, names.get(me.team_path, ()))


def _owner(of: Reached, row: Any, names: Mapping[str, tuple[str, ...]]) -> Owner:
    if row is None:
        return Owner(of, "", "open" if of.ownerless_is_open else "nobody")
    me = current.member()
    if row.id == me.id:
        relation = "me"
    elif row.id in me.stands_for:
        relation = "stood_for"
    elif me.team_id is not None and row.team_id == me.team_id:
        relation = "team"
    elif me.team_id is not None and row.team_path.startswith(me.team_path):
        relation = "below"
    else:
        relation = "other"
    return Owner(of, row.name, relation, names.get(row.team_path, ()), row.away_until)


def _team_names(paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each path of a team the names on it, from the top."""
    steps = {path: [UUID(step) for step in path.split("/") if step] for path in paths}
    ids = {step for each in steps.values() for step in each}
    if not ids:
        return {}
    rows = select(Team.id, Team.name).where(Team.tenant_id == current.tenant_id(), Team.id.in_(ids))
    known = {row.id: row.name for row in db.session().execute(rows)}
    return {path: tuple(known[step] for step in each if step in known) for path, each in steps.items()}


# --- fields and actions --------------------------------------------------------------------------------


def explain_field(record_type: Explained, record: Any, key: str) -> tuple[str, Sequence[FieldReason]]:
    """How far a field of this record is open to the acting member, and what each role says of it. What a record is
    called can be read by whoever sees it."""
    context = current.tenant()
    if context.member is None:
        return LEVELS[OPEN], ()
    said, least = [], READ if key == record_type.title else HIDDEN
    for role, role_id, grants in _sources():
        view = scope_key(granted_on(grants, record_type.name).get("view", "none"))
        level, but = rule_of(grants, record_type.name, key)
        said.append((role, role_id, view, max(level, least), f"only:{but}" if but else ""))
    asked = [each for _r, _i, view, _l, but in said for each in (view, but) if each]
    covered = which_cover(asked, record_type, record) | ({"only:all"} & set(asked))
    everything = "*" in context.grants.permissions
    seeing = [each for each in said if each[2] != "none"]
    reasons = [
        FieldReason(role, LEVELS[OPEN if everything or but in covered else level], but if but in covered else "",
                    view, everything or view in covered or but in covered, role_id)
        for role, role_id, view, level, but in seeing
    ]  # fmt: skip
    levels = [LEVELS.index(each.level) for each in reasons if each.counts]
    floor = min((level for _r, _i, _v, level, _but in seeing), default=HIDDEN)
    return LEVELS[max([floor, *levels])], reasons


def explain_permission(permission: str) -> tuple[bool, Sequence[PermissionReason]]:
    """Whether the acting member has a module permission, and which of their roles gives it."""
    context = current.tenant()
    reasons = [
        PermissionReason(role, bool({"*", permission} & set(said.get("permissions", ()))), role_id)
        for role, role_id, said in _sources()
    ]
    given = context.member is None or any(each.gives for each in reasons)
    return given and not token_is_narrow(context), reasons


def explain_action(action: Any, record_type: Explained, record: Any) -> ActionExplanation:
    """Why a `RecordAction` may, or may not, be run on the record by the acting member."""
    shown = bool(action.shown(record))
    if action.permission is not None:
        allowed, roles = explain_permission(action.permission)
        return ActionExplanation(allowed, shown, action.permission, roles, not token_is_narrow(current.tenant()))
    grant = explain(action.grant, record_type, record)
    return ActionExplanation(grant.allowed, shown, None, (), grant.by_token, grant)
