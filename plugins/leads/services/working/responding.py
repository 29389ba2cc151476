"""The first response to a lead: by when it is due, and that it came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, literal, select, true, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from core.sdk import (
    FieldProblem,
    Invalid,
    NotFound,
    _,
    arm_all,
    compile_condition,
    disarm,
    emit,
    fault_of_condition,
    get,
    kept_with_settings,
    now,
    raise_schema_version,
    session,
    tenant,
    tenant_id,
    type_named,
    working_calendar,
)
from plugins.leads.events import WayOfWorkingChanged
from plugins.leads.models import OPEN, Lead, ResponsePolicy
from plugins.leads.models.working import SILENCES
from plugins.leads.services.working.sequences import lead_answered, owners_changed

RESPONSE = "leads.response"
NO_RESPONSE = "note"
"""The channel by which nobody answers anybody."""
LONGEST = 60 * 24 * 30
MOST_REROUTES = 20


@dataclass(frozen=True)
class Policy:
    """A row of the list, plain."""

    id: UUID
    name: str
    condition: Mapping[str, Any] | None
    minutes: int
    warn_minutes: int
    silence: str
    most_reroutes: int


def expect_response(lead_ids: Sequence[UUID]) -> None:
    """Have the time for a first response run for leads that somebody has just got, unless they were answered once:
    one statement for all of them and one for their deadlines, none where no time is set."""
    owners_changed(lead_ids)
    rows = policies()
    if not rows or not lead_ids:
        return
    calendar, at = working_calendar(), now()
    due = {row.id: calendar.add_time(at, timedelta(minutes=row.minutes)) for row in rows}
    holds = [(_condition(row), row.id) for row in rows]
    which = case(*((condition, literal(policy_id)) for condition, policy_id in holds))
    until = case(*((condition, literal(due[policy_id])) for condition, policy_id in holds))
    session().flush()
    started = session().execute(
        update(Lead)
        .where(Lead.tenant_id == tenant_id(), Lead.id.in_(lead_ids), Lead.responded_at.is_(None))
        .where(Lead.owner_id.is_not(None), Lead.status.in_(OPEN), Lead.deleted_at.is_(None))
        .values(response_policy_id=which, respond_by=until, reroutes=0, updated_at=Lead.updated_at)
        .returning(Lead.id, Lead.respond_by, Lead.response_policy_id)
        .execution_options(synchronize_session=False)
    ).all()  # fmt: skip
    warnings = {row.id: timedelta(minutes=row.warn_minutes) for row in rows}
    looks = {}
    for lead_id, respond_by, policy_id in started:
        tell_session(lead_id, respond_by=respond_by, response_policy_id=policy_id, reroutes=0)
        if policy_id is not None and respond_by is not None:
            looks[lead_id] = _first_look(calendar, at, respond_by, warnings[policy_id])
    if looks:
        arm_all(Lead.__tablename__, RESPONSE, looks)


def _first_look(calendar: Any, at: datetime, due: datetime, ahead: timedelta) -> datetime:
    """When the owner is warned, or when the time is up where nobody is."""
    return max(at, due - ahead) if ahead and due - ahead > at else due


def note_response(lead: Lead, follow_up: Any) -> None:
    """Somebody followed the lead up: its owner, or who stands in for them, has answered by that."""
    if lead.contacted_at is None and follow_up.channel != NO_RESPONSE:
        lead.contacted_at = min(follow_up.happened_at, now())
    if follow_up.channel != NO_RESPONSE:
        lead_answered(lead)
    if lead.responded_at is None and lead.owner_id and _is_by_owner(lead, follow_up):
        lead.responded_at, lead.reroutes = min(follow_up.happened_at, now()), 0
        disarm(lead, RESPONSE)


def _is_by_owner(lead: Lead, follow_up: Any) -> bool:
    if follow_up.channel == NO_RESPONSE:
        return False
    acting = tenant().member
    stands_for = acting.stands_for if acting else ()
    return follow_up.owner_id == lead.owner_id or lead.owner_id in stands_for


def tell_session(lead_id: UUID, **values: Any) -> None:
    """Let the object that the session has of the lead know what a statement has written."""
    known = session().identity_map.get(identity_key(Lead, (tenant_id(), lead_id)))
    for name, value in values.items() if known is not None else ():
        set_committed_value(known, name, value)


def _condition(row: Policy) -> Any:
    return compile_condition(type_named("lead"), row.condition, whole=True) if row.condition else true()


# --- the policies -----------------------------------------------------------------------------------------


def policies() -> Sequence[Policy]:
    """Those that hold, in their order. Kept until somebody changes them."""
    made: Sequence[Policy] = kept_with_settings("leads.response_policies", _load)
    return made


def policy_of(lead: Lead) -> Policy | None:
    return next((row for row in policies() if row.id == lead.response_policy_id), None)


def _load() -> Sequence[Policy]:
    lead_type = type_named("lead")
    return [
        Policy(row.id, row.name, row.condition, row.minutes, row.warn_minutes, row.silence, row.most_reroutes)
        for row in list_policies()
        if row.active and not (row.condition and fault_of_condition(lead_type, row.condition))
    ]


def list_policies() -> Sequence[ResponsePolicy]:
    found = select(ResponsePolicy).where(ResponsePolicy.tenant_id == tenant_id())
    return session().scalars(found.order_by(ResponsePolicy.position, ResponsePolicy.id)).all()


def find_policy(policy_id: UUID) -> ResponsePolicy:
    policy = get(ResponsePolicy, policy_id)
    if policy is None:
        raise NotFound(_("There is no such response time."))
    return policy


def save_policy(policy: ResponsePolicy | None, values: Mapping[str, Any]) -> ResponsePolicy:
    """Make one, the last of the list, or change one. Leads whose time runs keep it. Raises Invalid."""
    _check(values)
    before = _told(policy) if policy else {}
    if policy is None:
        policy = ResponsePolicy(**values, position=len(list_policies()))
        session().add(policy)
    else:
        for name, value in values.items():
            setattr(policy, name, value)
    session().flush()
    _changed(policy, before, _told(policy))
    return policy


def delete_policy(policy: ResponsePolicy) -> None:
    """No longer expect it: the time of leads under it stops."""
    _changed(policy, _told(policy), {})
    session().execute(
        update(Lead)
        .where(Lead.tenant_id == tenant_id(), Lead.response_policy_id == policy.id, Lead.responded_at.is_(None))
        .values(respond_by=None, response_policy_id=None)
        .execution_options(synchronize_session=False)
    )
    session().delete(policy)
    session().flush()


def move_policy(policy: ResponsePolicy, place: int) -> None:
    """Put it at this place of the list, counted from 0."""
    others = [each for each in list_policies() if each.id != policy.id]
    others.insert(max(0, place), policy)
    for position, each in enumerate(others):
        each.position = position
    session().flush()
    raise_schema_version()


def _check(values: Mapping[str, Any]) -> None:
    problems = []
    if not 1 <= values["minutes"] <= LONGEST:
        said = _("Between one minute and %(days)s working days of 24 hours.", days=LONGEST // 1440)
        problems.append(FieldProblem("minutes", "out_of_range", said))
    if not 0 <= values["warn_minutes"] < max(1, values["minutes"]):
        problems.append(FieldProblem("warn_minutes", "out_of_range", _("Warn before the time is up.")))
    if values["silence"] not in SILENCES:
        problems.append(FieldProblem("silence", "not_an_option", _("Choose one of those that are offered.")))
    if not 0 <= values["most_reroutes"] <= MOST_REROUTES:
        said = _("Between 0 and %(most)s times.", most=MOST_REROUTES)
        problems.append(FieldProblem("most_reroutes", "out_of_range", said))
    if problems:
        raise Invalid(problems)


def _told(policy: ResponsePolicy) -> dict[str, Any]:
    keys = ("name", "condition", "minutes", "warn_minutes", "silence", "most_reroutes", "active")
    return {key: getattr(policy, key) for key in keys}


def _changed(policy: ResponsePolicy, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    keys = {*before, *after}
    changes = {k: [before.get(k), after.get(k)] for k in sorted(keys) if before.get(k) != after.get(k)}
    if changes:
        emit(WayOfWorkingChanged(record_type="lead_response_policy", record_id=policy.id, what=policy.name,
                                 changes=changes))  # fmt: skip
        raise_schema_version()
