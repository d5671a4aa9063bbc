"""Authorizations with their terms, orders with notices and doubts, screened parties; new words for facts, cases and the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACT_KINDS = "kind IN ('sealed', 'approved', 'refused', 'sending', 'transmitted', 'in_doubt', 'pended', 'accepted', 'rejected', 'voided', 'settled', 'returned', 'watermark', 'taken', 'canceled', 'held', 'unheld', 'given_up', 'retry_planned', 'revoked', 'blocked', 'corrected', 'opened', 'closed', 'paid_out', 'activated', 'suspended', 'resumed', 'consumed', 'unconsumed', 'expired', 'superseded', 'notice_due', 'notice_sent', 'legal_hold', 'legal_hold_ended', 'purged', 'proof_requested', 'proof_made', 'check_wanted', 'validated', 'validation_failed', 'screened', 'unblocked', 'paid_otherwise', 'correction_planned', 'return_requested', 'late_return_consented', 'confirmed', 'iat_view')"
FACT_SCOPES = "scope IN ('order', 'entry', 'batch', 'file', 'feed', 'report', 'authorization', 'account', 'merchant', 'case', 'buyer')"
CASE_KINDS = "kind IN ('unmatched_return', 'duplicate_return', 'return_of_final_order', 'notification_of_change', 'unmatched_change', 'unmatched_acknowledgement', 'acknowledgement_differs', 'unmatched_settlement', 'settlement_differs', 'report_gap', 'report_conflict', 'report_unreadable', 'file_rejected', 'file_in_doubt', 'unknown_return_code', 'dishonour', 'receipt', 'adjustment', 'late_return', 'unrequested_return', 'improper_return', 'questionable_return', 'compliance_return', 'correctable_return', 'return_to_investigate', 'proof_of_authorization', 'suspected_duplicate', 'validation_failed', 'screening_match', 'merchant_unpaid')"
JOURNAL_KINDS = "kind IN ('submitted', 'settled', 'collected', 'returned', 'clawed_back', 'rejected', 'unmatched_return', 'bank_fee', 'paid_out', 'micro_credited', 'micro_debited')"
LEDGER_ACCOUNTS = "account IN ('bank_clearing', 'buyer_receivable', 'payable_pending', 'payable_available', 'payable_settled', 'return_suspense', 'fees', 'validation_costs')"
USED_UP = (
    "UPDATE authorizations SET state = 'consumed', ended_because = 'consumed', ended_on = "
    "(SELECT max(o.due_on) FROM orders o WHERE o.authorization_id = authorizations.id), version = version + 1 "
    "WHERE kind = 'single' AND state = 'active' AND EXISTS "
    "(SELECT 1 FROM orders o WHERE o.authorization_id = authorizations.id AND o.presentations > 0)"
)
"""Older books left an authorization for one debit standing after that debit: another order could have used it."""


def upgrade() -> None:
    """Add the columns, and let facts, cases and the ledger know more words."""
    for table, columns in _new_columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_orders_alike", "orders", ["buyer_id", "amount_minor"], unique=False)
    returned = sa.text("state = 'returned'")
    op.create_index("ix_orders_returned", "orders", ["originator_id"], sqlite_where=returned, postgresql_where=returned)
    _lines_without_an_entry()
    _reword("facts", {"ck_facts_kind_known": FACT_KINDS, "ck_facts_scope_known": FACT_SCOPES})
    _reword("cases", {"ck_cases_kind_known": CASE_KINDS})
    _reword("postings", {"ck_postings_kind_known": JOURNAL_KINDS, "ck_postings_account_known": LEDGER_ACCOUNTS})
    _protect_facts()
    op.execute(USED_UP)


def _new_columns() -> dict[str, list[sa.Column[object]]]:
    return {
        "account_changes": [
            sa.Column("holder", sa.String(length=40), nullable=True),
        ],
        "authorizations": [
            sa.Column("text_version", sa.String(length=40), nullable=True),
            sa.Column("locale", sa.String(length=16), nullable=True),
            sa.Column("amount_terms", sa.String(length=40), server_default="range", nullable=False),
            sa.Column("min_amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
            sa.Column("every", sa.String(length=40), nullable=True),
            sa.Column("debits", sa.Integer(), nullable=True),
            sa.Column("statements", sa.JSON(), nullable=True),
            sa.Column("lacks", sa.JSON(), nullable=True),
            sa.Column("superseded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
            sa.Column("ended_on", sa.Date(), nullable=True),
            sa.Column("ended_because", sa.String(length=40), nullable=True),
            sa.Column("legal_hold", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("purged_at", sa.BigInteger(), nullable=True),
        ],
        "batches": [
            sa.Column(
                "credit_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
            ),
        ],
        "buyers": [
            sa.Column("screening", sa.String(length=40), nullable=True),
            sa.Column("screened_until", sa.Date(), nullable=True),
        ],
        "files": [
            sa.Column("rule_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        ],
        "merchants": [
            sa.Column("screening", sa.String(length=40), nullable=True),
            sa.Column("screened_until", sa.Date(), nullable=True),
            sa.Column("paid_abroad", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("iat_view", sa.String(length=200), nullable=True),
            sa.Column("iat_view_on", sa.Date(), nullable=True),
            sa.Column("night_limit_entries", sa.Integer(), nullable=True),
            sa.Column("night_limit_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        ],
        "orders": [
            sa.Column("notice", sa.String(length=40), nullable=True),
            sa.Column("noticed_on", sa.Date(), nullable=True),
            sa.Column("suspected", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("same_day", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("act_channel", sa.String(length=40), nullable=True),
            sa.Column("act_at", sa.BigInteger(), nullable=True),
            sa.Column("corrected", sa.Boolean(), server_default=sa.false(), nullable=False),
        ],
        "returns": [
            sa.Column("rule_set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
            sa.Column("timeliness", sa.String(length=40), nullable=True),
            sa.Column("deadline_on", sa.Date(), nullable=True),
            sa.Column("next_step", sa.String(length=40), nullable=True),
        ],
    }


def _lines_without_an_entry() -> None:
    """Let a statement name an order that failed without ever being debited, once."""
    with op.batch_alter_table("settlement_lines") as batch:
        key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
        batch.alter_column("entry_id", existing_type=key, nullable=True)
        batch.add_column(sa.Column("reason", sa.String(length=40), nullable=True))
    no_entry = sa.text("entry_id IS NULL")
    op.create_index(
        "uq_settlement_lines_never_debited", "settlement_lines", ["order_id"], unique=True, sqlite_where=no_entry,
        postgresql_where=no_entry,
    )  # fmt: skip


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
