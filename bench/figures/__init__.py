"""The figures, each in a module of its own, in the order in which they are taken."""

from collections.abc import Callable, Mapping, Sequence

from bench.figures import deadlines, events, imports
from bench.figures.size import Size
from bench.timing import Result

__all__ = ["FIGURES", "Size"]

FIGURES: Mapping[str, Callable[[Size], Sequence[Result]]] = {
    "import": imports.measure,
    "events": events.measure,
    "deadlines": deadlines.measure,
}
