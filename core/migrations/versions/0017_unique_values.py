"""A value that no two records may have the same."""

import sqlalchemy as sa
from alembic import op

revision = "core_0017"
down_revision = "core_0016"


def upgrade() -> None:
    op.add_column("custom_value", sa.Column("u", sa.Text(collation="C"), nullable=True))
    op.create_index(
        "custom_value_u",
        "custom_value",
        ["tenant_id", "field_id", "u"],
        unique=True,
        postgresql_where=sa.text("u is not null"),
    )
