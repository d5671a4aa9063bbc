"""Who calls: people, keys of the API, answers to calls that move money; webhooks; facts numbered as they commit."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WORK_KINDS = "kind IN ('poll', 'night', 'send', 'release', 'reconcile', 'settle', 'watch', 'deliver')"
# The writers' lock of the store: whoever numbers a fact holds it until that fact can be read.
WRITERS = 0x1264_7469


def upgrade() -> None:
    """Add the tables and columns, and let whoever writes a fact on PostgreSQL take the writers' lock."""
    _users()
    _user_sessions()
    _guessed_names()
    _api_keys()
    _answered_calls()
    _labels()
    _webhook_endpoints()
    _webhook_secrets()
    _webhook_messages()
    _webhook_attempts()
    _book()
    _who_brought()
    op.add_column("returns", sa.Column("evidence", sa.Text(), nullable=True))
    _bank_days()
    _reword("work_runs", {"ck_work_runs_kind_known": WORK_KINDS})
    _number_facts_in_turn()


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("roles", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("password_at", sa.BigInteger(), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", _key(), nullable=True),
        sa.Column("issuer", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("once_mac", sa.LargeBinary(length=32), nullable=True),
        sa.Column("once_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "roles NOT LIKE '%approver%' OR (roles NOT LIKE '%administrator%' AND roles NOT LIKE '%custodian%')",
            name=op.f("ck_users_who_grants_approves_nothing"),
        ),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_users_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_index("uq_users_subject", "users", ["issuer", "subject"], unique=True)


def _user_sessions() -> None:
    op.create_table(
        "user_sessions",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("user_id", _key(), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("proven_at", sa.BigInteger(), nullable=False),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("mac", name=op.f("uq_user_sessions_mac")),
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)


def _guessed_names() -> None:
    op.create_table(
        "guessed_names",
        sa.Column("name_mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name_mac", name=op.f("pk_guessed_names")),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(length=80), nullable=True),
        sa.Column("old_mac", sa.LargeBinary(length=32), nullable=True),
        sa.Column("old_until", sa.BigInteger(), nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_id", name=op.f("uq_api_keys_key_id")),
    )


def _answered_calls() -> None:
    op.create_table(
        "answered_calls",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("subject_id", _key(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_answered_calls")),
    )
    op.create_index(op.f("ix_answered_calls_subject_id"), "answered_calls", ["subject_id"], unique=False)


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("subject_id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_labels")),
    )


def _webhook_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("originator_id", _key(), nullable=False),
        sa.Column("merchant_id", _key(), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("cursor", _key(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rest_until", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.CheckConstraint("state IN ('enabled', 'disabled', 'gone')", name=op.f("ck_webhook_endpoints_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )


def _webhook_secrets() -> None:
    op.create_table(
        "webhook_secrets",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("endpoint_id", _key(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_secrets_endpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_secrets")),
    )
    op.create_index(op.f("ix_webhook_secrets_endpoint_id"), "webhook_secrets", ["endpoint_id"], unique=False)


def _webhook_messages() -> None:
    op.create_table(
        "webhook_messages",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("endpoint_id", _key(), nullable=False),
        sa.Column("fact_seq", _key(), nullable=False),
        sa.Column("replay", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('due', 'delivered', 'given_up')", name=op.f("ck_webhook_messages_state_known")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_messages_endpoint_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_messages")),
    )
    op.create_index(
        "ix_webhook_messages_due",
        "webhook_messages",
        ["endpoint_id", "fact_seq"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index("uq_webhook_messages_event", "webhook_messages", ["endpoint_id", "fact_seq", "replay"], unique=True)


def _webhook_attempts() -> None:
    op.create_table(
        "webhook_attempts",
        sa.Column("id", _key(), autoincrement=False, nullable=False),
        sa.Column("message_id", _key(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["webhook_messages.id"], name=op.f("fk_webhook_attempts_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attempts")),
    )
    op.create_index(op.f("ix_webhook_attempts_message_id"), "webhook_attempts", ["message_id"], unique=False)


def _book() -> None:
    with op.batch_alter_table("book") as batch:
        batch.add_column(sa.Column("signed_in", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("clock_ahead_s", _key(), server_default="0", nullable=False))
        batch.create_check_constraint(op.f("ck_book_live_clock_true"), sa.text("mark = 'test' OR clock_ahead_s = 0"))


def _bank_days() -> None:
    # Who closed a day never signed it: the code saw to that before, now the book does.
    with op.batch_alter_table("bank_days") as batch:
        condition = sa.text("signed_by IS NULL OR signed_by <> made_by")
        batch.create_check_constraint(op.f("ck_bank_days_maker_is_not_checker"), condition)


def _number_facts_in_turn() -> None:
    """Let a reader of facts trust their numbers: on SQLite there is one writer, on PostgreSQL the lock makes it so."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION facts_in_turn() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN PERFORM pg_advisory_xact_lock({WRITERS}); RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER facts_in_turn BEFORE INSERT ON facts FOR EACH STATEMENT EXECUTE FUNCTION facts_in_turn()"
    )


def _who_brought() -> None:
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    for table in ("buyers", "accounts"):
        op.add_column(table, sa.Column("merchant_id", _key(), nullable=True))


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
