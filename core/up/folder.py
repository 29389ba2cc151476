"""The folder that holds everything of an embedded installation, and what of it is whose."""

import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core.up.account import Account, unprivileged
from core.up.errors import CannotStart
from core.up.process import end_leftover

SOCKET_PATH_LIMIT = 100
LEAST_FREE = 128 * 1024 * 1024


class Folder:
    """`secret.key`, `postgres/`, `valkey/`, `files/`, `logs/`, and `run/` for what matters while it runs."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.run = self.path / "run"
        self.records = self.run / "processes"
        self.logs = self.path / "logs"
        self.noted = self.run / "environment"
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder if need be, and have it to ourselves until we end."""
        try:
            self.make()
            self._hold()
            self.forget()
            if shutil.disk_usage(self.path).free < LEAST_FREE:
                raise disk_full(self.path)
        except (FileExistsError, NotADirectoryError):
            raise CannotStart(f"{self.path} is not a folder.", "Name a folder with --data.") from None
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def make(self) -> None:
        """Root lets others pass through, because the services work in here under another account."""
        if not self.path.exists():
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True)
        for folder in (self.run, self.records, self.logs):
            folder.mkdir(mode=0o700, exist_ok=True)

    def _hold(self) -> None:
        lock = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            where = (self.environment() or {}).get("BASE_URL")
            raise CannotStart(
                f"Guanxi is already running on {self.path}" + (f", at {where}." if where else "."),
                "Stop it first, or choose another folder with --data.",
            ) from None
        self._lock = lock

    def close(self) -> None:
        self.forget()
        note = self.run / "sockets.path"
        if note.exists():
            shutil.rmtree(note.read_text(), ignore_errors=True)
            note.unlink()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def end_leftovers(self) -> None:
        """End what a start before us left running because it was killed."""
        for record in sorted(self.records.iterdir()):
            end_leftover(record)

    def secret(self, name: str) -> str:
        """A random secret that is made once and read ever after."""
        path = self.path / name
        try:
            if not path.exists():
                _write_private(path, secrets.token_urlsafe(48))
            if value := path.read_text().strip():
                return value
        except OSError as error:
            raise cannot_write(path, error) from None
        raise CannotStart(f"{path} is empty.", "Put back the copy from your backup.")

    def account(self) -> Account | None:
        return unprivileged(self.path / "postgres")

    def private(self, path: Path, account: Account | None) -> Path:
        """A folder that only the services' account and we can look into."""
        path.mkdir(mode=0o700, exist_ok=True)
        if account:
            account.own(path)
            account.reach(path)
        return path

    def sockets(self, account: Account | None) -> Path:
        """Where the services listen: in here, or under /tmp when clients cannot be given the path."""
        inside = self.run / "sockets"
        if account:
            self.run.chmod(0o711)
        if len(os.fsencode(inside / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT and "," not in str(inside):
            return self.private(inside, account)
        return self.private(self._outside(account), account)

    def _outside(self, account: Account | None) -> Path:
        note = self.run / "sockets.path"
        if note.exists():
            known = Path(note.read_text())
            owners = {os.geteuid(), account.uid if account else os.geteuid()}
            if known.is_dir() and not known.is_symlink() and known.stat().st_uid in owners:
                return known
        made = tempfile.mkdtemp(prefix="guanxi-", dir="/tmp")
        note.write_text(made)
        return Path(made)

    def remember(self, environment: Mapping[str, str]) -> None:
        """Tell other commands on this machine how to reach what is running here."""
        _write_private(self.noted, json.dumps(dict(environment), indent=1))

    def forget(self) -> None:
        self.noted.unlink(missing_ok=True)

    def environment(self) -> dict[str, str] | None:
        """What `remember` was told by the start that is running, if one is."""
        try:
            with (self.run / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            with suppress(OSError, ValueError):
                found: dict[str, str] = json.loads(self.noted.read_text())
                return found
        except OSError:
            pass
        return None


def _write_private(path: Path, text: str) -> None:
    """Write in one step, readable by us alone, so that nobody ever finds half of it."""
    draft = path.with_name(f"{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def trimmed(log: Path, limit: int = 10 * 1024 * 1024) -> int:
    """Set a log that grew long aside, and say how much of it was there before."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_suffix(".log.1"))
    return log.stat().st_size if log.exists() else 0


def disk_full(path: Path) -> CannotStart:
    return CannotStart(f"The disk that holds {path} is full.", "Free 200 MB or more and start again.")


def cannot_write(path: Path, error: OSError) -> CannotStart:
    if error.errno in {28, 122}:
        return disk_full(path)
    return CannotStart(
        f"{path} cannot be written ({error.strerror or error}).",
        "Make it writable for the user who runs Guanxi, or choose another folder with --data.",
    )
