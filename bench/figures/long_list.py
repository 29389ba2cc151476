"""The list of a million customers, at its first page and far down, beside the same list of ten thousand."""

from collections.abc import Sequence

from bench.data.companies import Company, company
from bench.figures.pages import EACH, ROUNDS, check, constant
from bench.figures.size import Size
from bench.servers import serving
from bench.statements import cookie
from bench.timing import Result
from bench.visits import Errand, request, visit
from core.auth.context import entering
from core.customers.types import CUSTOMER
from core.records.query import Listing
from core.up.programs import APPLICATION

MANY, FEW, PAGE, AT_MOST = 1_000_000, 10_000, 50, 1.5
FAR = 400


def measure(size: Size) -> Sequence[Result]:
    """Far down the short list is its last page but one, since it has no four hundred."""
    many = size.rows or MANY
    long, short = company(many), company(FEW)
    results = []
    with serving(APPLICATION, "/readyz") as port:
        for name, far, near in (("page 1", 1, 1), (f"page {FAR}", min(FAR, many // PAGE - 1), FEW // PAGE - 1)):
            errands = [_page(port, long, far), _page(port, short, near)]
            ours, base = visit(errands, clients=1, rounds=size.rounds or ROUNDS, each=EACH)
            note = f"in the twin's place: page {near} of {FEW:,}"
            results.append(Result("long list", f"{name} of {many:,}", ours, base, AT_MOST, note=note))
    return results


def _page(port: int, owned: Company, number: int) -> Errand:
    path = f"/w/{owned.slug}/customers/"
    if number > 1:
        with entering(owned.door()):
            path += f"?after={Listing(CUSTOMER, limit=PAGE * (number - 1)).page().next}"
    errand = Errand(port, constant(request("GET", path, {"Cookie": cookie(owned)})))
    check(errand.body(), b'<tr id="customer-', PAGE)
    return errand
