"""Payouts to merchants, reserves, the steps of claw-backs, and the worker's runs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    _reserves()
    _settlement_steps()
    _work_runs()
    _merchant_accounts()
    _payouts()
    _merchants()
    _settlement_lines()
    _settlements()
    _merchant_losses()


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _reserves() -> None:
    op.create_table(
        "reserves",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=False),
        sa.Column("batch_id", _key(), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.Column("used_minor", _key(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=True),
        sa.CheckConstraint("used_minor BETWEEN 0 AND amount_minor", name=op.f("ck_reserves_used_within_it")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserves")),
    )
    op.create_index(
        "ix_reserves_held",
        "reserves",
        ["originator_id", "merchant_id", "due_on"],
        unique=False,
        sqlite_where=sa.text("released_on IS NULL"),
        postgresql_where=sa.text("released_on IS NULL"),
    )
    op.create_index("uq_reserves_batch", "reserves", ["batch_id", "merchant_id", "held_on"], unique=True)


def _settlement_steps() -> None:
    op.create_table(
        "settlement_steps",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("line_id", _key(), nullable=False),
        sa.Column("settlement_id", _key(), nullable=False),
        sa.Column("order_id", _key(), nullable=False),
        sa.Column("return_id", _key(), nullable=True),
        sa.Column("report_id", _key(), nullable=True),
        sa.Column("report_line", sa.Integer(), nullable=True),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_steps")),
    )
    op.create_index(op.f("ix_settlement_steps_settlement_id"), "settlement_steps", ["settlement_id"], unique=False)
    op.create_index("uq_settlement_steps_once", "settlement_steps", ["line_id", "settlement_id", "step"], unique=True)


def _work_runs() -> None:
    op.create_table(
        "work_runs",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "kind IN ('poll', 'night', 'send', 'release', 'reconcile', 'settle', 'watch')",
            name=op.f("ck_work_runs_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'failed', 'abandoned')", name=op.f("ck_work_runs_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_runs")),
    )
    op.create_index(op.f("ix_work_runs_state"), "work_runs", ["state"], unique=False)
    op.create_index("uq_work_runs_due", "work_runs", ["kind", "about", "due_at"], unique=True)


def _merchant_accounts() -> None:
    op.create_table(
        "merchant_accounts",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=False),
        sa.Column("name", sa.String(length=22), nullable=False),
        sa.Column("routing", _key(), nullable=False),
        sa.Column("number", sa.LargeBinary(length=80), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('checking', 'savings')", name=op.f("ck_merchant_accounts_kind_known")),
        sa.CheckConstraint(
            "state <> 'active' OR approved_by IS NOT NULL", name=op.f("ck_merchant_accounts_active_with_approval")
        ),
        sa.CheckConstraint("state IN ('asked', 'active', 'ended')", name=op.f("ck_merchant_accounts_state_known")),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> asked_by", name=op.f("ck_merchant_accounts_maker_is_not_checker")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_accounts_merchant_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_merchant_accounts_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_accounts")),
    )
    op.create_index(
        "uq_merchant_accounts_active",
        "merchant_accounts",
        ["merchant_id"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )


def _payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=False),
        sa.Column("settlement_id", _key(), nullable=False),
        sa.Column("merchant_account_id", _key(), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("entry_id", _key(), nullable=True),
        sa.Column("file_id", _key(), nullable=True),
        sa.Column("batch_id", _key(), nullable=True),
        sa.Column("sheet", sa.String(length=200), nullable=True),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("return_code", sa.String(length=3), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("method IN ('sheet', 'ach')", name=op.f("ck_payouts_method_known")),
        sa.CheckConstraint(
            "state IN ('due', 'approved', 'sealed', 'sent', 'settled', 'returned', 'canceled')",
            name=op.f("ck_payouts_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'canceled') OR approved_by IS NOT NULL", name=op.f("ck_payouts_approved_before_it_goes")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payouts_amount_positive")),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> asked_by", name=op.f("ck_payouts_maker_is_not_checker")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_payouts_merchant_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_payouts_originator_id")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlements.id"], name=op.f("fk_payouts_settlement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
    )
    op.create_index(op.f("ix_payouts_originator_id_state"), "payouts", ["originator_id", "state"], unique=False)
    op.create_index("uq_payouts_entry", "payouts", ["entry_id"], unique=True)
    op.create_index(
        "uq_payouts_settlement",
        "payouts",
        ["settlement_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'canceled'"),
        postgresql_where=sa.text("state <> 'canceled'"),
    )


def _merchants() -> None:
    op.add_column("merchants", sa.Column("tier", sa.String(length=40), nullable=True))
    op.add_column("merchants", sa.Column("hold_days", sa.Integer(), nullable=True))
    op.add_column("merchants", sa.Column("reserve_bps", sa.Integer(), nullable=True))
    op.add_column("merchants", sa.Column("payout_method", sa.String(length=40), nullable=True))


def _settlement_lines() -> None:
    op.add_column("settlement_lines", sa.Column("return_id", _key(), nullable=True))
    op.add_column("settlement_lines", sa.Column("report_id", _key(), nullable=True))
    op.add_column("settlement_lines", sa.Column("report_line", sa.Integer(), nullable=True))
    op.add_column("settlement_lines", sa.Column("source_id", _key(), nullable=True))
    op.add_column("settlement_lines", sa.Column("payable_on", sa.Date(), nullable=True))
    op.drop_index("uq_settlement_lines_never_debited", table_name="settlement_lines")
    indexes = (
        ("uq_settlement_lines_never_debited", ["order_id"], True, "entry_id IS NULL AND source_id IS NULL"),
        ("uq_settlement_lines_source", ["source_id", "kind", "turn"], True, "source_id IS NOT NULL"),
        ("ix_settlement_lines_later", ["payable_on"], False, "payable_on IS NOT NULL"),
    )
    for name, columns, unique, where in indexes:
        op.create_index(
            name, "settlement_lines", columns, unique=unique, sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )  # fmt: skip


def _settlements() -> None:
    op.add_column("settlements", sa.Column("charges_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("reserved_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("unreserved_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("covered_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("invoiced_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("payable_again_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("reserve_minor", _key(), server_default="0", nullable=False))
    op.add_column("settlements", sa.Column("held_minor", _key(), server_default="0", nullable=False))


def _merchant_losses() -> None:
    op.create_table(
        "merchant_losses",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_merchant_losses_amount_positive")),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> asked_by", name=op.f("ck_merchant_losses_maker_is_not_checker")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_losses_merchant_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_merchant_losses_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchant_losses")),
    )
    op.create_index(
        "uq_merchant_losses_asked", "merchant_losses", ["merchant_id"], unique=True,
        sqlite_where=sa.text("approved_by IS NULL"), postgresql_where=sa.text("approved_by IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
