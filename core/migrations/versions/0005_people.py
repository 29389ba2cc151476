"""What a sign-up remembers of the person, and the mails that belong to no workspace."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0005"
down_revision = "core_0004"

FENCES = (
    "alter table account_mail enable row level security",
    "alter table account_mail force row level security",
    "create policy auth_all on account_mail to guanxi_auth using (true) with check (true)",
    "create policy work on account_mail for select to guanxi_worker using (true)",
    "grant select, insert, update, delete on account_mail to guanxi_auth",
    "grant select (due_at) on account_mail to guanxi_worker",
    "grant select (last_used_at) on api_token to guanxi_auth",
)


def upgrade() -> None:
    op.add_column("signup", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.add_column("signup", sa.Column("password", sa.Text()))
    op.add_column("signup", sa.Column("confirmed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "account_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("account_mail_pk")),
    )
    op.create_index("account_mail_due_at", "account_mail", ["due_at"])
    for statement in FENCES:
        op.execute(statement)
