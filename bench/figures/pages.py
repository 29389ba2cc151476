"""Pages and the API over HTTP, each beside its twin: one client, then eight."""

from collections.abc import Sequence
from typing import Any

from bench.figures.size import Size
from bench.servers import both
from bench.statements import count
from bench.timing import Result
from bench.visits import Errand, request, visit

ROUNDS, EACH = 12, 25
CROWD, EACH_OF_CROWD = 8, 8


def beside(
    figure: str,
    size: Size,
    *,
    path: str,
    headers: dict[str, str],
    twin: str,
    target: float,
    most_statements: int,
    rows: tuple[bytes, int],
) -> Sequence[Result]:
    """A GET of ours and of the twin. `rows` is what stands in both answers for each row, and how often."""
    statements = count("GET", path, headers)
    with both() as (port, twins):
        ours = Errand(port, constant(request("GET", path, headers)))
        bare = Errand(twins, constant(request("GET", twin)))
        for errand in (ours, bare):
            check(errand.body(), *rows)
        return crowds(figure, size, ours, bare, target, statements=statements, most_statements=most_statements)


def crowds(figure: str, size: Size, ours: Errand, twin: Errand, target: float, **more: Any) -> Sequence[Result]:
    results = []
    for clients, each in ((1, EACH), (CROWD, EACH_OF_CROWD)):
        mine, bare = visit([ours, twin], clients=clients, rounds=size.rounds or ROUNDS, each=each)
        variant = "one client" if clients == 1 else f"{clients} clients"
        results.append(Result(figure, variant, mine, bare, target, **more))
    return results


def constant(sent: bytes) -> Any:
    return lambda _number: sent


def check(body: bytes, mark: bytes, rows: int) -> None:
    if body.count(mark) != rows:
        raise RuntimeError(f"{body.count(mark)} rows in place of {rows}:\n{body[:3000].decode(errors='replace')}")
