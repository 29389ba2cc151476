"""The nightly search for records that are there twice: by equality of keys, each by statements over the whole type."""

from typing import Any

from sqlalchemy import column, func, select, table, text
from sqlalchemy.dialects.postgresql import insert

from core import current, db
from core.jobs import job
from core.nightly import nightly
from core.records.duplicates.keys import HIGHEST, SOUND, Key, is_matched, keys_of, rows_of
from core.records.duplicates.models import DuplicateScan
from core.records.finding_again import make_anew
from core.records.types import RecordType, enabled_types, find_type

TOO_COMMON = 50
"""A value that more share than this tells nothing of them: it is reported, and makes no pairs."""
REPORTED = 20


@nightly
@job()
def scan_all() -> None:
    """Search each type by a job of its own."""
    for record_type in enabled_types():
        if record_type.model.searched:
            scan_type.later(record_type=record_type.name)


@job("slow")
def scan_type(record_type: str) -> None:
    """What rows are found and told by is made for those that lack it first: they were written past the models, or
    before there were such columns."""
    found = find_type(record_type)
    if found is None or not found.model.searched:
        return
    make_anew(found, missing=True)
    if is_matched(found):
        scan(found)


def ask_for_scan(record_type: RecordType) -> None:
    """Search now. Asking again while it waits changes nothing."""
    state = state_of(record_type)
    if not is_running(state):
        state.asked_at = current.now()
        scan_type.later(record_type=record_type.name)


def is_running(state: DuplicateScan | None) -> bool:
    return bool(state and state.asked_at and (state.finished_at is None or state.finished_at < state.asked_at))


def last_scan(record_type: RecordType) -> DuplicateScan | None:
    found = select(DuplicateScan).where(
        DuplicateScan.tenant_id == current.tenant_id(), DuplicateScan.record_type == record_type.name
    )
    return db.session().scalars(found).one_or_none()


def state_of(record_type: RecordType) -> DuplicateScan:
    """The row of the type's last search, made where there was none, and ours until the end."""
    new = insert(DuplicateScan).values(id=db.new_id(), tenant_id=current.tenant_id(), record_type=record_type.name,
                                       found=0, too_common=[])  # fmt: skip
    db.session().execute(new.on_conflict_do_nothing(index_elements=["tenant_id", "record_type"]))
    held = select(DuplicateScan).where(
        DuplicateScan.tenant_id == current.tenant_id(), DuplicateScan.record_type == record_type.name
    )
    return db.session().scalars(held.with_for_update().execution_options(populate_existing=True)).one()


def scan(record_type: RecordType) -> DuplicateScan:
    """Find all pairs of a type anew. Pairs that somebody settled stay settled; those that no longer fit are gone."""
    state, began = state_of(record_type), current.now()
    for statement in STAGE:
        db.session().execute(text(statement))
    common: list[dict[str, Any]] = []
    for key in keys_of(record_type):
        common += _collect(record_type, key)
    values = {"tenant": current.tenant_id(), "type": record_type.name, "now": began, "highest": HIGHEST}
    kept: Any = db.session().execute(text(KEEP), values)
    state.found = kept.rowcount
    db.session().execute(text(FORGET), values)
    state.too_common = sorted(common, key=lambda each: -each["records"])[:REPORTED]
    state.finished_at = max(current.now(), state.asked_at or began)
    return state


STAGE = (
    "set local work_mem = '64MB'",
    "create temp table if not exists duplicate_keyed (id uuid, value text, n bigint) on commit drop",
    "create temp table if not exists duplicate_found (one uuid, other uuid, key text, score int) on commit drop",
    "truncate duplicate_keyed, duplicate_found",
)
KEYED = table("duplicate_keyed", column("id"), column("value"), column("n"))
PAIRS = """
insert into duplicate_found
select a.id, b.id, :key, :score from duplicate_keyed a join duplicate_keyed b on a.value = b.value and a.id < b.id
 where a.n <= :most
"""
COMMON = "select value, n from duplicate_keyed where n > :most group by value, n order by n desc limit :reported"
KEEP = """
insert into duplicate_pair (tenant_id, id, record_type, one_id, other_id, score, reasons, status, found_at)
select :tenant, gen_random_uuid(), :type, one, other, least(cast(:highest as int), sum(score)),
       jsonb_agg(key order by score desc),
       'open', :now
  from duplicate_found group by one, other
on conflict (tenant_id, one_id, other_id) do update
   set score = excluded.score, reasons = excluded.reasons, found_at = excluded.found_at
 where duplicate_pair.status = 'open'
"""
FORGET = """
delete from duplicate_pair where tenant_id = :tenant and record_type = :type and status = 'open' and found_at < :now
"""


def _collect(record_type: RecordType, key: Key) -> list[dict[str, Any]]:
    """Stage the pairs that share this key; answer the values that are too common to tell."""
    rows = rows_of(record_type, key).subquery()
    shared = select(rows.c.value, func.count().label("n")).group_by(rows.c.value).having(func.count() > 1).subquery()
    mine = select(rows.c.id, rows.c.value, shared.c.n).join(shared, shared.c.value == rows.c.value)
    session = db.session()
    session.execute(text("truncate duplicate_keyed"))
    session.execute(KEYED.insert().from_select(["id", "value", "n"], mine))
    session.execute(text("analyze duplicate_keyed"))
    values = {"most": TOO_COMMON, "reported": REPORTED, "key": key.name, "score": key.score}
    session.execute(text(PAIRS), values)
    if key.name == SOUND:
        return []
    return [{"key": key.name, "value": str(row.value)[:200], "records": row.n}
            for row in session.execute(text(COMMON), values)]  # fmt: skip
