"""Followers of records."""

import sqlalchemy as sa
from alembic import op

revision = "core_0014"
down_revision = "core_0013"


def upgrade() -> None:
    op.create_table(
        "follower",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("follower_pk")),
    )
    op.create_index("follower_uq", "follower", ["tenant_id", "record_id", "member_id"], unique=True)
    op.create_index("follower_of_member", "follower", ["tenant_id", "member_id"], unique=False)
    op.execute("select guanxi.distribute('guanxi.follower')")
    op.create_foreign_key(op.f("follower_tenant_id_fk"), "follower", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(
        op.f("follower_tenant_id_member_id_fk"), "follower", "member", ["tenant_id", "member_id"],
        ["tenant_id", "id"], ondelete="CASCADE",
    )  # fmt: skip
