"""Keys in the book: epochs of data keys, each wrapped by a key of the host's ring, and how far a rotation has come."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add epochs and rotations; the one sealing key of a founded book is its first epoch."""
    op.create_table(
        "key_epochs",
        sa.Column("number", _key(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("kek", sa.String(length=200), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", _key(), server_default="0", nullable=False),
        sa.CheckConstraint("number BETWEEN 1 AND 65535", name=op.f("ck_key_epochs_number_two_bytes")),
        sa.CheckConstraint("purpose IN ('values', 'evidence', 'both')", name=op.f("ck_key_epochs_purpose_known")),
        sa.CheckConstraint("state IN ('open', 'closed', 'destroyed')", name=op.f("ck_key_epochs_state_known")),
        sa.CheckConstraint(
            "state <> 'destroyed' OR (wrapped IS NULL AND destroyed_at IS NOT NULL)",
            name=op.f("ck_key_epochs_destroyed"),
        ),
        sa.CheckConstraint("state = 'open' OR closed_at IS NOT NULL", name=op.f("ck_key_epochs_closed_when")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_key_epochs")),
    )
    _one("key_epochs", "uq_key_epochs_open", "purpose", "state = 'open'")
    _rotations()
    with op.batch_alter_table("book") as batch:
        batch.add_column(sa.Column("key_turn", _key(), server_default="0", nullable=False))
    op.execute(
        "INSERT INTO key_epochs (number, purpose, state, kek, opened_at) "
        "SELECT 1, 'both', 'open', 'sealing-1', created_at FROM book"
    )


def _rotations() -> None:
    op.create_table(
        "key_rotations",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=False),
        sa.Column("approved_by", sa.String(length=80), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("epoch", _key(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("after_id", _key(), nullable=False),
        sa.Column("moved", _key(), nullable=False),
        sa.CheckConstraint("kind IN ('epoch', 'kek')", name=op.f("ck_key_rotations_kind_known")),
        sa.CheckConstraint("state IN ('running', 'done')", name=op.f("ck_key_rotations_state_known")),
        sa.CheckConstraint("asked_by <> approved_by", name=op.f("ck_key_rotations_two_persons")),
        sa.CheckConstraint("(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_key_rotations_done_when")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_rotations")),
    )
    _one("key_rotations", "uq_key_rotations_running", "state", "state = 'running'")


def _one(table: str, name: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
