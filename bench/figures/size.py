"""How large and how often."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """What was asked for on the command line; each figure knows what it takes where nothing was."""

    rows: int | None = None
    rounds: int | None = None
