"""The system account that Postgres and Valkey run under when we are root."""

import os
import pwd
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.up.errors import CannotStart

NAME = "guanxi"


@dataclass(frozen=True)
class Account:
    """Somebody without privileges."""

    name: str
    uid: int
    gid: int

    def own(self, folder: Path) -> None:
        """Give a folder to the account, with everything in it when it was somebody else's."""
        if folder.lstat().st_uid == self.uid:
            return
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def reach(self, path: Path) -> None:
        """Let the account pass through the folders above `path`, without letting it list them."""
        for folder in path.absolute().parents:
            found = folder.stat()
            if not found.st_mode & stat.S_IXOTH and found.st_uid != self.uid:
                folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)

    def run(self, program: Path) -> None:
        """Let the account run a wheel's program that was installed for root alone, and load its libraries."""
        self.reach(program)
        if program.stat().st_mode & stat.S_IROTH:
            return
        package = program.parents[2]
        for folder in (package, package.with_name(f"{package.name}.libs")):
            for path in [folder, *folder.rglob("*")] if folder.exists() else []:
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def unprivileged(folder: Path) -> Account | None:
    """Whom to run services as: ourselves (None), or, because Postgres refuses root, the owner of `folder`.

    A new folder, or one whose owner is root or unknown on this machine, gets an account of its own.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat().st_uid) != 0:
        with suppress(KeyError):
            return _account(pwd.getpwuid(owner))
    try:
        return _account(pwd.getpwnam(NAME))
    except KeyError:
        return _account(_created())


def _created() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", NAME]
    with suppress(OSError, subprocess.CalledProcessError, KeyError):
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(NAME)
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise CannotStart(
            "The database does not run as root, and no account for it could be made.",
            f"Create one with `{' '.join(command)}`, or start Guanxi as an ordinary user.",
        ) from None


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
