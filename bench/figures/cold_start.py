"""From the command to the first answer, on a data folder that is there already."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.figures.size import Size
from bench.house import GIVEN
from bench.servers import answers, free_port
from bench.timing import Result, Times
from core.up.postgres import Postgres

ROUNDS, AT_MOST = 7, 3.0
PATIENCE = 60.0
UP = (sys.executable, "-m", "core.cli", "up")
TWIN = (sys.executable, "-m", "bench.twin.up")


def measure(size: Size) -> Sequence[Result]:
    """Ours has answered once the database takes connections; of the twin both is asked for."""
    ours, twin = Times(), Times()
    with tempfile.TemporaryDirectory(prefix="guanxi-bench-up-", dir="/tmp") as folder:
        data = Path(folder) / "data"
        for number in range(-1, size.rounds or ROUNDS):
            seconds = [_start(_ours, data, lambda: True), _start(_twin, data, lambda: _takes_connections(data))]
            if number >= 0:
                ours.seconds.append(seconds[0])
                twin.seconds.append(seconds[1])
    return [Result("cold start", "to the first 200", ours, twin, AT_MOST)]


def _ours(data: Path, port: int) -> list[str]:
    return [*UP, "--data", str(data), "--port", str(port)]


def _twin(data: Path, port: int) -> list[str]:
    return [*TWIN, str(data), str(port)]


def _start(command: Callable[[Path, int], list[str]], data: Path, ready: Callable[[], bool]) -> float:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in GIVEN}
    started = time.perf_counter()
    running = subprocess.Popen(
        command(data, port), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        while not (answers(port, "/readyz") and ready()):
            if running.poll() is not None or time.perf_counter() - started > PATIENCE:
                raise RuntimeError(f"{command.__name__} does not answer")
            time.sleep(0.005)
        return time.perf_counter() - started
    finally:
        running.terminate()
        running.wait(PATIENCE)


def _takes_connections(data: Path) -> bool:
    lines = (Postgres(data).cluster.data / "postmaster.pid").read_text().splitlines()
    return len(lines) > 7 and lines[7].strip() == "ready"
