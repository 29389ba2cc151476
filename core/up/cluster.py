"""The folder in which Postgres keeps its data: made whole, or refused with a reason."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence

from core.up import wheels
from core.up.account import Account
from core.up.errors import CannotStart
from core.up.folder import Folder, disk_full
from core.up.process import dying_with

LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
ADMIN = "postgres"
FULL_DISK = ("No space left on device", "Disk quota exceeded", "Check free disk space")
IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Cluster:
    """`postgres/` in the data folder. Its locale is ours, not the machine's: Chinese search needs it."""

    def __init__(self, folder: Folder, *, database: str, sync: bool) -> None:
        self.folder = folder
        self.data = folder.path / "postgres"
        self.database = identifier(database)
        self.sync = sync

    def prepare(self, account: Account | None) -> None:
        if not self.data.exists():
            self._create(account)
            return
        self._check_version()
        if account:
            account.own(self.data)
            account.reach(self.data)
        elif self.data.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"{self.data} belongs to another user.",
                "Start Guanxi as the user who made it, or choose another folder with --data.",
            )

    def _create(self, account: Account | None) -> None:
        """Make it beside its place and move it there when it is whole."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.folder.private(draft, account)
        with tempfile.NamedTemporaryFile("w", prefix="guanxi-", dir="/tmp") as password:
            password.write(self.folder.secret("postgres.password"))
            password.flush()
            if account:
                os.chown(password.name, account.uid, account.gid)
            login = ["--auth=scram-sha-256", f"--username={ADMIN}", f"--pwfile={password.name}"]
            sync = [] if self.sync else ["--no-sync", "--wal-segsize=1"]
            self._run(["initdb", "-D", str(draft), *LOCALE, *login, *sync], account)
        create = f'create database "{self.database}"\n'
        alone = ["postgres", "--single", "-D", str(draft), "-c", "exit_on_error=on", "template1"]
        self._run(alone, account, create)
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text())
        ours = _version()
        if made_by == ours:
            return
        if made_by > ours:
            remedy = "Start it with the newer Guanxi that made it."
        else:
            remedy = f"Back it up with the Guanxi that brought Postgres {made_by}, and restore with this one."
        raise CannotStart(f"{self.data} was made by Postgres {made_by}, and this is Postgres {ours}.", remedy)

    def _run(self, command: Sequence[str], account: Account | None, text: str = "") -> None:
        done = subprocess.run(
            [str(wheels.postgres(command[0])), *command[1:]],
            input=text,
            env=ENVIRONMENT,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            process_group=0,
            preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            with (self.folder.logs / "postgres.log").open("a") as log:
                log.write(done.stderr)
            raise in_words(done.stderr, self.folder)


def in_words(output: str, folder: Folder) -> CannotStart:
    """What Postgres says in its log, for a person."""
    if any(words in output for words in FULL_DISK):
        return disk_full(folder.path)
    said = re.findall(r"(?:ERROR|FATAL|PANIC|error|fatal): +(.+)", output) or output.strip().splitlines()
    return CannotStart(
        f"The database did not start: {said[-1].rstrip('.') if said else 'it gave no reason'}.",
        f"The rest of what it said is in {folder.logs / 'postgres.log'}.",
    )


def identifier(name: str) -> str:
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(name)
    return name


def _version() -> int:
    command = [str(wheels.postgres("postgres")), "--version"]
    answer = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout
    return int(answer.split()[-1].partition(".")[0])
