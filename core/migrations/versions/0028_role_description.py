"""What a role is for, in the tenant's words; and no two of its own are called alike."""

import sqlalchemy as sa
from alembic import op

revision = "core_0028"
down_revision = "core_0027"


def upgrade() -> None:
    op.add_column("role", sa.Column("description", sa.Text(), server_default="", nullable=False))
    op.create_index("role_name_uq", "role", ["tenant_id", "name"], unique=True,
                    postgresql_where=sa.text("key is null"))  # fmt: skip
