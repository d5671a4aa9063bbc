"""Comparing an item of a report with the entries it may be about: what agrees, what differs, and the evidence of it."""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from ingather.rules.matching import BIT, Stage, choose, names

_BANK_ITEM, _REFERENCE, _TRACE, _AMOUNT, _COMPANY, _EFFECTIVE, _BATCH = BIT.values()


class Told(NamedTuple):
    """What an item says: the order that its reference names, trace, cents, company, and its batch's date and number.

    What it does not say is ``None``, 0 or empty. ``named_by`` says that trace or order are not the item's own: another
    report of the bank has them beside the item's id. A tuple, since there are as many as items.
    """

    order_id: int | None
    trace: int
    amount_cents: int | None
    company: str = ""
    effective_on: date | None = None
    batch_number: int = 0
    named_by: bool = False


class Candidate(NamedTuple):
    """An entry that reached the bank, or may have; ``effective_on`` is its batch's date as ISO text."""

    entry_id: int
    order_id: int
    batch_id: int
    merchant_id: int
    file_id: int
    ended: str | None
    presentation: int
    amount_cents: int
    trace: int
    company: str
    effective_on: str
    batch_number: int


def compare(told: Told, candidate: Candidate) -> tuple[int, int]:
    """Return the bits of the columns that agree and of those that differ."""
    agreed = _AMOUNT if told.amount_cents is None else 0
    differed = 0
    for bit, said, meant in (
        (_REFERENCE, told.order_id, candidate.order_id),
        (_TRACE, told.trace or None, candidate.trace),
        (_AMOUNT, told.amount_cents, candidate.amount_cents),
        (_COMPANY, told.company or None, candidate.company),
        (_EFFECTIVE, told.effective_on and _iso(told.effective_on), candidate.effective_on),
        (_BATCH, told.batch_number or None, candidate.batch_number),
    ):
        if said is None:
            continue
        if said == meant:
            agreed |= bit
        else:
            differed |= bit
    if told.named_by and agreed & (_REFERENCE | _TRACE):
        agreed |= _BANK_ITEM
    return agreed, differed


class Chosen(NamedTuple):
    """The entry an item is about, by which stage, how sure that is, and what shows it, as JSON text."""

    candidate: Candidate
    rule: str
    score: int
    evidence: str


def choose_entry(told: Told, candidates: Sequence[Candidate], among: Sequence[Stage]) -> Chosen | None:
    """Return the one entry that an item is about, ``None`` where none or more than one fits."""
    compared = [compare(told, candidate) for candidate in candidates]
    found = choose(compared, among)
    if found is None:
        return None
    place, stage = found
    agreed, differed = compared[place]
    evidence = evidence_of(told, candidates[place], agreed, differed)
    return Chosen(candidates[place], stage.id, stage.score_of(differed), evidence)


def evidence_of(told: Told, candidate: Candidate, agreed: int, differed: int) -> str:
    """Return what agreed, and what was told otherwise than the book has it, as JSON text.

    No name and no account number is among the columns.
    """
    if not differed:
        return _all_agreed(agreed)
    said = {
        "reference": (told.order_id, candidate.order_id),
        "trace": (told.trace, candidate.trace),
        "amount": (told.amount_cents, candidate.amount_cents),
        "company": (told.company, candidate.company),
        "effective": (told.effective_on and told.effective_on.isoformat(), candidate.effective_on),
        "batch": (told.batch_number, candidate.batch_number),
    }
    differences = {name: {"told": said[name][0], "ours": said[name][1]} for name in names(differed)}
    return json.dumps({"agreed": names(agreed), "differed": differences}, separators=(",", ":"))


@lru_cache(maxsize=256)
def _all_agreed(agreed: int) -> str:
    return json.dumps({"agreed": names(agreed)}, separators=(",", ":"))


@lru_cache(maxsize=4096)
def _iso(day: date) -> str:
    return day.isoformat()
