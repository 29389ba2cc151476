"""Bringing the database to the state that the code expects: roles, then the migrations of each component."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg
import structlog
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import ops
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, ForeignKeyConstraint, Table

from core import db
from core.db import Base
from core.fence import GLOBAL_TABLES, LOCAL_TABLES
from core.host.loader import host
from core.settings import ROLES, settings

log = structlog.get_logger()
LOCK = 0x67756D69
LEAKPROOF = (
    "texticlike(text,text)",
    "textlike(text,text)",
    "ts_match_vq(tsvector,tsquery)",
    "jsonb_contains(jsonb,jsonb)",
    "jsonb_object_field_text(jsonb,text)",
    "arraycontains(anyarray,anyarray)",
    "lower(text)",
)
"""Functions that an index may use under row-level security; none raises an error that shows a row's value."""


@dataclass(frozen=True)
class Component:
    """Whoever brings migrations: the core and each plugin, with a version table of its own."""

    name: str
    folder: Path

    @property
    def versions(self) -> Path:
        return self.folder / "versions"


def components() -> list[Component]:
    """The core first, then the plugins in the order in which they require each other."""
    found = [Component("core", Path(__file__).parent / "migrations")]
    waiting = dict(host().plugins)
    while waiting:
        ready = [p for p in waiting.values() if not set(p.requires) & set(waiting)]
        for plugin in ready:
            found.append(Component(plugin.name, plugin.folder / "migrations"))
            del waiting[plugin.name]
    return [c for c in found if c.versions.is_dir()]


def digest() -> str:
    """Names the state that the code expects; the same as the database's own when there is nothing to do."""
    names = [f"{c.name}/{path.name}" for c in components() for path in sorted(c.versions.glob("*.py"))]
    wanted = [*names, settings().secret_key, *LEAKPROOF, str(TOKENS_KNOWN)]
    return hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def upgrade() -> None:
    """Make the roles and run what migrations are missing. Two at once wait for each other; twice is once."""
    with psycopg.connect(_admin_url(), autocommit=True) as admin:
        if _recorded(admin) == digest():
            return
        admin.execute("select pg_advisory_lock(%s)", [LOCK])
        make_roles(admin)
        for component in components():
            with db.engine("owner").connect() as connection:
                _run(component, connection)
        know_tokens(admin)
        _record(admin)
        admin.execute("select pg_advisory_unlock(%s)", [LOCK])


def is_current() -> bool:
    with psycopg.connect(_admin_url(), autocommit=True) as admin:
        return _recorded(admin) == digest()


def _admin_url() -> str:
    return settings().database_url.replace("+psycopg", "").replace("postgres://", "postgresql://")


def _recorded(admin: psycopg.Connection[Any]) -> str | None:
    if admin.execute("select to_regclass('guanxi.installation')").fetchone() == (None,):
        return None
    row = admin.execute("select value from guanxi.installation where key = 'migrations'").fetchone()
    return row[0] if row else None


def _record(admin: psycopg.Connection[Any]) -> None:
    admin.execute(
        "insert into guanxi.installation (key, value) values ('migrations', %s)"
        " on conflict (key) do update set value = excluded.value",
        [digest()],
    )


def make_roles(admin: psycopg.Connection[Any]) -> None:
    """The five roles with their passwords, the schema and its helpers. Needs the right to create roles."""
    for role in ROLES:
        name = sql.Identifier(f"guanxi_{role}")
        exists = admin.execute("select 1 from pg_roles where rolname = %s", [f"guanxi_{role}"]).fetchone()
        verb = sql.SQL("alter" if exists else "create")
        password = sql.Literal(settings().role_password(role))
        admin.execute(sql.SQL("{} role {} login password {}").format(verb, name, password))
        admin.execute(sql.SQL("alter role {} set search_path = guanxi, public").format(name))
        admin.execute(sql.SQL("alter role {} set timezone = 'UTC'").format(name))
    _try(admin, "alter role guanxi_owner bypassrls", "backfills need guanxi_owner to have BYPASSRLS")
    admin.execute("alter role guanxi_app set plan_cache_mode = force_custom_plan")
    # A page read here and there costs little more than the next one, from memory or from a disk without arms. With the
    # usual 4 the planner walks through thousands of the newest records rather than fetch a few hundred that match.
    admin.execute("alter role guanxi_app set random_page_cost = 1.1")
    admin.execute("grant guanxi_owner to current_user")
    admin.execute("create schema if not exists guanxi authorization guanxi_owner")
    admin.execute("grant usage on schema guanxi to guanxi_app, guanxi_auth, guanxi_worker, guanxi_ops")
    _try(admin, "create extension if not exists btree_gin", "indexes for search need the extension btree_gin")
    for function in LEAKPROOF:
        _try(
            admin,
            f"alter function pg_catalog.{function} leakproof",
            f"search is slower: {function} not leakproof",
        )


