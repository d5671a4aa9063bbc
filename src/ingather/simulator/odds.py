"""A scenario is a short table of rows: what happens to which share of entries, batches, files and reports.

Who is struck follows from the seed, the scenario and the entry's own reference or account, so that any order book may
be played against any scenario. No amount and no account number is magic.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from ingather.simulator.behaviour import (
    PAID,
    TAKEN,
    Answer,
    Blemish,
    Delivering,
    EntryView,
    Fate,
    FileFate,
    FileView,
)
from ingather.simulator.chance import TEN_THOUSAND, Chance
from ingather.simulator.entries import Sort

EVERY_PRESENTATION = 99
_ANSWER_DAYS = 2
_WORDS = MappingProxyType({"R17": "QUESTIONABLE"})


class Holder(StrEnum):
    """Whose accounts a row strikes; entry classes tell consumers from businesses."""

    ANY = "any"
    CONSUMER = "consumer"
    BUSINESS = "business"


class Follows(StrEnum):
    """What a draw is bound to: one order over all its presentations, or an account over all its orders."""

    REFERENCE = "reference"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """One row: this code strikes so many of ten thousand, on the first so many presentations.

    ``banking_days`` are the days after settlement from which one is drawn; ``calendar_days`` replaces them for
    returns that come weeks later. ``sort`` are the only entries struck; without it a row that follows the account
    strikes whatever is sent to it, and one that follows the reference debits alone. ``again_after`` are the days from
    which one is drawn for the same return to come once more, and ``answers`` what is drawn against a dishonour. Of
    changes, a ``garbled`` one stands in wrong columns, and a bank that ``corrects`` sends a refused one again.
    """

    code: str
    per_10_000: int
    follows: Follows = Follows.REFERENCE
    holder: Holder = Holder.ANY
    presentations: int = EVERY_PRESENTATION
    banking_days: tuple[int, ...] = (1, 2)
    calendar_days: int = 0
    sort: Sort | None = None
    blemish: Blemish = Blemish.NONE
    again_after: tuple[int, ...] = ()
    answers: tuple[Answer, ...] = (Answer.SILENT,)
    garbled: bool = False
    corrects: bool = False

    def strikes(self, entry: EntryView) -> bool:
        """Return whether the row looks at entries of this sort, to accounts of this holder, at all."""
        if self.sort is not None and entry.sort is not self.sort:
            return False
        match self.holder:
            case Holder.ANY:
                return True
            case Holder.CONSUMER:
                return entry.is_consumer
            case Holder.BUSINESS:
                return not entry.is_consumer
            case _:
                assert_never(self.holder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A behaviour made of rows; ``orders`` is a fitting size of order book to play it with.

    Rows that follow the same thing share one draw, so their shares add up and an order is struck by one row at most;
    an account that is struck outweighs the order. ``batch_per_10_000`` rejects batches none of whose orders came
    before; ``pended_for`` holds each file so long. Beside so many debits a return of somebody else's entry comes to the
    originator (``stray_per_10_000``), and so many of the returns that the originator's bank asks for are granted
    (``agrees_per_10_000``).
    """

    name: str
    sentence: str
    orders: int = 60
    odds: tuple[Odds, ...] = ()
    changes: tuple[Odds, ...] = ()
    one_batch: bool = False
    batch_per_10_000: int = 0
    entry_per_10_000: int = 0
    stray_per_10_000: int = 0
    agrees_per_10_000: int = 0
    pended_for: timedelta = timedelta(0)
    delivering: Delivering = field(default_factory=Delivering)

    def decide(self, entry: EntryView, chance: Chance) -> Fate:
        """Return the fate of an entry from the rows that strike its account or its reference."""
        if entry.asked:
            agrees = chance.happens(f"{self.name}/asked", entry.key, self.agrees_per_10_000)
            return Fate(return_code=entry.asked) if agrees else PAID
        row = self._row(self.odds, Follows.ACCOUNT, entry, chance)
        if row is None:
            row = self._row(self.odds, Follows.REFERENCE, entry, chance)
        if row is not None and entry.presentation <= row.presentations:
            fate = self._returned(row, entry, chance)
        else:
            fate = self._changed(entry, chance)
        strays = self.stray_per_10_000 and entry.sort is Sort.DEBIT
        if strays and chance.happens(f"{self.name}/stray", f"{entry.key}/{entry.presentation}", self.stray_per_10_000):
            fate = replace(fate, stray_after=1)
        return fate

    def refuse(self, key: str, chance: Chance) -> str:
        """Return why an entry is taken out of its file, or an empty text."""
        return "ENTRY EDIT" if chance.happens(f"{self.name}/entry", key, self.entry_per_10_000) else ""

    def take(self, file: FileView, chance: Chance) -> FileFate:
        """Return which batches of a file are rejected, and how long it is held."""
        fresh = [(index, batch) for index, batch in enumerate(file.batches) if not batch.seen_before]
        draws = [(chance.draw(f"{self.name}/batch", batch.key, TEN_THOUSAND), index) for index, batch in fresh]
        if self.one_batch:
            struck = [index for _, index in sorted(draws)[:1]]
        else:
            struck = [index for drawn, index in draws if drawn < self.batch_per_10_000]
        if not struck and not self.pended_for:
            return TAKEN
        return FileFate(
            batch_reasons=tuple((index, "COMPANY NOT ON FILE") for index in sorted(struck)), pended_for=self.pended_for
        )

    def _returned(self, row: Odds, entry: EntryView, chance: Chance) -> Fate:
        """Return the fate of an entry that a row sends back."""

        def drawn(what: str, choices: int) -> int:
            return chance.draw(f"{self.name}/{what}", f"{entry.key}/{row.code}", choices)

        return Fate(
            return_code=row.code,
            banking_days=row.banking_days[drawn("days", len(row.banking_days))],
            calendar_days=row.calendar_days,
            information=_WORDS.get(row.code, ""),
            blemish=row.blemish,
            again_after=row.again_after[drawn("again", len(row.again_after))] if row.again_after else 0,
            answer=row.answers[drawn("answer", len(row.answers))],
            answer_days=1 + drawn("answer days", _ANSWER_DAYS),
        )

    def _changed(self, entry: EntryView, chance: Chance) -> Fate:
        """Return the fate of an entry that is paid: with a change, or plainly."""
        row = None if entry.corrected else self._row(self.changes, Follows.ACCOUNT, entry, chance)
        return PAID if row is None else Fate(change_code=row.code, garbled=row.garbled, corrects=row.corrects)

    def _row(self, rows: tuple[Odds, ...], follows: Follows, entry: EntryView, chance: Chance) -> Odds | None:
        """Return the row whose share of the one draw for this account or reference is hit."""
        drawn = -1
        for row in rows:
            if row.follows is not follows or not row.strikes(entry):
                continue
            if (
                row.sort is None
                and follows is Follows.REFERENCE
                and not (entry.collects and entry.sort is not Sort.FEE)
            ):
                continue
            if drawn < 0:
                key = entry.account if follows is Follows.ACCOUNT else _key_of(entry)
                actor = f"{self.name}/{'change' if rows is self.changes else 'return'}/{follows}"
                drawn = chance.draw(actor, key, TEN_THOUSAND)
            drawn -= row.per_10_000
            if drawn < 0:
                return row
        return None


def _key_of(entry: EntryView) -> str:
    """Return what a draw by reference is bound to: a credit has a chance of its own beside the debit it gives back."""
    return f"{entry.key}/{entry.sort.name}" if entry.sort in {Sort.REVERSAL, Sort.REFUND} else entry.key
