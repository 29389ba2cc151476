"""`guanxi doctor`: what this installation is told, what it runs on, and what is wrong with it."""

import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
from sqlalchemy import text

from core import current, db, fence, jobs, migrate
from core.everything import load_everything
from core.isolation.report import isolation_report
from core.probe import probe_now
from core.settings import ROLES, settings
from core.up.folder import Folder

SECRETS = ("secret_key", "secret_key_fallbacks")
HIDDEN = "••••"
LIBRARIES = ("sqlalchemy", "psycopg", "flask", "granian", "rq", "redis")
LITTLE_DISK = 1024**3
SILENT_CLOCK = timedelta(seconds=30)
LATE = timedelta(minutes=5)
MAIL_PORTS = {"ssl": 465, "starttls": 587, "none": 25}


@dataclass(frozen=True)
class Check:
    """One thing looked at: `state` is ok, warn or fail; the last two come with what to do."""

    state: str
    name: str
    found: str
    remedy: str = ""


def report() -> list[Check]:
    """Look at everything. A look that fails is itself a finding, and does not keep us from the others."""
    found: list[Check] = []
    for look in LOOKS:
        name = look.__name__.strip("_").replace("_", " ")
        try:
            found += look()
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            found.append(Check("fail", name, f"{type(error).__name__}: {reason}", "See the line before."))
    return found


def configuration() -> dict[str, str]:
    """Every variable with its effective value, secrets hidden."""
    told = settings()
    shown = {f.name.upper(): _shown(f.name, getattr(told, f.name)) for f in fields(told) if f.name != "sign_in"}
    hidden = {name: HIDDEN if name.endswith("_SECRET") else value for name, value in told.sign_in.items()}
    return shown | (hidden or {"SIGN_IN_…": "(not set)"})


def _shown(name: str, value: object) -> str:
    if value is None or value == ():
        return "(not set)"
    if name in SECRETS:
        return HIDDEN
    parts = urlsplit(str(value))
    return str(value).replace(f":{parts.password}@", f":{HIDDEN}@") if parts.password else str(value)


