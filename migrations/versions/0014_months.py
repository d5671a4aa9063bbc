"""Facts and entries by month on PostgreSQL, with what must be unique across months beside them.

What a book has so far becomes the first part as it is: no row is moved. SQLite keeps one table and its uniques; the
narrow tables stay empty there.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

from ingather.base.ids import compose_key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MONTHS_AHEAD = 2
STANDS = "{0}order_id IS NOT NULL AND {0}presentation IS NOT NULL AND ({0}ended IS NULL OR {0}ended = 'returned')"
FOLLOWS = (
    "{0}original_entry_id IS NOT NULL AND (({0}kind = 'reversal' AND {0}ended IS NULL) "
    "OR ({0}kind = 'return_fee' AND ({0}ended IS NULL OR {0}ended = 'returned')))"
)


def upgrade() -> None:
    """Put both tables into parts by month, and their uniques into narrow tables that every writer is held to."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("LOCK TABLE entries, facts IN ACCESS EXCLUSIVE MODE")
    _standing()
    _once()
    if not postgresql:
        return
    _fill()
    for each in _ROUTINES:
        op.execute(each)
    _entries()
    _facts()


def _standing() -> None:
    op.create_table(
        "standing_debits",
        sa.Column("order_id", _key(), autoincrement=False, nullable=False),
        sa.Column("presentation", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", _key(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "presentation", name=op.f("pk_standing_debits")),
    )
    op.create_index(
        "uq_standing_debits_live", "standing_debits", ["order_id"], unique=True,
        postgresql_where=sa.text("live"), sqlite_where=sa.text("live"),
    )  # fmt: skip
    op.create_table(
        "standing_follow_ups",
        sa.Column("original_entry_id", _key(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), autoincrement=False, nullable=False),
        sa.Column("entry_id", _key(), nullable=False),
        sa.PrimaryKeyConstraint("original_entry_id", "kind", name=op.f("pk_standing_follow_ups")),
    )


def _once() -> None:
    op.create_table(
        "facts_once",
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("subject_id", _key(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("once", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("scope", "subject_id", "kind", "once", name=op.f("pk_facts_once")),
    )


def _fill() -> None:
    op.execute(
        "INSERT INTO standing_debits (order_id, presentation, entry_id, live) "  # noqa: S608 -- conditions of ours
        f"SELECT order_id, presentation, id, ended IS NULL FROM entries WHERE {STANDS.format('')}"
    )
    op.execute(
        "INSERT INTO standing_follow_ups (original_entry_id, kind, entry_id) "  # noqa: S608 -- conditions of ours
        f"SELECT original_entry_id, kind, id FROM entries WHERE {FOLLOWS.format('')}"
    )
    op.execute("INSERT INTO facts_once (scope, subject_id, kind, once) SELECT scope, subject_id, kind, once FROM facts")
    for verb in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER facts_once_no_{verb.lower()} BEFORE {verb} ON facts_once "
            "FOR EACH STATEMENT EXECUTE FUNCTION facts_is_append_only()"
        )
        op.execute(f"ALTER TABLE facts_once ENABLE ALWAYS TRIGGER facts_once_no_{verb.lower()}")


_ROUTINES = (
    # What stands is unique over all months: each statement's rows are put into, or taken out of, the narrow tables.
    f"""
    CREATE FUNCTION entries_stand() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO standing_debits (order_id, presentation, entry_id, live)
      SELECT order_id, presentation, id, ended IS NULL FROM added WHERE {STANDS.format("")};
      INSERT INTO standing_follow_ups (original_entry_id, kind, entry_id)
      SELECT original_entry_id, kind, id FROM added WHERE {FOLLOWS.format("")};
      RETURN NULL;
    END $$
    """,  # noqa: S608 -- conditions of ours
    f"""
    CREATE FUNCTION entries_fall() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM standing_debits s USING gone g
      WHERE s.order_id = g.order_id AND s.presentation = g.presentation AND s.entry_id = g.id
        AND {STANDS.format("g.")};
      DELETE FROM standing_follow_ups s USING gone g
      WHERE s.original_entry_id = g.original_entry_id AND s.kind = g.kind AND s.entry_id = g.id
        AND {FOLLOWS.format("g.")};
      RETURN NULL;
    END $$
    """,  # noqa: S608 -- conditions of ours
    f"""
    CREATE FUNCTION entries_turn() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM standing_debits s USING gone g
      WHERE s.order_id = g.order_id AND s.presentation = g.presentation AND s.entry_id = g.id
        AND {STANDS.format("g.")};
      DELETE FROM standing_follow_ups s USING gone g
      WHERE s.original_entry_id = g.original_entry_id AND s.kind = g.kind AND s.entry_id = g.id
        AND {FOLLOWS.format("g.")};
      INSERT INTO standing_debits (order_id, presentation, entry_id, live)
      SELECT order_id, presentation, id, ended IS NULL FROM added WHERE {STANDS.format("")};
      INSERT INTO standing_follow_ups (original_entry_id, kind, entry_id)
      SELECT original_entry_id, kind, id FROM added WHERE {FOLLOWS.format("")};
      RETURN NULL;
    END $$
    """,  # noqa: S608 -- conditions of ours
    """
    CREATE FUNCTION entries_are_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'entries are not emptied at once';
    END $$
    """,
    """
    CREATE FUNCTION facts_told_once() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO facts_once (scope, subject_id, kind, once) SELECT scope, subject_id, kind, once FROM added;
      RETURN NULL;
    END $$
    """,
    # Statement triggers belong to the table a statement names, so that each part has them as the whole does.
    """
    CREATE FUNCTION watch_entries(part text) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE format('CREATE TRIGGER entries_stand AFTER INSERT ON %I REFERENCING NEW TABLE AS added '
                     'FOR EACH STATEMENT EXECUTE FUNCTION entries_stand()', part);
      EXECUTE format('CREATE TRIGGER entries_turn AFTER UPDATE ON %I REFERENCING OLD TABLE AS gone NEW TABLE AS added '
                     'FOR EACH STATEMENT EXECUTE FUNCTION entries_turn()', part);
      EXECUTE format('CREATE TRIGGER entries_fall AFTER DELETE ON %I REFERENCING OLD TABLE AS gone '
                     'FOR EACH STATEMENT EXECUTE FUNCTION entries_fall()', part);
      EXECUTE format('CREATE TRIGGER entries_are_emptied BEFORE TRUNCATE ON %I '
                     'FOR EACH STATEMENT EXECUTE FUNCTION entries_are_emptied()', part);
    END $$
    """,
    """
    CREATE FUNCTION watch_facts(part text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
      verb text;
    BEGIN
      EXECUTE format('CREATE TRIGGER facts_in_turn BEFORE INSERT ON %I '
                     'FOR EACH STATEMENT EXECUTE FUNCTION facts_in_turn()', part);
      EXECUTE format('CREATE TRIGGER facts_told_once AFTER INSERT ON %I REFERENCING NEW TABLE AS added '
                     'FOR EACH STATEMENT EXECUTE FUNCTION facts_told_once()', part);
      FOREACH verb IN ARRAY ARRAY['update', 'delete', 'truncate'] LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE %s ON %I FOR EACH STATEMENT EXECUTE FUNCTION facts_is_append_only()',
                       'facts_no_' || verb, verb, part);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', part, 'facts_no_' || verb);
      END LOOP;
    END $$
    """,
    # The one way in which a part is made: from lower on, below upper; without the one it begins, or ends, nowhere.
    """
    CREATE FUNCTION add_part(whole text, part text, lower_bound bigint, upper_bound bigint) RETURNS void
    LANGUAGE plpgsql AS $$
    BEGIN
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', part, whole,
                     coalesce(lower_bound::text, 'MINVALUE'), coalesce(upper_bound::text, 'MAXVALUE'));
      IF whole = 'entries' THEN
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (file_id, trace)', 'uq_' || part || '_file_trace', part);
      END IF;
      EXECUTE format('SELECT %I(%L)', 'watch_' || whole, part);
    END $$
    """,
)


def _entries() -> None:
    for name in ("order_presentation", "live_debit", "live_reversal", "return_fee"):
        op.execute(f"DROP INDEX uq_entries_{name}")
    op.execute("ALTER TABLE entries RENAME TO entries_before")
    op.execute("ALTER INDEX pk_entries RENAME TO pk_entries_before")
    op.execute("ALTER INDEX ix_entries_rejected RENAME TO ix_entries_before_rejected")
    op.execute("ALTER INDEX uq_entries_file_trace RENAME TO uq_entries_before_file_trace")
    op.execute(
        "CREATE TABLE entries (LIKE entries_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id)"
    )
    op.execute("ALTER TABLE entries ADD CONSTRAINT pk_entries PRIMARY KEY (id)")
    op.execute("CREATE INDEX ix_entries_rejected ON entries (batch_id) WHERE ended = 'rejected'")
    op.execute("CREATE INDEX ix_entries_order_id ON entries (order_id) WHERE order_id IS NOT NULL")
    op.execute("SELECT watch_entries('entries')")
    op.execute("SELECT watch_entries('entries_before')")
    last = op.get_bind().execute(sa.text("SELECT max(id) FROM entries_before")).scalar()
    _attach("entries", last, _key_of_month)


def _facts() -> None:
    op.execute("ALTER TABLE facts RENAME TO facts_before")
    op.execute("ALTER TABLE facts_before DROP CONSTRAINT pk_facts")
    op.execute("DROP INDEX uq_facts_once")
    for verb in ("in_turn", "no_update", "no_delete", "no_truncate"):
        op.execute(f"DROP TRIGGER facts_{verb} ON facts_before")
    op.execute(
        "CREATE TABLE facts (LIKE facts_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) "
        "PARTITION BY RANGE (recorded_at)"
    )
    op.execute("ALTER SEQUENCE facts_seq_seq OWNED BY facts.seq")
    op.execute("ALTER TABLE facts ADD CONSTRAINT pk_facts PRIMARY KEY (seq, recorded_at)")
    op.execute("CREATE INDEX ix_facts_subject ON facts (scope, subject_id, kind)")
    op.execute("SELECT watch_facts('facts')")
    op.execute("SELECT watch_facts('facts_before')")
    last = op.get_bind().execute(sa.text("SELECT max(recorded_at) FROM facts_before")).scalar()
    _attach("facts", last, _micros_of_month)


def _attach(whole: str, last: int | None, bound_of: Callable[[date], int]) -> None:
    """Make what there is the first part, and the months from then on, and what comes after them, parts of their own."""
    start = _month_after(datetime.now(UTC).date())
    # A book that was told of days to come holds them all in its first part.
    while last is not None and bound_of(start) <= last:
        start = _month_after(start)
    op.execute(f"ALTER TABLE {whole} ATTACH PARTITION {whole}_before FOR VALUES FROM (MINVALUE) TO ({bound_of(start)})")
    for _ in range(MONTHS_AHEAD):
        after = _month_after(start)
        op.execute(f"SELECT add_part('{whole}', '{whole}_{start:%Y_%m}', {bound_of(start)}, {bound_of(after)})")
        start = after
    op.execute(f"SELECT add_part('{whole}', '{whole}_later', {bound_of(start)}, NULL)")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _micros_of_month(first: date) -> int:
    return int(datetime(first.year, first.month, 1, tzinfo=UTC).timestamp()) * 1_000_000


def _key_of_month(first: date) -> int:
    return compose_key(ms=_micros_of_month(first) // 1000, node=0, counter=0)


def downgrade() -> None:
    """Refuse: books only go forward."""
    message = "a book is not taken back to an older schema; restore a backup"
    raise RuntimeError(message)
