"""A lead over the API, with matching, routing, event and notification, beside one row and a commit."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from bench.data.companies import Company, company
from bench.figures.pages import crowds
from bench.figures.size import Size
from bench.servers import both
from bench.statements import count
from bench.timing import Result
from bench.visits import Errand, request

ROWS = 100_000
PATH = "/api/v1/leads"


def measure(size: Size) -> Sequence[Result]:
    owned = company(size.rows or ROWS)
    statements = count("POST", PATH, _key(owned, 0), _someone)
    with both() as (port, twins):
        ours = Errand(port, _capture(owned), 201)
        twin = Errand(twins, _insert(owned), 201)
        for errand in (ours, twin):
            errand.body()
        return crowds("API lead", size, ours, twin, 6.0, statements=statements)


def _capture(owned: Company) -> Callable[[int], bytes]:
    return lambda n: request("POST", PATH, _key(owned, n), json.dumps(_someone(n)).encode())


def _insert(owned: Company) -> Callable[[int], bytes]:
    return lambda n: request("POST", f"/api/leads/{owned.tenant_id}", body=json.dumps(_someone(n)).encode())


def _key(owned: Company, number: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {owned.tokens[number % len(owned.tokens)]}"}


def _someone(number: int) -> dict[str, Any]:
    """Somebody whom nobody knows yet."""
    digits = f"{time.time_ns() // 1000 + number:016}"
    return {"name": f"Lead {digits}", "company": "Example Trading", "phone": f"+86138{digits[-8:]}",
            "email": f"lead{digits}@example.com", "source": "api"}  # fmt: skip
