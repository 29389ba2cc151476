"""Tokens of service members, and programs of third parties."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0022"
down_revision = "core_0021"

MOMENT = sa.DateTime(timezone=True)
LIST = postgresql.JSONB()
LETTERS = sa.Text(collation="C")

POLICIES = (
    "alter table oauth_app enable row level security",
    "alter table oauth_app force row level security",
    "create policy publisher on oauth_app to guanxi_app"
    " using (publisher_id = guanxi.tenant_id()) with check (publisher_id = guanxi.tenant_id())",
    "create policy auth_read on oauth_app for select to guanxi_auth using (true)",
    "create policy ops_read on oauth_app for select to guanxi_ops using (true)",
    "grant select, insert, update on oauth_app to guanxi_app",
    "grant select on oauth_app to guanxi_auth, guanxi_ops",
    "grant select (ips, previous_hash, previous_until, app_id) on api_token to guanxi_auth",
)
BY_HASH = (("oauth_code", "code_hash"), ("oauth_refresh", "token_hash"))
"""Found by what a program shows, before it is known whose workspace it is."""


def upgrade() -> None:
    _tokens()
    _apps()
    _approvals()
    _consents()
    _codes()
    _refreshes()
    for statement in POLICIES:
        op.execute(statement)
    for table, column in BY_HASH:
        op.execute(f"create policy auth_read on {table} for select to guanxi_auth using (true)")
        op.execute(f"grant select (tenant_id, id, member_id, app_id, {column}) on {table} to guanxi_auth")


def _tokens() -> None:
    for column in (
        sa.Column("ips", LIST, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("last_used_from", sa.Text()),
        sa.Column("previous_hash", LETTERS),
        sa.Column("previous_until", MOMENT),
        sa.Column("rotated_at", MOMENT),
        sa.Column("created_by_id", sa.Uuid()),
        sa.Column("app_id", sa.Uuid()),
        sa.Column("family_id", sa.Uuid()),
    ):
        op.add_column("api_token", column)
    op.create_index("api_token_by_previous_hash", "api_token", ["previous_hash"],
                    postgresql_where=sa.text("previous_hash is not null"))  # fmt: skip
    op.create_index("api_token_of_member", "api_token", ["tenant_id", "member_id"])
    op.create_index("api_token_of_app", "api_token", ["tenant_id", "app_id", "member_id"],
                    postgresql_where=sa.text("app_id is not null"))  # fmt: skip
    _point("api_token", "created_by_id")


def _apps() -> None:
    op.create_table(
        "oauth_app",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("publisher_id", sa.Uuid(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("homepage", sa.Text(), nullable=False),
        sa.Column("logo", sa.LargeBinary()),
        sa.Column("has_logo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("redirect_uris", LIST, nullable=False),
        sa.Column("scopes", LIST, nullable=False),
        sa.Column("secret_hash", LETTERS),
        sa.Column("secret_hint", sa.Text()),
        sa.Column("service_member_id", sa.Uuid()),
        sa.Column("created_by_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name=op.f("oauth_app_pk")),
    )
    op.create_index("oauth_app_of_publisher", "oauth_app", ["publisher_id"])
    op.execute("select guanxi.replicate('guanxi.oauth_app')")


def _approvals() -> None:
    _table(
        "oauth_approval",
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("publisher", sa.Text(), nullable=False),
        sa.Column("scopes", LIST, nullable=False),
        sa.Column("asked_by_id", sa.Uuid()),
        sa.Column("decided_by_id", sa.Uuid()),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint("status in ('asked', 'approved', 'withdrawn')", name=op.f("oauth_approval_status_ck")),
    )
    op.create_index("oauth_approval_uq", "oauth_approval", ["tenant_id", "app_id"], unique=True)
    _fence("oauth_approval")
    _point("oauth_approval", "asked_by_id")
    _point("oauth_approval", "decided_by_id")


def _consents() -> None:
    _table(
        "oauth_consent",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", LIST, nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
    )
    op.create_index("oauth_consent_uq", "oauth_consent", ["tenant_id", "member_id", "app_id"], unique=True)
    op.create_index("oauth_consent_of_app", "oauth_consent", ["tenant_id", "app_id"])
    _fence("oauth_consent")
    _point("oauth_consent", "member_id", gone="CASCADE")


def _codes() -> None:
    _table(
        "oauth_code",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", LETTERS, nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scopes", LIST, nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )
    op.create_index("oauth_code_by_hash", "oauth_code", ["code_hash"])
    _fence("oauth_code")
    _point("oauth_code", "member_id", gone="CASCADE")


def _refreshes() -> None:
    _table(
        "oauth_refresh",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", LETTERS, nullable=False),
        sa.Column("scopes", LIST, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
    )
    op.create_index("oauth_refresh_by_hash", "oauth_refresh", ["token_hash"])
    op.create_index("oauth_refresh_of_app", "oauth_refresh", ["tenant_id", "app_id", "member_id"])
    op.create_index("oauth_refresh_of_family", "oauth_refresh", ["tenant_id", "family_id"])
    _fence("oauth_refresh")
    _point("oauth_refresh", "member_id", gone="CASCADE")


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"{name}_pk")),
    )


def _fence(table: str) -> None:
    op.execute(f"select guanxi.distribute('guanxi.{table}')")
    op.create_foreign_key(op.f(f"{table}_tenant_id_fk"), table, "tenant", ["tenant_id"], ["id"])


def _point(table: str, column: str, *, gone: str | None = None) -> None:
    op.create_foreign_key(op.f(f"{table}_tenant_id_{column}_fk"), table, "member", ["tenant_id", column],
                          ["tenant_id", "id"], ondelete=gone)  # fmt: skip
