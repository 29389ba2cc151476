"""The page of a customer with contacts, tasks and a timeline: what is there at the first paint."""

from collections.abc import Sequence

from bench.data.companies import company
from bench.data.stories import customers_with_stories
from bench.figures.pages import beside
from bench.figures.size import Size
from bench.statements import cookie
from bench.timing import Result

ROWS = 100_000


def measure(size: Size) -> Sequence[Result]:
    owned = company(size.rows or ROWS)
    customer = customers_with_stories(owned)[0]
    return beside(
        "customer page",
        size,
        path=f"/w/{owned.slug}/customers/{customer}",
        headers={"Cookie": cookie(owned)},
        twin=f"/customers/{owned.tenant_id}/{customer}",
        target=4.0,
        most_statements=12,
        rows=(b"<title>", 1),
    )
