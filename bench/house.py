"""What stands while figures are taken: database and queue as `guanxi up` runs them, in a folder of their own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, create_engine, text

from core.everything import load_everything
from core.settings import settings
from core.up.services import running

GIVEN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DATA_DIR", "EMBEDDED", "BASE_URL", "MAIL_URL")
MIGRATE = (sys.executable, "-m", "core.cli", "migrate")
TWINS_SCHEMA = "create schema if not exists bench authorization guanxi_owner; grant usage on schema bench to public"
"""Where tables of the twins are: in ours, the application would refuse to start beside a table without a fence."""


@contextmanager
def house(kept: Path | None) -> Iterator[None]:
    """Services and schema. With `kept` the folder is there to be used again, with the data prepared in it."""
    for name in GIVEN:
        os.environ.pop(name, None)
    os.environ["LOG_FORMAT"] = "json"
    with ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="guanxi-bench-", dir="/tmp")))
        os.environ.update(stack.enter_context(running(folder)))
        subprocess.run(MIGRATE, check=True, stderr=subprocess.DEVNULL)
        load_everything()
        with admin().begin() as connection:
            connection.execute(text(TWINS_SCHEMA))
        yield


@cache
def admin() -> Engine:
    """The database as its superuser, for preparing data; what is measured never uses it."""
    return create_engine(settings().database_url.replace("postgresql://", "postgresql+psycopg://"))
