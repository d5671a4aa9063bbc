"""What decisions rest on and what the rules ask for: rule sets, policies, notices, screenings, account checks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _rule_sets()
    _policies()
    _notices()
    _screenings()
    _account_checks()
    _account_check_entries()
    _odfi_requests()


def _rule_sets() -> None:
    op.create_table(
        "rule_sets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_sets")),
        sa.UniqueConstraint("sha256", name=op.f("uq_rule_sets_sha256")),
    )


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("policy_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("taken_by", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["originator_id"], ["originators.id"], name=op.f("fk_policies_originator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
        sa.UniqueConstraint(
            "originator_id", "policy_id", "version", name=op.f("uq_policies_originator_id_policy_id_version")
        ),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authorization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("send_by", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('amount', 'date', 'both')", name=op.f("ck_notices_kind_known")),
        sa.CheckConstraint("sent_on IS NULL OR proof IS NOT NULL", name=op.f("ck_notices_sent_with_proof")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("order_id", "kind", name=op.f("uq_notices_order_id_kind")),
    )


def _screenings() -> None:
    op.create_table(
        "screenings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("screened_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("party IN ('buyer', 'merchant')", name=op.f("ck_screenings_party_known")),
        sa.CheckConstraint("status IN ('clear', 'pending', 'match')", name=op.f("ck_screenings_status_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screenings")),
        sa.UniqueConstraint(
            "party", "party_id", "provider", "reference", name=op.f("uq_screenings_party_party_id_provider_reference")
        ),
    )


def _account_checks() -> None:
    op.create_table(
        "account_checks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merchant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("authorization_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("passes_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.String(length=40), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "method IN ('prenote', 'micro_entries', 'external', 'earlier_debit')",
            name=op.f("ck_account_checks_method_known"),
        ),
        sa.CheckConstraint(
            "state IN ('wanted', 'sealed', 'passed', 'failed', 'canceled')", name=op.f("ck_account_checks_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_checks")),
    )
    op.create_index(
        op.f("ix_account_checks_originator_id_state"), "account_checks", ["originator_id", "state"], unique=False
    )
    op.create_index(
        "uq_account_checks_open",
        "account_checks",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('wanted', 'sealed')"),
        postgresql_where=sa.text("state IN ('wanted', 'sealed')"),
    )


def _account_check_entries() -> None:
    op.create_table(
        "account_check_entries",
        sa.Column(
            "entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("check_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_account_check_entries")),
    )
    op.create_index(op.f("ix_account_check_entries_check_id"), "account_check_entries", ["check_id"], unique=False)


def _odfi_requests() -> None:
    op.create_table(
        "odfi_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("originator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('return_requested', 'late_return_consented')", name=op.f("ck_odfi_requests_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_odfi_requests")),
        sa.UniqueConstraint("entry_id", "kind", name=op.f("uq_odfi_requests_entry_id_kind")),
    )


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
