"""The database and the queue of an installation: ours when none are named."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.up.folder import Folder
from core.up.postgres import Postgres
from core.up.process import Process
from core.up.valkey import Valkey


class Services:
    """Postgres unless DATABASE_URL is set, Valkey unless REDIS_URL is."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(folder.path)
        self.valkey = None if os.environ.get("REDIS_URL") else Valkey(folder.path)
        self.secret_key = os.environ.get("SECRET_KEY") or folder.secret("secret.key")

    @property
    def processes(self) -> list[Process]:
        return [service.process for service in (self.postgres, self.valkey) if service]

    def ready(self) -> bool:
        return all(service.ready() for service in (self.postgres, self.valkey) if service)

    def environment(self) -> dict[str, str]:
        """What everything that uses them has to be told."""
        return {
            "SECRET_KEY": self.secret_key,
            "DATA_DIR": str(self.folder.path),
            "EMBEDDED": "1" if self.postgres else "0",
            "DATABASE_URL": self.postgres.url if self.postgres else os.environ["DATABASE_URL"],
            "REDIS_URL": self.valkey.url if self.valkey else os.environ["REDIS_URL"],
        }


@contextmanager
def open_folder(data: Path) -> Iterator[Folder]:
    """The data folder, to ourselves, with nobody at work in it from before."""
    folder = Folder(data)
    folder.open()
    try:
        folder.end_leftovers()
        yield folder
    finally:
        folder.close()


@contextmanager
def running(data: Path) -> Iterator[dict[str, str]]:
    """The environment for one command on an installation, whose services are started for it if need be."""
    if known := Folder(data).environment():
        yield known
        return
    with open_folder(data) as folder:
        services = Services(folder)
        try:
            for process in services.processes:
                process.start()
            while not services.ready():
                time.sleep(0.005)
            yield services.environment()
        finally:
            for process in reversed(services.processes):
                process.stop()
