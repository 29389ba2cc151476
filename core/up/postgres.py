"""Postgres out of a wheel: started, asked, stopped."""

import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from core.up import wheels
from core.up.cluster import ADMIN, ENVIRONMENT, Cluster, identifier, in_words
from core.up.errors import CannotStart
from core.up.folder import Folder, cannot_write, trimmed
from core.up.leftovers import end_postgres
from core.up.process import Process

# Loses data when the machine stops: for tests, whose data nobody wants back.
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")


class Postgres:
    """A server of our own over a Unix socket that no other user of the machine can reach.

    The socket asks for passwords all the same: each of our roles has to prove who it is.
    """

    name = "postgres"

    def __init__(self, data_dir: Path, *, database: str = "guanxi", fast: bool = False) -> None:
        self.folder = Folder(data_dir)
        self.cluster = Cluster(self.folder, database=database, sync=not fast)
        self.database = database
        self.fast = fast
        self._sockets = self.folder.run
        self._log_seen = 0
        self.process = Process(
            self.name,
            [],
            env=ENVIRONMENT,
            before=self._prepare,
            log=self.folder.logs / "postgres.log",
            stop_signals=(signal.SIGINT, signal.SIGQUIT, signal.SIGKILL),
            patience=30.0,
            closes=3,
        )

    @property
    def url(self) -> str:
        """The address of the login that administers."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        password = quote(self.folder.secret("postgres.password"), safe="")
        return f"postgresql://{ADMIN}:{password}@/{database}?host={quote(str(self._sockets))}"

    def start(self) -> str:
        """Start, wait until it answers, and say where."""
        self.process.start()
        while not self.ready():
            time.sleep(0.005)
        return self.url

    def stop(self) -> None:
        self.process.stop()

    def ready(self) -> bool:
        """Whether it takes connections.

        Raises CannotStart, in a person's words, when it gave up.
        """
        if not self.process.running:
            raise self._why_it_gave_up()
        try:
            lines = (self.cluster.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def create_database(self, name: str, template: str = "template1") -> None:
        self.ask(f'create database "{identifier(name)}" template "{identifier(template)}"', ADMIN)

    def ask(self, statement: str, database: str | None = None) -> str:
        """The answer to one statement, as text, without loading a driver."""
        command = [str(wheels.postgres("psql")), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
        login = {
            "PGHOST": str(self._sockets),
            "PGUSER": ADMIN,
            "PGPASSWORD": self.folder.secret("postgres.password"),
            "PGDATABASE": database or self.database,
        }
        asked = subprocess.run(command, env=ENVIRONMENT | login, check=True, capture_output=True, text=True)
        return asked.stdout.strip()

    def _prepare(self) -> None:
        account = self.folder.account()
        if account:
            account.run(wheels.postgres("postgres"))
        try:
            self.folder.make()
            self._sockets = self.folder.sockets(account)
            self.cluster.prepare(account)
            end_postgres(self.cluster.data)
            for left in self._sockets.glob(".s.PGSQL*"):
                left.unlink()
            self._log_seen = trimmed(self.folder.logs / "postgres.log")
        except OSError as error:
            raise cannot_write(self.folder.path, error) from None
        self.process.account = account
        self.process.command = self._command()

    def _command(self) -> list[str]:
        sockets = str(self._sockets).replace('"', '""')
        options = ["listen_addresses=", f'unix_socket_directories="{sockets}"', "port=5432", "jit=off"]
        options += FAST if self.fast else ()
        settings = [part for option in options for part in ("-c", option)]
        return [str(wheels.postgres("postgres")), "-D", str(self.cluster.data), *settings]

    def _why_it_gave_up(self) -> CannotStart:
        try:
            with (self.folder.logs / "postgres.log").open("rb") as log:
                log.seek(self._log_seen)
                return in_words(log.read().decode(errors="replace"), self.folder)
        except OSError as error:
            return cannot_write(self.folder.path, error)
