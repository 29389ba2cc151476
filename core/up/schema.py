"""Whether the database is already what this code wants, known without loading the code."""

import hashlib
from contextlib import suppress
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from subprocess import CalledProcessError

from core.up.postgres import Postgres

PACKAGES = ("core", "tenants", "plugins")


def fingerprint(*secrets: str) -> str:
    """Changes with every migration that is installed, and with the secrets behind the roles' passwords."""
    digest = hashlib.sha256("\n".join(secrets).encode())
    for script in _migrations():
        found = script.stat()
        digest.update(f"{script} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_current(postgres: Postgres, wanted: str) -> bool:
    """What was marked goes with the schema: an emptied database bears no mark, a restored one another's."""
    try:
        return postgres.ask("select value from guanxi.installation where key = 'launcher'") == wanted
    except CalledProcessError:
        return False


def mark(postgres: Postgres, migrated: str) -> None:
    """Without the mark the next start migrates again, which changes nothing."""
    with suppress(CalledProcessError):
        postgres.ask(
            f"insert into guanxi.installation (key, value) values ('launcher', '{migrated}')"  # noqa: S608
            " on conflict (key) do update set value = excluded.value"
        )


def _migrations() -> list[Path]:
    plugins = {point.module.partition(".")[0] for point in entry_points(group="guanxi.plugins")}
    folders = {
        Path(folder)
        for package in plugins.union(PACKAGES)
        for folder in getattr(find_spec(package), "submodule_search_locations", None) or ()
    }
    return sorted(script for folder in folders for script in folder.rglob("migrations/**/*.py"))