def _python() -> Iterator[Check]:
    yield Check("ok", "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Check("ok", "libraries", ", ".join(f"{name} {version(name)}" for name in LIBRARIES))


def _database() -> Iterator[Check]:
    with db.engine("app").connect() as connection:
        server = connection.scalar(text("show server_version"))
        encoding = connection.scalar(text("show server_encoding"))
        functions = connection.execute(text(NOT_LEAKPROOF), {"names": list(migrate.LEAKPROOF)}).scalars().all()
    yield Check("ok", "database", f"Postgres {server} answers")
    if encoding == "UTF8":
        yield Check("ok", "encoding", encoding)
    else:
        yield Check("fail", "encoding", str(encoding), "Restore a backup into a database made with UTF8.")
    if functions:
        how = "; ".join(f"alter function pg_catalog.{name} leakproof" for name in functions)
        yield Check("warn", "search", f"slower, for {len(functions)} functions are not leakproof", f"{how}.")
    else:
        yield Check("ok", "search", "functions are leakproof")


NOT_LEAKPROOF = """
select name from unnest(cast(:names as text[])) name
 where not (select proleakproof from pg_proc where oid = to_regprocedure('pg_catalog.' || name))
"""


def _schema() -> Iterator[Check]:
    if migrate.is_current():
        yield Check("ok", "schema", "is what this version expects")
    else:
        yield Check("fail", "schema", "is of another version", "guanxi migrate")


def _roles() -> Iterator[Check]:
    for role in ROLES:
        with db.engine(role).connect() as connection:
            connection.execute(text("select 1"))
    yield Check("ok", "roles", ", ".join(f"guanxi_{role}" for role in ROLES) + " sign in")


def _tenants_apart() -> Iterator[Check]:
    problems = fence.fence_problems()
    for problem in problems:
        yield Check("fail", "tenants apart", problem, "guanxi migrate")
    if not problems:
        yield Check("ok", "tenants apart", "every table is fenced, and guanxi_app is bound by it")


def _secret_key() -> Iterator[Check]:
    former = len(settings().secret_key_fallbacks)
    if former:
        yield Check("warn", "secret key", f"{former} former keys are still accepted",
                    "Run `guanxi rotate-key`, then take them out of SECRET_KEY_FALLBACKS.")  # fmt: skip
    else:
        yield Check("ok", "secret key", "no former key is accepted")


def _queue() -> Iterator[Check]:
    jobs.redis().ping()
    yield Check("ok", "queue", "answers")


def _clock() -> Iterator[Check]:
    said: object = jobs.redis().get("guanxi:clock")
    if isinstance(said, bytes):
        silent = current.now() - datetime.fromisoformat(said.decode())
        if silent < SILENT_CLOCK:
            yield Check("ok", "clock", f"ticked {silent.total_seconds():.0f} s ago")
            return
    yield Check("fail", "clock", "does not tick: no reminder fires", "Start it: python -m core.clock")


def _jobs() -> Iterator[Check]:
    with db.role_session("worker") as session:
        late, parked = session.execute(text(WAITING), {"late": current.now() - LATE}).one()
    if late:
        yield Check("warn", "jobs", f"{late} wait for more than 5 minutes", "Start more: python -m core.worker")
    else:
        yield Check("ok", "jobs", "none is late")
    if parked:
        yield Check("warn", "parked jobs", f"{parked} failed for good", "Administrators see why, and can retry.")
    else:
        yield Check("ok", "parked jobs", "none")


WAITING = """
select count(*) filter (where parked_at is null and due_at < :late), count(*) filter (where parked_at is not null)
  from job
"""


def _disk() -> Iterator[Check]:
    folder = settings().data_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    state, remedy = ("ok", "") if free > LITTLE_DISK else ("fail", f"Make room on the disk of {folder}.")
    yield Check(state, "disk", f"{free / LITTLE_DISK:.1f} GiB free", remedy)
    if not os.access(existing, os.W_OK):
        yield Check("fail", "data folder", f"{folder} cannot be written", "Give it to the user who runs Guanxi.")


def _mail() -> Iterator[Check]:
    address = settings().mail_url
    if not address:
        yield Check("warn", "mail", "stays in a mailbox of files, nobody gets any", "Set MAIL_URL.")
        return
    server = urlsplit(address)
    tls = parse_qs(server.query).get("tls", ["ssl" if server.scheme == "smtps" else "none"])[0]
    port = server.port or MAIL_PORTS.get(tls, 25)
    try:
        socket.create_connection((server.hostname or "", port), timeout=5).close()
        yield Check("ok", "mail", f"{server.hostname}:{port} answers")
    except OSError as error:
        yield Check("fail", "mail", f"{server.hostname}:{port} does not answer: {error}", "Correct MAIL_URL.")


LOOKS: tuple[Callable[[], Iterator[Check]], ...] = (
    _python,
    _database,
    _schema,
    _roles,
    _tenants_apart,
    _queue,
    _clock,
    _jobs,
    _disk,
    _mail,
    _secret_key,
)


def main(data: Path = Path("data"), *, isolation: bool = False, probe: bool = False) -> int:
    """Print the report, of all or of the isolation of tenants; 1 when something fails."""
    if not os.environ.get("DATABASE_URL"):
        known = Folder(data).environment()
        if known is None:
            click.echo(f"DATABASE_URL is not set, and nothing runs in {data}. Start it: guanxi up --data {data}")
            return 1
        os.environ.update(known)
    load_everything()
    if isolation or probe:
        if probe:
            probe_now()
        return _print([Check(*line) for line in isolation_report()])
    for name, value in configuration().items():
        click.echo(f"      {name} = {value}")
    return _print(report())


def _print(found: Sequence[Check]) -> int:
    for check in found:
        click.secho(f"{check.state:>4}  ", fg=COLOURS[check.state], nl=False)
        click.echo(f"{check.name}: {check.found}" + (f"\n      → {check.remedy}" if check.remedy else ""))
    return 1 if any(check.state == "fail" for check in found) else 0


COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor")
@click.option("--data", default="data", envvar="DATA_DIR", type=click.Path(path_type=Path), show_default=True)
@click.option("--isolation", is_flag=True, help="Only how tenants are kept apart, and how the last probe went.")
@click.option("--probe", is_flag=True, help="Try it now, as it is tried every night; takes up to a minute.")
def command(data: Path, isolation: bool, probe: bool) -> None:
    """Say what this installation is told, and what is wrong with it."""
    sys.exit(main(data, isolation=isolation, probe=probe))
