"""Facts and entries by month on PostgreSQL: the parts that are to come are made ahead, and nothing ever finds none.

The last part of each table has no end, so a row whose month was never made lies there. An empty one is divided in a
moment; one that was written to, in a book whose nights rested for months, is closed behind its last row. No row is
moved. The key of a month is the first value that its moment gives: of an entry's id (``base/ids.py``), of a fact's
instant. SQLite has one table each, and nothing to do.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from ingather.base.dates import to_micros
from ingather.base.ids import compose_key, moment_of

MONTHS_AHEAD: Final = 2
"""How many months after the one of today have a part of their own after a night."""
WHOLES: Final = ("entries", "facts")
_PATIENCE: Final = "500ms"
_BOUND: Final = re.compile(r"FROM \('?(-?\d+|MINVALUE)'?\) TO \('?(-?\d+|MAXVALUE)'?\)")
_PARTS = text(
    "SELECT pg_class.relname, pg_get_expr(relpartbound, pg_class.oid) FROM pg_inherits "
    "JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = to_regclass(:whole)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a table: from ``lower`` on and below ``upper``; None where it begins, or ends, nowhere."""

    name: str
    lower: int | None
    upper: int | None


def bound_of(whole: str, month: date) -> int:
    """Return the first value of a table's key in a month."""
    micros = to_micros(datetime(month.year, month.month, 1, tzinfo=UTC))
    return micros if whole == "facts" else compose_key(ms=micros // 1000, node=0, counter=0)


def parts_of(session: Session, whole: str) -> list[Part]:
    """Return the parts of a table in the order of their bounds; none on SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    found = []
    for name, worded in session.execute(_PARTS, {"whole": whole}):
        match = _BOUND.search(worded)
        if match is None:
            message = f"the part {name} has bounds nobody gave it: {worded}"
            raise ValueError(message)
        lower, upper = (None if each.endswith("VALUE") else int(each) for each in match.groups())
        found.append(Part(name=name, lower=lower, upper=upper))
    return sorted(found, key=lambda part: (part.lower is not None, part.lower or 0))


def part_of(session: Session, whole: str, first: int, last: int) -> str:
    """Return the name of the part that holds a range of keys, and the whole's own where the range has a border in it.

    COPY into a whole inserts row by row where statement triggers look at the rows; into the part itself it does not.
    """
    for part in parts_of(session, whole):
        if (part.lower is None or part.lower <= first) and (part.upper is None or last < part.upper):
            return part.name
    return whole


def keep_months(engine: Engine, today: date, *, ahead: int = MONTHS_AHEAD) -> list[str]:
    """Make what parts are missing through ``ahead`` months after today's, and return the names of those made.

    It waits for nobody longer than half a second: what is not made tonight is made tomorrow, since there are months
    ahead. A role that may not change the schema leaves it to ``ingather db upgrade``.
    """
    if engine.dialect.name != "postgresql":
        return []
    made = []
    for whole in WHOLES:
        try:
            with Session(engine) as session, session.begin():
                made += _keep(session, whole, today, ahead)
        except (OperationalError, ProgrammingError) as refused:
            if getattr(refused.orig, "sqlstate", "") not in {"55P03", "42501"}:
                raise
    return made


def _keep(session: Session, whole: str, today: date, ahead: int) -> list[str]:
    wanted = _later(today.replace(day=1), ahead + 1)
    last = parts_of(session, whole)[-1]
    if last.lower is None or last.lower >= bound_of(whole, wanted):
        return []
    session.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
    session.execute(text(f"LOCK TABLE {whole} IN ACCESS EXCLUSIVE MODE"))
    # Somebody else may have made them while this one waited.
    last = parts_of(session, whole)[-1]
    if last.lower is None or last.lower >= bound_of(whole, wanted):
        return []
    key = "id" if whole == "entries" else "recorded_at"
    start, made = _month_of(whole, last.lower), []
    newest = session.execute(text(f"SELECT max({key}) FROM {last.name}")).scalar()  # noqa: S608 -- names of our own tables
    if newest is None:
        session.execute(text(f"DROP TABLE {last.name}"))
    else:
        # It becomes the part of all months it has rows of; its rows are looked at once, which is what closing costs.
        start = _later(_month_of(whole, newest), 1)
        name = f"{whole}_{_month_of(whole, last.lower):%Y_%m}"
        session.execute(text(f"ALTER TABLE {whole} DETACH PARTITION {last.name}"))
        session.execute(text(f"ALTER TABLE {last.name} RENAME TO {name}"))
        if whole == "entries":
            session.execute(text(f"ALTER INDEX uq_{last.name}_file_trace RENAME TO uq_{name}_file_trace"))
        bounds = f"FROM ({last.lower}) TO ({bound_of(whole, start)})"
        session.execute(text(f"ALTER TABLE {whole} ATTACH PARTITION {name} FOR VALUES {bounds}"))
        made.append(name)
    while start < wanted:
        after = _later(start, 1)
        made.append(_add(session, whole, f"{whole}_{start:%Y_%m}", start, after))
        start = after
    _add(session, whole, last.name, start, None)
    # Nobody analyzes a whole by itself, and joins are planned by what is known of it.
    session.execute(text(f"ANALYZE {whole}"))
    return made


def _add(session: Session, whole: str, name: str, start: date, end: date | None) -> str:
    bounds = {"lower": bound_of(whole, start), "upper": None if end is None else bound_of(whole, end)}
    session.execute(
        text("SELECT add_part(:whole, :part, CAST(:lower AS bigint), CAST(:upper AS bigint))"),
        {"whole": whole, "part": name, **bounds},
    )
    return name


def _month_of(whole: str, value: int) -> date:
    micros = value if whole == "facts" else moment_of(value) * 1000
    return datetime.fromtimestamp(micros // 1_000_000, UTC).date().replace(day=1)


def _later(month: date, months: int) -> date:
    count = month.year * 12 + month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
