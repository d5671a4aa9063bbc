"""What explains a posting: the closest rule first, only where its answer is the only one, and never twice."""

from datetime import date
from itertools import combinations
from random import Random
from typing import Any

import pytest

from ingather.domain.reconciliation import MatchKind
from ingather.rules.reconciliation import Moves, Reasons, explain, named_in, posting_rules
from ingather.rules.subsets import only_subset

DAY = date(2026, 11, 18)
NEXT = date(2026, 11, 19)
RULES = posting_rules(DAY)
BATCH, BACK, FEE = MatchKind.SETTLEMENT, MatchKind.RETURN_POSTING, MatchKind.FEE_POSTING


def moves(*rows: dict[str, Any]) -> Moves:
    blank: dict[str, Any] = {"on": DAY, "event": "settlement", "bank_ref": "", "company": "", "origination_file": "",
             "batch_number": 0, "trace": 0, "reference": ""}  # fmt: skip
    filled: list[dict[str, Any]] = [blank | {"key": index + 1} | row for index, row in enumerate(rows)]
    columns: dict[str, Any] = {name: [row[name] for row in filled] for name in (*blank, "key", "amount")}
    return Moves(**columns)


def reasons(*rows: tuple[MatchKind, int, dict[str, Any]]) -> Reasons:
    found = Reasons()
    for index, (kind, amount, named) in enumerate(rows):
        found.add(kind, 100 + index, amount=amount, **({"on": DAY} | named))
    return found


def told(of: Moves, by: Reasons, *, netted: bool = False) -> dict[int, tuple[str, list[int]]]:
    found = explain(of, by, RULES, netted=netted)
    assert len({each.posting for each in found}) == len(found)
    used = [place for each in found for place in each.reasons]
    assert len(set(used)) == len(used)
    for each in found:
        assert sum(by.amount[place] for place in each.reasons) == of.amount[each.posting]
    return {of.key[each.posting]: (each.rule.id, [by.key[place] for place in each.reasons]) for each in found}


def test_the_banks_reference_comes_before_everything_else() -> None:
    of = moves({"amount": 500, "bank_ref": "B1"})
    by = reasons((BATCH, 500, {}), (BATCH, 500, {"bank_ref": "B1", "on": NEXT}))
    assert told(of, by) == {1: ("bank-reference", [101])}


def test_one_reference_may_stand_on_several_batches() -> None:
    of = moves({"amount": 900, "bank_ref": "B1"})
    by = reasons((BATCH, 500, {"bank_ref": "B1"}), (BATCH, 400, {"bank_ref": "B1"}))
    assert told(of, by) == {1: ("bank-reference", [100, 101])}


@pytest.mark.parametrize("reference", ["", "NONREF"])
def test_no_reference_is_the_reference_of_nothing(reference: str) -> None:
    of = moves({"amount": 500, "bank_ref": reference}, {"amount": 500, "bank_ref": reference})
    by = reasons((BATCH, 500, {"bank_ref": reference}))
    assert told(of, by) == {}


def test_a_file_and_batch_that_are_named_need_their_own_amount() -> None:
    named = {"origination_file": "2611171830A", "batch_number": 1}
    by = reasons((BATCH, 500, named))
    assert told(moves({"amount": 500, **named}), by) == {1: ("file-and-batch", [100])}
    assert told(moves({"amount": 499, **named}), by) == {}


def test_a_whole_file_in_one_posting() -> None:
    by = reasons(
        *((BATCH, cents, {"origination_file": "2611171830A", "batch_number": n}) for n, cents in ((1, 7), (2, 5)))
    )
    assert told(moves({"amount": 12, "origination_file": "2611171830A"}), by) == {1: ("file", [100, 101])}


def test_returns_by_trace_and_alike_ones_each_once() -> None:
    of = moves(*({"amount": -100, "event": "return", "trace": 7} for _ in range(2)))
    by = reasons(*((BACK, -100, {"trace": 7}) for _ in range(2)))
    assert told(of, by) == {1: ("trace", [100]), 2: ("trace", [101])}
    assert told(of, reasons((BACK, -100, {"trace": 7}))) == {}, "two postings of one return are a question"


def test_amount_and_day_count_only_when_one_batch_has_them() -> None:
    of = moves({"amount": 500})
    assert told(of, reasons((BATCH, 500, {}), (BATCH, 300, {}))) == {1: ("day-amount", [100])}
    assert told(of, reasons((BATCH, 500, {}), (BATCH, 500, {}))) == {}
    assert told(of, reasons((BATCH, 500, {"on": NEXT}))) == {}


