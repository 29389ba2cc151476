"""A lead from capture to its seller, through the service in this process, beside one row inserted and committed."""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, create_engine, insert

from bench.data.companies import Company
from bench.data.customers import settle
from bench.data.sellers import sales_team
from bench.figures.size import Size
from bench.statements import sent
from bench.timing import Result, in_turns
from core import current
from core.auth.context import entering
from core.settings import settings
from plugins.leads.models import Lead
from plugins.leads.services.capturing import capture_lead

ROUNDS, AT_MOST, MOST_STATEMENTS = 300, 4.0, 12
WARM = 20


def measure(size: Size) -> Sequence[Result]:
    team = sales_team("catchers")
    for _time in range(WARM):
        _capture(team)
        _insert(team)
    with entering(team.door()), sent() as statements:
        capture_lead(_someone(), "form")
    settle("guanxi.leads_lead", "guanxi.event")
    ours, twin = in_turns([lambda: _capture(team), lambda: _insert(team)], size.rounds or ROUNDS)
    after_entering = [each for each in statements if "app.tenant_id" not in each and "from tenant t" not in each]
    return [
        Result("capture", "to its seller, 20 conditions, 200 sellers", ours, twin, AT_MOST, len(after_entering),
               MOST_STATEMENTS, note="statements of the service; entering the tenant takes two more")
    ]  # fmt: skip


def _capture(team: Company) -> None:
    with entering(team.door()):
        capture_lead(_someone(), "form")


def _insert(team: Company) -> None:
    now = current.now()
    unsaid = {"status": "new", "score": 0, "version": 1, "custom": {}, "created_at": now, "updated_at": now,
              "created_by_id": None}  # fmt: skip
    searched = dict.fromkeys(("search_norm", "search_pinyin", "search_text", "search_grams"), "")
    with _owner().connect() as connection:
        row = {"tenant_id": team.tenant_id, "id": uuid4(), **unsaid, **searched, **_someone()}
        connection.execute(insert(Lead.__table__), row)  # type: ignore[arg-type]
        connection.commit()


@cache
def _owner() -> Engine:
    """With connections that are kept, as a web process keeps them."""
    return create_engine(settings().role_url("owner").replace("postgresql://", "postgresql+psycopg://"))


def _someone() -> dict[str, Any]:
    """Somebody whom nobody knows yet."""
    digits = f"{time.time_ns() // 1000:016}"
    return {"name": f"Lead {digits}", "company": f"Trading {digits}", "phone": f"+86138{digits[-8:]}",
            "email": f"lead{digits}@example.com", "source": "form"}  # fmt: skip
