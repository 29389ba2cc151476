"""Many rows on their way into tables: copied to a temporary table each, from where one statement takes them.

COPY cannot write to tables behind row-level security, and a row at a time would take minutes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Column, MetaData, Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeDecorator, TypeEngine

from core import db


class Stage:
    """A temporary table of this transaction."""

    def __init__(self, name: str, columns: Mapping[str, TypeEngine[Any]]) -> None:
        self.name, self.kinds, self.columns = name, columns, list(columns)
        self.is_made = False

    @cached_property
    def table(self) -> Table:
        columns = (Column(name, kind) for name, kind in self.kinds.items())
        return Table(self.name, MetaData(), *columns, prefixes=["TEMPORARY"], postgresql_on_commit="DROP")

    @cached_property
    def writers(self) -> list[tuple[int, Callable[[Any], Any]]]:
        return [(at, write) for at, kind in enumerate(self.kinds.values()) if (write := _writer(kind))]

    def fill(self, rows: Iterable[Sequence[Any]]) -> None:
        """Hold these rows, and no others. A JSON column takes anything that can be JSON."""
        if self.is_made:
            db.session().execute(text(f"truncate {self.name}"))
        else:  # one of the same name may be there from an earlier stage of this transaction
            db.session().execute(CreateTable(self.table, if_not_exists=True))
            db.session().execute(text(f"truncate {self.name}"))
            self.is_made = True
        raw: Any = db.session().connection().connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(f"copy {self.name} ({', '.join(self.columns)}) from stdin") as copy:
            for row in rows:
                copy.write_row(self._written(row))

    def _written(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self.writers:
            return row
        made = list(row)
        for at, write in self.writers:
            if made[at] is not None:
                made[at] = write(made[at])
        return made

    def drop(self) -> None:
        if self.is_made:
            db.session().execute(text(f"drop table {self.name}"))


def _writer(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What makes of a value what the database is sent, for the types that psycopg does not know by themselves."""
    if isinstance(kind, JSONB):
        return lambda value: orjson.dumps(value).decode()
    if isinstance(kind, TypeDecorator):
        return kind.bind_processor(db.engine("app").dialect)
    return None
