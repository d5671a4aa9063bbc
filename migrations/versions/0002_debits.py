"""Orders, and the files, batches and entries that debit them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _orders()
    _files()
    _file_chunks()
    _batches()
    _entries()
    _approvals()


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merchant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("buyer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authorization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("instalment", sa.SmallInteger(), nullable=False),
        sa.Column("rail", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("collect_on", sa.Date(), nullable=True),
        sa.Column("goods", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("presentations", sa.SmallInteger(), nullable=False),
        sa.Column("first_settled_on", sa.Date(), nullable=True),
        sa.Column("route_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("last_code", sa.String(length=3), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'sealed', 'submitted', 'settled', 'collected', 'returned', 'reversed', 'canceled', 'failed')",
            name=op.f("ck_orders_state_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_orders_amount_positive")),
        sa.CheckConstraint("presentations BETWEEN 0 AND 9", name=op.f("ck_orders_presentations_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "originator_id",
            "merchant_id",
            "external_id",
            "instalment",
            name=op.f("uq_orders_originator_id_merchant_id_external_id_instalment"),
        ),
    )
    op.create_index(
        "ix_orders_collect_on",
        "orders",
        ["originator_id", "collect_on"],
        unique=False,
        sqlite_where=sa.text("collect_on IS NOT NULL"),
        postgresql_where=sa.text("collect_on IS NOT NULL"),
    )


def _files() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("route_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("destination", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("created_hhmm", sa.String(length=4), nullable=False),
        sa.Column("id_modifier", sa.String(length=1), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("debit_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credit_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("night_on", sa.Date(), nullable=False),
        sa.Column("second_reader", sa.String(length=40), nullable=False),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("transmitted_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('sealed', 'approved', 'sending', 'transmitted', 'pended', 'accepted', 'accepted_with_rejects', 'rejected', 'in_doubt', 'voided')",
            name=op.f("ck_files_state_known"),
        ),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_files_originator_id")),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name=op.f("fk_files_route_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint(
            "originator_id",
            "destination",
            "origin",
            "created_on",
            "id_modifier",
            name=op.f("uq_files_originator_id_destination_origin_created_on_id_modifier"),
        ),
        sa.UniqueConstraint("originator_id", "name", name=op.f("uq_files_originator_id_name")),
    )
    op.create_index(op.f("ix_files_originator_id_state"), "files", ["originator_id", "state"], unique=False)


def _file_chunks() -> None:
    op.create_table(
        "file_chunks",
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_chunks_file_id")),
        sa.PrimaryKeyConstraint("file_id", "part", name=op.f("pk_file_chunks")),
    )


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merchant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("service_class", sa.SmallInteger(), nullable=False),
        sa.Column("entry_class", sa.String(length=3), nullable=False),
        sa.Column("company_name", sa.String(length=16), nullable=False),
        sa.Column("company_identification", sa.String(length=10), nullable=False),
        sa.Column("entry_description", sa.String(length=10), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("debit_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("settlement_basis", sa.String(length=40), nullable=True),
        sa.Column("hold_until", sa.Date(), nullable=True),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "settlement_basis IS NULL OR settlement_basis IN ('confirmed', 'inferred')",
            name=op.f("ck_batches_settlement_basis_known"),
        ),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_batches_file_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_batches_merchant_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_batches_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_batches_file_id_number")),
    )
    op.create_index(
        op.f("ix_batches_originator_id_hold_until"), "batches", ["originator_id", "hold_until"], unique=False
    )
    op.create_index(
        "ix_batches_unsettled",
        "batches",
        ["originator_id", "effective_on"],
        unique=False,
        sqlite_where=sa.text("settled_on IS NULL"),
        postgresql_where=sa.text("settled_on IS NULL"),
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("original_entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("presentation", sa.SmallInteger(), nullable=True),
        sa.Column("order_version", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("trace", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ended", sa.String(length=40), nullable=True),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "ended IS NULL OR ended IN ('returned', 'rejected', 'voided')", name=op.f("ck_entries_ended_known")
        ),
        sa.CheckConstraint(
            "kind IN ('debit', 'retry', 'corrected', 'reversal', 'return_fee', 'refund', 'prenote', 'micro_credit', 'micro_debit', 'offset', 'payout')",
            name=op.f("ck_entries_kind_known"),
        ),
        sa.CheckConstraint(
            "presentation IS NULL OR kind IN ('debit', 'retry', 'corrected')",
            name=op.f("ck_entries_only_debits_are_presented"),
        ),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_entries_amount_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index("uq_entries_file_trace", "entries", ["file_id", "trace"], unique=True)
    op.create_index(
        "uq_entries_live_debit",
        "entries",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("presentation IS NOT NULL AND ended IS NULL"),
        postgresql_where=sa.text("presentation IS NOT NULL AND ended IS NULL"),
    )
    op.create_index(
        "uq_entries_live_reversal",
        "entries",
        ["original_entry_id"],
        unique=True,
        sqlite_where=sa.text("original_entry_id IS NOT NULL AND ended IS NULL AND kind = 'reversal'"),
        postgresql_where=sa.text("original_entry_id IS NOT NULL AND ended IS NULL AND kind = 'reversal'"),
    )
    op.create_index(
        "uq_entries_order_presentation",
        "entries",
        ["order_id", "presentation"],
        unique=True,
        sqlite_where=sa.text("presentation IS NOT NULL AND (ended IS NULL OR ended = 'returned')"),
        postgresql_where=sa.text("presentation IS NOT NULL AND (ended IS NULL OR ended = 'returned')"),
    )
    op.create_index(
        "uq_entries_return_fee",
        "entries",
        ["original_entry_id"],
        unique=True,
        sqlite_where=sa.text("original_entry_id IS NOT NULL AND kind = 'return_fee'"),
        postgresql_where=sa.text("original_entry_id IS NOT NULL AND kind = 'return_fee'"),
    )


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("checker", sa.String(length=80), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'refused')", name=op.f("ck_approvals_decision_known")),
        sa.CheckConstraint("maker <> checker", name=op.f("ck_approvals_maker_is_not_checker")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_approvals_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("file_id", "sha256", "checker", name=op.f("uq_approvals_file_id_sha256_checker")),
    )


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
