"""A night that nobody waits for: changes of terms are counted, and what many rows cost one by one is done at once."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

PARENTS = {"originators": "originator_id", "files": "file_id", "merchants": "merchant_id"}
# It counts as the owner of the book: whoever may change terms may not set their number.
COUNT = """CREATE FUNCTION terms_are_changed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
    UPDATE terms_changes SET number = number + 1;
    RETURN NULL;
END $$"""
# What a foreign key does for each row, a statement does for all of its rows: whom they belong to is kept from going
# until the transaction ends, and must be there.
BELONG = """CREATE FUNCTION batches_belong() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM FROM originators p WHERE p.id IN (SELECT originator_id FROM added) FOR KEY SHARE;
    PERFORM FROM files p WHERE p.id IN (SELECT file_id FROM added) FOR KEY SHARE;
    PERFORM FROM merchants p WHERE p.id IN (SELECT merchant_id FROM added) FOR KEY SHARE;
    IF EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM originators p WHERE p.id = a.originator_id)
        OR NOT EXISTS (SELECT FROM files p WHERE p.id = a.file_id)
        OR NOT EXISTS (SELECT FROM merchants p WHERE p.id = a.merchant_id)) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a batch belongs to an originator, a file and a merchant';
    END IF;
    RETURN NULL;
END $$"""


def upgrade() -> None:
    """Add the count; on PostgreSQL have every change of an authorization or account raise it, and keep batches."""
    op.create_table(
        "terms_changes",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_terms_changes_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms_changes")),
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("INSERT INTO terms_changes (id, number) VALUES (1, 1)")
    op.execute(COUNT)
    for table in ("authorizations", "accounts"):
        op.execute(
            f"CREATE TRIGGER {table}_are_changed AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION terms_are_changed()"
        )
    # A claim comes in parts: each finds its own orders in the queue, and does not look through all of it.
    op.execute("ALTER FUNCTION keep_open_orders() SET enable_hashjoin = off")
    op.execute("ALTER FUNCTION keep_open_orders() SET enable_mergejoin = off")
    _batches()


def _batches() -> None:
    """Have statements see to what three foreign keys looked up for each batch: a file may have thousands of them."""
    op.execute(BELONG)
    for verb in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER batches_belong_{verb.lower()} AFTER {verb} ON batches REFERENCING NEW TABLE AS added "
            "FOR EACH STATEMENT EXECUTE FUNCTION batches_belong()"
        )
    for parent, column in PARENTS.items():
        op.execute(
            f"CREATE FUNCTION batches_of_{parent}_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
            f"    IF EXISTS (SELECT FROM batches b WHERE b.{column} = OLD.id) THEN\n"
            f"        RAISE foreign_key_violation USING MESSAGE = 'there are batches of this row of {parent}';\n"
            "    END IF;\n    RETURN NULL;\nEND $$"
        )
        for verb, when in (("DELETE", ""), ("UPDATE OF id", "WHEN (OLD.id <> NEW.id) ")):
            op.execute(
                f"CREATE TRIGGER batches_stay_{verb[:6].lower()} AFTER {verb} ON {parent} "
                f"FOR EACH ROW {when}EXECUTE FUNCTION batches_of_{parent}_stay()"
            )
        op.drop_constraint(f"fk_batches_{column}", "batches", type_="foreignkey")


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
