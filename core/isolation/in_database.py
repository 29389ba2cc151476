"""One canary against the other, and against all, in the database itself: as guanxi_app, with its own tenant entered.

All of it happens in one transaction that is undone. Each attempt has a savepoint of its own. Of the rows of real
tenants it is only asked whether any can be seen.
"""

# ruff: noqa: S608  the names of tables are the catalogue's own
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from core import db
from core.db import new_id
from core.fence import GLOBAL_TABLES
from core.isolation.canaries import Canary
from core.isolation.planting import Planted, insert, made_up, plant
from core.isolation.tables import TenantTable, tenant_tables
from core.isolation.tally import Tally
from core.settings import ROLES

NO_TENANT = ("", "*", "null", "00000000-0000-0000-0000-000000000000", "{mine},{theirs}", "{theirs}' or '1'='1", "%")
"""What is said to be the tenant, and is none."""
REFUSED_BY_FENCE = "42501"
CLIMBS = (
    *(f"set local role guanxi_{role}" for role in (*ROLES, "owner") if role != "app"),
    "set local role postgres",
    "set session authorization guanxi_owner",
    "alter role guanxi_app bypassrls",
    "alter role guanxi_app superuser",
    "alter table guanxi.customer disable row level security",
    "alter table guanxi.customer no force row level security",
    "drop policy tenant_isolation on guanxi.customer",
    "create policy wide on guanxi.customer using (true)",
    "grant guanxi_owner to guanxi_app",
    "create or replace function guanxi.tenant_id() returns uuid language sql as 'select null::uuid'",
    "create table guanxi.loose (id uuid)",
    "select pg_read_file('postgresql.conf')",
    "copy (select 1) to program 'true'",
)


@dataclass(frozen=True)
class Attack:
    connection: Connection
    tally: Tally
    me: Canary
    prey: Canary

    def refused(self, kind: str, where: str, attempt: Callable[[], str | None]) -> None:
        """`attempt` says what came of it, None for nothing; an error of the database is a refusal as well."""
        if self.tally.is_over:
            self.tally.left_out += 1
            return
        savepoint = self.connection.begin_nested()
        try:
            came = attempt()
        except DBAPIError:
            came = None
        finally:
            savepoint.rollback()
        if came:
            self.tally.through(kind, where, came)
        else:
            self.tally.refused(kind)

    def enter(self, tenant: str) -> None:
        self.connection.execute(text("select set_config('app.tenant_id', :tenant, true)"), {"tenant": tenant})

    def scalar(self, statement: str, **values: Any) -> Any:
        return self.connection.execute(text(statement), values).scalar()

    def touched(self, statement: str, **values: Any) -> str | None:
        count = self.connection.execute(text(statement), values).rowcount
        return f"{count} rows" if count else None


def try_database(me: Canary, prey: Canary, tally: Tally) -> dict[str, str]:
    """Returns the tables that could not be given a row, with the reason: of them less was tried."""
    with db.engine("app").connect() as connection, connection.begin() as all_of_it:
        attack = Attack(connection, tally, me, prey)
        connection.execute(text("set local lock_timeout = '500ms'"))
        connection.execute(text("set local statement_timeout = '5s'"))
        tables = tenant_tables(connection)
        attack.enter(str(prey.tenant_id))
        theirs, failed = plant(connection, prey.tenant_id, prey.mark, tables, passing=True)
        attack.enter(str(me.tenant_id))
        mine, _failed = plant(connection, me.tenant_id, me.mark, tables, passing=True)
        for table in tables:
            _by_hand(attack, table, theirs, mine)
        _pretend(attack, tables)
        _climb(attack)
        all_of_it.rollback()
    return failed


def _by_hand(attack: Attack, table: TenantTable, theirs: Planted, mine: Planted) -> None:
    name, it = table.name, f'guanxi."{table.name}"'
    them, me = {"them": attack.prey.tenant_id}, {"me": attack.me.tenant_id}
    row = theirs.get(name)

    def seen(where: str, **values: Any) -> Callable[[], str | None]:
        return lambda: "seen" if attack.scalar(f"select exists(select from {it} where {where})", **values) else None

    attack.refused("read", name, seen("tenant_id = :them", **them))
    if row and table.has_id:
        attack.refused("read", name, seen("id = :id", id=row["id"]))
    attack.refused("enumerate", name, seen("tenant_id is distinct from :me", **me))
    for statement in (f"update {it} set tenant_id = tenant_id where tenant_id = :them",
                      f"delete from {it} where tenant_id = :them"):  # fmt: skip
        attack.refused("change", name, partial(attack.touched, statement, **them))
    move = f"update {it} set tenant_id = :them where tenant_id = :me"
    attack.refused("write", name, lambda: _written(attack, lambda: attack.touched(move, **them, **me)))
    if row:
        new = row | ({"id": new_id()} if table.has_id else {})
        attack.refused("write", name, lambda: _written(attack, lambda: _insert(attack, table, new)))
    own = made_up(table, attack.me.tenant_id, attack.me.mark, mine)
    for column, target in table.points.items():
        if target in theirs and "id" in theirs[target]:
            pointing = own | {column: theirs[target]["id"]}
            attack.refused("point", f"{name}.{column}", partial(_insert, attack, table, pointing))


def _insert(attack: Attack, table: TenantTable, row: dict[str, Any]) -> str:
    insert(attack.connection, table, row)
    return "written"


def _written(attack: Attack, attempt: Callable[[], str | None]) -> str | None:
    """Only the fence's own refusal counts: a complaint about the row means that it was let past."""
    try:
        with attack.connection.begin_nested():
            return attempt()
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        return None if state == REFUSED_BY_FENCE else f"let past the fence ({state})"


def _pretend(attack: Attack, tables: Sequence[TenantTable]) -> None:
    for tenant in NO_TENANT:
        said = tenant.format(mine=attack.me.tenant_id, theirs=attack.prey.tenant_id)
        for table in tables:

            def look(it: str = f'guanxi."{table.name}"', said: str = said) -> str | None:
                attack.enter(said)
                return "seen" if attack.scalar(f"select exists(select from {it})") else None

            attack.refused("pretend", f"{table.name} as {tenant!r}", look)
    attack.enter(str(attack.me.tenant_id))


def _climb(attack: Attack) -> None:
    for statement in CLIMBS:

        def climb(statement: str = statement) -> str:
            attack.connection.exec_driver_sql(statement)
            return "was allowed"

        attack.refused("climb", statement, climb)

    def without_fence() -> str | None:
        attack.connection.exec_driver_sql("set local row_security = off")
        return "seen" if attack.scalar("select exists(select from guanxi.customer)") else None

    attack.refused("climb", "set local row_security = off", without_fence)
    for name in sorted(GLOBAL_TABLES - {"installation", "tenant", "oauth_app", "isolation_run"}):
        attack.refused("climb", f"reading {name}", partial(_read, attack, name))
    for name in ("installation", "tenant", "isolation_run"):
        attack.refused("climb", f"changing {name}", partial(_changed, attack, name))


def _read(attack: Attack, name: str) -> str:
    attack.scalar(f'select exists(select from guanxi."{name}")')
    return "readable"


def _changed(attack: Attack, name: str) -> str | None:
    """Of the tenants, one's own row may be changed and no other."""
    other = "where id = :them" if name == "tenant" else "where cast(:them as uuid) is not null"
    return attack.touched(f'delete from guanxi."{name}" {other}', them=attack.prey.tenant_id)
