"""The books: every table, and triggers that keep facts and the audit trail as they were written."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit", "facts")


def upgrade() -> None:
    """Make the tables."""
    _audit()
    _book()
    _cases()
    _corrections()
    _entries()
    _facts()
    _number_allocations()
    _orders()
    _originators()
    _postings()
    _returns()
    _settlement_lines()
    _bank_profiles()
    _buyers()
    _feeds()
    _merchants()
    _accounts()
    _reports()
    _routes()
    _settlements()
    _account_changes()
    _account_validations()
    _authorizations()
    _bank_postings()
    _files()
    _report_chunks()
    _approvals()
    _batches()
    _file_chunks()
    _protect()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )


def _book() -> None:
    op.create_table(
        "book",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=8), nullable=False),
        sa.Column("instance", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_night_on", sa.Date(), nullable=True),
        sa.CheckConstraint("mark IN ('test', 'live')", name=op.f("ck_book_mark_known")),
        sa.CheckConstraint("state IN ('ready', 'restored')", name=op.f("ck_book_state_known")),
        sa.CheckConstraint("id = 1", name=op.f("ck_book_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book")),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("suspense_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("holds_release", sa.Boolean(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('unmatched_return', 'duplicate_return', 'return_of_final_order', 'notification_of_change', 'unmatched_change', 'unmatched_acknowledgement', 'acknowledgement_differs', 'unmatched_settlement', 'settlement_differs', 'report_gap', 'report_conflict', 'report_unreadable', 'file_rejected', 'file_in_doubt', 'unknown_return_code')",
            name=op.f("ck_cases_kind_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_cases_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_order_id"), "cases", ["order_id"], unique=False)
    op.create_index(op.f("ix_cases_originator_id_state"), "cases", ["originator_id", "state"], unique=False)
    op.create_index("uq_cases_once", "cases", ["originator_id", "kind", "once"], unique=True)


def _corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("original_trace", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("corrected_data", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index("uq_corrections_item_key", "corrections", ["originator_id", "item_key"], unique=True)


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


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('sealed', 'approved', 'refused', 'sending', 'transmitted', 'in_doubt', 'pended', 'accepted', 'rejected', 'voided', 'settled', 'returned', 'watermark', 'taken', 'canceled', 'held', 'unheld', 'given_up', 'retry_planned', 'revoked', 'blocked', 'corrected', 'opened', 'closed', 'paid_out')",
            name=op.f("ck_facts_kind_known"),
        ),
        sa.CheckConstraint(
            "scope IN ('order', 'entry', 'batch', 'file', 'feed', 'report', 'authorization', 'account', 'merchant', 'case')",
            name=op.f("ck_facts_scope_known"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_facts")),
    )
    op.create_index("uq_facts_once", "facts", ["scope", "subject_id", "kind", "once"], unique=True)


def _number_allocations() -> None:
    op.create_table(
        "number_allocations",
        sa.Column("series", sa.String(length=120), nullable=False),
        sa.Column("next_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_allocations")),
    )


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


def _originators() -> None:
    op.create_table(
        "originators",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('originator', 'third_party_sender')", name=op.f("ck_originators_role_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_originators")),
        sa.UniqueConstraint("name", name=op.f("uq_originators_name")),
    )


def _postings() -> None:
    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('bank_clearing', 'buyer_receivable', 'payable_pending', 'payable_available', 'payable_settled', 'return_suspense', 'fees')",
            name=op.f("ck_postings_account_known"),
        ),
        sa.CheckConstraint(
            "kind IN ('submitted', 'settled', 'collected', 'returned', 'clawed_back', 'rejected', 'unmatched_return', 'bank_fee', 'paid_out')",
            name=op.f("ck_postings_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    op.create_index(
        op.f("ix_postings_originator_id_account_merchant_id"),
        "postings",
        ["originator_id", "account", "merchant_id"],
        unique=False,
    )
    op.create_index(
        "uq_postings_movement",
        "postings",
        ["originator_id", "kind", "batch_id", "merchant_id", "source_id", "account"],
        unique=True,
    )


def _returns() -> None:
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("batch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("original_trace", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("return_trace", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("clawed_back", sa.Boolean(), nullable=False),
        sa.Column("matched_by", sa.String(length=40), nullable=True),
        sa.Column("information", sa.String(length=44), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
    )
    op.create_index(op.f("ix_returns_order_id"), "returns", ["order_id"], unique=False)
    op.create_index(
        "uq_returns_applied_entry",
        "returns",
        ["entry_id"],
        unique=True,
        sqlite_where=sa.text("applied"),
        postgresql_where=sa.text("applied"),
    )
    op.create_index("uq_returns_item_key", "returns", ["originator_id", "item_key"], unique=True)


def _settlement_lines() -> None:
    op.create_table(
        "settlement_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("settlement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_lines")),
    )
    op.create_index(op.f("ix_settlement_lines_settlement_id"), "settlement_lines", ["settlement_id"], unique=False)
    op.create_index("uq_settlement_lines_once", "settlement_lines", ["entry_id", "kind"], unique=True)


def _bank_profiles() -> None:
    op.create_table(
        "bank_profiles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("profile_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_bank_profiles_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_profiles")),
        sa.UniqueConstraint(
            "originator_id", "profile_id", "version", name=op.f("uq_bank_profiles_originator_id_profile_id_version")
        ),
    )


def _buyers() -> None:
    op.create_table(
        "buyers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("receiver_name", sa.String(length=22), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_buyers_state_known")),
        sa.CheckConstraint("bucket BETWEEN 0 AND 255", name=op.f("ck_buyers_bucket_range")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_buyers_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyers")),
        sa.UniqueConstraint("originator_id", "external_id", name=op.f("uq_buyers_originator_id_external_id")),
    )


def _feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank", sa.String(length=40), nullable=False),
        sa.Column("account_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account_last4", sa.String(length=4), nullable=False),
        sa.Column("watermark_on", sa.Date(), nullable=True),
        sa.Column("closing_balance_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_feeds_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
        sa.UniqueConstraint(
            "originator_id", "bank", "account_index", name=op.f("uq_feeds_originator_id_bank_account_index")
        ),
    )


def _merchants() -> None:
    op.create_table(
        "merchants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("company_name", sa.String(length=16), nullable=False),
        sa.Column("company_identification", sa.String(length=10), nullable=False),
        sa.Column("entry_description", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_merchants_state_known")),
        sa.CheckConstraint("length(company_name) BETWEEN 1 AND 16", name=op.f("ck_merchants_company_name_fits")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_merchants_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("originator_id", "external_id", name=op.f("uq_merchants_originator_id_external_id")),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("buyer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("routing", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.LargeBinary(length=80), nullable=False),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("blocked_by", sa.String(length=40), nullable=True),
        sa.Column("validated", sa.Boolean(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("holder IN ('business', 'consumer')", name=op.f("ck_accounts_holder_known")),
        sa.CheckConstraint("kind IN ('checking', 'savings')", name=op.f("ck_accounts_kind_known")),
        sa.CheckConstraint("state IN ('active', 'blocked')", name=op.f("ck_accounts_state_known")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_accounts_buyer_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_accounts_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("originator_id", "external_id", name=op.f("uq_accounts_originator_id_external_id")),
    )
    op.create_index(
        op.f("ix_accounts_originator_id_number_index"), "accounts", ["originator_id", "number_index"], unique=False
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("carrier", sa.String(length=40), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("identity", sa.String(length=200), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("business_on", sa.Date(), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("control_totals", sa.String(length=40), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('kept', 'taken', 'conflict', 'unreadable')", name=op.f("ck_reports_state_known")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_reports_feed_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_reports_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("originator_id", "sha256", name=op.f("uq_reports_originator_id_sha256")),
    )
    op.create_index(op.f("ix_reports_feed_id_business_on"), "reports", ["feed_id", "business_on"], unique=False)
    op.create_index(op.f("ix_reports_feed_id_sequence"), "reports", ["feed_id", "sequence"], unique=False)
    op.create_index(op.f("ix_reports_identity"), "reports", ["identity"], unique=False)


def _routes() -> None:
    op.create_table(
        "routes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("bank_profile_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_classes", sa.JSON(), nullable=False),
        sa.Column("min_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("max_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_window", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("channel", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["bank_profile_id"], ["bank_profiles.id"], name=op.f("fk_routes_bank_profile_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_routes_feed_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_routes_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routes")),
        sa.UniqueConstraint("originator_id", "name", name=op.f("uq_routes_originator_id_name")),
    )


def _settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merchant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("collected_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clawed_back_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payable_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("closing_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_settlements_merchant_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_settlements_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlements")),
        sa.UniqueConstraint(
            "originator_id", "merchant_id", "as_of", name=op.f("uq_settlements_originator_id_merchant_id_as_of")
        ),
    )


def _account_changes() -> None:
    op.create_table(
        "account_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("routing", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.LargeBinary(length=80), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("because", sa.String(length=40), nullable=False),
        sa.Column("correction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_changes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_changes")),
    )


def _account_validations() -> None:
    op.create_table(
        "account_validations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("validated_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "method IN ('prenote', 'micro_entries', 'external', 'earlier_debit')",
            name=op.f("ck_account_validations_method_known"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_validations_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_validations")),
        sa.UniqueConstraint(
            "account_id", "method", "validated_on", name=op.f("uq_account_validations_account_id_method_validated_on")
        ),
    )


def _authorizations() -> None:
    op.create_table(
        "authorizations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("buyer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merchant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("max_amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("channel IN ('online', 'phone', 'paper')", name=op.f("ck_authorizations_channel_known")),
        sa.CheckConstraint("kind IN ('single', 'recurring', 'standing')", name=op.f("ck_authorizations_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'suspended', 'revoked', 'expired', 'consumed', 'superseded')",
            name=op.f("ck_authorizations_state_known"),
        ),
        sa.CheckConstraint(
            "max_amount_minor IS NULL OR max_amount_minor > 0", name=op.f("ck_authorizations_max_amount_positive")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_authorizations_account_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_authorizations_buyer_id")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_authorizations_merchant_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_authorizations_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorizations")),
        sa.UniqueConstraint("originator_id", "external_id", name=op.f("uq_authorizations_originator_id_external_id")),
    )


def _bank_postings() -> None:
    op.create_table(
        "bank_postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.Column("bank_ref", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_bank_postings_feed_id")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_bank_postings_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_postings")),
        sa.UniqueConstraint(
            "feed_id",
            "value_on",
            "bank_ref",
            "occurrence",
            name=op.f("uq_bank_postings_feed_id_value_on_bank_ref_occurrence"),
        ),
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


def _report_chunks() -> None:
    op.create_table(
        "report_chunks",
        sa.Column(
            "report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_chunks_report_id")),
        sa.PrimaryKeyConstraint("report_id", "part", name=op.f("pk_report_chunks")),
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


def _file_chunks() -> None:
    op.create_table(
        "file_chunks",
        sa.Column("file_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_file_chunks_file_id")),
        sa.PrimaryKeyConstraint("file_id", "part", name=op.f("pk_file_chunks")),
    )


def _protect() -> None:
    """Refuse to change or delete what is append-only."""
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            if op.get_bind().dialect.name == "sqlite":
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                )
            else:
                op.execute(
                    f"CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
                )
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
                )


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
