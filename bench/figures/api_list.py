"""Fifty customers as JSON."""

from collections.abc import Sequence

from bench.data.companies import company
from bench.figures.pages import check, constant, crowds
from bench.figures.size import Size
from bench.servers import both
from bench.statements import count
from bench.timing import Result
from bench.visits import Errand, request

ROWS = 100_000
PATH = "/api/v1/customers?limit=50"


def measure(size: Size) -> Sequence[Result]:
    owned = company(size.rows or ROWS)
    asked = [request("GET", PATH, {"Authorization": f"Bearer {token}"}) for token in owned.tokens]
    statements = count("GET", PATH, {"Authorization": f"Bearer {owned.tokens[0]}"})
    with both() as (port, twins):
        ours = Errand(port, lambda number: asked[number % len(asked)])
        twin = Errand(twins, constant(request("GET", f"/api/customers/{owned.tenant_id}")))
        for errand in (ours, twin):
            check(errand.body(), b'"annual_revenue"', 50)
        return crowds("API list", size, ours, twin, 2.0, statements=statements, most_statements=5)
