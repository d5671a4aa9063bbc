"""Account validation: which debits need it, what counts as proof, and from when a prenote's silence is proof.

A debit authorized online needs an account shown to be open, at its first use and after a change of its number. A
prenote proves it by silence: live entries follow from the third banking day after its settlement when neither a
return nor a change had come by the opening of the second. Silence says something only where the feed is complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ingather.rules.calendar import add_banking_days
from ingather.rules.clocks import clock
from ingather.rules.rows import Row, in_force

_TABLE = "account_validation"
_NEED, _PROOF, _AGAIN, _MICRO = "need", "proof", "again", "micro"
MOST_MICRO_CENTS = 99
MICRO_CREDITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """When a prenote's silence is proof: ``complete_through`` is the day whose returns must all be in.

    ``passes_on`` is the banking day from whose opening live entries may be sent.
    """

    complete_through: date
    passes_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroForm:
    """How micro-entries go to accounts: the SEC code of their batch, and whether a debit takes the cents back."""

    sec: str
    takes_back: bool


@lru_cache(maxsize=1024)
def micro_forms(on: date) -> Mapping[str, MicroForm]:
    """Return how micro-entries go out on a day, by the SEC code of the later debits.

    A class without credits of ours, such as WEB, lends them PPD; and then nothing is debited, since what was authorized
    is not a PPD debit.
    """
    return {
        word: MicroForm(sec=row.values["sec"], takes_back=row.values["counts"] == "yes")
        for word, row in _of(_MICRO, on).items()
    }


@lru_cache(maxsize=1024)
def classes_that_need_it(on: date) -> Mapping[str, Row]:
    """Return the rows of the SEC codes whose debits need a validated account on a day, by code."""
    return _of(_NEED, on)


@lru_cache(maxsize=1024)
def proofs(on: date) -> Mapping[str, Row]:
    """Return the rows of the methods that count as validation on a day, by method."""
    return {word: row for word, row in _of(_PROOF, on).items() if row.values["counts"] == "yes"}


def may_go_again(method: str, on: date) -> bool:
    """Return whether a method may be used for an account that has had entries before; only prenotes needed a rule."""
    return method != "prenote" or method in _of(_AGAIN, on)


@lru_cache(maxsize=1024)
def silence_after(settled_on: date) -> Silence:
    """Return when the silence after a prenote that settled on a day is proof (Nacha: prenotifications)."""
    wait = clock("prenote", settled_on)
    return Silence(
        complete_through=add_banking_days(settled_on, wait.count - 1),
        passes_on=add_banking_days(settled_on, wait.count),
    )


def rules_of_checks(methods: frozenset[str], on: date) -> tuple[str, ...]:
    """Return the ids of the rows that checks by these methods rest on, sorted."""
    chosen = [row for word, row in proofs(on).items() if word in methods]
    if "prenote" in methods:
        chosen.append(clock("prenote", on).row)
    if "micro_entries" in methods:
        chosen += _of(_MICRO, on).values()
    return tuple(sorted(row.id for row in chosen))


def _of(use: str, on: date) -> dict[str, Row]:
    return {row.values["word"]: row for row in in_force(_TABLE, on).values() if row.values["use"] == use}
