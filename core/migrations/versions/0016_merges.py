"""What titles are told apart by, pairs that may be one record, and merges with what they moved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0016"
down_revision = "core_0015"

MATCHED = ("customer", "contact", "own_record")
"""The nightly search fills the new columns of rows that are there."""


def upgrade() -> None:
    for table in (*MATCHED, "follow_up", "task"):
        for name in ("match_name", "match_sound"):
            op.add_column(table, sa.Column(name, sa.Text(collation="C"), nullable=False, server_default=""))
    for table in MATCHED:
        sounding = sa.text("match_sound <> ''")
        op.create_index(f"{table}_match", table, ["tenant_id", "match_sound"], postgresql_where=sounding)
    _make_pairs()
    _make_scans()
    _make_merges()
    for table in ("duplicate_pair", "duplicate_scan", "merge", "merged_record", "merge_moved"):
        op.execute(f"select guanxi.distribute('guanxi.{table}')")
        op.create_foreign_key(op.f(f"{table}_tenant_id_fk"), table, "tenant", ["tenant_id"], ["id"])
    for table, column in (("duplicate_pair", "settled_by_id"), ("merge", "member_id"), ("merge", "undone_by_id")):
        _refer(table, column, "member")
    for table in ("merged_record", "merge_moved"):
        _refer(table, "merge_id", "merge", ondelete="CASCADE")


def _refer(table: str, column: str, target: str, ondelete: str | None = None) -> None:
    name = op.f(f"{table}_tenant_id_{column}_fk")
    op.create_foreign_key(name, table, target, ["tenant_id", column], ["tenant_id", "id"], ondelete=ondelete)


def _make_pairs() -> None:
    op.create_table(
        "duplicate_pair",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(collation="C"), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("status in ('open', 'dismissed', 'merged')", name=op.f("duplicate_pair_status_ck")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("duplicate_pair_pk")),
    )
    op.create_index("duplicate_pair_uq", "duplicate_pair", ["tenant_id", "one_id", "other_id"], unique=True)
    op.create_index("duplicate_pair_other", "duplicate_pair", ["tenant_id", "other_id"])
    op.create_index(
        "duplicate_pair_open",
        "duplicate_pair",
        ["tenant_id", "record_type", sa.literal_column("score desc"), "id"],
        postgresql_where=sa.text("status = 'open'"),
    )


def _make_scans() -> None:
    op.create_table(
        "duplicate_scan",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(collation="C"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("too_common", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("duplicate_scan_pk")),
    )
    op.create_index("duplicate_scan_uq", "duplicate_scan", ["tenant_id", "record_type"], unique=True)


def _make_merges() -> None:
    op.create_table(
        "merge",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(collation="C"), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("merge_pk")),
    )
    op.create_index("merge_of_kept", "merge", ["tenant_id", "kept_id", sa.literal_column("id desc")])
    op.create_table(
        "merged_record",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("deadlines", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("merged_record_pk")),
    )
    op.create_index("merged_record_gone", "merged_record", ["tenant_id", "gone_id"])
    op.create_index("merged_record_of", "merged_record", ["tenant_id", "merge_id"])
    op.create_table(
        "merge_moved",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("merge_moved_pk")),
    )
    op.create_index("merge_moved_of", "merge_moved", ["tenant_id", "merge_id"])
