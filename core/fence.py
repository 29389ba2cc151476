"""The fence around a tenant's rows, as the database's own catalogue tells of it: whoever starts looks first."""

from typing import Any

from sqlalchemy import text

from core import db

GLOBAL_TABLES = frozenset({
    "user", "tenant", "signup", "account_mail", "installation", "oauth_app",
    "sign_in_session", "account_errand", "email_change",
    "user_identity", "sign_in_attempt", "user_code_app", "user_passkey", "user_passkey_ceremony", "user_recovery_code",
    "isolation_run",
})  # fmt: skip
"""Tables without a tenant of their own, each with policies written by hand."""

LOCAL_TABLES = frozenset({"job", "deadline"})
"""Tables with a `tenant_id` that are claimed across tenants by guanxi_worker, each with its own policies."""

APPEND_ONLY = frozenset({"event"})
"""Tables of whose rows guanxi_app can alter none: the audit log is one of them."""

FENCE = """
select c.relname as table, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
       exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'
               and not a.attisdropped) as of_tenant,
       coalesce((select json_agg(json_build_object('name', p.policyname, 'roles', p.roles, 'qual', p.qual,
                                                   'check', p.with_check, 'cmd', p.cmd))
                 from pg_policies p where p.schemaname = 'guanxi' and p.tablename = c.relname), '[]') as policies
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'guanxi' and c.relkind in ('r', 'p') and c.relname not like 'alembic_version%'
 order by 1
"""
ALTERABLE = """
select name, verb from unnest(cast(:tables as text[])) name, unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) verb
 where has_table_privilege(current_user, 'guanxi.' || quote_ident(name), verb)
    or (verb = 'UPDATE' and has_any_column_privilege(current_user, 'guanxi.' || quote_ident(name), 'UPDATE'))
"""
PREDICATE = "(tenant_id = guanxi.tenant_id())"


class NotFenced(RuntimeError):
    """The database would let one tenant see another's rows; the message names the tables."""


def fence_problems(role_name: str = "app") -> list[str]:
    """What the catalogue says against starting: unfenced tables, a role that may bypass the fence."""
    with db.engine(role_name).connect() as connection:
        connection.execute(text("set local search_path = pg_catalog"))  # so that policies are spelt in full
        problems = [
            problem for row in connection.execute(text(FENCE)).mappings() if (problem := _table_problem(dict(row)))
        ]
        role = connection.execute(
            text(
                "select rolsuper, rolbypassrls, exists (select from pg_class c where c.relowner = r.oid) as owns"
                " from pg_roles r where rolname = current_user"
            )
        ).one()
        problems += [
            f"table {row.name}: guanxi_{role_name} may {row.verb.lower()} what was written down for good"
            for row in connection.execute(text(ALTERABLE), {"tables": sorted(APPEND_ONLY)})
        ]
    if role.rolsuper or role.rolbypassrls:
        problems.append(f"role guanxi_{role_name} may bypass row-level security")
    if role.owns:
        problems.append(f"role guanxi_{role_name} owns tables, so it could drop their policies")
    return problems


def _table_problem(row: dict[str, Any]) -> str | None:
    name = row["table"]
    if not (row["enabled"] and row["forced"]):
        return f"table {name}: row-level security is not enabled and forced"
    if name in GLOBAL_TABLES:
        return None
    if not row["of_tenant"]:
        return f"table {name}: has no tenant_id and is not in the list of global tables"
    ours = [p for p in row["policies"] if {"guanxi_app", "public"} & set(p["roles"])]
    for policy in ours:
        if policy["qual"] != PREDICATE or policy["check"] != PREDICATE or policy["cmd"] != "ALL":
            return f"table {name}: policy {policy['name']} lets guanxi_app out of its tenant"
    return None if ours else f"table {name}: has no policy for guanxi_app"


def refuse_unfenced() -> None:
    """Raise NotFenced, naming the tables, when the database does not keep tenants apart."""
    if problems := fence_problems():
        raise NotFenced("Guanxi does not start: " + "; ".join(problems))
