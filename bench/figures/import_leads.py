"""A CSV of leads that are matched, scored, routed and told of, beside the same import without scores and routing."""

import csv
import io
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import text

from bench.data.companies import Company
from bench.data.customers import settle
from bench.data.names import identities
from bench.data.sellers import sales_team
from bench.figures.size import Size
from bench.house import admin
from bench.timing import Result, Times, timed
from core import db, work
from core.auth.context import entering
from core.events import emit
from core.records.imports.models import Import
from core.records.imports.services import begin_import, map_import, start_import
from plugins.leads.services import capturing
from plugins.leads.types import LEAD

ROWS, ROUNDS, AT_MOST = 100_000, 3, 3.0
HEADER = ("name", "company", "phone", "email", "industry", "source", "need")
TABLES = ("deadline", "notification", "job", "leads_movement", "leads_touch", "leads_lead", "event", "import_row",
          "import", "file")  # fmt: skip


def measure(size: Size) -> Sequence[Result]:
    rows = size.rows or ROWS
    team = sales_team("lead-importers")
    ours, twin = Times(), Times()
    step: Any = capturing._hand_out
    try:
        for number in range(size.rounds or ROUNDS):
            for times, by in ((ours, step), (twin, _only_say)):
                _tidy(team)
                content = _file(rows, number)
                capturing._hand_out = by
                times.seconds.append(timed(partial(_bring_in, team, content)))
                _check(team, rows, is_routed=by is step)
    finally:
        capturing._hand_out = step
        _tidy(team)
    return [Result("import-leads", f"{rows:,} leads matched, scored, routed", ours, twin, AT_MOST)]


def _only_say(_cases: Any, _added: Any, events: Sequence[Any]) -> None:
    """What is left of the last step where nothing is scored, placed and routed."""
    emit(*events)


def _file(rows: int, number: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for n, one in enumerate(identities(rows, seed=5)):
        writer.writerow([f"Person {n}", one.name, f"138{n:08}", f"p{n}.{number}@example.com", one.industry, "event",
                         f"Met at stand {n % 40}"])  # fmt: skip
    return out.getvalue().encode()


def _bring_in(team: Company, content: bytes) -> None:
    with entering(team.door()):
        run = begin_import(LEAD, "leads.csv", content)
        map_import(run, run.mapping, {"match": []})
        start_import(run)
    work.drain("slow")


def _check(team: Company, rows: int, *, is_routed: bool) -> None:
    with entering(team.door()):
        run = db.session().query(Import).order_by(Import.id.desc()).limit(1).one()
        routed = db.session().scalar(text("select count(owner_id) from leads_lead"))
        if (run.status, run.created) != ("done", rows) or routed != (rows if is_routed else 0):
            raise RuntimeError(f"import {run.status}: {run.created} of {rows} rows, {routed} routed, {run.error}")


def _tidy(team: Company) -> None:
    given: dict[str, Any] = {"tenant": team.tenant_id}
    with admin().begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        for table in TABLES:
            connection.execute(text(f"delete from guanxi.{table} where tenant_id = :tenant"), given)
    settle("guanxi.leads_lead", "guanxi.event", "guanxi.leads_touch", "guanxi.leads_movement")
