"""The table that is printed, and the file of results."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.timing import Result, Times

FILE = Path(__file__).with_name("results.json")
HEAD = ("figure", "ours p50 / p95 / min / max ms", "twin p50 / p95 / min / max ms", "ratio", "at most", "SQL", "met")


def table(results: Sequence[Result]) -> str:
    """All results as a table in Markdown."""
    rows = [HEAD, *(_row(result) for result in results)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(result: Result) -> tuple[str, ...]:
    budget = f" of {result.most_statements}" if result.most_statements else ""
    return (
        f"{result.figure}: {result.variant}",
        _times(result.ours),
        _times(result.twin),
        f"{result.ratio:.2f}",
        f"{result.target:g}" if result.target else "",
        f"{result.statements}{budget}" if result.statements is not None else "",
        {True: "yes", False: "NO", None: ""}[result.met],
    )


def _times(times: Times) -> str:
    found = times.summary()
    return " / ".join(_short(found[name]) for name in ("p50", "p95", "min", "max"))


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if milliseconds >= 100 else f"{milliseconds:.2f}"


def machine() -> str:
    """What the times were taken on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def keep(results: Sequence[Result]) -> None:
    """Write what was measured beside the code, for programs to compare."""
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "results": [result.as_json() for result in results],
    }
    FILE.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
