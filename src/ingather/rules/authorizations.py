"""What an authorization must say, and what must show that the buyer gave it, by SEC code: a dated table.

The holder of the account and the channel decide the SEC code, and that code what is asked. What is lacking makes a
draft: it is kept, and nothing is debited under it until the rest is on record. Sources stand in the table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from ingather.domain.authorizations import AmountTerms, Statement
from ingather.rules.rows import Row, in_force

ALL_STATEMENTS: tuple[str, ...] = tuple(str(statement) for statement in Statement)
"""Everything that a text may be asked to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an authorization was judged by: its SEC code, the rows, and the words of those it does not meet."""

    sec: str
    rows: tuple[Row, ...]
    lacks: tuple[str, ...]


def judge(
    *,
    holder: str,
    channel: str,
    kind: str,
    statements: Collection[str] | None,
    evidence: Mapping[str, Any],
    given_on: date,
) -> Judged:
    """Return what an authorization lacks under the rows in force on the day it was given.

    ``statements`` are what its text says; None where nobody has said: then it says nothing, but for what a row takes as
    given because no form is prescribed. A piece of evidence that is empty is none.
    """
    chosen = in_force("entry_classes", given_on).get(f"{holder}-{channel}")
    sec = chosen.values["sec"] if chosen else ""
    rows = _asked(sec, kind, given_on)
    had = {word for word, content in evidence.items() if content}
    said = set(statements or ())
    lacks = [
        row.values["word"]
        for row in rows
        if not _met(row, had if row.values["part"] == "evidence" else said, silent=statements is None)
    ]
    return Judged(sec=sec, rows=(chosen, *rows) if chosen else rows, lacks=tuple(lacks))


@lru_cache(maxsize=4096)
def _asked(sec: str, kind: str, on: date) -> tuple[Row, ...]:
    asked = in_force("authorization_contents", on).values()
    return tuple(row for row in asked if row.values["sec"] == sec and row.values["kind"] in {"any", kind})


def _met(row: Row, has: set[str], *, silent: bool) -> bool:
    if silent and row.values["assumed"] == "yes":
        return True
    return any(set(way.split("+")) <= has for way in row.values["met_by"].split())


def sentence_of(word: str, rows: tuple[Row, ...]) -> str:
    """Return what a lacking word means, from the rows it was judged by."""
    return next((row.values["sentence"] for row in rows if row.values.get("word") == word), word)


def amount_terms_of(told: str | None, max_amount_minor: int | None) -> AmountTerms:
    """Return what was agreed about the amount; where nobody says, a maximum is a range, and without one it varies.

    So a series without a maximum needs notices, the more cautious reading.
    """
    if told:
        return AmountTerms(told)
    return AmountTerms.VARYING if max_amount_minor is None else AmountTerms.RANGE


def fault_of_amounts(told: str | None, min_amount_minor: int | None, max_amount_minor: int | None) -> str:
    """Return why amounts and terms do not go together, or nothing."""
    if max_amount_minor is None and told in {AmountTerms.FIXED, AmountTerms.RANGE}:
        return f"the amount is said to be {told}, but none is given; name it as the most that may be debited"
    if min_amount_minor is None:
        return ""
    if told in {AmountTerms.FIXED, AmountTerms.VARYING}:
        return f"a least amount belongs to a range, and the amount is said to be {told}; name one of both"
    if max_amount_minor is None or not 0 < min_amount_minor <= max_amount_minor:
        return "the least amount is more than zero and not more than the most; check both"
    return ""
