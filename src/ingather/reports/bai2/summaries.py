"""The groups of an account record (03): type code, amount, count and funds type, again and again.

They are read as the specification says: before a continuation the slash stands for the comma. Some banks write ``,/``
there, which then holds one empty field too many; where a type code is none, these empty fields are left out, and the
reading counts if the account's own total agrees.
"""

from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.reports.bai2.funds import AMOUNT, CODE_TYPE, TYPE_CODE, funds_width
from ingather.reports.bai2.outline import Row
from ingather.reports.code_map import CodeMap
from ingather.reports.findings import Findings

OPENING = "010"
CLOSING = "015"
AVAILABLE = ("045", "060", "040")
"""Codes of the available balance, closing before current before opening."""

TRAILING_COMMA = "trailing_comma_03"
_BEFORE_GROUPS = 2
_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an account record says: amounts by type code, of which the last one counts, and their sum as written.

    ``lenient``: the empty fields before continuations were left out. ``good``: every group could be read.
    """

    amounts: dict[str, int]
    total: int
    lenient: bool = False
    good: bool = True


def read_summary(row: Row) -> Summary:
    """Return the groups of an account record, read literally or else leniently; what cannot be read is not in it."""
    fields: list[str] = []
    ends: set[int] = set()
    for piece in row.pieces:
        fields += piece.split(",")
        ends.add(len(fields) - 1)
    ends.discard(len(fields) - 1)
    literal = _groups(fields, frozenset())
    if literal.good or not ends:
        return literal
    lenient = _groups(fields, frozenset(ends))
    return lenient if lenient.good else literal


def _groups(fields: list[str], ends: frozenset[int]) -> Summary:
    amounts: dict[str, int] = {}
    total = 0
    at = _BEFORE_GROUPS
    good = True
    while at < len(fields):
        code, amount, _, funds = (value.strip() for value in (*fields[at : at + _GROUP], *[""] * _GROUP)[:_GROUP])
        if not code and at in ends:
            at += 1
            continue
        blank = not (code or amount or funds)
        try:
            width = funds_width(funds, fields[at + _GROUP] if at + _GROUP < len(fields) else "")
        except ValueError:
            width = -1
        if width < 0 or not (blank or (TYPE_CODE.fullmatch(code) and (not amount or AMOUNT.fullmatch(amount)))):
            good = False
            break
        if amount:
            amounts[code] = int(amount)
            total += int(amount)
        at += _GROUP + width
    return Summary(amounts=amounts, total=total, lenient=bool(ends), good=good)


def note_summary(summary: Summary, row: Row, codes: CodeMap, findings: Findings) -> None:
    """Note what an account record says that cannot be read, and type codes that nothing knows."""
    if not summary.good:
        message = f"The account on line {row.number} has a summary that cannot be read; what follows was left out."
        findings.add("field-unreadable", message, line=row.number, name="summary")
    for code in summary.amounts:
        if not codes.knows(CODE_TYPE, code):
            message = f"The account on line {row.number} has an amount of type {code}, which no table or profile knows."
            findings.add("code-unknown", message, line=row.number, name=code, severity=Severity.WARNING)
