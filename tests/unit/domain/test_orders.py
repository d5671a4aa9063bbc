"""The fold: where an order stands depends on the set of its facts, never on their order or repetition."""

import random
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingather.domain.orders import CODE, STATES, EntryFacts, OrderFacts, OrderState, outcomes

SHUFFLES = 3


class Happened(StrEnum):
    """What can happen to an order or to one of its entries."""

    CANCELED = "canceled"
    GIVEN_UP = "given_up"
    SEALED = "sealed"
    VOIDED = "voided"
    REJECTED = "rejected"
    TRANSMITTED = "transmitted"
    SETTLED = "settled"
    RELEASED = "released"
    RETURNED = "returned"
    UNDONE = "undone"
    REVERSED = "reversed"


OF_ENTRIES = tuple(what for what in Happened if what not in {Happened.CANCELED, Happened.GIVEN_UP})


@dataclass(frozen=True, slots=True)
class Happening:
    """One fact: about an order, or about the entry of one of its presentations (0: the order itself)."""

    order: int
    what: Happened
    presentation: int = 0


def slow_state(facts: list[Happening], order: int) -> OrderState:
    """Fold the facts of one order the slow, obvious way: one fact after the other into sets."""
    of_order = {fact.what for fact in facts if fact.order == order and not fact.presentation}
    told: dict[int, set[Happened]] = {}
    for fact in facts:
        if fact.order == order and fact.presentation:
            told.setdefault(fact.presentation, set()).add(fact.what)
    standing = [
        (presentation, whats)
        for presentation, whats in told.items()
        if Happened.VOIDED not in whats and Happened.REJECTED not in whats
    ]
    if not standing:
        if Happened.CANCELED in of_order:
            return OrderState.CANCELED
        return OrderState.FAILED if Happened.GIVEN_UP in of_order else OrderState.OPEN
    _, newest = max(standing, key=lambda pair: pair[0])
    if Happened.RETURNED in newest and Happened.UNDONE not in newest:
        return OrderState.FAILED if Happened.GIVEN_UP in of_order else OrderState.RETURNED
    if Happened.SETTLED in newest:
        if Happened.REVERSED in newest:
            return OrderState.REVERSED
        return OrderState.COLLECTED if Happened.RELEASED in newest else OrderState.SETTLED
    reached = {Happened.TRANSMITTED, Happened.RETURNED} & newest
    return OrderState.SUBMITTED if reached else OrderState.SEALED


def columnar(facts: list[Happening], count: int) -> list[OrderState]:
    """Fold the facts of ``count`` orders by the columns, gathering them in the order of the list."""
    entries: dict[tuple[int, int], set[Happened]] = {}
    for fact in facts:
        if fact.presentation:
            entries.setdefault((fact.order, fact.presentation), set()).add(fact.what)

    def of_orders(what: Happened) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([Happening(order, what) in facts for order in range(count)], np.bool_)

    def of_entries(what: Happened) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([what in whats for whats in entries.values()], np.bool_)

    codes = outcomes(
        OrderFacts(canceled=of_orders(Happened.CANCELED), given_up=of_orders(Happened.GIVEN_UP)),
        EntryFacts(
            order=np.array([order for order, _ in entries], np.int64),
            presentation=np.array([presentation for _, presentation in entries], np.int64),
            voided=of_entries(Happened.VOIDED),
            rejected=of_entries(Happened.REJECTED),
            transmitted=of_entries(Happened.TRANSMITTED),
            settled=of_entries(Happened.SETTLED),
            released=of_entries(Happened.RELEASED),
            returned=of_entries(Happened.RETURNED),
            undone=of_entries(Happened.UNDONE),
            reversed=of_entries(Happened.REVERSED),
        ),
    )
    return [STATES[code] for code in codes.tolist()]


histories = st.lists(
    st.one_of(
        st.builds(Happening, st.integers(0, 3), st.sampled_from([Happened.CANCELED, Happened.GIVEN_UP])),
        st.builds(Happening, st.integers(0, 3), st.sampled_from(OF_ENTRIES), st.integers(1, 3)),
    ),
    max_size=40,
)


