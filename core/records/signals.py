"""What other systems tell of people and records: a page viewed, a mail opened, a meeting attended."""

from dataclasses import dataclass
from typing import Any

from core.events import Event
from core.i18n import _l

UNKNOWN = "signal"
"""The record type of a signal of somebody who is only named by an address: modules find out who that is."""


@dataclass(frozen=True, kw_only=True)
class SignalReceived(Event):
    """Something happened elsewhere. It is of a record, or of whoever has this e-mail address or phone number.

    `signal` is what happened, `since` when, as the API writes times, `said` what the sender told of it. With `capture`
    whoever is not known is to be taken in.
    """

    name = "core.signal_received"
    label = _l("Signal received")
    text = _l("told what happened elsewhere: {signal}")
    icon = "activity"

    signal: str
    since: str
    email: str | None = None
    phone: str | None = None
    said: dict[str, Any]
    capture: bool = False
