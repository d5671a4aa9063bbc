"""An order: one amount due on one date. Its state is a pure fold over facts.

The fold looks only at the set of facts: their order of arrival and their repetition change nothing (invariant I6).
The newest presentation that is neither voided nor rejected decides; a return outweighs settlement and release
whichever came first, unless a dishonour undid it; an order without such a presentation is open, canceled or failed.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Int64, Mask


class OrderState(StrEnum):
    """Where an order stands."""

    OPEN = "open"
    SEALED = "sealed"
    SUBMITTED = "submitted"
    SETTLED = "settled"
    COLLECTED = "collected"
    RETURNED = "returned"
    REVERSED = "reversed"
    CANCELED = "canceled"
    FAILED = "failed"


STATES: tuple[OrderState, ...] = tuple(OrderState)
CODE: dict[OrderState, int] = {state: code for code, state in enumerate(STATES)}
FINAL = frozenset({OrderState.CANCELED, OrderState.FAILED})
WITH_THE_BANK = frozenset({OrderState.SUBMITTED, OrderState.SETTLED, OrderState.COLLECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What is known of ``n`` orders themselves: columns of length n."""

    canceled: Mask
    given_up: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """What is known of ``m`` debit entries of those orders: columns of length m.

    ``order`` is an index into the orders. ``released`` says that the feed is complete through the entry's hold and
    nothing held its release. ``undone`` says that the return was dishonored and nobody contested in time;
    ``reversed`` that a reversal of the entry settled, is past its own hold and watermark, and did not come back.
    """

    order: Int64
    presentation: Int64
    voided: Mask
    rejected: Mask
    transmitted: Mask
    settled: Mask
    released: Mask
    returned: Mask
    undone: Mask
    reversed: Mask


def outcomes(orders: OrderFacts, entries: EntryFacts) -> npt.NDArray[np.int8]:
    """Return the state of each of ``n`` orders as ``(n,)`` codes into ``STATES``.

    Whatever the bank reports implies that the file reached it: a settlement or a return counts as transmitted.
    """
    count = len(orders.canceled)
    standing = ~(entries.voided | entries.rejected)
    newest = np.zeros(count, np.int64)
    np.maximum.at(newest, entries.order[standing], entries.presentation[standing])
    deciding = standing & (entries.presentation == newest[entries.order])

    def of_orders(mask: Mask) -> Mask:
        found = np.zeros(count, np.bool_)
        found[entries.order[deciding & mask]] = True
        return found

    everything = np.ones(len(entries.order), np.bool_)
    sealed, returned = of_orders(everything), of_orders(entries.returned & ~entries.undone)
    # A return that was undone still proves that the entry had reached the buyer's bank.
    reached = of_orders(entries.returned)
    settled = of_orders(entries.settled)
    submitted = of_orders(entries.transmitted) | settled | reached
    return np.select(
        [
            returned & orders.given_up,
            returned,
            of_orders(entries.settled & entries.reversed),
            settled & of_orders(entries.released),
            settled,
            submitted,
            sealed,
            orders.canceled,
            orders.given_up,
        ],
        [
            CODE[state]
            for state in (
                OrderState.FAILED,
                OrderState.RETURNED,
                OrderState.REVERSED,
                OrderState.COLLECTED,
                OrderState.SETTLED,
                OrderState.SUBMITTED,
                OrderState.SEALED,
                OrderState.CANCELED,
                OrderState.FAILED,
            )
        ],
        default=CODE[OrderState.OPEN],
    ).astype(np.int8)
