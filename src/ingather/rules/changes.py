"""What a notification of change corrects, read by column per code: account number, routing number, transaction code.

The field has 29 fixed columns and its parts stand without separators: an account of 17 characters touches the
transaction code. So nothing is split at blanks, and anything in a column that should be blank means that the parts
are misplaced: a shifted account would be another account. C04 (name) was withdrawn in 2015 and, like every code
without fields in the table, is kept and never applied. What follows from a code is its row too; so are the reasons for
which the ODFI can refuse a notification.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import assert_never

from ingather.base.problems import Problem, Severity
from ingather.nacha.routing import is_routing_number
from ingather.rules.rows import Row, Standing, in_force, rows
from ingather.rules.tables import table
from ingather.rules.vocabulary import AccountKind

WIDTH = 29

_DESK = "returns_desk"
_SPAN = re.compile(r"(?P<name>\w+):(?P<start>\d+)-(?P<end>\d+)")
_KINDS = {"2": AccountKind.CHECKING, "3": AccountKind.SAVINGS}


class Does(StrEnum):
    """What follows from a notification.

    ``APPLY``: the account takes what it says; ``LOG``: it is kept, and nobody applies it; ``PERSON``: a person decides;
    ``STOP``: the account is debited no more until compliance has spoken; ``REFUSAL``: it speaks between banks.
    """

    APPLY = "apply"
    LOG = "log"
    PERSON = "person"
    STOP = "stop"
    REFUSAL = "refusal"


class Fits(StrEnum):
    """Of which notifications a reason for refusal can be said, as far as the book can tell."""

    ANY = "any"
    MATCHED = "matched"
    UNMATCHED = "unmatched"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeReason:
    """A row of the change codes: its fields by columns of the corrected data, and what follows from it.

    ``owner`` is who gets the case, empty where a notification is only kept.
    """

    code: str
    title: str
    fields: tuple[tuple[str, int, int], ...]
    does: Does
    owner: str
    note: str

    @property
    def applied(self) -> bool:
        """Return whether the account takes what the notification says."""
        return self.does is Does.APPLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusable:
    """A reason for which the ODFI can refuse a notification of change: a row of the refusal codes."""

    code: str
    title: str
    fits: Fits
    sentence: str
    row: Row


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
            does=Does(row["does"]),
            owner=row["owner"],
            note=row["note"],
        )
        for row in table("change_codes")
    }


def what_follows(code: str, on: date) -> Does:
    """Return what a notification that comes in on a day leads to.

    A code that was withdrawn by then is only kept; one that no table knows is for a person.
    """
    known = [row for row in rows("change_codes") if row.key == code]
    if any(row.standing(on) is Standing.IN_FORCE for row in known):
        return change_reasons()[code].does
    return Does.LOG if any(row.standing(on) is Standing.PAST for row in known) else Does.PERSON


def owner_of(code: str) -> str:
    """Return who gets the case of a notification, empty where none is opened; the returns desk for an unknown code."""
    reason = change_reasons().get(code)
    return reason.owner if reason is not None else _DESK


def single_entries_are_ours_to_leave(on: date) -> bool:
    """Return whether a change of a single entry's account may be left unapplied; before 21 June 2024 it was not."""
    return "single-entry-changes" in in_force("duties", on)


def refusable(on: date) -> dict[str, Refusable]:
    """Return by code the reasons for which a notification can be refused on a day."""
    return {
        key: Refusable(
            code=key,
            title=row.values["title"],
            fits=Fits(row.values["fits"]),
            sentence=row.values["sentence"],
            row=row,
        )
        for key, row in in_force("refusal_codes", on).items()
    }


def can_be_said(reason: Refusable, *, matched: bool, readable: bool) -> bool:
    """Return whether a reason for refusal can be said of a notification.

    ``matched``: it is about an entry of ours; ``readable``: its corrected data can be read, or need not be.
    """
    match reason.fits:
        case Fits.ANY:
            return True
        case Fits.MATCHED:
            return matched
        case Fits.UNMATCHED:
            return not matched
        case Fits.UNREADABLE:
            return not readable
    assert_never(reason.fits)


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
