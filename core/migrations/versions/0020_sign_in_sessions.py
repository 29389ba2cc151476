"""Sessions of sign-in, work left for no workspace, and changes of address under way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0020"
down_revision = "core_0019"

WHEN = sa.DateTime(timezone=True)
LETTERS = sa.Text(collation="C")


def upgrade() -> None:
    _sessions()
    _errands()
    _changes()
    for table in ("sign_in_session", "account_errand", "email_change"):
        _fence(table)
    op.execute("create policy work on account_errand for select to guanxi_worker using (true)")
    op.execute("grant select (due_at) on account_errand to guanxi_worker")


def _sessions() -> None:
    op.create_table(
        "sign_in_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", LETTERS, nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("remembered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ip", sa.Text(), server_default="", nullable=False),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("last_seen_at", WHEN, nullable=False),
        sa.Column("expires_at", WHEN, nullable=False),
        sa.Column("ended_at", WHEN, nullable=True),
        sa.Column("entered", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("sign_in_session_pk")),
        sa.UniqueConstraint("token_hash", name=op.f("sign_in_session_token_hash_uq")),
    )
    op.create_index("sign_in_session_user_id", "sign_in_session", ["user_id"])
    _of_user("sign_in_session")


def _errands() -> None:
    op.create_table(
        "account_errand",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", LETTERS, nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("account_errand_pk")),
    )
    op.create_index("account_errand_due_at", "account_errand", ["due_at"])


def _changes() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("former", LETTERS, nullable=False),
        sa.Column("wanted", LETTERS, nullable=False),
        sa.Column("asked_at", WHEN, nullable=False),
        sa.Column("agreed_at", WHEN, nullable=True),
        sa.Column("confirmed_at", WHEN, nullable=True),
        sa.Column("refused_at", WHEN, nullable=True),
        sa.Column("done_at", WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("email_change_pk")),
    )
    op.create_index("email_change_user_id", "email_change", ["user_id"])
    _of_user("email_change")


def _of_user(table: str) -> None:
    op.create_foreign_key(op.f(f"{table}_user_id_fk"), table, "user", ["user_id"], ["id"], ondelete="CASCADE")


def _fence(table: str) -> None:
    """Of people, not of workspaces: only signing in reaches them."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy auth_all on {table} to guanxi_auth using (true) with check (true)")
    op.execute(f"grant select, insert, update, delete on {table} to guanxi_auth")
