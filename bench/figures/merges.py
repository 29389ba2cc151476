"""Merging two customers with many events each, beside one UPDATE of as many rows."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import text

from bench.data.companies import Company, company
from bench.data.customers import settle
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import db
from core.auth.context import entering
from core.customers.types import CUSTOMER
from core.records.duplicates.merging import merge_records
from core.records.services import create_record

EVENTS, ROUNDS, AT_MOST = 10_000, 7, 3.0
FOLLOW_UPS = """
insert into guanxi.follow_up (tenant_id, id, channel, summary, happened_at, about_type, about_id, customer_id, owner_id,
  created_at, updated_at, version, custom, search_norm, search_pinyin, search_text, search_grams)
select :tenant, uuidv7(), 'call', 'Said ' || n, now(), 'customer', :customer, :customer, :member, now(), now(), 1, '{}',
       'said ' || n, '', 'said ' || n, cast('sa ai id' as tsvector)
  from generate_series(1, :rows) n
"""
HAPPENED = """
insert into guanxi.event (tenant_id, id, name, at, record_type, record_id, customer_id, actor_id, cause, data)
select :tenant, uuidv7(), 'follow_up.created', now(), 'follow_up', uuidv7(), :customer, :member, '{"kind": "member"}',
       '{"title": "Said"}'
  from generate_series(1, :rows)
"""
MOVES = {
    "events": "update guanxi.event set customer_id = :kept where tenant_id = :tenant and customer_id = :gone",
    "follow-ups": "update guanxi.follow_up set customer_id = :kept, about_id = :kept"
    " where tenant_id = :tenant and customer_id = :gone",
}


def measure(size: Size) -> Sequence[Result]:
    """The rows that the merge leaves where they are, events, count as if it had moved them."""
    rows, rounds = size.rows or EVENTS, size.rounds or ROUNDS
    merger = company(1, "merger")
    return [_beside(merger, what, rows, rounds) for what in MOVES]


def _beside(merger: Company, what: str, rows: int, rounds: int) -> Result:
    ours, twin = Times(), Times()
    for _ in range(rounds):
        kept, gone = (_customer(merger, what, rows) for _side in range(2))
        settle("guanxi.event", "guanxi.follow_up")
        ours.seconds.append(timed(partial(_merge, merger, kept, gone)))
        kept, gone = (_customer(merger, what, rows) for _side in range(2))
        settle("guanxi.event", "guanxi.follow_up")
        twin.seconds.append(timed(partial(_update, merger, what, kept, gone)))
    return Result("merge", f"two customers with {rows:,} {what} each", ours, twin, AT_MOST)


def _customer(merger: Company, what: str, rows: int) -> UUID:
    """One with so many events; those of follow-ups with the follow-ups as well."""
    with entering(merger.door()):
        made: UUID = create_record(CUSTOMER, {"name": "Fabrikam"}).id
    values = {"tenant": merger.tenant_id, "customer": made, "member": merger.member_id, "rows": rows}
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        connection.execute(text(HAPPENED), values)
        if what == "follow-ups":
            connection.execute(text(FOLLOW_UPS), values)
    return made


def _merge(merger: Company, kept: UUID, gone: UUID) -> None:
    with entering(merger.door()):
        merge_records(CUSTOMER, kept, [gone])


def _update(merger: Company, what: str, kept: UUID, gone: UUID) -> None:
    with db.engine("owner").begin() as connection:
        values = {"tenant": merger.tenant_id, "kept": kept, "gone": gone}
        if connection.execute(text(MOVES[what]), values).rowcount == 0:
            raise RuntimeError("nothing was moved")
