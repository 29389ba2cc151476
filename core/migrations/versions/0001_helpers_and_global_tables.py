"""The functions that fence a table, and the tables that belong to no tenant."""

from alembic import op

revision = "core_0001"
down_revision = None

HELPERS = (
    """
create function guanxi.tenant_id() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.tenant_id', true), '')::uuid
""",
    """
create function guanxi.replicate(t regclass) returns void language plpgsql as $$
begin  -- a global table: a reference table on Citus, nothing to do on one machine
  if exists (select from pg_extension where extname = 'citus') then perform create_reference_table(t); end if;
end $$
""",
    """
create function guanxi.distribute(t regclass) returns void language plpgsql as $$
begin  -- a tenant table: the same shards and the same fence for all of them
  if exists (select from pg_extension where extname = 'citus') then
    if t = 'guanxi.member'::regclass then
      perform create_distributed_table(t, 'tenant_id', shard_count => 32);
    else
      perform create_distributed_table(t, 'tenant_id', colocate_with => 'guanxi.member');
    end if;
  end if;
  execute format('alter table %s enable row level security', t);
  execute format('alter table %s force row level security', t);
  execute format('create policy tenant_isolation on %s to guanxi_app'
                 ' using (tenant_id = guanxi.tenant_id()) with check (tenant_id = guanxi.tenant_id())', t);
  execute format('create policy ops_read on %s for select to guanxi_ops using (true)', t);
  execute format('grant select, insert, update, delete on %s to guanxi_app', t);
  execute format('grant select on %s to guanxi_ops', t);
end $$
""",
)

TABLES = (
    "create table installation (key text primary key, value text not null)",
    """
create table tenant (
  id uuid constraint tenant_pk primary key,
  slug text collate "C" not null constraint tenant_slug_uq unique,
  public_id text collate "C" not null constraint tenant_public_id_uq unique,
  name text not null,
  locale text not null default 'en',
  timezone text not null default 'Asia/Shanghai',
  currency text not null default 'CNY',
  plan text not null default 'free',
  covered jsonb,
  schema_version integer not null default 0,
  created_at timestamptz not null default now()
)
""",
    """
create table "user" (
  id uuid constraint user_pk primary key,
  email text collate "C" not null constraint user_email_uq unique,
  name text not null,
  password text,
  active boolean not null default true,
  fs_uniquifier text not null constraint user_fs_uniquifier_uq unique,
  confirmed_at timestamptz,
  locale text,
  created_at timestamptz not null default now()
)
""",
    """
create table signup (
  id uuid constraint signup_pk primary key,
  user_id uuid not null,
  tenant_id uuid not null,
  slug text not null,
  company text not null,
  locale text not null,
  timezone text not null,
  currency text not null,
  created_at timestamptz not null default now(),
  done_at timestamptz
)
""",
    "create index signup_user_id on signup (user_id)",
)

LOCAL_TABLES = (
    """
create table job (
  id uuid constraint job_pk primary key,
  tenant_id uuid not null,
  queue text not null default 'quick' constraint job_queue_ck check (queue in ('quick', 'slow')),
  name text not null,
  module text not null,
  args jsonb not null default '{}',
  key text,
  cause jsonb not null default '{}',
  due_at timestamptz not null,
  locked_until timestamptz,
  attempts integer not null default 0,
  parked_at timestamptz,
  error text
)
""",
    "create index job_due on job (queue, due_at, id) where parked_at is null",
    "create unique index job_key_uq on job (tenant_id, key) where key is not null",
    "create index job_parked on job (tenant_id, parked_at) where parked_at is not null",
    """
create table deadline (
  id uuid constraint deadline_pk primary key,
  tenant_id uuid not null,
  record_type text not null,
  record_id uuid not null,
  kind text not null,
  module text not null,
  due_at timestamptz not null,
  payload jsonb not null default '{}',
  cause jsonb not null default '{}'
)
""",
    "create index deadline_due on deadline (due_at)",
    "create unique index deadline_record_uq on deadline (tenant_id, record_id, kind)",
)

FENCES = (
    "alter table tenant enable row level security",
    "alter table tenant force row level security",
    "create policy tenant_self on tenant to guanxi_app using (id = guanxi.tenant_id())"
    " with check (id = guanxi.tenant_id())",
    "create policy auth_read on tenant for select to guanxi_auth using (true)",
    "create policy ops_read on tenant for select to guanxi_ops using (true)",
    "grant select, insert, update on tenant to guanxi_app",
    "grant select on tenant to guanxi_auth, guanxi_ops",
    'alter table "user" enable row level security',
    'alter table "user" force row level security',
    'create policy auth_all on "user" to guanxi_auth using (true) with check (true)',
    'create policy ops_read on "user" for select to guanxi_ops using (true)',
    'grant select, insert, update on "user" to guanxi_auth',
    'grant select (id, email, name, active, confirmed_at, created_at) on "user" to guanxi_ops',
    "alter table signup enable row level security",
    "alter table signup force row level security",
    "create policy auth_all on signup to guanxi_auth using (true) with check (true)",
    "grant select, insert, update on signup to guanxi_auth",
    "alter table installation enable row level security",
    "alter table installation force row level security",
    "create policy app_read on installation for select to guanxi_app, guanxi_ops using (true)",
    "grant select on installation to guanxi_app, guanxi_ops",
    *(
        statement
        for table in ("job", "deadline")
        for statement in (
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy tenant_isolation on {table} to guanxi_app"
            " using (tenant_id = guanxi.tenant_id()) with check (tenant_id = guanxi.tenant_id())",
            f"create policy work on {table} to guanxi_worker using (true) with check (true)",
            f"create policy ops_read on {table} for select to guanxi_ops using (true)",
            f"grant select, insert, update, delete on {table} to guanxi_app, guanxi_worker",
            f"grant select on {table} to guanxi_ops",
        )
    ),
)


def upgrade() -> None:
    for statement in (*HELPERS, *TABLES, *LOCAL_TABLES, *FENCES):
        op.execute(statement)
    for table in ("tenant", '"user"'):
        op.execute(f"select guanxi.replicate('guanxi.{table}')")
