"""What was tried, of which kind, and what got through."""

import time
from collections import Counter
from dataclasses import dataclass, field

from core.i18n import _l

KINDS = {
    "read": _l("Reading another workspace's rows by hand"),
    "enumerate": _l("Listing everybody else's rows"),
    "write": _l("Writing rows into another workspace"),
    "change": _l("Changing and deleting another workspace's rows"),
    "point": _l("Pointing at another workspace's rows"),
    "pretend": _l("Pretending to be another workspace, or none"),
    "climb": _l("Becoming a more powerful database user, switching the fence off"),
    "page": _l("Pages and downloads, by another workspace's ids and address"),
    "call": _l("Calls of the API, by another workspace's ids"),
    "public": _l("Public pages, by another workspace's ids and guessed addresses"),
    "job": _l("Work in the background, with another workspace's ids"),
}
"""Every kind of attempt, in plain words."""


@dataclass
class Tally:
    """`until` is when the time for it is over: what would have come then is left out, and counted as that."""

    until: float
    attempts: Counter[str] = field(default_factory=Counter)
    got_through: list[dict[str, str]] = field(default_factory=list)
    left_out: int = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    def refused(self, kind: str, times: int = 1) -> None:
        self.attempts[kind] += times

    def through(self, kind: str, where: str, what: str) -> None:
        """Something that ought to have been refused was not."""
        self.attempts[kind] += 1
        self.got_through.append({"kind": kind, "where": where, "what": what})
