"""Valkey out of a wheel: started, mended, stopped."""

import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import quote

from core.up import wheels
from core.up.account import Account
from core.up.errors import CannotStart
from core.up.folder import Folder, cannot_write, trimmed
from core.up.process import Process

DURABLE = ("--appendonly", "yes", "--save", "")
FAST = ("--appendonly", "no", "--save", "")


class Valkey:
    """A server of our own that listens on a Unix socket, and nowhere else."""

    name = "valkey"

    def __init__(self, data_dir: Path, *, fast: bool = False) -> None:
        self.folder = Folder(data_dir)
        self.data = self.folder.path / "valkey"
        self.fast = fast
        self._socket = self.folder.run / "valkey.sock"
        self._log_seen = 0
        self._mended = False
        self.process = Process(
            self.name,
            [],
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            before=self._prepare,
            log=self.folder.logs / "valkey.log",
            record=self.folder.records / "valkey",
            stop_signals=(signal.SIGTERM, signal.SIGKILL),
            closes=2,
        )

    @property
    def url(self) -> str:
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        return f"unix://{quote(str(self._socket))}?db={database}"

    def start(self) -> str:
        """Start, wait until it answers, and say where."""
        self.process.start()
        while not self.ready():
            time.sleep(0.005)
        return self.url

    def stop(self) -> None:
        self.process.stop()

    def ready(self) -> bool:
        """Whether it answers.

        A log that cannot be read is set aside and the start tried once more: it holds nothing but
        reminders of what is in Postgres. Raises CannotStart when that does not help.
        """
        if self.process.running:
            return self._answers()
        if self._mended or self.fast:
            raise self._why_it_gave_up()
        self._mended = True
        if (self.data / "appendonlydir").exists():
            (self.data / "appendonlydir").rename(self.data / f"unreadable-{int(time.time())}")
        self.process.start()
        return False

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1.0)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    def _prepare(self) -> None:
        account = self.folder.account()
        try:
            self.folder.make()
            self._socket = self.folder.sockets(account) / "valkey.sock"
            self._socket.unlink(missing_ok=True)
            self.folder.private(self.data, account)
            self._log_seen = trimmed(self.folder.logs / "valkey.log")
        except OSError as error:
            raise cannot_write(self.folder.path, error) from None
        self._use(account)

    def _use(self, account: Account | None) -> None:
        program = wheels.valkey()
        if account:
            account.run(program)
        listening = ["--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        keeping = ["--dir", str(self.data), "--databases", "256", *(FAST if self.fast else DURABLE)]
        self.process.account = account
        self.process.command = [str(program), *listening, *keeping]

    def _why_it_gave_up(self) -> CannotStart:
        log = self.folder.logs / "valkey.log"
        with log.open("rb") as file:
            file.seek(self._log_seen)
            said = file.read().decode(errors="replace").strip().splitlines()
        last = said[-1].rpartition("# ")[2] if said else "it gave no reason"
        return CannotStart(f"Valkey did not start: {last}.", f"The rest of what it said is in {log}.")
