"""Who owes, who is owed, and the bank: the book itself, routes, merchants, buyers, accounts, authorizations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _book()
    _originators()
    _bank_profiles()
    _feeds()
    _routes()
    _number_allocations()
    _merchants()
    _buyers()
    _accounts()
    _account_validations()
    _account_changes()
    _authorizations()


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


def _number_allocations() -> None:
    op.create_table(
        "number_allocations",
        sa.Column("series", sa.String(length=120), nullable=False),
        sa.Column("next_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_allocations")),
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


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
