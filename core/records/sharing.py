"""Sharing records with members and teams, to view or to edit, until a day or until it is taken back.

A share adds to what the roles of those it is with say, and never gives more than they allow on the type at all: whoever
may see no customers sees none that is shared, either.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, delete, func, literal, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert

from core import access, current, db
from core.access import Member, RecordShare
from core.db import new_id
from core.deadlines import arm, disarm
from core.errors import FieldProblem, Forbidden, Invalid, NotFound
from core.events import EventRow, emit
from core.i18n import _
from core.jobs import job
from core.nightly import nightly
from core.records.collaborators import Whom, end_of, last_day, names_of, today
from core.records.happenings import RecordShared, RecordUnshared
from core.records.types import RecordType, find_type

LEVELS = ("view", "edit")
ENDS = "record.shares_end"
"""The deadline of a member who shares: the next of their shares to end does so a day later."""
WARNED = timedelta(days=1)
MOST = 20
"""With so many members and teams at once."""


# --- who may -------------------------------------------------------------------------------------------


def may_share(record_type: RecordType, record: Any) -> bool:
    """Who holds the right to share the record; and its owner, who may edit it."""
    if access.may("share", record_type, record):
        return True
    return is_mine(record) and access.may("edit", record_type, record)


def is_mine(record: Any) -> bool:
    """Whether the acting member owns the record."""
    owner_id = getattr(record, "owner_id", None)
    return owner_id is not None and owner_id == current.member_id()


def require_sharing(record_type: RecordType, record: Any, level: str = "view") -> None:
    """Raise Forbidden unless the member may share the record, and for editing unless they may edit it themselves."""
    if not may_share(record_type, record):
        raise Forbidden(_("Your role does not let you share this record. Ask its owner or an administrator."))
    if level == "edit" and not access.may("edit", record_type, record):
        raise Forbidden(_("You may share this record only to view, since you may not edit it yourself."))


# --- the verbs -----------------------------------------------------------------------------------------


def share_record(
    record_type: RecordType, record: Any, whom: Sequence[Whom], *, level: str = "view", until: date | None = None
) -> bool:
    """Share a record, or change how it is shared with these. Returns whether that was not so already.

    Raises Forbidden, and Invalid for a day in the past, for the owner, and for nobody at all.
    """
    require_sharing(record_type, record, level)
    check_choice(whom, level, until)
    if owners := [each for each in whom if not each.is_team and each.id == getattr(record, "owner_id", None)]:
        message = _("%(name)s owns the record already.", name=owners[0].name)
        raise Invalid([FieldProblem("whom", "owner", message)])
    return bool(put_shares(record_type, [record.id], whom, level=level, until=end_of(until)))


def put_shares(
    record_type: RecordType, ids: Sequence[UUID], whom: Iterable[Whom], *, level: str, until: datetime | None = None
) -> set[UUID]:
    """Write shares of many records, by one statement for each of those they are with. Whoever calls has asked whether
    the member may. What is shared so already stays, and nobody is told of it again; an owner needs no share. Returns
    the ids of the records of which something changed."""
    tenant, changed, events = current.tenant_id(), set[UUID](), list[RecordShared]()
    for each in whom:
        theirs = _owned_by(record_type, ids, each)
        values = [
            {"tenant_id": tenant, "id": new_id(), "record_type": record_type.name, "record_id": record_id,
             each.column: each.id, "level": level, "until": until, "shared_by_id": current.member_id(),
             "created_at": current.now()}
            for record_id in ids if record_id not in theirs
        ]  # fmt: skip
        if not values:
            continue
        new = insert(RecordShare)
        differs = RecordShare.level.is_distinct_from(new.excluded.level) | RecordShare.until.is_distinct_from(
            new.excluded.until
        )
        upsert = new.on_conflict_do_update(
            index_elements=["tenant_id", "record_id", each.column],
            index_where=text(f"{each.column} is not null"),
            set_={name: new.excluded[name] for name in ("level", "until", "shared_by_id")},
            where=differs,
        )
        is_new: Any = literal_column("record_share.xmax = 0").label("is_new")
        rows = db.session().execute(
            upsert.values(values).returning(RecordShare.id, RecordShare.record_id, is_new)
        ).all()  # fmt: skip
        changed |= {row.record_id for row in rows}
        about = about_many(record_type, [row.record_id for row in rows])
        said: dict[str, Any] = {"whom": each.name, "level": level, each.column: each.id,
                                "until": last_day(until).isoformat() if until else None}  # fmt: skip
        events += [
            RecordShared(**about[row.record_id], **said, share_id=row.id, is_new=row.is_new)
            for row in rows if row.record_id in about
        ]  # fmt: skip
    emit(*events)
    arm_next(current.member_id())
    return changed


def take_back_share(record_type: RecordType, record: Any, share_id: UUID) -> None:
    """End a share. Whom it is with may do so as well. Raises NotFound, Forbidden."""
    share = db.get(RecordShare, share_id)
    if share is None or share.record_id != record.id:
        raise NotFound(_("It is not shared so any more."))
    if share.member_id is None or share.member_id != current.member_id():
        require_sharing(record_type, record)
    end_shares(RecordShare.id == share_id)


def end_shares(which: Any) -> int:
    """Delete these shares and say so; returns how many there were."""
    gone = (
        delete(RecordShare)
        .where(RecordShare.tenant_id == current.tenant_id(), which)
        .returning(RecordShare.record_type, RecordShare.record_id, RecordShare.member_id, RecordShare.team_id,
                   RecordShare.shared_by_id, RecordShare.level)
    )  # fmt: skip
    rows = db.session().execute(gone, execution_options={"synchronize_session": False}).all()
    names = names_of({row.member_id for row in rows}, {row.team_id for row in rows})
    abouts: dict[str, Mapping[UUID, Any]] = {}
    for name in {row.record_type for row in rows}:
        if found := find_type(name):
            abouts[name] = about_many(found, [row.record_id for row in rows if row.record_type == name])
    emit(*(
        RecordUnshared(**abouts[row.record_type][row.record_id], whom=names.get(row.member_id or row.team_id, ""),
                       member_id=row.member_id, team_id=row.team_id, level=row.level)
        for row in rows if row.record_id in abouts.get(row.record_type, {})
    ))  # fmt: skip
    for sharer in {row.shared_by_id for row in rows}:
        arm_next(sharer)
    return len(rows)


def end_shares_of_run(run_id: UUID) -> int:
    """Take back what a run shared anew. What was shared before it, and only changed by it, stays."""
    shared = select(EventRow.data["share_id"].astext.cast(Uuid)).where(
        EventRow.tenant_id == current.tenant_id(), EventRow.run_id == run_id, EventRow.name == RecordShared.name,
        EventRow.data["is_new"].astext == "true",
    )  # fmt: skip
    return end_shares(RecordShare.id.in_(shared))


@nightly
@job()
def remove_ended_shares() -> None:
    """Shares whose day is over have no effect already; at night they go."""
    end_shares(RecordShare.until.is_not(None) & (RecordShare.until <= current.now()))


def arm_next(sharer_id: UUID | None) -> None:
    """Have the member told a day before the next of their shares ends."""
    sharer = db.get(Member, sharer_id)
    if sharer is None:
        return
    ending = select(func.min(RecordShare.until)).where(
        RecordShare.tenant_id == current.tenant_id(), RecordShare.shared_by_id == sharer.id,
        RecordShare.until > current.now() + WARNED,
    )  # fmt: skip
    if (until := db.session().scalar(ending)) is None:
        disarm(sharer, ENDS)
    else:
        arm(sharer, ENDS, until - WARNED, {"until": until.isoformat()})


# --- what was chosen -----------------------------------------------------------------------------------


def check_choice(whom: Sequence[Whom], level: str, until: date | None) -> None:
    """Raise Invalid for nobody, too many, a level that there is not, and a day that is over."""
    problems = []
    if not whom:
        problems.append(FieldProblem("whom", "required", _("Choose a member or a team.")))
    elif len(whom) > MOST:
        message = _("Choose at most %(limit)s at once. A team counts as one.", limit=MOST)
        problems.append(FieldProblem("whom", "too_many", message))
    if level not in LEVELS:
        problems.append(FieldProblem("level", "not_an_option", _("Choose one of the list.")))
    if until is not None and not today() <= until < date.max - timedelta(days=1):
        problems.append(FieldProblem("until", "past", _("This day is over already. Choose today or a later one.")))
    if problems:
        raise Invalid(problems)


def find_whom(members: Iterable[UUID], teams: Iterable[UUID]) -> list[Whom]:
    """Those of these ids, in their order. Raises Invalid for one that is not there, or has no access any more."""
    members, teams, tenant = list(dict.fromkeys(members)), list(dict.fromkeys(teams)), current.tenant_id()
    people = select(Member.id, Member.name, Member.status).where(Member.tenant_id == tenant, Member.id.in_(members))
    known = {row.id: row for row in db.session().execute(people)} if members else {}
    named = names_of((), teams)
    problems = []
    for each in members:
        if each not in known:
            problems.append(FieldProblem("whom", "unknown_reference", _("Choose one from the list.")))
        elif known[each].status != "active":
            message = _("%(name)s has no access to the workspace at present.", name=known[each].name)
            problems.append(FieldProblem("whom", "inactive", message))
    problems += [FieldProblem("whom", "unknown_reference", _("Choose one from the list."))
                 for each in teams if each not in named]  # fmt: skip
    if problems:
        raise Invalid(problems)
    return [*(Whom(each, known[each].name) for each in members), *(Whom(each, named[each], True) for each in teams)]


def _owned_by(record_type: RecordType, ids: Sequence[UUID], whom: Whom) -> set[UUID]:
    model: Any = record_type.model
    if whom.is_team or not hasattr(model, "owner_id"):
        return set()
    among = model.id == any_(literal(list(ids), ARRAY(Uuid)))
    theirs = select(model.id).where(model.tenant_id == current.tenant_id(), among, model.owner_id == whom.id)
    return set(db.session().scalars(theirs))


def about_many(record_type: RecordType, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What every event says of its record, for many."""
    model = record_type.model
    among = model.id == any_(literal(list(ids), ARRAY(Uuid)))
    rows = db.session().scalars(select(model).where(model.tenant_id == current.tenant_id(), among))
    return {
        row.id: {"record_type": record_type.name, "record_id": row.id, "customer_id": record_type.customer_of(row)}
        for row in rows
    }
