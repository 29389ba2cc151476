"""The figures, each in a module of its own, in the order in which they are taken."""

from collections.abc import Callable, Mapping, Sequence

from bench.figures import (
    api_lead,
    api_list,
    cold_start,
    customer_page,
    deadlines,
    events,
    imports,
    list_page,
    long_list,
)
from bench.figures.size import Size
from bench.timing import Result

__all__ = ["FIGURES", "Size"]

FIGURES: Mapping[str, Callable[[Size], Sequence[Result]]] = {
    "list-page": list_page.measure,
    "customer-page": customer_page.measure,
    "api-list": api_list.measure,
    "api-lead": api_lead.measure,
    "long-list": long_list.measure,
    "import": imports.measure,
    "events": events.measure,
    "deadlines": deadlines.measure,
    "cold-start": cold_start.measure,
}
