"""The list of customers, signed in, the whole page."""

from collections.abc import Sequence

from bench.data.companies import company
from bench.figures.pages import beside
from bench.figures.size import Size
from bench.statements import cookie
from bench.timing import Result

ROWS = 100_000


def measure(size: Size) -> Sequence[Result]:
    owned = company(size.rows or ROWS)
    return beside(
        "list page",
        size,
        path=f"/w/{owned.slug}/customers/",
        headers={"Cookie": cookie(owned)},
        twin=f"/customers/{owned.tenant_id}",
        target=3.0,
        most_statements=8,
        rows=(b'<tr id="customer-', 50),
    )
