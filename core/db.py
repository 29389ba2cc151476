"""The session, and the base of every tenant table.

Every statement carries the tenant twice: in its own WHERE, put there by the session, and in the row-level
security policy of each table, which compares with `app.tenant_id` of the transaction.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import orjson
import psycopg
import psycopg._queries
from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    NullPool,
    Table,
    Text,
    Uuid,
    create_engine,
    event,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy import column as name_of
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.pool import ConnectionPoolEntry
from uuid_utils.compat import uuid7

from core import current
from core.settings import settings

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_uq",
    "ck": "%(table_name)s_%(constraint_name)s_ck",
    "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    "pk": "%(table_name)s_pk",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if isinstance(cls.__dict__.get("__table__"), Table):
            package = cls.__module__.split(".")
            component = package[1] if package[0] == "plugins" else package[0]
            table: Table = cls.__dict__["__table__"]
            table.info.setdefault("component", component)


def new_id() -> UUID:
    return uuid7()


class TenantModel(Base):
    """A row that belongs to a tenant: composite key, fenced, and found only inside its tenant."""

    __abstract__ = True

    tenant_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=current.tenant_id, sort_order=-101)
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=new_id, sort_order=-100)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        table = cls.__dict__.get("__table__")
        if not isinstance(table, Table):
            return
        table.append_constraint(ForeignKeyConstraint(["tenant_id"], ["tenant.id"]))
        for column in table.columns:
            if target := column.info.get("references"):
                table.append_constraint(
                    ForeignKeyConstraint(
                        ["tenant_id", column.name],
                        [f"{target}.tenant_id", f"{target}.id"],
                        ondelete=column.info.get("ondelete"),
                        use_alter=column.info.get("back", False),
                    )
                )


Model = TypeVar("Model", bound=TenantModel)


def reference(target: str, *, ondelete: str | None = None, back: bool = False, **kwargs: Any) -> Any:
    """A column that holds the id of a row of `target` in the same tenant, by a composite foreign key.

    Where `target` points at this table too, the one of the two that comes second says that it points `back`.
    """
    kwargs.setdefault("nullable", True)
    return mapped_column(Uuid, info={"references": target, "ondelete": ondelete, "back": back}, **kwargs)


# --- engines and sessions ------------------------------------------------------------------------------

# Of statements that are longer than a page, or ask for more than 50 values, psycopg looks for the placeholders each
# time anew, since those of others are rarely sent twice. Ours are: it takes a millisecond of each.
psycopg._queries.MAX_CACHED_STATEMENT_LENGTH = 60_000
psycopg._queries.MAX_CACHED_STATEMENT_PARAMS = 500


@cache
def _engine(role: str, pid: int) -> Engine:
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "hide_parameters": True,  # an error is written to the log, and a password with it
    }
    if role in ("app", "auth", "worker"):
        options |= {"pool_size": 10, "max_overflow": 10}
    else:
        options |= {"poolclass": NullPool}
    url = settings().role_url(role)
    made = create_engine(re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", url), **options)
    if _patience:
        event.listen(made, "connect", _lose_patience)
    event.listen(made, "checkin", _note_use)
    event.listen(made, "checkout", _ensure_alive)
    return made


FOR_A_PAGE = {"statement_timeout": "30s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "60s"}
_patience: dict[str, str] = {}


def be_impatient() -> None:
    """From now on no statement of this process takes longer than anybody waits for a page.

    For a web process, before its first connection; workers and commands may take their time.
    """
    _patience.update(FOR_A_PAGE)


def _lose_patience(connection: Any, _record: ConnectionPoolEntry) -> None:
    for name, most in _patience.items():
        connection.execute(f"set {name} = '{most}'")
    connection.commit()


UNASKED = 1.0
"""Seconds after its last use in which a connection is taken to be alive: a question each time is a round trip each."""


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _ensure_alive(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Before a connection that was left alone is used again. The pool replaces all of them when one is dead."""
    used = record.info.get("used")
    if used is None or time.monotonic() - used < UNASKED:
        return
    try:
        connection.execute("select 1")
        connection.rollback()
    except psycopg.Error:
        raise InvalidatePoolError from None


def engine(role: str) -> Engine:
    """The engine of a database role, its own in each process (a forked worker never shares sockets)."""
    return _engine(role, os.getpid())


