"""Named behaviours: each a short table of what happens to which share of entries, batches and reports.

No amount and no account number is magic: who is struck follows from the seed, the scenario and the entry's own
reference or account, so any order book may be played against any scenario.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from ingather.simulator.behaviour import PAID, TAKEN, Delivering, EntryView, Fate, FileFate, FileView
from ingather.simulator.chance import TEN_THOUSAND, Chance

EVERY_PRESENTATION = 99
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
    returns that come weeks later.
    """

    code: str
    per_10_000: int
    follows: Follows = Follows.REFERENCE
    holder: Holder = Holder.ANY
    presentations: int = EVERY_PRESENTATION
    banking_days: tuple[int, ...] = (1, 2)
    calendar_days: int = 0

    def strikes(self, holder_is_consumer: bool) -> bool:  # noqa: FBT001 -- the one fact the row looks at
        """Return whether the row looks at accounts of this holder at all."""
        match self.holder:
            case Holder.ANY:
                return True
            case Holder.CONSUMER:
                return holder_is_consumer
            case Holder.BUSINESS:
                return not holder_is_consumer
            case _:
                assert_never(self.holder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A behaviour made of rows; ``orders`` is a fitting size of order book to play it with.

    Rows that follow the same thing share one draw, so their shares add up and an order is struck by one row at most;
    an account that is struck outweighs the order. ``batch_per_10_000`` rejects batches none of whose orders came
    before; ``pended_for`` holds each file so long.
    """

    name: str
    sentence: str
    orders: int = 60
    odds: tuple[Odds, ...] = ()
    changes: tuple[Odds, ...] = ()
    one_batch: bool = False
    batch_per_10_000: int = 0
    entry_per_10_000: int = 0
    pended_for: timedelta = timedelta(0)
    delivering: Delivering = field(default_factory=Delivering)

    def decide(self, entry: EntryView, chance: Chance) -> Fate:
        """Return the fate of an entry from the rows that strike its account or its reference."""
        row = self._row(self.odds, Follows.ACCOUNT, entry, chance)
        if row is None and entry.collects:
            row = self._row(self.odds, Follows.REFERENCE, entry, chance)
        if row is not None and entry.presentation <= row.presentations:
            days = row.banking_days[chance.draw(f"{self.name}/days", f"{entry.key}/{row.code}", len(row.banking_days))]
            return Fate(
                return_code=row.code,
                banking_days=days,
                calendar_days=row.calendar_days,
                information=_WORDS.get(row.code, ""),
            )
        change = None if entry.corrected else self._row(self.changes, Follows.ACCOUNT, entry, chance)
        return PAID if change is None else Fate(change_code=change.code)

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

    def _row(self, rows: tuple[Odds, ...], follows: Follows, entry: EntryView, chance: Chance) -> Odds | None:
        """Return the row whose share of the one draw for this account or reference is hit."""
        drawn = -1
        for row in rows:
            if row.follows is not follows or not row.strikes(entry.is_consumer):
                continue
            if drawn < 0:
                key = entry.account if follows is Follows.ACCOUNT else entry.key
                actor = f"{self.name}/{'change' if rows is self.changes else 'return'}/{follows}"
                drawn = chance.draw(actor, key, TEN_THOUSAND)
            drawn -= row.per_10_000
            if drawn < 0:
                return row
        return None


_GAP = Delivering(withheld=frozenset({5, 6}))

_MARKETPLACE_RETURNS = (
    Odds(code="R01", per_10_000=230, presentations=1),
    Odds(code="R01", per_10_000=35, presentations=2),
    Odds(code="R01", per_10_000=35),
    Odds(code="R09", per_10_000=45, presentations=1),
    Odds(code="R08", per_10_000=20),
    Odds(code="R07", per_10_000=40, holder=Holder.CONSUMER, banking_days=(2, 3, 4, 5)),
    Odds(code="R10", per_10_000=60, holder=Holder.CONSUMER, calendar_days=45),
    Odds(code="R29", per_10_000=40, holder=Holder.BUSINESS, banking_days=(2,)),
    Odds(code="R02", per_10_000=120, follows=Follows.ACCOUNT),
    Odds(code="R03", per_10_000=80, follows=Follows.ACCOUNT),
)
_MARKETPLACE_CHANGES = (
    Odds(code="C01", per_10_000=150, follows=Follows.ACCOUNT),
    Odds(code="C02", per_10_000=80, follows=Follows.ACCOUNT),
    Odds(code="C05", per_10_000=80, follows=Follows.ACCOUNT),
)

_ALL = (
    Scenario(name="all_paid", sentence="Every debit is paid."),
    Scenario(
        name="nsf_then_paid",
        sentence="A third lacks funds on the first presentation and pays on the next.",
        odds=(Odds(code="R01", per_10_000=3_300, presentations=1),),
    ),
    Scenario(
        name="nsf_three_times",
        sentence="A quarter lacks funds on every presentation.",
        odds=(Odds(code="R01", per_10_000=2_500),),
    ),
    Scenario(
        name="closed_account",
        sentence="A quarter of the accounts is closed.",
        odds=(Odds(code="R02", per_10_000=2_500, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="revoked",
        sentence="A quarter of the consumers' banks say that the authorization was revoked.",
        odds=(Odds(code="R07", per_10_000=2_500, holder=Holder.CONSUMER, banking_days=(2, 3)),),
    ),
    Scenario(
        name="late_unauthorized",
        sentence="A fifth of the consumers dispute on calendar day 45; some businesses within two banking days.",
        odds=(
            Odds(code="R10", per_10_000=2_000, holder=Holder.CONSUMER, calendar_days=45),
            Odds(code="R29", per_10_000=1_000, holder=Holder.BUSINESS, banking_days=(2,)),
        ),
    ),
    Scenario(
        name="noc_account",
        sentence="A third of the accounts is answered with a corrected account number, and paid.",
        changes=(Odds(code="C01", per_10_000=3_300, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="first_use",
        sentence="Accounts are new; a tenth does not exist, and as many are answered with a corrected number.",
        odds=(Odds(code="R03", per_10_000=1_000, follows=Follows.ACCOUNT),),
        changes=(Odds(code="C01", per_10_000=1_000, follows=Follows.ACCOUNT),),
    ),
    Scenario(
        name="ack_reject_batch",
        sentence="One new batch of each file is rejected, once.",
        one_batch=True,
    ),
    Scenario(
        name="ack_pended",
        sentence="Each file is held for two hours before it is accepted.",
        pended_for=timedelta(hours=2),
    ),
    Scenario(
        name="feed_gap",
        sentence="The fifth and sixth daily report never come.",
        odds=(Odds(code="R01", per_10_000=1_000, presentations=1),),
        delivering=_GAP,
    ),
    Scenario(
        name="feed_gap_delivered",
        sentence="The fifth and sixth daily report come three banking days late.",
        odds=(Odds(code="R01", per_10_000=1_000, presentations=1),),
        delivering=replace(_GAP, withheld_for=3),
    ),
    Scenario(
        name="november",
        sentence="The marketplace's month, with disputes that come a week after settlement instead of six.",
        orders=420,
        odds=tuple(replace(row, calendar_days=8) if row.calendar_days else row for row in _MARKETPLACE_RETURNS),
        changes=_MARKETPLACE_CHANGES,
        batch_per_10_000=150,
    ),
    Scenario(
        name="marketplace",
        sentence="A believable month: a few percent of returns of every kind, some changes, a rejected batch.",
        orders=420,
        odds=_MARKETPLACE_RETURNS,
        changes=_MARKETPLACE_CHANGES,
        batch_per_10_000=150,
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})
"""Every scenario by its name."""
