"""The waterfall: oldest first, from what is available, the reserve, and then carried or invoiced; nothing is lost."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ingather.domain.settlements import Step
from ingather.rules.waterfall import Owed, Taken, spread, steps_of

AMOUNTS = st.integers(1, 10_000)
OWED = st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=6)


def owed(amounts: list[tuple[int, bool]]) -> list[Owed]:
    """Return what is owed by lines 1, 2 and so on."""
    return [Owed(line_id=key, amount_minor=minor, carried=old) for key, (minor, old) in enumerate(amounts, start=1)]


def test_each_is_taken_from_the_next_when_the_one_before_is_empty() -> None:
    found = steps_of(owed([(500, False), (300, False)]), short=600, reserve=250, invoiced=False)
    assert found == [
        Taken(line_id=1, step=Step.AVAILABLE, amount_minor=200),
        Taken(line_id=1, step=Step.RESERVE, amount_minor=250),
        Taken(line_id=1, step=Step.CARRIED, amount_minor=50),
        Taken(line_id=2, step=Step.CARRIED, amount_minor=300),
    ]


def test_what_was_carried_leaves_there_as_far_as_it_is_netted() -> None:
    found = steps_of(owed([(500, True)]), short=200, reserve=0, invoiced=False)
    assert found == [
        Taken(line_id=1, step=Step.CARRIED, amount_minor=-300),
        Taken(line_id=1, step=Step.AVAILABLE, amount_minor=300),
    ]
    assert steps_of(owed([(500, True)]), short=500, reserve=0, invoiced=False) == []


def test_what_is_owed_from_before_there_were_steps_is_taken_first() -> None:
    found = steps_of(owed([(500, False)]), short=500, reserve=0, invoiced=True, before=100)
    assert [(each.step, each.amount_minor) for each in found] == [(Step.INVOICE, 500)]


@given(OWED, st.data())
def test_every_line_is_taken_whole_and_no_step_gives_more_than_it_has(
    amounts: list[tuple[int, bool]], data: st.DataObject
) -> None:
    lines, total = owed(amounts), sum(minor for minor, _ in amounts)
    short = data.draw(st.integers(0, total))
    reserve = data.draw(st.integers(0, short))
    by_hand = data.draw(st.integers(0, 2 * total))
    invoiced = data.draw(st.booleans())
    by_line: Counter[int] = Counter()
    by_step: Counter[Step] = Counter({Step.CARRIED: sum(minor for minor, old in amounts if old)})
    for taken in steps_of(lines, short=short, reserve=reserve, invoiced=invoiced, by_hand=by_hand):
        by_line[taken.line_id] += taken.amount_minor
        by_step[taken.step] += taken.amount_minor
    for each in lines:
        # What was carried only changes its place.
        assert by_line[each.line_id] == (0 if each.carried else each.amount_minor)
    earlier = min(by_hand, total - short)
    assert by_step[Step.RESERVE] == reserve
    assert by_step[Step.AVAILABLE] == total - short - earlier
    assert by_step[Step.INVOICE] == earlier + (short - reserve if invoiced else 0)
    assert by_step[Step.CARRIED] == (0 if invoiced else short - reserve)


@given(st.integers(0, 500), st.lists(st.integers(0, 100)))
def test_an_amount_is_spread_in_order(amount: int, over: list[int]) -> None:
    parts = spread(amount, over)
    assert sum(parts) == min(amount, sum(over))
    assert all(0 <= part <= each for part, each in zip(parts, over, strict=True))
