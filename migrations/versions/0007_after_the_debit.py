"""What follows the debit: disputes, requests to the ODFI, reversals, refunds, fees, and cases with clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FACT_KINDS = "kind IN ('sealed', 'approved', 'refused', 'sending', 'transmitted', 'in_doubt', 'pended', 'accepted', 'rejected', 'voided', 'settled', 'returned', 'watermark', 'taken', 'canceled', 'held', 'unheld', 'given_up', 'retry_planned', 'revoked', 'blocked', 'corrected', 'opened', 'closed', 'paid_out', 'activated', 'suspended', 'resumed', 'consumed', 'unconsumed', 'expired', 'superseded', 'notice_due', 'notice_sent', 'legal_hold', 'legal_hold_ended', 'purged', 'proof_requested', 'proof_made', 'check_wanted', 'validated', 'validation_failed', 'screened', 'unblocked', 'paid_otherwise', 'correction_planned', 'return_requested', 'late_return_consented', 'confirmed', 'iat_view', 'change_refused', 'change_left', 'odfi_asked', 'odfi_answered', 'disputed', 'dishonoured', 'contested', 'undone', 'replaced', 'asked', 'withdrawn', 'escalated', 'noted')"
FACT_SCOPES = "scope IN ('order', 'entry', 'batch', 'file', 'feed', 'report', 'authorization', 'account', 'merchant', 'case', 'buyer', 'return', 'follow_up', 'correction')"
CASE_KINDS = "kind IN ('unmatched_return', 'duplicate_return', 'return_of_final_order', 'notification_of_change', 'unmatched_change', 'unmatched_acknowledgement', 'acknowledgement_differs', 'unmatched_settlement', 'settlement_differs', 'report_gap', 'report_conflict', 'report_unreadable', 'file_rejected', 'file_in_doubt', 'unknown_return_code', 'dishonour', 'receipt', 'adjustment', 'late_return', 'unrequested_return', 'improper_return', 'questionable_return', 'compliance_return', 'correctable_return', 'return_to_investigate', 'proof_of_authorization', 'suspected_duplicate', 'validation_failed', 'screening_match', 'merchant_unpaid', 'misrouted_return', 'wrong_data_return', 'double_credit', 'contested_dishonour', 'reversal', 'refund', 'unmatched_credit_return', 'statement_copy', 'retry_ending', 'extended_return', 'rate_over_limit', 'fraud_monitoring_review', 'access_review')"
JOURNAL_KINDS = "kind IN ('submitted', 'settled', 'collected', 'returned', 'clawed_back', 'rejected', 'unmatched_return', 'bank_fee', 'paid_out', 'micro_credited', 'micro_debited', 'reversing', 'reversing_collected', 'refunding', 'credit_settled', 'credit_returned', 'reversal_undone', 'credit_undone', 'dishonoured', 'contested', 'return_undone', 'written_off')"
LEDGER_ACCOUNTS = "account IN ('bank_clearing', 'buyer_receivable', 'payable_pending', 'payable_available', 'payable_settled', 'return_suspense', 'fees', 'validation_costs', 'credits_out', 'losses')"
REQUEST_KINDS = "kind IN ('return_requested', 'late_return_consented', 'dishonour', 'refuse_change', 'statement_copy')"
REQUEST_STATES = "state IN ('asked', 'sent', 'answered', 'withdrawn')"
CORRECTION_STATES = "state IN ('open', 'applied', 'left', 'logged', 'refused', 'unmatched')"
# Until now a request was only recorded: the ODFI had been told of it by other means.
TOLD = "UPDATE odfi_requests SET state = CASE WHEN answered_on IS NULL THEN 'sent' ELSE 'answered' END"
RETURN_FEE = "original_entry_id IS NOT NULL AND kind = 'return_fee' AND (ended IS NULL OR ended = 'returned')"


def upgrade() -> None:
    """Add the tables and columns, and let facts, cases, requests and the ledger know more words."""
    _disputes()
    _follow_ups()
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    _requests()
    with op.batch_alter_table("corrections") as batch:
        batch.create_check_constraint(op.f("ck_corrections_state_known"), sa.text(CORRECTION_STATES))
    op.create_index(op.f("ix_corrections_account_id"), "corrections", ["account_id"], unique=False)
    op.create_index(op.f("ix_returns_original_trace"), "returns", ["original_trace"], unique=False)
    op.drop_index("uq_settlement_lines_once", table_name="settlement_lines")
    op.create_index("uq_settlement_lines_once", "settlement_lines", ["entry_id", "kind", "turn"], unique=True)
    op.drop_index("uq_entries_return_fee", table_name="entries")
    fee = sa.text(RETURN_FEE)
    op.create_index(
        "uq_entries_return_fee", "entries", ["original_entry_id"], unique=True, sqlite_where=fee, postgresql_where=fee
    )
    op.create_index(
        op.f("ix_returns_originator_id_returned_on"), "returns", ["originator_id", "returned_on"], unique=False
    )
    rejected = sa.text("ended = 'rejected'")
    op.create_index(
        "ix_entries_rejected", "entries", ["batch_id"], unique=False, sqlite_where=rejected, postgresql_where=rejected
    )
    _reword("facts", {"ck_facts_kind_known": FACT_KINDS, "ck_facts_scope_known": FACT_SCOPES})
    _reword("cases", {"ck_cases_kind_known": CASE_KINDS})
    _reword("postings", {"ck_postings_kind_known": JOURNAL_KINDS, "ck_postings_account_known": LEDGER_ACCOUNTS})
    _protect_facts()


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("return_id", _key(), nullable=False),
        sa.Column("entry_id", _key(), nullable=True),
        sa.Column("order_id", _key(), nullable=True),
        sa.Column("case_id", _key(), nullable=True),
        sa.Column("request_id", _key(), nullable=True),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("amount_cents", _key(), nullable=False),
        sa.Column("chosen_on", sa.Date(), nullable=False),
        sa.Column("request_by", sa.Date(), nullable=True),
        sa.Column("dishonour_by", sa.Date(), nullable=True),
        sa.Column("dishonoured_on", sa.Date(), nullable=True),
        sa.Column("dishonour_trace", _key(), nullable=True),
        sa.Column("contest_by", sa.Date(), nullable=True),
        sa.Column("contest_code", sa.String(length=3), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("rule_set_id", _key(), nullable=True),
        sa.CheckConstraint(
            "state IN ('chosen', 'dishonoured', 'undone', 'stands', 'replaced', 'withdrawn')",
            name=op.f("ck_disputes_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    standing = sa.text("state <> 'withdrawn'")
    op.create_index(
        "uq_disputes_standing", "disputes", ["return_id"], unique=True, sqlite_where=standing,
        postgresql_where=standing,
    )  # fmt: skip
    op.create_index(op.f("ix_disputes_originator_id_state"), "disputes", ["originator_id", "state"], unique=False)
    op.create_index(op.f("ix_disputes_order_id"), "disputes", ["order_id"], unique=False)


def _follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("order_id", _key(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=False),
        sa.Column("original_entry_id", _key(), nullable=False),
        sa.Column("entry_id", _key(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("amount_cents", _key(), nullable=False),
        sa.Column("of_collected", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("not_before", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("send_by", sa.BigInteger(), nullable=True),
        sa.Column("notified_on", sa.Date(), nullable=True),
        sa.Column("notice_proof", sa.Text(), nullable=True),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("checker", sa.String(length=80), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.String(length=40), nullable=True),
        sa.Column("rule_set_id", _key(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('reversal', 'refund', 'return_fee')", name=op.f("ck_follow_ups_kind_known")),
        sa.CheckConstraint(
            "state IN ('asked', 'wanted', 'sealed', 'sent', 'settled', 'done', 'returned', 'withdrawn')",
            name=op.f("ck_follow_ups_state_known"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_follow_ups_amount_positive")),
        sa.CheckConstraint("checker IS NULL OR maker <> checker", name=op.f("ck_follow_ups_maker_is_not_checker")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    reversal = sa.text("kind = 'reversal' AND state NOT IN ('returned', 'withdrawn')")
    op.create_index(
        "uq_follow_ups_reversal", "follow_ups", ["original_entry_id"], unique=True, sqlite_where=reversal,
        postgresql_where=reversal,
    )  # fmt: skip
    fee = sa.text("kind = 'return_fee'")
    op.create_index(
        "uq_follow_ups_return_fee", "follow_ups", ["original_entry_id"], unique=True, sqlite_where=fee,
        postgresql_where=fee,
    )  # fmt: skip
    op.create_index(op.f("ix_follow_ups_originator_id_state"), "follow_ups", ["originator_id", "state"], unique=False)
    op.create_index(op.f("ix_follow_ups_order_id"), "follow_ups", ["order_id"], unique=False)
    op.create_index(op.f("ix_follow_ups_entry_id"), "follow_ups", ["entry_id"], unique=False)


def _new_columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "accounts": [
            sa.Column("change_due_on", sa.Date(), nullable=True),
        ],
        "cases": [
            sa.Column("clock", sa.String(length=40), nullable=True),
            sa.Column("escalated_at", sa.BigInteger(), nullable=True),
            sa.Column("evidence", sa.Text(), nullable=True),
            sa.Column("closed_by", sa.String(length=80), nullable=True),
        ],
        "corrections": [
            sa.Column("change_trace", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
            sa.Column("due_on", sa.Date(), nullable=True),
            sa.Column("ended_at", sa.BigInteger(), nullable=True),
            sa.Column("ended_by", sa.String(length=80), nullable=True),
            sa.Column("refused_as", sa.String(length=3), nullable=True),
        ],
        "merchants": [
            sa.Column("return_fee_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
            sa.Column("return_fee_notice", sa.Text(), nullable=True),
            sa.Column("return_fee_from", sa.Date(), nullable=True),
        ],
        "odfi_requests": [
            sa.Column(
                "about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
            ),
            sa.Column("state", sa.String(length=40), server_default="asked", nullable=False),
            sa.Column("code", sa.String(length=3), nullable=True),
            sa.Column("due_on", sa.Date(), nullable=True),
            sa.Column("document", sa.String(length=200), nullable=True),
            sa.Column("sent_at", sa.BigInteger(), nullable=True),
            sa.Column("outcome", sa.Text(), nullable=True),
        ],
        "orders": [
            sa.Column(
                "refunded_minor",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            ),
        ],
        "returns": [
            sa.Column("undone_on", sa.Date(), nullable=True),
            sa.Column("replaced_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
            sa.Column("differs", sa.String(length=20), nullable=True),
        ],
        "settlement_lines": [
            sa.Column("turn", sa.SmallInteger(), server_default="1", nullable=False),
        ],
        "settlements": [
            sa.Column(
                "given_back_minor",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            ),
            sa.Column(
                "restored_minor",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            ),
            sa.Column(
                "fees_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
            ),
        ],
    }


def _requests() -> None:
    """Let a request be about a return or notification, which need not fit an entry of ours."""
    with op.batch_alter_table("odfi_requests") as batch:
        batch.alter_column("entry_id", existing_type=_key(), nullable=True)
        batch.alter_column("order_id", existing_type=_key(), nullable=True)
        batch.drop_constraint(op.f("uq_odfi_requests_entry_id_kind"), type_="unique")
        batch.drop_constraint(op.f("ck_odfi_requests_kind_known"), type_="check")
        batch.create_check_constraint(op.f("ck_odfi_requests_kind_known"), sa.text(REQUEST_KINDS))
        batch.create_check_constraint(op.f("ck_odfi_requests_state_known"), sa.text(REQUEST_STATES))
    for name, columns, where in (
        ("uq_odfi_requests_entry", ["entry_id", "kind"], sa.text("about_id = 0")),
        ("uq_odfi_requests_about", ["about_id", "kind"], sa.text("about_id <> 0")),
    ):
        op.create_index(name, "odfi_requests", columns, unique=True, sqlite_where=where, postgresql_where=where)
    op.execute(TOLD)


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
