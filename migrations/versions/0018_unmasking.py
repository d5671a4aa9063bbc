"""Who was shown an account's number, reviews of who may do what, and the audit trail by who and by what was done."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both tables, and the trail's indexes."""
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "unmaskings",
        sa.Column("id", key, autoincrement=False, nullable=False),
        sa.Column("originator_id", key, nullable=False),
        sa.Column("account_id", key, nullable=False),
        sa.Column("case_id", key, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until_at > at", name=op.f("ck_unmaskings_boxed_in_time")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmaskings")),
    )
    op.create_index(op.f("ix_unmaskings_account_id_actor"), "unmaskings", ["account_id", "actor"])
    op.create_index(op.f("ix_unmaskings_at"), "unmaskings", ["at"])
    op.create_table(
        "access_reviews",
        sa.Column("id", key, autoincrement=False, nullable=False),
        sa.Column("originator_id", key, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("reviewed_by", sa.String(80), nullable=False),
        sa.Column("reviewed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'signed', 'refused')", name=op.f("ck_access_reviews_state_known")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> reviewed_by", name=op.f("ck_access_reviews_maker_is_not_checker")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL)", name=op.f("ck_access_reviews_decided_by_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_reviews")),
    )
    op.create_index(op.f("ix_access_reviews_originator_id_state"), "access_reviews", ["originator_id", "state"])
    op.create_index("ix_audit_actor_seq", "audit", ["actor", "seq"])
    op.create_index("ix_audit_verb_seq", "audit", ["verb", "seq"])
    _protect()


def _protect() -> None:
    """Refuse to change or delete who was shown a number."""
    table = "unmaskings"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        op.execute(
            "CREATE TRIGGER unmaskings_no_replace BEFORE INSERT ON unmaskings "
            "WHEN EXISTS (SELECT 1 FROM unmaskings WHERE id = NEW.id) "
            "BEGIN SELECT RAISE(ABORT, 'unmaskings is append-only'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
        )


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
