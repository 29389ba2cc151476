"""One child process: it dies with us, and when it ends nothing of it stays."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from core.up.account import Account

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Process:
    """A program, how to start it and how to stop it.

    It leads a process group, so Ctrl-C reaches only us and we decide the order, and so whatever it
    started can be ended with it. `record` notes who it is, for a successor to find it if we are killed.
    Of several, those with the lowest `closes` are stopped first.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        before: Callable[[], None] | None = None,
        account: Account | None = None,
        log: Path | None = None,
        record: Path | None = None,
        stop_signals: Sequence[signal.Signals] = (signal.SIGTERM, signal.SIGKILL),
        patience: float = 10.0,
        closes: int = 0,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.env = dict(env)
        self.before = before
        self.account = account
        self.log = log
        self.record = record
        self.stop_signals = tuple(stop_signals)
        self.patience = patience
        self.closes = closes
        self.started_at = 0.0
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._popen.poll() if self._popen else None

    def start(self) -> None:
        if self.before:
            self.before()
        output = self.log.open("ab") if self.log else None
        try:
            self._popen = subprocess.Popen(
                self.command,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/" if self.account else None,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                process_group=0,
                preexec_fn=dying_with(os.getpid(), self.stop_signals[0]),
            )
        finally:
            if output:
                output.close()
        self.started_at = time.monotonic()
        if self.record:
            self.record.write_text(f"{self._popen.pid} {started(self._popen.pid)}")

    def ask_to_stop(self) -> None:
        if self._popen and self.running:
            self._popen.send_signal(self.stop_signals[0])

    def stop(self) -> None:
        """Ask politely, wait, insist; then end what it left behind in its group."""
        if self._popen is None:
            return
        for number in self.stop_signals:
            if self._popen.poll() is None:
                self._popen.send_signal(number)
            try:
                self._popen.wait(self.patience)
                break
            except subprocess.TimeoutExpired:
                continue
        self.sweep()

    def sweep(self) -> None:
        """End what a dead leader left in its group."""
        if self._popen is not None:
            end_group(self._popen.pid)
        if self.record:
            self.record.unlink(missing_ok=True)


def end_leftover(record: Path, patience: float = 10.0) -> None:
    """End the process that `record` speaks of, if it outlived the one who wrote it down.

    A process number is given to somebody else some day; the time it was started is not.
    """
    pid, _, since = record.read_text().partition(" ")
    if pid.isdigit() and started(int(pid)) in {since, ""}:
        _signal_group(int(pid), signal.SIGTERM)
        deadline = time.monotonic() + patience
        while started(int(pid)) == since and time.monotonic() < deadline:
            time.sleep(0.02)
        end_group(int(pid))
    record.unlink(missing_ok=True)


def started(pid: int) -> str:
    """When a process was started, in words no other of the same number shares; empty when gone."""
    if sys.platform == "linux":
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] == "Z" else fields[19]
    question = ["ps", "-o", "lstart=", "-p", str(pid)]
    return subprocess.run(question, capture_output=True, text=True, check=False).stdout.strip()


def end_group(leader: int) -> None:
    _signal_group(leader, signal.SIGKILL)


def _signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def dying_with(parent: int, number: signal.Signals) -> Callable[[], None] | None:
    """Have the kernel send `number` to the child when we are gone, however we went."""
    if LIBC is None:
        return None

    def ask_the_kernel() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel
