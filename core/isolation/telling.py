"""How the last probe went, in words for those who are not of the trade."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core import current
from core.i18n import _
from core.isolation.models import IsolationRun
from core.isolation.probing import last_run
from core.isolation.tally import KINDS

STALE = timedelta(hours=50)


@dataclass(frozen=True)
class Verdict:
    """`state` is ok, warn or fail."""

    state: str
    title: str
    text: str
    run: IsolationRun | None

    @property
    def kinds(self) -> list[tuple[Any, int, int]]:
        """Each kind of attempt: how many there were, how many got through."""
        if self.run is None:
            return []
        through = [each["kind"] for each in self.run.got_through]
        tried = self.run.attempts
        return [(label, tried[kind], through.count(kind)) for kind, label in KINDS.items() if kind in tried]


def verdict() -> Verdict:
    run = last_run()
    if run is None:
        return Verdict("warn", _("Not tried yet"), _("The first probe runs in the coming night."), None)
    if run.got_through:
        return Verdict(
            "fail", _("Something got through"),
            _("Attempts to get at another workspace were not refused. Whoever runs this installation was alarmed."),
            run,
        )  # fmt: skip
    if current.now() - run.at > STALE:
        return Verdict("warn", _("The last probe is old"), _("It is meant to run every night."), run)
    if run.left_out:
        return Verdict("warn", _("All refused, some left out"), _("There was no time for all attempts."), run)
    return Verdict("ok", _("All refused"), _("No attempt to get at another workspace got through."), run)