@settings(max_examples=400, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_the_columns_fold_as_the_slow_way_does_in_any_order_and_repetition(
    facts: list[Happening], draw: random.Random
) -> None:
    slow = [slow_state(facts, order) for order in range(4)]
    assert columnar(facts, 4) == slow
    for _ in range(SHUFFLES):
        again = facts + draw.choices(facts, k=len(facts)) if facts else []
        draw.shuffle(again)
        assert columnar(again, 4) == slow


S, T, R = Happened.SEALED, Happened.TRANSMITTED, Happened.RETURNED
SETTLED, RELEASED = Happened.SETTLED, Happened.RELEASED

TABLE: list[tuple[str, list[tuple[Happened, int]], OrderState]] = [
    ("nothing happened", [], OrderState.OPEN),
    ("open, then in a sealed file", [(S, 1)], OrderState.SEALED),
    ("open, then canceled", [(Happened.CANCELED, 0)], OrderState.CANCELED),
    ("open, then given up", [(Happened.GIVEN_UP, 0)], OrderState.FAILED),
    ("sealed, then the file is voided", [(S, 1), (Happened.VOIDED, 1)], OrderState.OPEN),
    ("voided and sealed again for the same presentation, in another entry", [(S, 2), (Happened.VOIDED, 1)],
     OrderState.SEALED),
    ("sealed, then the file is transmitted", [(S, 1), (T, 1)], OrderState.SUBMITTED),
    ("submitted, then rejected", [(S, 1), (T, 1), (Happened.REJECTED, 1)], OrderState.OPEN),
    ("submitted, then settled", [(S, 1), (T, 1), (SETTLED, 1)], OrderState.SETTLED),
    ("settled before the transmission was recorded", [(S, 1), (SETTLED, 1)], OrderState.SETTLED),
    ("submitted, then returned", [(S, 1), (T, 1), (R, 1)], OrderState.RETURNED),
    ("returned before the settlement report", [(R, 1), (T, 1), (SETTLED, 1)], OrderState.RETURNED),
    ("settled, then returned", [(T, 1), (SETTLED, 1), (R, 1)], OrderState.RETURNED),
    ("collected, then returned late", [(T, 1), (SETTLED, 1), (RELEASED, 1), (R, 1)], OrderState.RETURNED),
    ("settled, then released", [(T, 1), (SETTLED, 1), (RELEASED, 1)], OrderState.COLLECTED),
    ("the feed is complete but nothing settled", [(T, 1), (RELEASED, 1)], OrderState.SUBMITTED),
    ("returned, then presented again", [(T, 1), (R, 1), (S, 2)], OrderState.SEALED),
    ("returned, presented again and collected", [(R, 1), (T, 2), (SETTLED, 2), (RELEASED, 2)], OrderState.COLLECTED),
    ("returned, the retry rejected", [(T, 1), (R, 1), (T, 2), (Happened.REJECTED, 2)], OrderState.RETURNED),
    ("returned, then closed", [(T, 1), (R, 1), (Happened.GIVEN_UP, 0)], OrderState.FAILED),
    ("three presentations, the last returned and closed", [(R, 1), (R, 2), (R, 3), (Happened.GIVEN_UP, 0)],
     OrderState.FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "state"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_an_order_stands_where_the_table_of_its_life_says(facts: list[tuple[Happened, int]], state: OrderState) -> None:
    assert columnar([Happening(0, what, presentation) for what, presentation in facts], 1) == [state]


def test_the_orders_of_one_fold_do_not_touch_each_other() -> None:
    facts = [Happening(0, T, 1), Happening(2, R, 1), Happening(1, Happened.CANCELED)]
    assert columnar(facts, 4) == [OrderState.SUBMITTED, OrderState.CANCELED, OrderState.RETURNED, OrderState.OPEN]


def test_no_orders_have_no_states() -> None:
    assert columnar([], 0) == []


def test_every_state_has_a_code_of_its_own() -> None:
    assert [STATES[CODE[state]] for state in OrderState] == list(OrderState)
