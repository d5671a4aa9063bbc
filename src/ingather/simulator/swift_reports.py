"""The account's statement as MT940: one message, a field 61 and a field 86 a posting, lines of at most 65 characters.

The supplementary details give the posting's BAI2 code, and the text in field 86 runs over the ends of lines.
"""

from collections.abc import Iterator, Mapping

from ingather.base.dates import format_yymmdd
from ingather.simulator.statement_rows import DayStatement, StatementRow

_TYPES: Mapping[str, str] = {
    "166": "NDDT",
    "466": "NTRF",
    "557": "NRTI",
    "468": "NRTI",
    "257": "NRTI",
    "168": "NRTI",
    "567": "NCHG",
    "661": "NCHG",
}
_WIDTH = 65
_REFERENCE = 16
_NUMBERS = 100_000


def write_mt940(statement: DayStatement) -> bytes:
    """Return one message without blocks, each line ended by CR and LF."""
    return "".join(f"{line}\r\n" for line in _lines(statement)).encode("ascii", "replace")


def _lines(statement: DayStatement) -> Iterator[str]:
    day = format_yymmdd(statement.day)
    yield f":20:{statement.day:%Y%m%d}{statement.sequence:04d}"
    yield f":25:{statement.bank}/{statement.account}"
    yield f":28C:{statement.sequence % _NUMBERS:05d}/001"
    yield f":60F:{_balance(statement.opening_cents, day)}"
    for row in statement.rows:
        yield from _row(row, day)
    yield f":62F:{_balance(statement.closing_cents, day)}"
    yield f":64:{_balance(statement.closing_cents, day)}"
    yield "-"


def _row(row: StatementRow, day: str) -> Iterator[str]:
    mark = "C" if row.cents > 0 else "D"
    ours = row.customer_ref[:_REFERENCE] or "NONREF"
    yield f":61:{day}{day[2:]}{mark}D{_decimal(abs(row.cents))}{_TYPES[row.code]}{ours}//{row.bank_ref}"
    yield f"/CTC/{row.code}/"
    text = f"/PT/ACH/PY/{row.text}"
    first = _WIDTH - len(":86:")
    yield f":86:{text[:first]}"
    yield from (text[start : start + _WIDTH] for start in range(first, len(text), _WIDTH))


def _balance(cents: int, day: str) -> str:
    return f"{'D' if cents < 0 else 'C'}{day}USD{_decimal(abs(cents))}"


def _decimal(cents: int) -> str:
    whole, part = divmod(cents, 100)
    return f"{whole},{part:02d}"
