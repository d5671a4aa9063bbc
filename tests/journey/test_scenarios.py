"""Each scenario of the bank in a box, played to its end: the states it must end in, and every invariant."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.domain.refusals import ExitCode, NoSuch
from ingather.jobs.desk import Desk
from ingather.jobs.rebuild import rebuild_all
from ingather.jobs.rehearsal.scenarios import Played, play_scenario
from ingather.store.reading import settlements
from ingather.store.tables import AccountCheck, Batch, Entry, Order, Report
from ingather.wiring import new_desk
from tests.unit.cli.shell import call

SEEDS = (1,)
ORDERS = 36


def play(folder: Path, name: str, seed: int, orders: int = ORDERS) -> Played:
    """Play a scenario in a folder of its own."""

    def opened(**particulars: Any) -> Desk:  # noqa: ANN401 -- the stage's own arguments
        return new_desk(str(folder / "book.sqlite"), actor="system:rehearsal", node=0, **particulars)

    folder.mkdir()
    return play_scenario(name, folder, open_desk=opened, seed=seed, order_count=orders)


def outcomes(played: Played) -> Counter[tuple[str, int, str | None, bool]]:
    """Return how many orders ended how: state, presentations, last code, late."""
    rows = played.outcome["orders"]
    return Counter((row["state"], row["presentations"], row["last_code"], row["late"]) for row in rows)


def cases_of(played: Played) -> set[tuple[str, str]]:
    """Return the kinds of cases and how they stand; that returns are many here is no wonder and left out."""
    found = {(case["kind"], case["state"]) for case in played.outcome["cases"]}
    return {(kind, state) for kind, state in found if kind != "rate_over_limit"}


PAID = ("collected", 1, None, False)


def _everybody_paid(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    assert cases_of(played) == set()


def _some_paid_at_the_second_time(played: Played) -> None:
    assert set(outcomes(played)) == {PAID, ("collected", 2, "R01", False)}
    assert played.outcome["bank"]["returned"]["entries"] == outcomes(played)["collected", 2, "R01", False]


def _some_failed_after_three_times(played: Played) -> None:
    assert set(outcomes(played)) == {PAID, ("failed", 3, "R01", False)}
    assert played.outcome["bank"]["returned_by_code"] == {"R01": 3 * outcomes(played)["failed", 3, "R01", False]}


def _failed_at_once(code: str) -> Callable[[Played], None]:
    def check(played: Played) -> None:
        assert set(outcomes(played)) == {PAID, ("failed", 1, code, False)}

    return check


def _some_taken_back_after_they_were_paid_out(played: Played) -> None:
    assert set(outcomes(played)) <= {PAID, ("failed", 1, "R10", True), ("failed", 1, "R29", False)}
    assert outcomes(played)["failed", 1, "R10", True]
    with played.stage.desk.view() as ctx:
        statements = settlements.listed(ctx.session)
    assert min(statement["closing_minor"] for statement in statements) < 0
    assert played.outcome["ledger"]["balances"]["payable_available"] > 0
    clawed_back = sum(statement["clawed_back_minor"] for statement in statements)
    assert clawed_back == played.outcome["ledger"]["balances"]["payable_available"]


def _changes_were_applied(played: Played) -> None:
    assert outcomes(played) == {PAID: ORDERS}
    assert cases_of(played) == {("notification_of_change", "closed")}
    assert all(case["due_on"] for case in played.outcome["cases"])


def _rejected_batches_went_out_again(played: Played) -> None:
    assert set(outcomes(played)) == {("collected", 1, None, False)}
    assert {kind for kind, _ in cases_of(played)} == {"file_rejected"}
    assert played.outcome["bank"]["debited"]["entries"] == ORDERS


def _nothing_the_gap_covers_was_collected(played: Played) -> None:
    states = {row["state"] for row in played.outcome["orders"]}
    assert states <= {"collected", "settled", "submitted", "returned", "failed"}
    with played.stage.desk.view() as ctx:
        told = set(ctx.session.scalars(select(Report.business_on).where(Report.final)))
        windows = ctx.session.execute(
            select(Batch.settled_on, Batch.hold_until, Order.state)
            .join(Entry, Entry.batch_id == Batch.id)
            .join(Order, Order.id == Entry.order_id)
            .where(Batch.settled_on.is_not(None), Entry.ended.is_(None))
        ).all()
    untold = {day.day for day in played.days} - told
    assert len(untold) == 2
    covered = {"collected": set[bool](), "settled": set[bool]()}
    for settled_on, hold_until, state in windows:
        if settled_on is not None and hold_until is not None and state in covered:
            covered[state].add(any(settled_on <= day <= hold_until for day in untold))
    assert covered["collected"] <= {False}
    assert True in covered["settled"]
    gaps = [case["state"] for case in played.outcome["cases"] if case["kind"] == "report_gap"]
    assert gaps == ["open"] * 2
    exits = [day.inbound.exit_code for day in played.days]
    assert exits[:6] == [ExitCode.DONE] * 6
    assert set(exits[6:]) == {ExitCode.REPORT_GAP}
    assert played.outcome["bank"]["reports_never_sent"] == 2


def _all_is_released_when_the_reports_come(played: Played) -> None:
    assert {row["state"] for row in played.outcome["orders"]} == {"collected"}
    # While reports were missing, so was the money they tell of; all of it was explained by itself.
    closed_by_itself = {("missing_settlement", "closed"), ("return_without_posting", "closed")}
    assert {("report_gap", "closed")} <= cases_of(played) <= {("report_gap", "closed"), *closed_by_itself}
    exits = {day.inbound.exit_code for day in played.days}
    assert exits == {ExitCode.DONE, ExitCode.REPORT_GAP}
    assert played.days[-1].inbound.exit_code == ExitCode.DONE


def _new_accounts_were_proven_or_never_debited(played: Played) -> None:
    assert set(outcomes(played)) <= {PAID, ("failed", 1, "R03", False), ("open", 0, None, False)}
    assert cases_of(played) <= {("notification_of_change", "closed"), ("validation_failed", "open")}
    with played.stage.desk.view() as ctx:
        checks = ctx.session.execute(select(AccountCheck.method, AccountCheck.state)).all()
    passed = {method for method, state in checks if state == "passed"}
    assert passed == {"prenote", "micro_entries"}
    failed = sum(state == "failed" for _, state in checks)
    assert failed == sum(case["kind"] == "validation_failed" for case in played.outcome["cases"])
    assert {state for _, state in checks} <= {"passed", "failed"}


EXPECTED: dict[str, Callable[[Played], None]] = {
    "all_paid": _everybody_paid,
    "nsf_then_paid": _some_paid_at_the_second_time,
    "nsf_three_times": _some_failed_after_three_times,
    "closed_account": _failed_at_once("R02"),
    "revoked": _failed_at_once("R07"),
    "late_unauthorized": _some_taken_back_after_they_were_paid_out,
    "noc_account": _changes_were_applied,
    "first_use": _new_accounts_were_proven_or_never_debited,
    "ack_reject_batch": _rejected_batches_went_out_again,
    "ack_pended": _everybody_paid,
    "feed_gap": _nothing_the_gap_covers_was_collected,
    "feed_gap_delivered": _all_is_released_when_the_reports_come,
}


def _cases() -> Iterator[tuple[str, int]]:
    for name in EXPECTED:
        for seed in SEEDS:
            yield name, seed


@pytest.mark.parametrize(("name", "seed"), list(_cases()))
def test_a_scenario_ends_as_it_must_with_every_invariant_true(tmp_path: Path, name: str, seed: int) -> None:
    played = play(tmp_path / "book", name, seed)
    assert [invariant for invariant, holds in played.outcome["invariants"].items() if not holds] == []
    assert played.outcome["ledger"]["sum_minor"] == 0
    assert set(played.outcome["exit_codes"]) == {0}
    assert len(played.outcome["orders"]) == ORDERS
    assert [each.file for each in rebuild_all(played.stage.desk) if not each.same] == []
    EXPECTED[name](played)


def test_the_bank_and_the_book_agree_in_entries_and_cents(tmp_path: Path) -> None:
    outcome = play(tmp_path / "book", "closed_account", 1).outcome
    bank, balances = outcome["bank"], outcome["ledger"]["balances"]
    moved = balances["bank"] + balances["opening_balance"]
    assert bank["balance_cents"] - bank["opening_cents"] == moved
    assert balances["bank_clearing"] == 0
    assert bank["collected"]["entries"] == sum(row["state"] == "collected" for row in outcome["orders"])
    assert bank["collected"]["cents"] == moved
    assert bank["in_transit"]["entries"] == 0


def test_the_same_seed_gives_the_same_outcome_and_another_seed_another(tmp_path: Path) -> None:
    one, other, again = (
        play(tmp_path / name, "closed_account", seed, 12) for name, seed in (("a", 1), ("b", 2), ("c", 1))
    )
    assert one.outcome == again.outcome
    assert one.outcome["orders"] != other.outcome["orders"]
    sent = [[path.read_bytes() for path in sorted(played.stage.outbound.iterdir())] for played in (one, other, again)]
    assert sent[0] == sent[2]
    assert sent[0] != sent[1]


def test_simulate_prints_one_object_with_the_keys_that_are_promised(tmp_path: Path) -> None:
    said = call("simulate", "closed_account", "--seed", "2", "--orders", "12", "--keep", str(tmp_path / "k"), "--json")
    assert said.code == 0
    assert set(said.json) == {"orders", "cases", "ledger", "bank", "invariants", "exit_codes"}
    assert {tuple(row) for row in said.json["orders"]} == {("id", "state", "presentations", "last_code", "late")}
    assert set(said.json["ledger"]) == {"sum_minor", "balances"}
    assert set(map(type, said.json["invariants"].values())) == {bool}
    assert len(said.json["orders"]) == 12
    assert (tmp_path / "k" / "book.sqlite").exists()


def test_simulate_shows_people_what_became_of_the_orders() -> None:
    said = call("simulate", "feed_gap", "--orders", "6")
    assert said.code == 0
    assert "feed_gap:" in said.words
    assert "case report_gap (open)" in said.words


def test_cases_have_the_keys_that_are_promised(tmp_path: Path) -> None:
    outcome = play(tmp_path / "book", "noc_account", 1, 12).outcome
    assert {tuple(row) for row in outcome["cases"]} == {("kind", "state", "due_on")}


def test_a_scenario_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoSuch, match="Known are"):
        play(tmp_path / "book", "nothing", 1)
