"""Signing in with somebody else's account."""

import sqlalchemy as sa
from alembic import op

revision = "core_0021"
down_revision = "core_0020"

FENCES = (
    *(
        statement
        for table in ("user_identity", "sign_in_attempt")
        for statement in (
            f"alter table {table} enable row level security",
            f"alter table {table} force row level security",
            f"create policy auth_all on {table} to guanxi_auth using (true) with check (true)",
            f"grant select, insert, update, delete on {table} to guanxi_auth",
        )
    ),
    "create policy auth_read on company_provider for select to guanxi_auth using (true)",
    "create policy auth_read on company_domain for select to guanxi_auth using (true)",
    "grant select (tenant_id, id, label, enabled) on company_provider to guanxi_auth",
    "grant select (tenant_id, id, domain, proven_at) on company_domain to guanxi_auth",
)


def upgrade() -> None:
    _of_everybody()
    _of_companies()
    op.create_index("member_invited", "member", ["email"], postgresql_where=sa.text("status = 'invited'"))
    for statement in FENCES:
        op.execute(statement)


def _of_everybody() -> None:
    op.create_table(
        "user_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.Text(collation="C"), nullable=False),
        sa.Column("subject", sa.Text(collation="C"), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("by_company", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("user_identity_pk")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("user_identity_issuer_subject_uq")),
    )
    op.create_index(op.f("user_identity_user_id"), "user_identity", ["user_id"])
    op.execute("select guanxi.replicate('guanxi.user_identity')")
    op.create_foreign_key(op.f("user_identity_user_id_fk"), "user_identity", "user", ["user_id"], ["id"],
                          ondelete="CASCADE")  # fmt: skip
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state_hash", sa.Text(collation="C"), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("then", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("sign_in_attempt_pk")),
        sa.UniqueConstraint("state_hash", name=op.f("sign_in_attempt_state_hash_uq")),
    )
    op.create_index(op.f("sign_in_attempt_created_at"), "sign_in_attempt", ["created_at"])


def _of_companies() -> None:
    op.create_table(
        "company_provider",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("joins", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("passwords", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("company_provider_pk")),
    )
    op.create_index("company_provider_uq", "company_provider", ["tenant_id"], unique=True)
    op.create_table(
        "company_domain",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.Text(collation="C"), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("company_domain_pk")),
    )
    op.create_index("company_domain_uq", "company_domain", ["tenant_id", "domain"], unique=True)
    op.create_index("company_domain_proven", "company_domain", ["domain"],
                    postgresql_where=sa.text("proven_at is not null"))  # fmt: skip
    for table in ("company_provider", "company_domain"):
        op.execute(f"select guanxi.distribute('guanxi.{table}')")
        op.create_foreign_key(op.f(f"{table}_tenant_id_fk"), table, "tenant", ["tenant_id"], ["id"])
