"""What a notification of change corrects, read by column per code: account number, routing number, transaction code.

The field has 29 fixed columns and its parts stand without separators: an account of 17 characters touches the
transaction code. So nothing is split at blanks, and anything in a column that should be blank means that the parts
are misplaced: a shifted account would be another account. C04 (name) was withdrawn in 2015 and, like every code
without fields in the table, is kept and never applied.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from ingather.base.problems import Problem, Severity
from ingather.nacha.routing import is_routing_number
from ingather.rules.tables import table
from ingather.rules.vocabulary import AccountKind

WIDTH = 29

_SPAN = re.compile(r"(?P<name>\w+):(?P<start>\d+)-(?P<end>\d+)")
_KINDS = {"2": AccountKind.CHECKING, "3": AccountKind.SAVINGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReason:
    """A row of the change codes: its fields by columns of the corrected data, and whether we apply it."""

    code: str
    title: str
    fields: tuple[tuple[str, int, int], ...]
    applied: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The new values of one notification; what it does not change is ``None``.

    ``applies`` is true when the code is one we apply and every part could be read: then all parts are applied
    together, else none. ``account`` is red and stays out of ``repr``; ``routing`` has nine digits.
    """

    code: str
    title: str
    applies: bool
    account: bytes | None = field(default=None, repr=False)
    routing: int | None = None
    transaction_code: int | None = None
    account_kind: AccountKind | None = None
    problems: tuple[Problem, ...] = ()


@cache
def change_reasons() -> dict[str, ChangeReason]:
    """Return the rows of the change codes by code."""
    return {
        row["code"]: ChangeReason(
            code=row["code"],
            title=row["title"],
            fields=tuple((m["name"], int(m["start"]), int(m["end"])) for m in _SPAN.finditer(row["fields"])),
            applied=row["applied"] == "yes",
            note=row["note"],
        )
        for row in table("change_codes")
    }


def read_change(code: str, corrected: str, *, line: int = 0) -> Correction:
    """Return what a notification corrects; ``corrected`` is columns 36 to 64 with their blanks, right ones may be cut.

    Never raises on content: an unreadable part gives a problem, and then nothing of it applies. Messages name the
    columns, never the value. Source: Nacha Operating Rules, Appendix Five.
    """
    row = change_reasons().get(code)
    if row is None:
        return Correction(
            code=code,
            title="Unknown code",
            applies=False,
            problems=(_problem("change-code-unknown", f"{code!r} is not a change code we know.", line=line),),
        )
    if not row.applied:
        return Correction(code=code, title=row.title, applies=False)
    if len(corrected) > WIDTH:
        message = f"The corrected data of {code} has more than {WIDTH} characters."
        problem = _problem("corrected-data-width", message, line=line)
        return Correction(code=code, title=row.title, applies=False, problems=(problem,))
    padded = corrected.ljust(WIDTH)
    parts = {name: padded[start - 1 : end] for name, start, end in row.fields}
    problems = [_check(code, name, start, end, parts[name], line) for name, start, end in row.fields]
    found = tuple(problem for problem in (*problems, _check_gaps(row, padded, line)) if problem is not None)
    if found:
        return Correction(code=code, title=row.title, applies=False, problems=found)
    account = parts.get("account")
    transaction_code = parts.get("transaction_code")
    return Correction(
        code=code,
        title=row.title,
        applies=True,
        account=account.rstrip(" ").encode("ascii") if account is not None else None,
        routing=int(parts["routing"]) if "routing" in parts else None,
        transaction_code=int(transaction_code) if transaction_code is not None else None,
        account_kind=_KINDS[transaction_code[0]] if transaction_code is not None else None,
    )


def _check(code: str, name: str, start: int, end: int, text: str, line: int) -> Problem | None:
    match name:
        case "routing":
            good = is_routing_number(text)
        case "transaction_code":
            good = text.isascii() and text.isdigit() and text[0] in _KINDS
        case _:
            good = text.isascii() and text.isprintable() and bool(text.strip()) and text[0] != " "
    if good:
        return None
    words = name.replace("_", " ")
    message = f"Columns {start} to {end} of the corrected data of {code} do not hold a usable {words}."
    return _problem("corrected-data", message, line=line, start=35 + start, end=35 + end)


def _check_gaps(row: ChangeReason, padded: str, line: int) -> Problem | None:
    held = {column for _, start, end in row.fields for column in range(start - 1, end)}
    stray = [column for column in range(WIDTH) if column not in held and padded[column] != " "]
    if not stray:
        return None
    message = f"Column {stray[0] + 1} of the corrected data of {row.code} should be blank: its parts are misplaced."
    return _problem("corrected-data", message, line=line, start=36 + stray[0], end=36 + stray[0])


def _problem(check: str, message: str, *, line: int, start: int = 36, end: int = 64) -> Problem:
    return Problem(
        line=line, start=start, end=end, field="corrected_data", check=check, severity=Severity.ERROR, message=message
    )
