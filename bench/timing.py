"""Times taken of ours and of the twin, turn by turn, and what the two amount to."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Times:
    """Seconds that one kind of work took, each time it was done."""

    seconds: list[float] = field(default_factory=list)

    def share(self, part: float) -> float:
        """The time that this part of all stayed within."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    def summary(self) -> dict[str, float]:
        """In milliseconds."""
        found = {"p50": self.p50, "p95": self.share(0.95), "min": min(self.seconds), "max": max(self.seconds)}
        return {name: round(1000 * value, 3) for name, value in found.items()} | {"times": len(self.seconds)}


@dataclass
class Result:
    """One line of the table. Without a target it is there to be known, and can be neither met nor missed."""

    figure: str
    variant: str
    ours: Times
    twin: Times
    target: float | None = None
    statements: int | None = None
    most_statements: int | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours.p50 / self.twin.p50

    @property
    def met(self) -> bool | None:
        if self.target is None:
            return None
        few = self.statements is None or self.most_statements is None or self.statements <= self.most_statements
        return self.ratio <= self.target and few

    def as_json(self) -> dict[str, Any]:
        figures = {"ours_ms": self.ours.summary(), "twin_ms": self.twin.summary(), "ratio": round(self.ratio, 3)}
        return asdict(self) | {"ours": None, "twin": None} | figures | {"met": self.met}


def timed(work: Callable[[], Any]) -> float:
    """How long it took, without the garbage of what was before."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(works: Sequence[Callable[[], Any]], rounds: int) -> list[Times]:
    """Do each work once a round, in an order that turns, so that what disturbs the machine disturbs them alike."""
    times = [Times() for _work in works]
    for number in range(rounds):
        order = list(range(len(works)))
        for at in order if number % 2 == 0 else reversed(order):
            times[at].seconds.append(timed(works[at]))
    return times
