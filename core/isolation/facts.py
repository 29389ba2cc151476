"""What keeps workspaces apart, counted in the database's catalogue, for those who have to vouch for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from core import db
from core.fence import APPEND_ONLY, FENCE, GLOBAL_TABLES, fence_problems

KEYS = """
select count(*) as keys,
       coalesce(array_agg(distinct c.relname::text) filter (
         where (select a.attname from pg_attribute a where a.attrelid = k.conrelid and a.attnum = k.conkey[1])
               <> 'tenant_id'), '{}') as loose
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = k.connamespace
 where n.nspname = 'guanxi' and k.contype in ('p', 'u', 'f') and c.relname <> all(:others)
   and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
   and exists (select from pg_policies p where p.schemaname = 'guanxi' and p.tablename = c.relname
                  and p.policyname = 'tenant_isolation')
"""
ROLE = """
select rolname as name, rolsuper as super, rolbypassrls as bypass,
       rolcreaterole or rolcreatedb or rolreplication as more,
       (select count(*) from pg_class c where c.relowner = r.oid) as owns,
       (select count(*) from pg_auth_members m where m.member = r.oid) as groups,
       array(select t from unnest(cast(:kept as text[])) t
              where has_table_privilege('guanxi.' || quote_ident(t), 'update')
                 or has_table_privilege('guanxi.' || quote_ident(t), 'delete')) as alterable
  from pg_roles r where rolname = current_user
"""
LOCAL = ["job", "deadline"]
"""Claimed across tenants by the workers, and so with a key of their own."""


@dataclass(frozen=True)
class Facts:
    """`problems` are what speaks against the fence; everything else is what it is made of."""

    tables: int
    fenced: int
    policies: int
    shared: int
    keys: int
    role: str
    problems: Sequence[str]
    is_plain: bool
    """The application's database user is no superuser, is bound by the fence, owns nothing and is in no group."""
    keeps_log: bool
    """That user can alter no row of the log."""


def facts() -> Facts:
    with db.engine("app").connect() as connection:
        connection.execute(text("set local search_path = pg_catalog"))
        rows = [dict(row) for row in connection.execute(text(FENCE)).mappings()]
        keys = connection.execute(text(KEYS), {"others": [*GLOBAL_TABLES, *LOCAL]}).one()
        role = connection.execute(text(ROLE), {"kept": sorted(APPEND_ONLY)}).one()
    ours = [row for row in rows if row["of_tenant"] and row["table"] not in GLOBAL_TABLES]
    is_plain = not (role.super or role.bypass or role.more or role.owns or role.groups)
    problems = fence_problems()
    problems += [f"table {name}: a key of it does not begin with the workspace" for name in keys.loose]
    if role.groups or role.more:
        problems.append(f"role {role.name} may make or become other roles")
    problems += [f"table {name}: {role.name} can alter what was written" for name in role.alterable
                 if not any(name in problem for problem in problems)]  # fmt: skip
    return Facts(
        tables=len(ours), fenced=sum(row["enabled"] and row["forced"] for row in ours),
        policies=sum(len(row["policies"]) for row in ours), shared=len(rows) - len(ours), keys=keys.keys,
        role=role.name, problems=problems, is_plain=is_plain, keeps_log=not role.alterable,
    )  # fmt: skip
