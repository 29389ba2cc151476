"""One canary has work done in the background that names what is the other's."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core import current, db
from core.deadlines import kinds
from core.isolation.addresses import tables_of
from core.isolation.canaries import Canary
from core.isolation.over_routes import look_of
from core.isolation.tables import TenantTable
from core.isolation.tally import Tally
from core.jobs import Job, registered

REACHES_OUT = frozenset({"to", "template"})
"""Arguments of work that sends something: it names no row of anybody's."""


def try_jobs(tally: Tally, me: Canary, prey: Canary, tables: Sequence[TenantTable], ids: Mapping[str, UUID]) -> None:
    before = look_of(prey, tables)
    for job in registered():
        for arguments in _arguments(job, ids):
            if tally.is_over:
                tally.left_out += 1
                continue
            _do(job, me, arguments)
            now = look_of(prey, tables)
            if now == before:
                tally.refused("job")
            else:
                changed = sorted(name for name in now if now[name] != before.get(name))
                tally.through("job", job.name, "changed " + ", ".join(changed))
                before = now


def _do(job: Job[Any], me: Canary, arguments: Mapping[str, Any]) -> None:
    """As a worker does it, and committed: what it cannot find it leaves, or stumbles over."""
    try:
        with current.entering(me.context), db.unit_of_work(me.context):
            job.function(**arguments)
    except Exception:
        return


def _arguments(job: Job[Any], ids: Mapping[str, UUID]) -> list[dict[str, Any]]:
    """What to call it with: for each of its ids one of the other's; nothing to try where it takes none."""
    takes = inspect.signature(job.function).parameters
    if REACHES_OUT & takes.keys() or not any(name.endswith("_id") for name in takes):
        return []
    arguments: dict[str, Any] = {}
    for name, parameter in takes.items():
        if name.endswith("_id"):
            table = tables_of(name, job.module, ids) or "customer"
            arguments[name] = str(ids["customer" if name == "record_id" else table])
        elif name == "record_type":
            arguments[name] = "customer"
        elif parameter.default is inspect.Parameter.empty:
            arguments[name] = {} if "dict" in str(parameter.annotation) else "text"
    return [arguments | {"kind": kind} for kind in kinds()] if "kind" in takes else [arguments]
