"""How much each member looks at, exports and reveals in a day."""

import sqlalchemy as sa
from alembic import op

revision = "core_0027"
down_revision = "core_0026"


def upgrade() -> None:
    op.create_table(
        "member_use",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(kind, sa.Integer(), server_default=sa.text("0"), nullable=False)
          for kind in ("opened", "listed", "exported", "revealed")),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("member_use_pk")),
    )  # fmt: skip
    op.create_index("member_use_uq", "member_use", ["tenant_id", "member_id", "day"], unique=True)
    op.execute("select guanxi.distribute('guanxi.member_use')")
    op.create_foreign_key(op.f("member_use_tenant_id_fk"), "member_use", "tenant", ["tenant_id"], ["id"])
    op.create_foreign_key(op.f("member_use_tenant_id_member_id_fk"), "member_use", "member", ["tenant_id", "member_id"],
                          ["tenant_id", "id"], ondelete="CASCADE")  # fmt: skip
