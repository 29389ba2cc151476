"""From an empty folder to "Guanxi is ready", and back to rest."""

import os
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core.up import door, schema
from core.up.errors import CannotStart
from core.up.folder import Folder, cannot_write, disk_full
from core.up.process import Process
from core.up.programs import START_WHEN, Programs
from core.up.services import Services, open_folder
from core.up.supervisor import Stopped, Supervisor, say

# The first page has the machine to itself, but the rest of us do not wait for ever.
UNDISTURBED = 10.0
SLOW_START = 120.0
FULL = 1024 * 1024


def up(
    port: int = 8000,
    data: Path = Path("data"),
    demo: bool = False,
    host: str = "127.0.0.1",
    programs: Programs | None = None,
) -> int:
    """Run Guanxi until somebody stops it; the answer is the exit code of the command."""
    try:
        with Supervisor() as supervisor, open_folder(data) as folder:
            door.ensure_free(host, port)
            try:
                Launch(supervisor, folder, programs or Programs(), host, port).run(demo)
            finally:
                supervisor.stop()
    except Stopped:
        return 0
    except (CannotStart, OSError) as error:
        problem = _said_plainly(error, data)
        sys.stderr.write(f"{problem.problem}\n{problem.remedy}\n")
        return 1
    return 0


def _said_plainly(error: CannotStart | OSError, data: Path) -> CannotStart:
    """A full disk shows itself in many ways; none of them says so."""
    with suppress(OSError):
        if shutil.disk_usage(data).free < FULL:
            return disk_full(data)
    return cannot_write(data, error) if isinstance(error, OSError) else error


class Launch:
    """One start: services, schema, web, the rest."""

    def __init__(self, supervisor: Supervisor, folder: Folder, programs: Programs, host: str, port: int) -> None:
        self.supervisor = supervisor
        self.folder = folder
        self.programs = programs
        self.host = host
        self.port = port
        self.services = Services(folder)
        self.address = f"http://localhost:{port}"
        self.ours: dict[str, str] = {}
        self.environment: dict[str, str] = {}

    def run(self, demo: bool) -> None:
        self._start_services()
        self.supervisor.start(self._child("web", self.programs.web(self.host, self.port), closes=0))
        self._migrate()
        if demo:
            self._once("demo", self.programs.demo, "The demonstration data could not be made.")
        self.folder.remember(self.ours)
        undisturbed = self._answers_by(time.monotonic() + UNDISTURBED)
        for name, command in self.programs.others.items():
            self.supervisor.start(self._child(name, command, closes=1))
        if not undisturbed and not self._answers_by(time.monotonic() + SLOW_START):
            raise CannotStart(f"Nothing answers at {self.address} yet.", "What kept it stands above.")
        self.supervisor.watch()

    def _answers_by(self, deadline: float) -> bool:
        """Say it as soon as somebody answers; give up at the deadline."""
        while not door.answers(self.host, self.port):
            if time.monotonic() > deadline:
                return False
            self.supervisor.pause(0.02)
        say(f"Guanxi is ready at {self.address}")
        return True

    def _start_services(self) -> None:
        if self.services.postgres and not self.services.postgres.cluster.data.exists():
            say("Making the database. This is done once.")
        for process in self.services.processes:
            self.supervisor.start(process)
        self.ours = {"BASE_URL": os.environ.get("BASE_URL") or self.address, **self.services.environment()}
        told = {START_WHEN: str(self.folder.noted), "PROMETHEUS_MULTIPROC_DIR": str(self._metrics())}
        self.environment = {**os.environ, **self.ours, **told}

    def _metrics(self) -> Path:
        """Where the processes count together; what those of another run counted is gone."""
        folder = self.folder.run / "metrics"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _migrate(self) -> None:
        """Web is started already: it loads its code meanwhile, and waits for the note that we leave after."""
        postgres = self.services.postgres
        secrets = [self.services.secret_key, *([self.folder.secret("postgres.password")] if postgres else [])]
        wanted = schema.fingerprint(*secrets)
        self.supervisor.wait_until(self.services.ready, every=0.005)
        if postgres and schema.is_current(postgres, wanted):
            return
        self._once("migrate", self.programs.migrate, "The database could not be brought up to date.")
        if postgres:
            schema.mark(postgres, wanted)

    def _once(self, name: str, command: Sequence[str], problem: str) -> None:
        if self.supervisor.run(self._child(name, command, closes=1)) != 0:
            raise CannotStart(problem, "The reason stands above.")

    def _child(self, name: str, command: Sequence[str], closes: int) -> Process:
        record = self.folder.records / name
        return Process(name, command, env=self.environment, record=record, closes=closes)
