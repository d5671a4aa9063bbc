"""Bugs planted in reconciliation: each is seen by an invariant or by an equation of the day."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingather.actions.reconciliation import by_hand, expecting
from ingather.actions.reconciliation.banking import Movements, book
from ingather.domain.ledger import JournalKind
from ingather.jobs.reconcile import run_reconcile
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.reconciliation import Explained, explain
from tests.journey.reconcile.money import posting, report_of, with_money
from tests.journey.stage import MONDAY, TUESDAY, WEDNESDAY, Sale, at, bank_evening, broken, deliver, night, play, staged
from tests.unit.cli.shell import at_book

KNOWN = {
    "the_bank_account_is_its_opening_and_its_postings",
    "suspense_is_what_nothing_explains",
    "each_match_of_a_posting_is_banked_once",
}


def without(kind: JournalKind) -> Any:  # noqa: ANN401 -- the function of the same arguments
    def forgetful(ctx: Any, which: JournalKind, movements: Movements, **named: Any) -> None:  # noqa: ANN401 -- as book
        if which is not kind:
            book(ctx, which, movements, **named)

    return forgetful


def opened(folder: Path) -> Stage:
    """Return a stage with an orphan credit on Tuesday."""
    stage = staged(folder, [Sale(amount=5_000), Sale(amount=300, merchant="summit")])
    play(stage, MONDAY)
    night(stage, TUESDAY)
    things = bank_evening(stage, TUESDAY)
    report = report_of(things)
    changed = with_money(report, add=[posting(4_200, ref="X1")])
    at(stage, TUESDAY, (stage.clock.now + timedelta(hours=3)).time())
    deliver(stage, *(changed if each is report else each for each in things))
    return stage


def test_money_that_never_leaves_suspense_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_hand, "book", without(JournalKind.BANK_EXPLAINED))
    stage = opened(tmp_path)
    [row] = at_book(stage, "reconcile", "list", "--json").json
    at_book(stage, "reconcile", "match", row["id"], "--note", "--reason", "interest", "--as", "rita")
    assert KNOWN & set(broken(stage))


def test_a_match_that_is_not_banked_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expecting, "book", without(JournalKind.BANKED))
    assert KNOWN & set(broken(opened(tmp_path)))


def test_a_posting_matched_with_another_batch_leaves_both_uncleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crossed(moves: Any, reasons: Any, rules: Any, **named: Any) -> list[Explained]:  # noqa: ANN401 -- as explain
        found = explain(moves, reasons, rules, **named)
        others = [each.reasons for each in found][::-1]
        return [Explained(each.posting, other, each.rule) for each, other in zip(found, others, strict=True)]

    monkeypatch.setattr(expecting, "explain", crossed)
    stage = opened(tmp_path)
    play(stage, WEDNESDAY)
    assert set(broken(stage)) & {*KNOWN, "matches_of_a_posting_are_its_amount"}


def test_postings_that_reach_neither_bank_nor_suspense_break_the_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expecting, "suspend", lambda *_, **__: None)
    [day] = run_reconcile(opened(tmp_path).desk).days
    assert [each.id for each in day.equations if not each.holds] == ["ledger"]
