"""The audit chain: extended in turns by whoever may only add to it, refused past its end, and anchored outside."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FACT_KINDS = "kind IN ('sealed', 'approved', 'refused', 'sending', 'transmitted', 'in_doubt', 'pended', 'accepted', 'rejected', 'voided', 'settled', 'returned', 'watermark', 'taken', 'canceled', 'held', 'unheld', 'given_up', 'retry_planned', 'revoked', 'blocked', 'corrected', 'opened', 'closed', 'paid_out', 'activated', 'suspended', 'resumed', 'consumed', 'unconsumed', 'expired', 'superseded', 'notice_due', 'notice_sent', 'legal_hold', 'legal_hold_ended', 'purged', 'proof_requested', 'proof_made', 'check_wanted', 'validated', 'validation_failed', 'screened', 'unblocked', 'paid_otherwise', 'correction_planned', 'return_requested', 'late_return_consented', 'confirmed', 'iat_view', 'change_refused', 'change_left', 'odfi_asked', 'odfi_answered', 'disputed', 'dishonoured', 'contested', 'undone', 'replaced', 'asked', 'withdrawn', 'escalated', 'noted', 'matched', 'unmatched', 'reconciled', 'signed_off', 'reopened', 'reserved', 'released', 'payable_again', 'account_named', 'covered', 'anchored')"
FACT_SCOPES = "scope IN ('order', 'entry', 'batch', 'file', 'feed', 'report', 'authorization', 'account', 'merchant', 'case', 'buyer', 'return', 'follow_up', 'correction', 'payout', 'posting', 'settlement', 'audit')"
APPEND_ONLY = ("audit", "audit_anchors", "facts")


def upgrade() -> None:
    """Add the anchors and the turns, and let the database refuse what would change, replace or fork what is written."""
    _audit_anchors()
    _audit_turns()
    _reword("facts", {"ck_facts_kind_known": FACT_KINDS, "ck_facts_scope_known": FACT_SCOPES})
    if op.get_bind().dialect.name == "sqlite":
        _protect_on_sqlite()
    else:
        _protect_on_postgresql()


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _audit_anchors() -> None:
    op.create_table(
        "audit_anchors",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("seq", _key(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.String(length=200), nullable=True),
        sa.CheckConstraint("place IN ('host', 'file')", name=op.f("ck_audit_anchors_place_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_anchors")),
    )


def _audit_turns() -> None:
    op.create_table(
        "audit_turns",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_turns")),
    )


def _protect_on_sqlite() -> None:
    # Making a table anew takes its triggers with the old one, so facts have theirs made again. A REPLACE deletes what
    # stands in its way without asking a trigger of DELETE: what would replace is refused when it comes in.
    for table in ("audit_anchors", "facts"):
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER audit_anchors_no_replace BEFORE INSERT ON audit_anchors "
        "WHEN EXISTS (SELECT 1 FROM audit_anchors WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'audit_anchors is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER facts_no_replace BEFORE INSERT ON facts "
        "WHEN EXISTS (SELECT 1 FROM facts WHERE seq = NEW.seq) OR EXISTS (SELECT 1 FROM facts WHERE "
        "scope = NEW.scope AND subject_id = NEW.subject_id AND kind = NEW.kind AND once = NEW.once) "
        "BEGIN SELECT RAISE(ABORT, 'facts is append-only: UNIQUE'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_follows BEFORE INSERT ON audit "
        "WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit) "
        "OR NEW.previous IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), zeroblob(32)) "
        "OR EXISTS (SELECT 1 FROM audit WHERE hash = NEW.hash) "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only: this record does not follow the last one'); END"
    )


def _protect_on_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_anchors_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_anchors is append-only'; END $$"
    )
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER audit_anchors_no_{verb.lower()} BEFORE {verb} ON audit_anchors "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_anchors_is_append_only()"
        )
    op.execute(
        "CREATE FUNCTION audit_follows() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "DECLARE latest record; BEGIN SELECT seq, hash INTO latest FROM audit ORDER BY seq DESC LIMIT 1; "
        "IF NEW.seq <> coalesce(latest.seq, 0) + 1 "
        "OR NEW.previous <> coalesce(latest.hash, decode(repeat('00', 32), 'hex')) THEN "
        "RAISE EXCEPTION 'audit is append-only: this record does not follow the last one' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    op.execute("CREATE TRIGGER audit_follows BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_follows()")
    # Also for a session that says it is a replica, in which ordinary triggers rest.
    for table in APPEND_ONLY:
        for verb in ("update", "delete", "truncate"):
            op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_{verb}")
    op.execute("ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_follows")


def _reword(table: str, checks: dict[str, str]) -> None:
    # SQLite cannot change a check: there the table is made anew.
    with op.batch_alter_table(table) as batch:
        for name, condition in checks.items():
            batch.drop_constraint(op.f(name), type_="check")
            batch.create_check_constraint(op.f(name), sa.text(condition))


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
