"""A night of a million orders on PostgreSQL: what waits is a queue, and claiming an order changes no index."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# A statement's changes as a whole, so that the queue is kept by whoever writes orders, one row or a hundred thousand.
KEEP = """CREATE FUNCTION keep_open_orders() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM open_orders q USING changed n WHERE q.order_id = n.id AND n.state NOT IN ('open', 'returned');
    END IF;
    -- What has not changed is left alone: a conflict would lock its row.
    INSERT INTO open_orders (order_id, originator_id, bucket, collect_on, returned)
        SELECT n.id, n.originator_id, n.bucket, n.collect_on, n.state = 'returned' FROM changed n
        LEFT JOIN open_orders q ON q.order_id = n.id AND q.collect_on IS NOT DISTINCT FROM n.collect_on
            AND q.returned = (n.state = 'returned')
        WHERE n.state IN ('open', 'returned') AND q.order_id IS NULL
        ON CONFLICT (order_id) DO UPDATE SET collect_on = excluded.collect_on, returned = excluded.returned;
    RETURN NULL;
END $$"""
FORGET = """CREATE FUNCTION forget_open_orders() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    DELETE FROM open_orders q USING gone n WHERE q.order_id = n.id;
    RETURN NULL;
END $$"""


def upgrade() -> None:
    """Add the queue; on PostgreSQL fill it and have every writer of orders keep it, and drop what it stands for."""
    op.create_table(
        "open_orders",
        sa.Column("order_id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("collect_on", sa.Date(), nullable=True),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_open_orders")),
    )
    op.create_index(
        op.f("ix_open_orders_originator_id_collect_on"), "open_orders", ["originator_id", "collect_on"], unique=False
    )
    op.create_index(
        "ix_open_orders_returned", "open_orders", ["originator_id"], unique=False,
        postgresql_where=sa.text("returned"), sqlite_where=sa.text("returned"),
    )  # fmt: skip
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "INSERT INTO open_orders (order_id, originator_id, bucket, collect_on, returned) "
        "SELECT id, originator_id, bucket, collect_on, state = 'returned' FROM orders "
        "WHERE state IN ('open', 'returned') ORDER BY id"
    )
    op.execute(KEEP)
    op.execute(FORGET)
    for verb in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER keep_open_orders_{verb.lower()} AFTER {verb} ON orders REFERENCING NEW TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION keep_open_orders()"
        )
    op.execute(
        "CREATE TRIGGER forget_open_orders AFTER DELETE ON orders REFERENCING OLD TABLE AS gone "
        "FOR EACH STATEMENT EXECUTE FUNCTION forget_open_orders()"
    )
    # An index whose columns or condition an update touches makes it write every index of the row.
    op.drop_index("ix_orders_collect_on", "orders")
    op.drop_index("ix_orders_returned", "orders")
    # A page of orders is claimed at once: more than half of each stays free for the claimed rows, which are larger.
    op.execute("ALTER TABLE orders SET (fillfactor = 45)")
    # Sealed bytes do not become smaller by being compressed.
    op.execute("ALTER TABLE file_chunks ALTER COLUMN content SET STORAGE EXTERNAL")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
