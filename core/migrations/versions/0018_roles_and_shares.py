"""The ready roles of a sales company, shares of records, deputies, and a tenant's security policy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0018"
down_revision = "core_0017"

WORK = {"view": "own", "create": "all", "edit": "own", "share": "own"}
SEE_AND_WORK = {"view": "all", "create": "all", "edit": "own", "share": "own"}
SERVE = {"view": "all", "create": "all", "edit": "all", "share": "all"}
COUNT_UP = {"view": "all", "export": "all"}
NEW = (
    ("marketing", "Marketing", {"*": {**SEE_AND_WORK, "import": "all"}, "task": WORK}),
    ("service", "Service", {"*": SEE_AND_WORK, "customer": SERVE, "contact": SERVE, "task": WORK}),
    ("finance", "Finance", {"*": COUNT_UP, "task": WORK, "follow_up": SEE_AND_WORK}),
)
KINDS = "kind in ('bulk_edit', 'bulk_action', 'bulk_delete', 'bulk_transfer', 'bulk_share', 'export', 'sheet', 'undo')"


def upgrade() -> None:
    op.add_column("tenant", sa.Column("security", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.execute("alter table guanxi.role disable row level security")
    op.execute("update guanxi.role set key = 'sales_director' where key = 'manager'")
    op.execute("update guanxi.role set key = 'sales' where key = 'member'")
    for key, name, records in NEW:
        op.execute(
            sa.text(
                "insert into guanxi.role (tenant_id, id, key, name, grants)"
                " select id, uuidv7(), :key, :name, :grants from guanxi.tenant on conflict do nothing"
            ).bindparams(
                sa.bindparam("grants", {"records": records, "permissions": []}, postgresql.JSONB()), key=key, name=name
            )
        )
    op.execute("alter table guanxi.role enable row level security")
    _members()
    _shares()
    op.drop_constraint(op.f("run_kind_ck"), "run")
    op.create_check_constraint(op.f("run_kind_ck"), "run", KINDS)


def _members() -> None:
    for column in (
        sa.Column("kind", sa.Text(), server_default="person", nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("away_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deputy_id", sa.Uuid(), nullable=True),
    ):
        op.add_column("member", column)
    op.create_check_constraint(op.f("member_kind_ck"), "member", "kind in ('person', 'service')")
    op.create_index("member_of_deputy", "member", ["tenant_id", "deputy_id"],
                    postgresql_where=sa.text("deputy_id is not null"))  # fmt: skip
    op.create_index("member_of_team", "member", ["tenant_id", "team_id"])
    op.add_column("team", sa.Column("head_id", sa.Uuid(), nullable=True))
    op.add_column("team", sa.Column("place", sa.Integer(), server_default=sa.text("0"), nullable=False))
    for table, name in (("member", "deputy_id"), ("team", "head_id")):
        op.create_foreign_key(op.f(f"{table}_tenant_id_{name}_fk"), table, "member", ["tenant_id", name],
                              ["tenant_id", "id"])  # fmt: skip


def _shares() -> None:
    op.create_table(
        "record_share",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shared_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("level in ('view', 'edit')", name=op.f("record_share_level_ck")),
        sa.CheckConstraint("(member_id is null) <> (team_id is null)", name=op.f("record_share_whom_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("record_share_pk")),
    )
    for name, columns, unique, whose in (
        ("record_share_member_uq", ["tenant_id", "record_id", "member_id"], True, "member_id"),
        ("record_share_team_uq", ["tenant_id", "record_id", "team_id"], True, "team_id"),
        ("record_share_of_member", ["tenant_id", "member_id", "record_type"], False, "member_id"),
        ("record_share_of_team", ["tenant_id", "team_id", "record_type"], False, "team_id"),
    ):
        op.create_index(name, "record_share", columns, unique=unique,
                        postgresql_where=sa.text(f"{whose} is not null"))  # fmt: skip
    op.create_index("record_share_of_record", "record_share", ["tenant_id", "record_id"])
    op.create_index("record_share_ending", "record_share", ["tenant_id", "shared_by_id", "until"],
                    postgresql_where=sa.text("until is not null"))  # fmt: skip
    op.execute("select guanxi.distribute('guanxi.record_share')")
    op.create_foreign_key(op.f("record_share_tenant_id_fk"), "record_share", "tenant", ["tenant_id"], ["id"])
    for column, target, gone in (
        ("member_id", "member", "CASCADE"), ("team_id", "team", "CASCADE"), ("shared_by_id", "member", None),
    ):  # fmt: skip
        op.create_foreign_key(
            op.f(f"record_share_tenant_id_{column}_fk"), "record_share", target, ["tenant_id", column],
            ["tenant_id", "id"], ondelete=gone,
        )  # fmt: skip
