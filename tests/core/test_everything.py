"""A worker, which never sees the pages, knows all that the web application knows."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from core import events, jobs
from core.access.permissions import DECLARED
from core.db import Base
from core.records.types import RECORD_TYPES

TESTS = str(Path(__file__).parents[1])
TELL = """
import orjson
import core.worker
from core.everything import load_everything
load_everything()
from core import events, jobs
from core.access.permissions import DECLARED
from core.db import Base
from core.records.types import RECORD_TYPES
print(orjson.dumps({
    "tables": sorted(Base.metadata.tables), "jobs": sorted(jobs._registered), "listeners": sorted(events.LISTENERS),
    "events": sorted(events.EVENTS), "permissions": sorted(DECLARED), "types": sorted(RECORD_TYPES),
}).decode())
"""


@pytest.fixture(scope="module")
def worker():
    return orjson.loads(subprocess.run([sys.executable, "-c", TELL], capture_output=True, check=True).stdout)


@pytest.mark.parametrize(
    ("kind", "known"),
    [("tables", Base.metadata.tables), ("jobs", jobs._registered), ("listeners", events.LISTENERS),
     ("events", events.EVENTS), ("permissions", DECLARED), ("types", RECORD_TYPES)],
)  # fmt: skip
def test_a_worker_knows_what_the_pages_know(app, worker, kind, known):
    ours = {name for name, thing in known.items() if _of_the_house(thing)}
    assert ours and ours <= set(worker[kind])


def _of_the_house(thing):
    """Not declared by one of the tests."""
    code = getattr(thing, "function", thing)
    return not getattr(getattr(code, "__code__", None), "co_filename", "").startswith(TESTS) and not (
        getattr(code, "__module__", "").startswith(("tests", "core.example"))
    )
