"""Second factors: codes, passkeys, recovery codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0019"
down_revision = "core_0018"

WHEN = sa.DateTime(timezone=True)
TABLES = ("user_code_app", "user_passkey", "user_recovery_code", "user_passkey_ceremony")


def upgrade() -> None:
    op.add_column("user", sa.Column("factors_at", WHEN, nullable=True))
    op.create_table(
        "user_code_app",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("added_at", WHEN, nullable=False),
        sa.Column("last_used_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("user_id", name=op.f("user_code_app_pk")),
    )
    op.create_table(
        "user_passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(collation="C"), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", postgresql.JSONB(), nullable=False),
        sa.Column("added_at", WHEN, nullable=False),
        sa.Column("last_used_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("user_passkey_pk")),
        sa.UniqueConstraint("credential_id", name=op.f("user_passkey_credential_id_uq")),
    )
    op.create_index("user_passkey_user_id", "user_passkey", ["user_id"])
    op.create_table(
        "user_recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(collation="C"), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("used_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("user_recovery_code_pk")),
    )
    op.create_index("user_recovery_code_uq", "user_recovery_code", ["user_id", "fingerprint"], unique=True)
    op.create_table(
        "user_passkey_ceremony",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("user_passkey_ceremony_pk")),
    )
    op.create_index("user_passkey_ceremony_expires_at", "user_passkey_ceremony", ["expires_at"])
    for table in TABLES:
        _fence(table)


def _fence(table: str) -> None:
    """Of users, not of tenants: only signing in reaches them."""
    op.create_foreign_key(op.f(f"{table}_user_id_fk"), table, "user", ["user_id"], ["id"], ondelete="CASCADE")
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy auth_all on {table} to guanxi_auth using (true) with check (true)")
    op.execute(f"grant select, insert, update, delete on {table} to guanxi_auth")