def test_a_posting_that_names_its_company_is_never_another_companys() -> None:
    of = moves({"amount": 500, "company": "ONE"})
    assert told(of, reasons((BATCH, 500, {"company": "OTHER"}))) == {}
    assert told(of, reasons((BATCH, 500, {"company": "ONE"}), (BATCH, 500, {"company": "OTHER"}))) == {
        1: ("company-day-amount", [100])
    }


def test_an_unknown_code_is_matched_by_name_and_never_by_amount() -> None:
    by = reasons((BATCH, 500, {"bank_ref": "B1"}))
    assert told(moves({"amount": 500, "event": "unknown"}), by) == {}
    assert told(moves({"amount": 500, "event": "unknown", "bank_ref": "B1"}), by) == {1: ("bank-reference", [100])}


def test_all_of_a_company_on_a_day_and_all_returns_of_a_day() -> None:
    by = reasons((BATCH, 500, {"company": "ONE"}), (BATCH, 400, {"company": "ONE"}), (BATCH, 1, {"company": "OTHER"}),
                 (BACK, -30, {}), (BACK, -4, {}))  # fmt: skip
    of = moves({"amount": 900, "company": "ONE"}, {"amount": -34, "event": "return"})
    assert told(of, by) == {1: ("company-day-sum", [100, 101]), 2: ("return-day-sum", [103, 104])}


def test_several_batches_only_when_one_choice_fits() -> None:
    by = reasons(*((BATCH, cents, {}) for cents in (500, 300, 250, 70)))
    assert told(moves({"amount": 570}), by) == {1: ("several", [100, 103])}
    twice = reasons(*((BATCH, cents, {}) for cents in (500, 300, 200, 70)))
    assert told(moves({"amount": 500 + 70}), twice) == {}, "500 + 70 and 300 + 200 + 70 both fit"


def test_net_of_returns_is_asked_only_where_the_bank_nets() -> None:
    of = moves({"amount": 870, "origination_file": "2611171830A", "batch_number": 1})
    by = reasons((BATCH, 1000, {"origination_file": "2611171830A", "batch_number": 1}), (BACK, -100, {}),
                 (BACK, -30, {}), (BACK, -7, {"on": NEXT}))  # fmt: skip
    assert told(of, by) == {}
    assert told(of, by, netted=True) == {1: ("net-file-and-batch", [100, 101, 102])}


def test_returns_of_a_day_without_batches_are_netted_alone() -> None:
    of = moves({"amount": -130})
    assert told(of, reasons((BACK, -100, {}), (BACK, -30, {})), netted=True) == {1: ("net-day", [100, 101])}


def test_charges_of_a_day_in_one_posting() -> None:
    of = moves({"amount": -750, "event": "fee"})
    assert told(of, reasons(*((FEE, -250, {}) for _ in range(3)))) == {1: ("fee-day-sum", [100, 101, 102])}


def test_what_names_us_is_read_from_a_customer_reference_and_nothing_else_is() -> None:
    assert named_in("2611171830A-12") == ("2611171830A", 12, 0)
    assert named_in("011000010000001") == ("", 0, 11000010000001)
    assert named_in("INVOICE 2611171830A-12") == named_in("12345") == ("", 0, 0)


def test_the_only_choice_is_that_of_trying_them_all() -> None:
    draw = Random(6)  # noqa: S311 -- a repeatable test
    for _ in range(300):
        amounts = [draw.choice([-1, 1]) * draw.randrange(1, 40) for _ in range(draw.randrange(0, 9))]
        wanted = draw.randrange(-30, 60)
        every = [
            chosen
            for size in range(len(amounts) + 1)
            for chosen in combinations(range(len(amounts)), size)
            if sum(amounts[place] for place in chosen) == wanted
        ]
        assert only_subset(amounts, wanted) == (every[0] if len(every) == 1 else None)


def test_too_many_to_choose_from_are_not_chosen_from() -> None:
    assert only_subset([1 << n for n in range(20)], 5) == (0, 2)
    assert only_subset([1 << n for n in range(21)], 5) is None


def test_a_hundred_thousand_returns_are_explained_without_trying_pairs() -> None:
    count = 20_000
    of = moves(*({"amount": -(index % 97 + 1), "event": "return", "trace": index + 1} for index in range(count)))
    by = reasons(*((BACK, -(index % 97 + 1), {"trace": index + 1}) for index in reversed(range(count))))
    assert len(told(of, by)) == count
