"""How a restored book was reconciled and released."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

FINDINGS = (
    "kind IN ('adopted', 'proven', 'voided', 'in_doubt', 'bytes_missing', 'other_bytes', 'not_taken', 'foreign', "
    "'host_memory')"
)


def upgrade() -> None:
    """Add the two tables."""
    _restorations()
    _restored_findings()


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _restorations() -> None:
    op.create_table(
        "restorations",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("compared_at", sa.BigInteger(), nullable=False),
        sa.Column("head_seq", _key(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("lost_seq", _key(), nullable=False),
        sa.Column("lost_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("register_lines", sa.Integer(), nullable=False),
        sa.Column("held_orders", sa.Integer(), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=True),
        sa.Column("checker", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('compared', 'released')", name=op.f("ck_restorations_state_known")),
        sa.CheckConstraint("maker <> checker", name=op.f("ck_restorations_maker_is_not_checker")),
        sa.CheckConstraint(
            "state <> 'released' OR (maker IS NOT NULL AND checker IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_restorations_released_by_two"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restorations")),
    )
    one_open = sa.text("state = 'compared'")
    op.create_index(
        "uq_restorations_open", "restorations", ["state"], unique=True, sqlite_where=one_open, postgresql_where=one_open
    )


def _restored_findings() -> None:
    op.create_table(
        "restored_findings",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("restoration_id", _key(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("debit_cents", _key(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(FINDINGS, name=op.f("ck_restored_findings_kind_known")),
        sa.CheckConstraint("state IN ('settled', 'open', 'waved')", name=op.f("ck_restored_findings_state_known")),
        sa.ForeignKeyConstraint(
            ["restoration_id"], ["restorations.id"], name=op.f("fk_restored_findings_restoration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restored_findings")),
        sa.UniqueConstraint("restoration_id", "subject", name=op.f("uq_restored_findings_restoration_id_subject")),
    )


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
