"""The fixtures. `pytest_plugins = ["core.testing.plugin"]` in a conftest brings them all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from core import current, jobs, work
from core.app import create_app
from core.clock import tick
from core.host import loader
from core.settings import settings
from core.testing import services
from core.testing.cast import Person, found_company, hire
from core.testing.databases import clone_database
from core.testing.mails import mails  # noqa: F401

EMPTY = """
do $$
declare each regclass;
begin
  set local session_replication_role = replica;
  for each in select format('guanxi.%I', tablename)::regclass from pg_tables
               where schemaname = 'guanxi' and tablename <> 'installation' and tablename not like 'alembic_version%'
  loop
    if pg_relation_size(each) < 1000000 then execute format('delete from %s', each);
    else execute format('truncate %s cascade', each);
    end if;
  end loop;
end $$
"""
"""Deleting the few rows of a test takes a twentieth of the time of truncating all tables, which makes files anew."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without", action="append", default=[], help="run as if this plugin were not installed")


def pytest_configure(config: pytest.Config) -> None:
    """Have the services start while tests are collected; workers of xdist share the ones of the run."""
    loader.LEFT_OUT.update(config.getoption("--without"))
    services.launch()


def pytest_unconfigure(config: pytest.Config) -> None:
    services.stop()


@pytest.fixture(scope="session")
def database() -> str:
    """A database of this process's own, cloned from the template. Returns the address of its administrator."""
    number = int((os.environ.get("PYTEST_XDIST_WORKER") or "gw0")[2:])
    started = services.services()
    name = f"guanxi_test_{number}"
    clone_database(started, name)
    os.environ.update(started.environment(name, number + 1))
    os.environ.setdefault("LOG_FORMAT", "text")
    settings.cache_clear()
    return settings().database_url


@pytest.fixture(scope="session")
def admin(database: str) -> Engine:
    """The database as its superuser, past every fence: for looking at what tests left."""
    return create_engine(database.replace("postgresql://", "postgresql+psycopg://"), pool_pre_ping=True)


@pytest.fixture(scope="session")
def application(database: str) -> Flask:
    app = create_app(testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def app(application: Flask, admin: Engine) -> Iterator[Flask]:
    """The application over an empty database."""
    with application.test_request_context():
        pass
    yield application
    _empty(admin)
    jobs.redis().flushdb()


def _empty(admin: Engine, times: int = 5) -> None:
    """What a page asked for when it was closed may still be read: of the two, Postgres lets one go first."""
    try:
        with admin.begin() as connection:
            connection.execute(text(EMPTY))
    except OperationalError:
        if times == 1:
            raise
        _empty(admin, times - 1)


@pytest.fixture
def ada(app: Flask) -> Person:
    """Owns Acme."""
    with app.app_context():
        return found_company(app, "Ada Lovelace", "ada@example.com", "acme", "Acme")


@pytest.fixture
def bob(ada: Person) -> Person:
    """Works at Acme and may only look."""
    return hire(ada, "Bob Viewer", "bob@example.com", "viewer")


@pytest.fixture
def sam(ada: Person) -> Person:
    """Sells at Acme."""
    return hire(ada, "Sam Seller", "sam@example.com", "sales")


@pytest.fixture
def eve(ada: Person) -> Person:
    """Sells at Acme too."""
    return hire(ada, "Eve Seller", "eve@example.com", "sales")


@pytest.fixture
def dora(ada: Person) -> Person:
    """The sales director of Acme."""
    return hire(ada, "Dora Director", "dora@example.com", "sales_director")


@pytest.fixture
def mallory(app: Flask) -> Person:
    """Owns Globex and would like to know about Acme."""
    with app.app_context():
        return found_company(app, "Mallory Malice", "mallory@example.com", "globex", "Globex")


class Clock:
    """Moves time for everybody in this process."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def move(self, **delta: float) -> None:
        self._traveller.shift(timedelta(**delta))

    def move_to(self, moment: Any) -> None:
        self._traveller.move_to(moment)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with time_machine.travel(current.now(), tick=True) as traveller:
        yield Clock(traveller)


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], int]:
    """Let the clock tick and the workers work until nothing is due. Returns how much was done."""

    def run() -> int:
        done = 0
        while True:
            tick()
            just_now = sum(work.drain(queue) for queue in jobs.QUEUES)
            if not just_now:
                return done
            done += just_now

    return run


class Statements(list[str]):
    """The SQL that was sent, in order."""


@pytest.fixture
def statements() -> Callable[[], Any]:
    """`with statements() as sent:` collects the SQL sent inside, by whichever role."""

    @contextmanager
    def collect() -> Iterator[Statements]:
        sent = Statements()

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(Engine, "before_cursor_execute", note)

    return collect
