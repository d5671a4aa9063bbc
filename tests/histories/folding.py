"""The facts of a buyer's orders handed to the real fold, in any order and with repetition."""

from random import Random

import numpy as np

from ingather.domain import orders
from ingather.domain.orders import STATES, EntryFacts, OrderFacts, OrderState
from tests.histories.model import Debit, Sale


def folded(sales: list[Sale], *, draw: Random | None = None) -> list[OrderState]:
    """Return what the fold says of the orders; with a draw, of their facts shuffled and some of them told again."""
    told = [
        (place, name, debit)
        for place, sale in enumerate(sales)
        for debit in sale.debits
        for name in _facts(debit, held=sale.holds)
    ]
    of_orders = [(place, name) for place, sale in enumerate(sales) for name in ("canceled", "given_up")
                 if getattr(sale, name)]  # fmt: skip
    if draw is not None:
        told += draw.choices(told, k=len(told)) if told else []
        draw.shuffle(told)
    entries: dict[tuple[int, int], set[str]] = {}
    for place, name, debit in told:
        entries.setdefault((place, debit.number), set()).add(name)

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([name in names for names in entries.values()], np.bool_)

    codes = orders.outcomes(
        OrderFacts(
            canceled=np.array([(place, "canceled") in of_orders for place in range(len(sales))], np.bool_),
            given_up=np.array([(place, "given_up") in of_orders for place in range(len(sales))], np.bool_),
        ),
        EntryFacts(
            order=np.array([place for place, _ in entries], np.int64),
            presentation=np.array([number for _, number in entries], np.int64),
            **{name: column(name) for name in _FACTS},
        ),
    )
    return [STATES[code] for code in codes.tolist()]


_FACTS = ("voided", "rejected", "transmitted", "settled", "released", "returned", "undone", "reversed")


def _facts(debit: Debit, *, held: bool) -> list[str]:
    told = [
        name for name in ("voided", "rejected", "settled", "returned", "undone", "reversed") if getattr(debit, name)
    ]
    return ["sealed", *told, *(["released"] if debit.complete and not held else [])]
