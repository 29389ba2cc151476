"""Postgres and Valkey for a test run: one pair for all its processes, gone with the run however it ends.

The first process of a run calls `launch`, which does not wait, so the start goes on while tests are
collected; whoever needs the services calls `services`, which does. A keeper in a process of its own holds
the other end of a pipe and ends everything when the pipe closes, which happens even when the run is killed.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core.testing.places import passing_place
from core.up.errors import CannotStart
from core.up.postgres import Postgres
from core.up.valkey import Valkey

VARIABLE = "GUANXI_TEST_SERVICES"
SECRET_KEY = "a key that every test knows"
TEMPLATE = "guanxi_template"
MIGRATE = (sys.executable, "-m", "core.cli", "migrate")
PATIENCE = 120.0

_keeper: subprocess.Popen[bytes] | None = None


@dataclass(frozen=True)
class Services:
    """Addresses in which the database, the queue's number and the data folder are still to be filled in."""

    database_url: str
    redis_url: str
    data_dir: str

    def environment(self, database: str = TEMPLATE, number: int = 0) -> dict[str, str]:
        """What a process is told that has a database of its own here."""
        return {
            "SECRET_KEY": SECRET_KEY,
            "DATABASE_URL": self.database_url.format(database),
            "REDIS_URL": self.redis_url.format(number),
            "DATA_DIR": self.data_dir.format(database),
            "EMBEDDED": "0",
        }


def launch() -> None:
    """Have the services started, once for this process and all those it starts."""
    global _keeper
    if VARIABLE in os.environ:
        return
    os.environ[VARIABLE] = str(passing_place())
    command = [sys.executable, "-m", "core.testing.services", os.environ[VARIABLE]]
    _keeper = subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0)


def stop() -> None:
    """End what this process launched, if it did."""
    global _keeper
    if _keeper and _keeper.stdin:
        _keeper.stdin.close()
        _keeper.wait()
        _keeper = None
        del os.environ[VARIABLE]


def services() -> Services:
    """Raises CannotStart, with what was said, when the services or the schema could not be made."""
    launch()
    answer = Path(os.environ[VARIABLE]) / "answer.json"
    deadline = time.monotonic() + PATIENCE
    while not answer.exists():
        if time.monotonic() > deadline or (_keeper and _keeper.poll() is not None):
            raise CannotStart("The services for the tests did not start.")
        time.sleep(0.02)
    told = json.loads(answer.read_text())
    if "problem" in told:
        raise CannotStart(told["problem"])
    return Services(**told)


def keep(folder: Path) -> None:
    """Be the keeper: start, answer, wait for the pipe to close, end."""
    postgres = Postgres(folder, database=TEMPLATE, fast=True)
    valkey = Valkey(folder, fast=True)
    try:
        _answer(folder, _started(postgres, valkey))
        sys.stdin.buffer.read()
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _started(postgres: Postgres, valkey: Valkey) -> dict[str, str]:
    try:
        postgres.start()
        valkey.start()
    except CannotStart as problem:
        return {"problem": str(problem)}
    started = Services(
        database_url=postgres.url.replace(TEMPLATE, "{}"),
        redis_url=valkey.url.removesuffix("0") + "{}",
        data_dir=str(postgres.folder.path / "data-{}"),
    )
    environment = os.environ | started.environment()
    migrated = subprocess.run(MIGRATE, env=environment, capture_output=True, text=True, check=False)
    if migrated.returncode != 0:
        return {"problem": f"The schema for the tests could not be made.\n{migrated.stdout}{migrated.stderr}"}
    return asdict(started)


def _answer(folder: Path, content: dict[str, str]) -> None:
    draft = folder / "answer.draft"
    draft.write_text(json.dumps(content))
    draft.rename(folder / "answer.json")


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
