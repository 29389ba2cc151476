"""The funnel of a million leads, told apart by source and by week, and the list behind one of its numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench.data.companies import Company, company
from bench.data.leads import add_leads
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, in_turns
from core.auth.context import entering
from core.records.query import Listing
from core.records.types import type_named
from plugins.leads.models import Lead
from plugins.leads.services.figures.asking import read_question
from plugins.leads.services.figures.funnel import funnel
from plugins.leads.services.figures.questions import Question, all_of

MANY, CUSTOMERS, ROUNDS, AT_MOST = 1_000_000, 1000, 7, 2
PERIODS = {"a year": "this_year", "the last 30 days": "last_30_days"}
REACHED = """
count(*) as captured,
count(*) filter (where contacted_at is not null or qualified_at is not null
                    or status in ('contacted', 'qualified', 'converted')) as contacted,
count(*) filter (where qualified_at is not null or status in ('qualified', 'converted')) as qualified,
count(*) filter (where status = 'converted') as converted,
count(*) filter (where status = 'disqualified') as disqualified
"""
WHERE = """
  from guanxi.leads_lead
 where tenant_id = :tenant and deleted_at is null and created_at >= :since and created_at < :until
"""
VALUES = {"source": "source", "week": "date_trunc('week', created_at at time zone 'Asia/Shanghai')::date"}
BEHIND = f"select * {WHERE} and source = 'website' and status = 'converted' order by updated_at desc, id desc limit 50"


def measure(size: Size) -> Sequence[Result]:
    owned = company(CUSTOMERS, "funnel")
    add_leads(owned.tenant_id, size.rows or MANY)
    results = []
    for words, period in PERIODS.items():
        with entering(owned.door()):
            asked = read_question({"period": period})
            given = {"tenant": owned.tenant_id, "since": asked.period.since, "until": asked.period.until}
        for by in VALUES:
            ours, twin = partial(_ours, owned, replace(asked, by=by)), partial(_twin, by, given)
            assert ours() == twin(), "both count the same"
            results.append(_compared(f"{words} by {by}", ours, twin, size))
        ours, twin = partial(_list, owned, asked), partial(_behind, given)
        results.append(_compared(f"{words}, leads behind a number", ours, twin, size))
    return results


def _compared(variant: str, ours: Callable[[], Any], twin: Callable[[], Any], size: Size) -> Result:
    mine, bare = in_turns([ours, twin], size.rounds or ROUNDS)
    return Result("funnel", variant, mine, bare, AT_MOST)


def _ours(owned: Company, question: Question) -> int:
    with entering(owned.door()):
        [table] = funnel(question)
        return sum(int(row.cells["converted"].value or 0) for row in table.rows)


def _twin(by: str, given: Mapping[str, Any]) -> int:
    with admin().connect() as connection:
        rows = connection.execute(text(f"select {VALUES[by]} as value, {REACHED} {WHERE} group by 1"), given)
        return sum(row.converted for row in rows)


def _list(owned: Company, question: Question) -> int:
    """The page of the list that a number leads to."""
    with entering(owned.door()):
        converted = {"field": "status", "op": "is", "value": "converted"}
        condition = all_of([*replace(question, source="website").captured(), converted])
        return len(Listing(type_named("lead"), condition).page().records)


def _behind(given: Mapping[str, Any]) -> int:
    with Session(admin()) as session:
        return len(session.scalars(select(Lead).from_statement(text(BEHIND)), given).all())