TOKENS_KNOWN = 500
"""The planner's statistics target for search tokens: it then knows how frequent five thousand of them are. With the
usual hundred it takes a rare name for a frequent one, and walks through the newest records until it meets it."""


def know_tokens(admin: psycopg.Connection[Any]) -> None:
    """Have the planner know more of the tokens by which records are found, in every table that has them."""
    found = admin.execute(
        "select a.attrelid::regclass::text from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where a.attname = 'search_grams' and c.relkind = 'r' and c.relnamespace = 'guanxi'::regnamespace"
        " and a.attstattarget is distinct from %s",
        [TOKENS_KNOWN],
    )
    for (table,) in found.fetchall():
        name = sql.SQL(".").join(map(sql.Identifier, table.split(".")))
        admin.execute(sql.SQL("alter table {} alter column search_grams set statistics {}").format(
            name, sql.Literal(TOKENS_KNOWN)))  # fmt: skip


def _try(admin: psycopg.Connection[Any], statement: str, otherwise: str) -> None:
    try:
        admin.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        log.warning("not_allowed", statement=statement, consequence=otherwise)


# --- running and drafting migrations -------------------------------------------------------------------


def _script(component: Component) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(component.folder))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _run(component: Component, connection: Connection) -> None:
    script = _script(component)

    def to_head(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=to_head) as environment:
        environment.configure(
            connection=connection,
            version_table=f"alembic_version_{component.name}",
            version_table_schema="guanxi",
            transactional_ddl=True,
        )
        with environment.begin_transaction():
            environment.run_migrations()
        connection.commit()


def tables_of(component: str) -> list[Table]:
    return [t for t in Base.metadata.sorted_tables if t.info.get("component") == component]


def draft_migration(component_name: str, message: str) -> Path | None:
    """Write a migration that brings the database to the models of a component; None when they agree."""
    component = next(c for c in components() if c.name == component_name)
    found = differences(component)
    if found.is_empty():
        return None
    script = _script(component)
    head = script.get_current_head()
    number = len(list(component.versions.glob("*.py"))) + 1
    path = component.versions / f"{number:04}_{message.lower().replace(' ', '_')}.py"
    body = render_python_code(_fenced(found), migration_context=None)
    path.write_text(
        f'"""{message}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n'
        "from sqlalchemy.dialects import postgresql\n\n"
        f'revision = "{component.name}_{number:04}"\ndown_revision = {head!r}\n\n\n'
        f"def upgrade() -> None:\n{_tidy(body)}"
    )
    return path


def differences(component: Component) -> ops.UpgradeOps:
    """What separates the database from the models of a component."""
    mine = {t.name for t in tables_of(component.name)}

    def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return kind != "table" or name in mine

    with db.engine("owner").connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True, "target_metadata": Base.metadata}
        )
        found = produce_migrations(context, Base.metadata).upgrade_ops
    assert found is not None
    return found


def _fenced(found: ops.UpgradeOps) -> ops.UpgradeOps:
    """The same, with each new table made without foreign keys, fenced, and only then tied to the others."""
    result: list[Any] = []
    tied: list[Any] = []
    for op in found.ops:
        if not isinstance(op, ops.CreateTableOp):
            result.append(op)
            continue
        op.info.clear()
        keys = [c for c in op.columns if isinstance(c, ForeignKeyConstraint)]
        op.columns = [c for c in op.columns if not isinstance(c, ForeignKeyConstraint)]
        result.append(op)
        if op.table_name not in GLOBAL_TABLES | LOCAL_TABLES:
            tied.append(ops.ExecuteSQLOp(f"select guanxi.distribute('guanxi.{op.table_name}')"))
        tied += [ops.CreateForeignKeyOp.from_constraint(k) for k in keys]
    indexes = [op for op in result if isinstance(op, ops.CreateIndexOp)]
    others = [op for op in result if not isinstance(op, ops.CreateIndexOp)]
    return ops.UpgradeOps([*others, *indexes, *tied])


def _tidy(body: str) -> str:
    lines = [line.replace("astext_type=Text()", "").replace("(none_as_null=True, )", "(none_as_null=True)")
             for line in body.splitlines() if "### " not in line]  # fmt: skip
    return "\n".join(line if line.startswith("    ") or not line else f"    {line}" for line in lines) + "\n"


@click.command("migrate")
@click.option("--draft", nargs=2, metavar="COMPONENT MESSAGE", help="Write a migration from changed models.")
def command(draft: tuple[str, str] | None) -> None:
    """Bring the database to the state that this version expects."""
    if draft:
        click.echo(draft_migration(*draft) or "The database agrees with the models.")
    else:
        upgrade()
