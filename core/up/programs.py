"""The programs that make up Guanxi, besides the services they use."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

PYTHON = (sys.executable, "-m")
START_WHEN = "GUANXI_START_WHEN"
"""Names a file; the application, once loaded, does nothing until it is there."""
APPLICATION = "core.up.wsgi:create_app"


def granian(host: str, port: int) -> list[str]:
    """One process per two cores, or as many as `WEB_CONCURRENCY` says."""
    cores = os.cpu_count() or 1
    processes = os.environ.get("WEB_CONCURRENCY") or str(max(1, min(4, cores // 2)))
    address = ["--host", host, "--port", str(port)]
    size = ["--workers", processes, "--blocking-threads", str(min(8, 2 * cores))]
    quiet = ["--no-ws", "--log-level", "warning"]
    return [*PYTHON, "granian", "--interface", "wsgi", "--factory", APPLICATION, *address, *size, *quiet]


@dataclass(frozen=True)
class Programs:
    """`web` answers requests; `others` work in the background, each under a name of its own."""

    migrate: Sequence[str] = (*PYTHON, "core.cli", "migrate")
    demo: Sequence[str] = (*PYTHON, "core.cli", "demo")
    web: Callable[[str, int], Sequence[str]] = granian
    others: Mapping[str, Sequence[str]] = field(
        default_factory=lambda: {
            "worker.1": (*PYTHON, "core.worker"),
            "worker.2": (*PYTHON, "core.worker"),
            "clock": (*PYTHON, "core.clock"),
        }
    )
