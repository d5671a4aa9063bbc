"""Whatever happens to a merchant's debits, every statement ties, no cent is paid twice and none is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journey.stage import MONDAY
from tests.unit.actions.settlements.shop import Shop, Sold, opened

_POSITION = ("payable_available", "payable_settled", "merchant_reserve", "merchant_receivable")


@dataclass(frozen=True, slots=True)
class Deed:
    """What happens next: a word, a number that chooses to what, and an amount."""

    what: str
    which: int
    minor: int


DEEDS = st.builds(
    Deed,
    st.sampled_from(["collect", "collect", "come_back", "come_back", "restore", "refund", "settle", "settle", "wait"]),
    st.integers(0, 99),
    st.integers(1, 9_999),
)
TERMS = st.fixed_dictionaries(
    {
        "hold_days": st.sampled_from([0, 0, 1, 4]),
        "reserve_bps": st.sampled_from([0, 500, 2_500, 10_000]),
        "reserve_days": st.sampled_from([0, 2, 6]),
        "invoice_after": st.sampled_from([0, 3, 90]),
        "least_payout_minor": st.sampled_from([0, 3_000]),
    }
)


def lived(shop: Shop, deeds: Sequence[Deed]) -> list[dict[str, Any]]:
    """Have a history happen to a shop, one day after the other; returns its statements."""
    standing: list[Sold] = []
    returned: list[Sold] = []
    refunded: set[int] = set()
    statements: list[dict[str, Any]] = []
    for ahead, deed in enumerate(deeds, start=1):
        shop.on(MONDAY + timedelta(days=ahead))
        match deed.what:
            case "collect":
                standing += shop.collect(deed.minor, deed.which + 1)
            case "come_back" if standing:
                sold = standing.pop(deed.which % len(standing))
                shop.come_back(sold)
                returned.append(sold)
            case "restore" if returned:
                sold = returned.pop(deed.which % len(returned))
                shop.restore(sold)
                standing.append(sold)
            case "refund" if standing:
                sold = standing[deed.which % len(standing)]
                if sold.order_id not in refunded:
                    shop.refund(sold, min(sold.amount, deed.minor))
                    refunded.add(sold.order_id)
            case "settle":
                statements += [each for each in [shop.settle()] if each]
            case _:
                pass
    return statements


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TERMS, st.lists(DEEDS, min_size=4, max_size=24))
def test_every_statement_ties_and_nothing_is_paid_twice(terms: dict[str, int], deeds: list[Deed]) -> None:
    with TemporaryDirectory() as folder:
        shop = opened(Path(folder))
        shop.terms("\n".join(f"{name} = {value}" for name, value in terms.items()))
        statements = lived(shop, [*deeds, Deed("settle", 0, 1)])
        assert shop.broken() == []
        lines = [line for each in statements for line in each["lines"]]
        told = {kind: sum(line["amount_minor"] for line in lines if line["kind"] == kind) for kind in _kinds(lines)}
        owed = told.get("collected", 0) + told.get("restored", 0) - told.get("clawed_back", 0)
        owed -= told.get("given_back", 0)
        # Paid, still to be paid, and in reserve, less what is owed by invoice, is what was collected and stands.
        assert -sum(shop.balance(account) for account in _POSITION) == owed
        paid = sum(each["payable_minor"] for each in statements)
        invoiced = shop.balance("merchant_receivable")
        last = statements[-1] if statements else {"closing_minor": 0, "reserve_minor": 0}
        assert paid + last["closing_minor"] + last["reserve_minor"] - invoiced == owed
        assert shop.balance("payable_settled") == -paid
        again = len(statements)
        assert shop.settle() == {}
        assert again == len(statements)


def _kinds(lines: list[dict[str, Any]]) -> set[str]:
    return {line["kind"] for line in lines}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TERMS, st.lists(DEEDS.filter(lambda deed: deed.what != "settle"), min_size=4, max_size=14), st.data())
def test_when_statements_are_made_changes_nothing_in_the_end(
    terms: dict[str, int], deeds: list[Deed], data: st.DataObject
) -> None:
    ends = []
    for often in (False, True):
        with TemporaryDirectory() as folder:
            shop = opened(Path(folder))
            shop.terms("\n".join(f"{name} = {value}" for name, value in terms.items()))
            settle_on = data.draw(st.sets(st.integers(0, len(deeds)))) if often else set()
            lived_with = [
                each
                for place, deed in enumerate(deeds)
                for each in (deed, Deed("settle" if place in settle_on else "wait", 0, 1))
            ]
            lived(shop, lived_with)
            shop.settle(MONDAY + timedelta(days=100))
            shop.settle(MONDAY + timedelta(days=200))
            ends.append(-sum(shop.balance(account) for account in _POSITION))
            assert shop.broken() == []
            # After all holds and reserves nothing is kept.
            assert shop.balance("merchant_reserve") == 0
    assert ends[0] == ends[1]
