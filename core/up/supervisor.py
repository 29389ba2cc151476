"""Keeps a household of processes alive, and closes it in order."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from types import FrameType

from core.up.errors import CannotStart
from core.up.process import Process

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SHORT_LIFE = 10.0
MOST_SHORT_LIVES = 5


class Stopped(Exception):
    """Somebody asked us to stop."""


def say(text: str) -> None:
    """Print a line now; nobody listening is no reason to fail."""
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - stays open for the rest of the process


class Supervisor:
    """Whoever is started here is started again when it ends, until `stop`.

    One thread: a signal or the end of a child wakes `pause`, which looks after everybody and returns.
    """

    def __init__(self) -> None:
        self._children: list[Process] = []
        self._short_lives: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._asked_to_stop = False
        self._bell, self._wire = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._wire, False)

    def __enter__(self) -> "Supervisor":
        self._woken = signal.set_wakeup_fd(self._wire, warn_on_full_buffer=False)
        deaf = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # as nohup wants it
        heard = {*STOP_SIGNALS, signal.SIGCHLD} - ({signal.SIGHUP} if deaf else set())
        self._before = {number: signal.signal(number, self._hear) for number in heard}
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._woken)
        os.close(self._bell)
        os.close(self._wire)

    def start(self, process: Process) -> None:
        self._children.append(process)
        process.start()

    def run(self, process: Process) -> int:
        """Start something that ends by itself, and see it through."""
        process.start()
        try:
            self.wait_until(lambda: not process.running)
        finally:
            process.stop()
        return process.exit_code or 0

    def wait_until(self, condition: Callable[[], bool], every: float = 0.01) -> None:
        while not condition():
            self.pause(every)

    def watch(self) -> None:
        """Look after everybody until somebody asks us to stop."""
        while True:
            self.pause(min((due - time.monotonic() for due in self._due.values()), default=60.0))

    def pause(self, seconds: float) -> None:
        """Let time pass, or less of it when something happens.

        Raises Stopped, and CannotStart when a child cannot live.
        """
        select.select([self._bell], [], [], max(seconds, 0))
        with suppress(BlockingIOError):
            while os.read(self._bell, 512):
                continue
        if self._asked_to_stop:
            raise Stopped
        for child in self._children:
            self._look_after(child)

    def _look_after(self, child: Process) -> None:
        if child.running:
            self._due.pop(child.name, None)
        elif child.name not in self._due:
            self._due[child.name] = time.monotonic() + self._patience_with(child)
        elif self._due[child.name] <= time.monotonic():
            del self._due[child.name]
            child.start()

    def _patience_with(self, child: Process) -> float:
        """How long to wait before the next start: at once, then longer for each short life in a row."""
        child.sweep()
        lived = time.monotonic() - child.started_at
        short_lives = self._short_lives.get(child.name, 0) + 1 if lived < SHORT_LIFE else 0
        self._short_lives[child.name] = short_lives
        if short_lives >= MOST_SHORT_LIVES:
            raise CannotStart(
                f"{child.name} stopped {short_lives} times in a row soon after its start.",
                f"What it said last is in {child.log}." if child.log else "What it said last stands above.",
            )
        delay = 0.0 if short_lives == 0 else 0.1 * 2.0**short_lives
        when = f" in {delay:g} s" if delay else ""
        say(f"{child.name} {_ended(child.exit_code)} and is started again{when}.")
        return delay

    def stop(self) -> None:
        """End everybody, those of one rank together, the ones that the others need last."""
        rank = attrgetter("closes")
        for _, peers in groupby(sorted(self._children, key=rank), key=rank):
            leaving = list(peers)
            for child in leaving:
                child.ask_to_stop()
            for child in leaving:
                child.stop()
        self._children.clear()
        self._due.clear()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._asked_to_stop = True


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
