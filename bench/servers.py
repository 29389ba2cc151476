"""The application and the twins, each behind the server that `guanxi up` uses, with the same settings."""

import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.visits import Visitor
from core.up.process import Process
from core.up.programs import APPLICATION, granian

TWINS = "bench.twin.app:create_app"
PATIENCE = 60.0


@contextmanager
def serving(application: str, path: str) -> Iterator[int]:
    """A server that answers `path`; the port it listens on."""
    port = free_port()
    command = [application if part == APPLICATION else part for part in granian("127.0.0.1", port)]
    with tempfile.TemporaryDirectory(prefix="guanxi-bench-web-") as folder:
        log = Path(folder) / "log"
        web = Process("web", command, env=os.environ, log=log)
        web.start()
        try:
            _wait(web, port, path, log)
            yield port
        finally:
            web.stop()


@contextmanager
def both() -> Iterator[tuple[int, int]]:
    """Ours and the twins side by side."""
    with serving(APPLICATION, "/readyz") as ours, serving(TWINS, "/ready") as twins:
        yield ours, twins


def _wait(web: Process, port: int, path: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(port, path):
        if not web.running or time.monotonic() > deadline:
            raise RuntimeError(f"the server does not answer:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)


def answers(port: int, path: str) -> bool:
    try:
        return Visitor(port).get(path)[0] == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port
