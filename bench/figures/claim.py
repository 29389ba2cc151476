"""Fifty sellers who claim from one pool at the same time, beside the same claims made one after another."""

from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from multiprocessing import get_context
from uuid import UUID

from sqlalchemy import text

from bench.data.companies import Company
from bench.data.customers import settle
from bench.data.sellers import sales_team
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core.auth.context import Door, entering
from core.errors import Conflict
from core.everything import load_everything
from plugins.leads.services.pools.claiming import claim_lead, find_in_pool

ROWS, ROUNDS, AT_MOST = 1000, 3, 3.0
CLAIMERS, PROCESSES = 50, 5
RIVALS = 2
"""So many try for each lead: one gets it, the others hear who has it."""
WARM = 5
POOLED = """
insert into guanxi.leads_lead (tenant_id, id, name, source, status, score, touches, version, custom, created_at,
  updated_at, pooled_at, search_norm, search_pinyin, search_text, search_grams)
select :tenant, uuidv7(), 'Lead ' || n, 'website', 'new', n % 101, 1, 1, '{}', now(), now(), now(),
       'lead ' || n, '', 'Lead ' || n, ''
  from generate_series(cast(1 as bigint), :rows) n returning id
"""
TABLES = ("deadline", "notification", "job", "leads_movement", "leads_lead", "event")


def measure(size: Size) -> Sequence[Result]:
    rows, team = size.rows or ROWS, sales_team("claimers")
    sellers = _sellers(team)
    ours, twin = Times(), Times()
    with ProcessPoolExecutor(PROCESSES, get_context("spawn"), load_everything) as web:
        for _round in range(size.rounds or ROUNDS):
            for times, work in ((ours, partial(_together, web)), (twin, _in_turn)):
                _fill(team, rows + WARM * PROCESSES)
                leads = _pooled(team)
                _warm(web, team, sellers, leads[rows:])
                times.seconds.append(timed(partial(work, team, sellers, _wanted(leads[:rows]))))
                _check(team, len(leads))
    _tidy(team)
    return [Result("claim", f"{rows:,} leads by {CLAIMERS} at once, {RIVALS} for each", ours, twin, AT_MOST)]


def _together(web: Executor, team: Company, sellers: Sequence[UUID], lists: Sequence[Sequence[UUID]]) -> None:
    """Each process serves ten of them, as a web process does."""
    parts = [(sellers[n::PROCESSES], lists[n::PROCESSES]) for n in range(PROCESSES)]
    list(web.map(_serve, repeat(team), *zip(*parts, strict=True)))


def _serve(team: Company, sellers: Sequence[UUID], lists: Sequence[Sequence[UUID]]) -> None:
    with ThreadPoolExecutor(len(sellers)) as threads:
        list(threads.map(partial(_claim_all, team), sellers, lists))


def _claim_all(team: Company, seller: UUID, leads: Sequence[UUID]) -> None:
    for lead_id in leads:
        _claim(team, seller, lead_id)


def _in_turn(team: Company, sellers: Sequence[UUID], lists: Sequence[Sequence[UUID]]) -> None:
    """Each claims one lead after the other, as the list of the pool shows them to all."""
    for n in range(max(map(len, lists))):
        for seller, leads in zip(sellers, lists, strict=True):
            if n < len(leads):
                _claim(team, seller, leads[n])


def _claim(team: Company, seller: UUID, lead_id: UUID) -> bool:
    """Whatever else goes wrong but that somebody was faster is an error."""
    try:
        with entering(Door(team.tenant_id, seller)):
            claim_lead(find_in_pool(lead_id))
    except Conflict:
        return False
    return True


def _wanted(leads: Sequence[UUID]) -> list[list[UUID]]:
    """What each goes for: the same leads as its rivals, in the same order."""
    groups = CLAIMERS // RIVALS
    return [list(leads[n % groups :: groups]) for n in range(CLAIMERS)]


def _sellers(team: Company) -> list[UUID]:
    query = text("select id from guanxi.member where tenant_id = :tenant order by id limit :most")
    with admin().connect() as connection:
        return list(connection.scalars(query, {"tenant": team.tenant_id, "most": CLAIMERS}))


def _warm(web: Executor, team: Company, sellers: Sequence[UUID], leads: Sequence[UUID]) -> None:
    """Have every process, this one too, done it before."""
    work = partial(_claim_all, team)
    list(web.map(work, sellers[:PROCESSES], (leads[n::PROCESSES] for n in range(PROCESSES))))
    work(sellers[0], leads[:1])


def _pooled(team: Company) -> list[UUID]:
    query = text("select id from guanxi.leads_lead where tenant_id = :tenant and owner_id is null order by id")
    with admin().connect() as connection:
        return list(connection.scalars(query, {"tenant": team.tenant_id}))


def _check(team: Company, rows: int) -> None:
    """Everything is claimed, and nothing twice."""
    query = text(
        "select count(*) filter (where kind = 'claimed'), count(distinct record_id), (select count(*)"
        " from guanxi.leads_lead l where l.tenant_id = :tenant and l.owner_id is null)"
        " from guanxi.leads_movement where tenant_id = :tenant"
    )
    with admin().connect() as connection:
        claims, leads, left = connection.execute(query, {"tenant": team.tenant_id}).one()
    if (claims, leads, left) != (rows, rows, 0):
        raise RuntimeError(f"{claims} claims of {leads} leads, {left} of {rows} left")


def _fill(team: Company, rows: int) -> None:
    _tidy(team)
    with admin().begin() as connection:
        connection.execute(text(POOLED), {"tenant": team.tenant_id, "rows": rows})
    settle("guanxi.leads_lead", "guanxi.event", "guanxi.leads_movement")


def _tidy(team: Company) -> None:
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in TABLES:
            connection.execute(
                text(f"delete from guanxi.{table} where tenant_id = :tenant"), {"tenant": team.tenant_id}
            )
