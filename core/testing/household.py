"""`guanxi up` as a person sees it: a command that prints lines, answers on a port and stops on Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

UP = (sys.executable, "-m", "core.cli", "up")
SERVICES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_DIR", "EMBEDDED", "BASE_URL")


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


class Household:
    """One `guanxi up` on a folder."""

    def __init__(self, data: Path, *, port: int | None = None, command: Sequence[str] = UP) -> None:
        self.data = data
        self.port = port or free_port()
        self.output = data.parent / f"{data.name}.output"
        self.command = [*command, "--port", str(self.port), "--data", str(data)]
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> "Household":
        environment = {name: value for name, value in os.environ.items() if name not in SERVICES}
        with self.output.open("wb") as output:
            self._popen = subprocess.Popen(
                self.command, env=environment, stdout=output, stderr=subprocess.STDOUT, process_group=0
            )
        return self

    def until_ready(self, patience: float = 120.0) -> "Household":
        self.until_it_says(f"Guanxi is ready at http://localhost:{self.port}\n", patience)
        return self

    def until_it_says(self, words: str, patience: float = 30.0) -> None:
        deadline = time.monotonic() + patience
        while words not in self.said:
            if time.monotonic() > deadline or self.popen.poll() is not None:
                raise AssertionError(f"waited for {words!r}, got:\n{self.said}")
            time.sleep(0.02)

    @property
    def popen(self) -> subprocess.Popen[bytes]:
        assert self._popen
        return self._popen

    @property
    def said(self) -> str:
        return self.output.read_text()

    def get(self, path: str = "/readyz") -> tuple[int, str]:
        with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()

    def interrupt(self) -> int:
        """What Ctrl-C does, which everything in the foreground hears, and the exit code it leads to."""
        os.killpg(self.popen.pid, signal.SIGINT)
        return self.popen.wait(60)

    def kill(self) -> None:
        """What the kernel does when memory runs out."""
        self.popen.kill()
        self.popen.wait()

    def wait(self) -> int:
        return self.popen.wait(60)

    def end(self) -> None:
        """For the end of a test, in whatever state it is."""
        if self._popen and self._popen.poll() is None:
            self._popen.terminate()
            self._popen.wait(60)

    def pid(self, name: str) -> int:
        """The process that goes by this name now."""
        record = self.data / ("postgres/postmaster.pid" if name == "postgres" else f"run/processes/{name}")
        found = re.match(r"\d+", record.read_text())
        assert found
        return int(found.group())

    def processes(self) -> list[str]:
        """The command lines of everything on this machine that works on our folder."""
        marks = (f"DATA_DIR={self.data}\0".encode(), str(self.data).encode())
        return [
            line.replace(b"\0", b" ").decode()
            for process in Path("/proc").iterdir()
            if process.name.isdigit() and (line := _read(process / "cmdline"))
            if marks[0] in _read(process / "environ") or (marks[1] in line and b"--data" not in line)
        ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
