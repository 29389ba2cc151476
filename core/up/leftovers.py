"""A Postgres that outlived whoever started it, or whose number another program has meanwhile."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = {signal.SIGINT: 20.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}


def end_postgres(data: Path) -> None:
    """Leave nobody at work in the data folder, so that the next start can have it.

    The lock file itself stays: from it Postgres learns whether memory of the old server is still in use.
    """
    lock = data / "postmaster.pid"
    try:
        first, *rest = lock.read_text().splitlines()
    except (OSError, ValueError):
        return
    pid = int(first) if first.isdigit() else 0
    for number, patience in PATIENCE.items():
        working = _working_in(data, pid)
        if not working:
            break
        for each in working if pid not in working else [pid]:
            _send(each, number)
        _wait_for(data, pid, patience)
    if lock.exists() and pid and _alive(pid):
        # Postgres takes any living process of that number for the old server, except its own parent.
        lock.write_text("\n".join([str(os.getpid()), *rest]) + "\n")


def _working_in(data: Path, pid: int) -> list[int]:
    if sys.platform == "linux":
        return [int(process.name) for process in Path("/proc").iterdir() if _is_postgres(process, data)]
    command = ["ps", "-o", "command=", "-p", str(pid)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [pid] if str(data) in said else []


def _is_postgres(process: Path, data: Path) -> bool:
    """Every process of a server has the data folder as its working directory, whatever it calls itself."""
    if not process.name.isdigit():
        return False
    try:
        return (process / "comm").read_text() == "postgres\n" and os.path.samefile(process / "cwd", data)
    except OSError:
        return False


def _wait_for(data: Path, pid: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while _working_in(data, pid) and time.monotonic() < deadline:
        time.sleep(0.02)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
