"""From an empty folder to "Guanxi is ready", and back to rest."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from core.up import door, schema
from core.up.errors import CannotStart
from core.up.folder import Folder
from core.up.process import Process
from core.up.programs import Programs
from core.up.services import Services, open_folder
from core.up.supervisor import Stopped, Supervisor, say

# The first page has the machine to itself, but the rest of us do not wait for ever.
UNDISTURBED = 10.0
SLOW_START = 120.0


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
    except CannotStart as problem:
        sys.stderr.write(f"{problem.problem}\n{problem.remedy}\n")
        return 1
    except Stopped:
        pass
    return 0


class Launch:
    """One start: services, schema, web, the rest."""

    def __init__(
        self, supervisor: Supervisor, folder: Folder, programs: Programs, host: str, port: int
    ) -> None:
        self.supervisor = supervisor
        self.folder = folder
        self.programs = programs
        self.host = host
        self.port = port
        self.services = Services(folder)
        self.address = f"http://localhost:{port}"
        self.environment: dict[str, str] = {}

    def run(self, demo: bool) -> None:
        wanted = self._start_services()
        self._migrate(wanted)
        if demo:
            self._once("demo", self.programs.demo, "The demonstration data could not be made.")
        self.supervisor.start(self._child("web", self.programs.web(self.host, self.port), closes=0))
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

    def _start_services(self) -> str:
        """Start them, find out which schema the code wants meanwhile, and note where they are."""
        if self.services.postgres and not self.services.postgres.cluster.data.exists():
            say("Making the database. This is done once.")
        for process in self.services.processes:
            self.supervisor.start(process)
        wanted = schema.fingerprint(self.services.secret_key, self.folder.secret("postgres.password"))
        self.supervisor.wait_until(self.services.ready, every=0.005)
        ours = {"BASE_URL": os.environ.get("BASE_URL") or self.address, **self.services.environment()}
        self.folder.remember(ours)
        self.environment = {**os.environ, **ours}
        return wanted

    def _migrate(self, wanted: str) -> None:
        postgres = self.services.postgres
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
