"""Imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0006"
down_revision = "core_0005"


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(collation="C"), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("file_pk")),
    )
    op.create_index("file_sha256", "file", ["tenant_id", "sha256"], unique=False)
    op.create_table(
        "import",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.JSONB(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("remarked", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status in ('draft', 'running', 'done', 'failed', 'cancelled')", name=op.f("import_status_ck")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("import_pk")),
    )
    op.create_index("import_newest", "import", ["tenant_id", "record_type", "created_at"], unique=False)
    op.create_table(
        "import_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("import_row_pk")),
    )
    op.create_index("import_row_of", "import_row", ["tenant_id", "import_id", "line"], unique=False)
    op.execute("select guanxi.distribute('guanxi.file')")
    op.create_foreign_key(op.f("file_tenant_id_fk"), "file", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.import')")
    op.create_foreign_key(
        op.f("import_tenant_id_file_id_fk"), "import", "file", ["tenant_id", "file_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(
        op.f("import_tenant_id_member_id_fk"), "import", "member", ["tenant_id", "member_id"], ["tenant_id", "id"]
    )
    op.create_foreign_key(op.f("import_tenant_id_fk"), "import", "tenant", ["tenant_id"], ["id"])
    op.execute("select guanxi.distribute('guanxi.import_row')")
    op.create_foreign_key(
        op.f("import_row_tenant_id_import_id_fk"),
        "import_row",
        "import",
        ["tenant_id", "import_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_foreign_key(op.f("import_row_tenant_id_fk"), "import_row", "tenant", ["tenant_id"], ["id"])
