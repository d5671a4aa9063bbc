"""The bank's own books as others may hold theirs against them: totals, and one position per reference.

Every entry it received is refused, waiting, or settled; a settled debit is returned, on its way back (known to the
bank, not yet posted), or collected. ``debited = returned + in_transit + collected`` holds in count and cents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from ingather.base.columns import Mask
from ingather.simulator.entries import NEVER, Entries, Status, day_of, key_of, live_credits, live_debits, text
from ingather.simulator.state import BankState, Moved


class Tally(NamedTuple):
    """How many entries and how many cents."""

    entries: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One order at this bank: cents by what became of its debits, and its last entry's fate.

    ``presentations`` counts settled debits; ``in_transit_cents`` is settled money whose return is decided and not yet
    posted; ``credited_cents`` is what the receiver keeps of credits; ``standing_cents`` what the originator holds now.
    """

    presentations: int = 0
    debited_cents: int = 0
    returned_cents: int = 0
    in_transit_cents: int = 0
    credited_cents: int = 0
    waiting_cents: int = 0
    refused_cents: int = 0
    last_status: Status = Status.REFUSED
    last_code: str = ""
    last_settled_on: date | None = None
    last_returned_on: date | None = None

    @property
    def standing_cents(self) -> int:
        """Return what was debited and neither returned nor given back."""
        return self.debited_cents - self.returned_cents - self.credited_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class BankBooks:
    """Totals of everything this bank received, and of the account; ``returned_by_code`` has one tally per code.

    ``doubles`` are references that had two live debits at one time; ``moved`` tells of entries that settled on another
    day than their header asked for; ``never_sent`` names daily reports that did not and will not go out.
    """

    files: int
    refused_files: int
    received: Tally
    refused: Tally
    waiting: Tally
    debited: Tally
    returned: Tally
    in_transit: Tally
    collected: Tally
    credited: Tally
    returned_by_code: Mapping[str, Tally]
    opening_cents: int
    fees_cents: int
    balance_cents: int
    by_reference: Mapping[str, Position]
    doubles: tuple[str, ...]
    moved: tuple[Moved, ...]
    never_sent: tuple[str, ...]


def read_books(state: BankState, *, opening_cents: int) -> BankBooks:
    """Return the books of a state; debits that move money are counted in all but ``credited``."""
    entries = state.entries
    debits = live_debits(entries)
    status = entries["status"]
    settled = debits & (status >= Status.SETTLED)
    returned = settled & (status == Status.RETURNED)
    in_transit = settled & ~returned & (entries["return_on"] != NEVER)
    codes = sorted({text(code) for code in entries["reason"][returned].tolist()})
    standing_credits = live_credits(entries) & (status == Status.SETTLED)
    return BankBooks(
        files=len(state.files),
        refused_files=sum(bool(row.refused_for) for row in state.files),
        received=_tally(entries, debits),
        refused=_tally(entries, debits & (status == Status.REFUSED)),
        waiting=_tally(entries, debits & (status == Status.WAITING)),
        debited=_tally(entries, settled),
        returned=_tally(entries, returned),
        in_transit=_tally(entries, in_transit),
        collected=_tally(entries, settled & ~returned & ~in_transit),
        credited=_tally(entries, standing_credits),
        returned_by_code={code: _tally(entries, returned & (entries["reason"] == code.encode())) for code in codes},
        opening_cents=opening_cents,
        fees_cents=state.fees_cents,
        balance_cents=state.balance_cents,
        by_reference=_positions(entries),
        doubles=tuple(sorted(state.doubles)),
        moved=tuple(state.moved),
        never_sent=tuple(state.never_sent),
    )


def _tally(entries: Entries, mask: Mask) -> Tally:
    """Return count and cents of some rows."""
    return Tally(int(mask.sum()), int(entries["amount"][mask].sum()))


class _Running:
    """A position while it is added up."""

    __slots__ = ("cents", "last", "presentations")

    def __init__(self) -> None:
        self.cents = dict.fromkeys(("debited", "returned", "in_transit", "credited", "waiting", "refused"), 0)
        self.presentations = 0
        self.last = -1


def _positions(entries: Entries) -> dict[str, Position]:
    """Return one position per reference (or trace, where an entry has none), in the order of first arrival."""
    running: dict[str, _Running] = {}
    columns = (
        entries["reference"].tolist(),
        entries["trace"].tolist(),
        entries["amount"].tolist(),
        entries["status"].tolist(),
        entries["return_on"].tolist(),
        live_debits(entries).tolist(),
        live_credits(entries).tolist(),
    )
    for index, (reference, trace, cents, status, return_on, debit, credit) in enumerate(zip(*columns, strict=True)):
        position = running.setdefault(key_of(reference, trace), _Running())
        if credit and status == Status.SETTLED and return_on == NEVER:
            position.cents["credited"] += cents
        if not debit:
            continue
        position.last = index
        if status >= Status.SETTLED:
            position.presentations += 1
            position.cents["debited"] += cents
            if status == Status.RETURNED:
                position.cents["returned"] += cents
            elif return_on != NEVER:
                position.cents["in_transit"] += cents
        else:
            position.cents["waiting" if status == Status.WAITING else "refused"] += cents
    return {key: _finished(position, entries) for key, position in running.items()}


def _finished(position: _Running, entries: Entries) -> Position:
    """Return a position with the fate of its last debit."""
    cents = position.cents
    last = entries[position.last] if position.last >= 0 else None
    status = Status.REFUSED if last is None else Status(int(last["status"]))
    return Position(
        presentations=position.presentations,
        debited_cents=cents["debited"],
        returned_cents=cents["returned"],
        in_transit_cents=cents["in_transit"],
        credited_cents=cents["credited"],
        waiting_cents=cents["waiting"],
        refused_cents=cents["refused"],
        last_status=status,
        last_code=text(last["reason"]) if last is not None and status is Status.RETURNED else "",
        last_settled_on=day_of(last["settles_on"]) if last is not None and status >= Status.SETTLED else None,
        last_returned_on=day_of(last["return_on"]) if last is not None and status is Status.RETURNED else None,
    )
