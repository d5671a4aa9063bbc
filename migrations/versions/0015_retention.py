"""What was kept long enough: shreddings of evidence, by two persons, each with its certificate."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the shreddings."""
    op.create_table(
        "shreddings",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("epoch", _key(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker", sa.String(length=80), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("checker", sa.String(length=80), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("begun_seq", _key(), nullable=True),
        sa.Column("begun_hash", sa.String(length=64), nullable=True),
        sa.Column("certificate", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'begun', 'done', 'refused')", name=op.f("ck_shreddings_state_known")
        ),
        sa.CheckConstraint("checker IS NULL OR checker <> maker", name=op.f("ck_shreddings_maker_is_not_checker")),
        sa.CheckConstraint("state = 'asked' OR checker IS NOT NULL", name=op.f("ck_shreddings_decided_by_somebody")),
        sa.CheckConstraint(
            "state NOT IN ('begun', 'done') OR (told IS NOT NULL AND begun_seq IS NOT NULL)",
            name=op.f("ck_shreddings_begun"),
        ),
        sa.CheckConstraint(
            "(state = 'done') = (certificate IS NOT NULL)", name=op.f("ck_shreddings_certificate_when_done")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shreddings")),
    )
    op.create_index(
        "uq_shreddings_epoch",
        "shreddings",
        ["epoch"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
