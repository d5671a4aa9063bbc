"""Bank reports in every form, what they told of, and what was matched with what."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FACT_KINDS = "kind IN ('sealed', 'approved', 'refused', 'sending', 'transmitted', 'in_doubt', 'pended', 'accepted', 'rejected', 'voided', 'settled', 'returned', 'watermark', 'taken', 'canceled', 'held', 'unheld', 'given_up', 'retry_planned', 'revoked', 'blocked', 'corrected', 'opened', 'closed', 'paid_out', 'activated', 'suspended', 'resumed', 'consumed', 'unconsumed', 'expired', 'superseded', 'notice_due', 'notice_sent', 'legal_hold', 'legal_hold_ended', 'purged', 'proof_requested', 'proof_made', 'check_wanted', 'validated', 'validation_failed', 'screened', 'unblocked', 'paid_otherwise', 'correction_planned', 'return_requested', 'late_return_consented', 'confirmed', 'iat_view', 'change_refused', 'change_left', 'odfi_asked', 'odfi_answered', 'disputed', 'dishonoured', 'contested', 'undone', 'replaced', 'asked', 'withdrawn', 'escalated', 'noted', 'matched', 'unmatched', 'reconciled', 'signed_off', 'reopened', 'reserved', 'released', 'payable_again', 'account_named', 'covered')"
FACT_SCOPES = "scope IN ('order', 'entry', 'batch', 'file', 'feed', 'report', 'authorization', 'account', 'merchant', 'case', 'buyer', 'return', 'follow_up', 'correction', 'payout', 'posting', 'settlement')"
CASE_KINDS = "kind IN ('unmatched_return', 'duplicate_return', 'return_of_final_order', 'notification_of_change', 'unmatched_change', 'unmatched_acknowledgement', 'acknowledgement_differs', 'unmatched_settlement', 'settlement_differs', 'report_gap', 'report_conflict', 'report_unreadable', 'file_rejected', 'file_in_doubt', 'unknown_return_code', 'dishonour', 'receipt', 'adjustment', 'late_return', 'unrequested_return', 'improper_return', 'questionable_return', 'compliance_return', 'correctable_return', 'return_to_investigate', 'proof_of_authorization', 'suspected_duplicate', 'validation_failed', 'screening_match', 'merchant_unpaid', 'misrouted_return', 'wrong_data_return', 'double_credit', 'contested_dishonour', 'reversal', 'refund', 'unmatched_credit_return', 'statement_copy', 'retry_ending', 'extended_return', 'rate_over_limit', 'fraud_monitoring_review', 'access_review', 'iso_return', 'missing_settlement', 'short_settlement', 'over_settlement', 'orphan_credit', 'orphan_debit', 'return_without_posting', 'posting_without_return', 'unknown_code', 'balance_break', 'report_late', 'report_drift', 'unmatched_by_hand', 'payout_returned', 'merchant_owes')"
JOURNAL_KINDS = "kind IN ('submitted', 'settled', 'collected', 'returned', 'clawed_back', 'rejected', 'unmatched_return', 'bank_fee', 'paid_out', 'micro_credited', 'micro_debited', 'reversing', 'reversing_collected', 'refunding', 'credit_settled', 'credit_returned', 'reversal_undone', 'credit_undone', 'dishonoured', 'contested', 'return_undone', 'written_off', 'return_unmatched', 'adjusted', 'opened', 'banked', 'unbanked', 'bank_unknown', 'bank_explained', 'reserved', 'reserve_released', 'reserve_used', 'charged', 'invoiced', 'invoice_paid', 'merchant_loss', 'payout_settled', 'payout_returned', 'payable_again')"
LEDGER_ACCOUNTS = "account IN ('bank_clearing', 'buyer_receivable', 'payable_pending', 'payable_available', 'payable_settled', 'return_suspense', 'fees', 'validation_costs', 'credits_out', 'losses', 'bank', 'bank_suspense', 'opening_balance', 'merchant_reserve', 'merchant_receivable', 'fee_income')"
REPORT_STATES = "state IN ('kept', 'taken', 'conflict', 'unreadable', 'superseded')"


def upgrade() -> None:
    """Add the tables and columns, and let facts, cases, reports and the ledger know more words."""
    _adjustments()
    _matches()
    _report_habits()
    _reported_settlements()
    _report_profiles()
    _bank_days()
    _report_sign_offs()
    _feeds()
    _reports()
    _bank_postings()
    with op.batch_alter_table("returns") as batch:
        batch.add_column(sa.Column("posting_ref", sa.String(length=40), nullable=True))
    _reword("facts", {"ck_facts_kind_known": FACT_KINDS, "ck_facts_scope_known": FACT_SCOPES})
    _reword("cases", {"ck_cases_kind_known": CASE_KINDS})
    _reword("postings", {"ck_postings_kind_known": JOURNAL_KINDS, "ck_postings_account_known": LEDGER_ACCOUNTS})
    _protect_facts()


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _report_sign_offs() -> None:
    op.create_table(
        "report_sign_offs",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("feed_id", _key(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_by", sa.String(length=80), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "signed_by IS NULL OR signed_by <> asked_by", name=op.f("ck_report_sign_offs_maker_is_not_checker")
        ),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_report_sign_offs_feed_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_report_sign_offs_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_sign_offs")),
        sa.UniqueConstraint("feed_id", "on_date", name=op.f("uq_report_sign_offs_feed_id_on_date")),
    )


def _adjustments() -> None:
    op.create_table(
        "adjustments",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("feed_id", _key(), nullable=True),
        sa.Column("report_id", _key(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.Column("bank_ref", sa.String(length=40), nullable=False),
        sa.Column("related_ref", sa.String(length=40), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("charged_to", _key(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
    )
    op.create_index(op.f("ix_adjustments_feed_id_told_on"), "adjustments", ["feed_id", "told_on"], unique=False)
    op.create_index("uq_adjustments_item", "adjustments", ["originator_id", "item_key", "occurrence"], unique=True)


def _matches() -> None:
    op.create_table(
        "matches",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", _key(), nullable=False),
        sa.Column("target_id", _key(), nullable=False),
        sa.Column("batch_id", _key(), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("matched_on", sa.Date(), nullable=False),
        sa.Column("matched_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(length=80), nullable=True),
        sa.Column("undone_because", sa.Text(), nullable=True),
        sa.Column("undo_asked_by", sa.String(length=80), nullable=True),
        sa.CheckConstraint(
            "kind IN ('return', 'settlement', 'return_posting', 'fee_posting', 'payout_posting', 'adjustment_posting', 'by_hand')",
            name=op.f("ck_matches_kind_known"),
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_matches_score_range")),
        sa.CheckConstraint(
            "undone_at IS NULL OR undone_because IS NOT NULL", name=op.f("ck_matches_undone_with_reason")
        ),
        sa.CheckConstraint(
            "undo_asked_by IS NULL OR undone_by IS NULL OR undo_asked_by <> undone_by",
            name=op.f("ck_matches_undone_by_another"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
    )
    op.create_index(op.f("ix_matches_target_id_kind"), "matches", ["target_id", "kind"], unique=False)
    op.create_index(
        "uq_matches_standing",
        "matches",
        ["subject_id", "target_id", "kind"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )


def _report_habits() -> None:
    op.create_table(
        "report_habits",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("feed_id", _key(), nullable=False),
        sa.Column("profile", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=80), nullable=False),
        sa.Column("rows", _key(), nullable=False),
        sa.Column("filled", _key(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("drifted_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_habits")),
        sa.UniqueConstraint(
            "feed_id", "profile", "kind", "what", name=op.f("uq_report_habits_feed_id_profile_kind_what")
        ),
    )


def _reported_settlements() -> None:
    op.create_table(
        "reported_settlements",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("feed_id", _key(), nullable=True),
        sa.Column("report_id", _key(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("batch_id", _key(), nullable=True),
        sa.Column("bank_ref", sa.String(length=40), nullable=False),
        sa.Column("origination_file", sa.String(length=16), nullable=False),
        sa.Column("batch_number", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("amount_minor", _key(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_settlements")),
    )
    op.create_index(op.f("ix_reported_settlements_batch_id"), "reported_settlements", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_reported_settlements_feed_id_bank_ref"), "reported_settlements", ["feed_id", "bank_ref"], unique=False
    )
    op.create_index(
        "uq_reported_settlements_item", "reported_settlements", ["originator_id", "item_key", "occurrence"], unique=True
    )


def _report_profiles() -> None:
    op.create_table(
        "report_profiles",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("profile_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_report_profiles_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_profiles")),
        sa.UniqueConstraint(
            "originator_id", "profile_id", "version", name=op.f("uq_report_profiles_originator_id_profile_id_version")
        ),
    )


def _bank_days() -> None:
    op.create_table(
        "bank_days",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("feed_id", _key(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("opening_minor", _key(), nullable=False),
        sa.Column("closing_minor", _key(), nullable=False),
        sa.Column("equations", sa.JSON(), nullable=False),
        sa.Column("open_items", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("page_sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("signed_by", sa.String(length=80), nullable=True),
        sa.Column("signed_at", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'balanced', 'signed')", name=op.f("ck_bank_days_state_known")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_bank_days_feed_id")),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_bank_days_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_days")),
        sa.UniqueConstraint("feed_id", "on_date", name=op.f("uq_bank_days_feed_id_on_date")),
    )


def _feeds() -> None:
    op.add_column("feeds", sa.Column("closing_on", sa.Date(), nullable=True))
    op.add_column("feeds", sa.Column("opening_minor", _key(), nullable=True))
    op.add_column("feeds", sa.Column("opened_on", sa.Date(), nullable=True))


def _reports() -> None:
    with op.batch_alter_table("reports") as batch:
        batch.add_column(sa.Column("part", sa.SmallInteger(), server_default="0", nullable=False))
        batch.add_column(sa.Column("bytes_of", _key(), nullable=True))
        batch.add_column(sa.Column("profile", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("mode", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("as_of", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("number", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("previous_number", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("corrects", _key(), nullable=True))
        batch.add_column(sa.Column("opening_minor", _key(), nullable=True))
        batch.add_column(sa.Column("closing_minor", _key(), nullable=True))
        batch.add_column(sa.Column("items_sha256", sa.LargeBinary(length=32), nullable=True))
        batch.drop_constraint(op.f("uq_reports_originator_id_sha256"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_reports_originator_id_sha256_part"), ["originator_id", "sha256", "part"]
        )
        batch.drop_constraint(op.f("ck_reports_state_known"), type_="check")
        batch.create_check_constraint(op.f("ck_reports_state_known"), sa.text(REPORT_STATES))


def _bank_postings() -> None:
    with op.batch_alter_table("bank_postings") as batch:
        batch.add_column(sa.Column("carrier", sa.String(length=40), server_default="str", nullable=False))
        batch.add_column(sa.Column("event", sa.String(length=40), server_default="other", nullable=False))
        batch.add_column(sa.Column("of_record", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch.add_column(sa.Column("provisional", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("matched", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("booked_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("customer_ref", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("reference", sa.String(length=35), nullable=True))
        batch.add_column(sa.Column("trace", _key(), nullable=True))
        batch.add_column(sa.Column("reason", sa.String(length=4), nullable=True))
        batch.add_column(sa.Column("company_identification", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("origination_file", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("batch_number", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("items", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("uq_bank_postings_feed_id_value_on_bank_ref_occurrence"), type_="unique")
    op.create_index(op.f("ix_bank_postings_feed_id_booked_on"), "bank_postings", ["feed_id", "booked_on"], unique=False)
    op.create_index(op.f("ix_bank_postings_report_id"), "bank_postings", ["report_id"], unique=False)
    op.create_index(
        "ix_bank_postings_unmatched",
        "bank_postings",
        ["feed_id", "value_on"],
        unique=False,
        sqlite_where=sa.text("NOT matched AND of_record"),
        postgresql_where=sa.text("NOT matched AND of_record"),
    )
    op.create_index(
        "uq_bank_postings_item",
        "bank_postings",
        ["feed_id", "carrier", "value_on", "bank_ref", "code", "amount_minor", "occurrence"],
        unique=True,
    )
    # Until now every posting came from an STR report.
    op.execute("UPDATE bank_postings SET booked_on = value_on")


def _reword(table: str, checks: dict[str, str]) -> None:
    # SQLite cannot change a check: there the table is made anew.
    with op.batch_alter_table(table) as batch:
        for name, condition in checks.items():
            batch.drop_constraint(op.f(name), type_="check")
            batch.create_check_constraint(op.f(name), sa.text(condition))


def _protect_facts() -> None:
    """Refuse to change or delete facts again: the table was made anew on SQLite, and its triggers went with the old."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER facts_no_{verb.lower()} BEFORE {verb} ON facts "
            f"BEGIN SELECT RAISE(ABORT, 'facts is append-only'); END",
        )


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