class TenantSession(Session):
    """A session in one tenant and one transaction."""


@event.listens_for(TenantSession, "after_begin")
def _enter_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:
        return
    tenant: UUID = session.info["tenant_id"]
    connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{tenant}'")


@event.listens_for(TenantSession, "do_orm_execute")
def _filter_by_tenant(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(state.session.info["only_this_tenant"])


def _only(tenant: UUID) -> Any:
    """Made once for a session: making it costs as much as a short statement."""
    return with_loader_criteria(TenantModel, lambda cls: cls.tenant_id == tenant, include_aliases=True)


_session: ContextVar[TenantSession | None] = ContextVar("session", default=None)


def session() -> TenantSession:
    """The session of the unit of work we are in."""
    found = _session.get()
    if found is None:
        raise current.NoTenant("no unit of work is open")
    return found


def session_or_none() -> TenantSession | None:
    return _session.get()


FEW = 20


def insert_rows(table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write plain rows, all with the same columns, however many they are: one statement. Services alone call it."""
    if 0 < len(rows) <= FEW:
        session().execute(insert(table), rows)
    elif rows:
        given = func.jsonb_to_recordset(literal(_with_defaults(table, rows), JSONB))
        columns = [table.c[name] for name in _with_defaults(table, rows[:1])[0]]
        named = given.table_valued(*(name_of(c.name, c.type) for c in columns), name="given")
        listed = select(named.render_derived(with_types=True))
        session().execute(insert(table).from_select([c.name for c in columns], listed, include_defaults=False))


def _with_defaults(table: Any, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    defaults = {c.name: c.default for c in table.columns if c.default is not None and c.name not in rows[0]}
    return [
        {name: each.arg if each.is_scalar else each.arg(None) for name, each in defaults.items()} | dict(row)
        for row in rows
    ]


@contextmanager
def unit_of_work(context: current.TenantContext) -> Iterator[TenantSession]:
    """Work inside a tenant: one transaction, committed once at the end, undone by any exception."""
    work = UnitOfWork(context)
    with current.entering(context):
        try:
            yield work.open()
            work.commit()
        finally:
            work.close()


@contextmanager
def apart() -> Iterator[TenantSession]:
    """A transaction of its own in the tenant at hand, committed whatever becomes of the one around it: for what a
    refusal leaves behind. It must touch nothing that the other one holds."""
    with unit_of_work(current.tenant()) as session:
        yield session


class UnitOfWork:
    """The same as `unit_of_work`, for those who open and close in different places (the web kit)."""

    def __init__(self, context: current.TenantContext) -> None:
        self.session = TenantSession(engine("app"), expire_on_commit=False)
        self.session.info["tenant_id"] = context.tenant_id
        self.session.info["only_this_tenant"] = _only(context.tenant_id)
        self.session.info["after_commit"] = []

    def open(self) -> TenantSession:
        self._token = _session.set(self.session)
        return self.session

    def commit(self) -> None:
        self.session.commit()
        callbacks, self.session.info["after_commit"] = self.session.info["after_commit"], []
        for callback in callbacks:
            callback()

    def close(self) -> None:
        self.session.close()
        _session.reset(self._token)


def after_commit(callback: Callable[[], None]) -> None:
    """Run something once the work is safe. What is lost here by a crash must be found again by a sweep."""
    session().info["after_commit"].append(callback)


def get(model: type[Model], row_id: UUID | None, *, lock: bool = False) -> Model | None:
    """A row of this tenant by its id, or None. With `lock` it is read afresh, and ours alone until we commit."""
    if row_id is None:
        return None
    key = (current.tenant_id(), row_id)
    if not lock:
        return session().get(model, key)
    held = select(model).where(model.tenant_id == key[0], model.id == row_id).with_for_update()
    return session().scalars(held.execution_options(populate_existing=True)).one_or_none()


def flush() -> None:
    session().flush()


@contextmanager
def savepoint() -> Iterator[None]:
    """What fails inside is undone alone."""
    with session().begin_nested():
        yield


@contextmanager
def role_session(role: str) -> Iterator[Session]:
    """A transaction as guanxi_auth, guanxi_worker or guanxi_ops, each seeing only what its policies allow."""
    with Session(engine(role), expire_on_commit=False) as opened, opened.begin():
        yield opened
