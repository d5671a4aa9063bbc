"""The bank's own books as others may hold theirs against them: totals, and one position per reference.

Two views stay apart. By entries: each one received is refused, waiting, or settled; a settled debit is returned, on its
way back (known to the bank, not yet posted), or collected: ``debited = returned + in_transit + collected`` in count and
cents. By money: what was posted for a reference, whether it was right or not; ``balance = opening + all that stands of
positions and fees``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ingather.base.columns import Mask
from ingather.simulator.entries import NEVER, SENT_BACK, Entries, Status, live_credits, live_debits, text
from ingather.simulator.positions import Positions, read_positions
from ingather.simulator.state import BankState, Moved, RefusedRequest, Request, ReturnRow, Stage


class Tally(NamedTuple):
    """How many entries and how many cents."""

    entries: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BankBooks:
    """Totals of everything this bank received, and of the account; ``returned_by_code`` has one tally per code.

    ``credited`` are reversals and refunds that their receivers keep. ``disputes`` counts returns by how they stand.
    ``requests`` are those the bank took, with what came of each; ``lost`` names acknowledgements that never went out.
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
    by_reference: Positions
    disputes: Mapping[Stage, Tally]
    requests: tuple[Request, ...]
    refused_requests: tuple[RefusedRequest, ...]
    doubles: tuple[str, ...]
    moved: tuple[Moved, ...]
    never_sent: tuple[str, ...]
    lost: tuple[str, ...]


def read_books(state: BankState, *, opening_cents: int, before: Positions) -> BankBooks:
    """Return the books of a state; debits that move money are counted in all but ``credited``.

    ``before`` are positions read earlier from the same state, from which those that have not changed are taken.
    """
    entries = state.entries
    debits = live_debits(entries)
    status = entries["status"]
    settled = debits & (status >= Status.SETTLED)
    returned = settled & np.isin(status, SENT_BACK)
    in_transit = settled & (status == Status.SETTLED) & (entries["return_on"] != NEVER)
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
        by_reference=read_positions(state, before),
        disputes=_disputes(state.returns),
        requests=tuple(state.requests),
        refused_requests=tuple(state.refused_requests),
        doubles=tuple(sorted(state.doubles)),
        moved=tuple(state.moved),
        never_sent=tuple(state.never_sent),
        lost=tuple(state.lost),
    )


def _tally(entries: Entries, mask: Mask) -> Tally:
    """Return count and cents of some rows."""
    return Tally(int(mask.sum()), int(entries["amount"][mask].sum()))


def _disputes(returns: list[ReturnRow]) -> dict[Stage, Tally]:
    """Return count and cents of the posted returns by how they stand."""
    by = {stage: [row.cents for row in returns if row.stage is stage] for stage in Stage}
    return {stage: Tally(len(cents), sum(cents)) for stage, cents in by.items() if cents}
