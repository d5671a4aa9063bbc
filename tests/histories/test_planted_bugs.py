"""Bugs planted in the rules and in the book: the histories must see each of them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from ingather.actions import matching
from ingather.actions.context import Context
from ingather.actions.files import sending
from ingather.actions.matching import Match, Wanted
from ingather.actions.returns import effects as return_effects
from ingather.actions.returns import taking as item_returns
from ingather.actions.returns.effects import Decided
from ingather.domain import returns as return_words
from ingather.domain.follow_ups import FollowUpKind
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules import debitable, dishonours, entry_class, returns, reversals
from ingather.rules.due import Due, Mask, Terms
from ingather.rules.reversals import NotReversible, SentDebit
from ingather.rules.vocabulary import Holder
from tests.histories import afterwards, town
from tests.histories.judging import What
from tests.histories.machine import play
from tests.histories.model import Buyer, Sale
from tests.histories.plans import play_towns
from tests.journey.stage import staged

ENOUGH = 5_000


def only_before_the_first(*names: str) -> tuple[debitable.Reason, ...]:
    """Return the table of reasons with some that forget to look once an order has been debited."""

    def forgetful(test: Callable[[Due, Terms], Mask]) -> Callable[[Due, Terms], Mask]:
        return lambda due, terms: test(due, terms) & (due.presentations == 0)

    known = {reason.id for reason in debitable.REASONS}
    assert known >= set(names)
    return tuple(
        replace(reason, test=forgetful(reason.test)) if reason.id in names else reason for reason in debitable.REASONS
    )


def miscalled(patch: pytest.MonkeyPatch, module: ModuleType, name: str, **wrong: Callable[[Any], Any]) -> None:
    """Have a function called with some arguments changed, as a caller would who is mistaken about them."""
    real = getattr(module, name)

    def mistaken(*given: object, **named: object) -> object:
        return real(*given, **named | {each: change(named[each]) for each, change in wrong.items()})

    patch.setattr(module, name, mistaken)


def caught_on_a_book(verdict: str) -> None:
    """Play histories on real books until one breaks an invariant, which must be by this verdict."""
    with pytest.raises(AssertionError, match=verdict):
        play_towns(3, seed=1)


def caught(verdict: str, *, seed: int = 2) -> None:
    """Play histories until one breaks an invariant, which must be by this verdict; some seeds come to it sooner."""
    with pytest.raises(AssertionError, match=verdict):
        play(seed, histories=ENOUGH, shrink=False)


def test_a_retry_after_revocation_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = only_before_the_first("authorization-revoked", "authorization-expired")
    monkeypatch.setattr(debitable, "REASONS", forgotten)
    caught("debited after revocation")


def test_a_retry_while_a_case_is_open_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debitable, "REASONS", only_before_the_first("entangled"))
    caught("debited while a case is open")


def test_a_third_retry_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    miscalled(monkeypatch, returns, "decide_return", presentations=lambda _: 1)
    monkeypatch.setattr(debitable, "REASONS", only_before_the_first("retries-exhausted"))
    caught("presented more than three times", seed=1)


def test_a_retry_after_180_days_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debitable, "REASONS", only_before_the_first("retry-window-over"))
    caught("more than 180 days")


def test_a_retry_of_what_is_final_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = returns.decide_return

    def hopeful(code: str, **about: object) -> returns.Decision:
        return real("R01" if code in {"R06", "R16"} else code, **about)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(returns, "decide_return", hopeful)
    monkeypatch.setattr(debitable, "REASONS", only_before_the_first("return-final"))
    caught("debited again after")


def test_ccd_on_a_consumer_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    miscalled(monkeypatch, entry_class, "choose", holder=lambda holder: np.full_like(holder, Holder.BUSINESS))
    caught("debited as CCD against the holder")


def test_a_corrected_entry_twice_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    miscalled(monkeypatch, returns, "decide_return", corrected=lambda _: False)
    caught("corrected more than once", seed=11)


def test_a_corrected_entry_that_says_retry_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    miscalled(monkeypatch, entry_class, "choose", retry=np.ones_like)
    caught("says RETRY PYMT")


def test_a_return_applied_twice_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    keys, matched = item_returns.item_keys, matching.match_entries
    seen = count()

    def always_new(columns: list[list[object]]) -> list[bytes]:
        return [key[:24] + next(seen).to_bytes(8) for key in keys(columns)]

    def never_ended(ctx: Context, originator_id: int, wanted: Wanted) -> list[Match | None]:
        return [found and found._replace(ended=None) for found in matched(ctx, originator_id, wanted)]

    def without_its_unique(*given: Any, **named: Any) -> Stage:  # noqa: ANN401 -- the stage's own arguments
        stage = staged(*given, **named)
        with closing(sqlite3.connect(stage.folder / "book.sqlite")) as book:
            book.execute("DROP INDEX uq_returns_applied_entry")
        return stage

    facts = return_effects._note_facts  # noqa: SLF001 -- what is told twice is refused there as well

    def told_before(ctx: Context, originator_id: int, decided: Decided, **told: frozenset[int]) -> None:
        with suppress(IntegrityError):
            facts(ctx, originator_id, decided, **told)

    monkeypatch.setattr(town, "staged", without_its_unique)
    monkeypatch.setattr(return_effects, "_note_facts", told_before)
    monkeypatch.setattr(item_returns, "item_keys", always_new)
    monkeypatch.setattr(item_returns, "match_entries", never_ended)
    caught_on_a_book("one debit returned twice")


def test_a_late_return_ignored_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = return_effects.apply_decisions

    def in_time_only(
        ctx: Context, originator_id: int, report_id: int, decided: Decided, *, on: date, lead_days: int
    ) -> None:
        kept = [(item, decision) for item, decision in decided if item.returned_on <= item.hold_until]
        real(ctx, originator_id, report_id, kept, on=on, lead_days=lead_days)

    monkeypatch.setattr(item_returns, "apply_decisions", in_time_only)
    caught_on_a_book("the bank says otherwise")


def test_a_file_sent_although_an_authorization_ended_meanwhile_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "blocked_orders", lambda _ctx, _row: 0)
    caught_on_a_book("debited (after|while|although|under)|no_debit_sent_after_revocation")


def forgetting(*names: str) -> tuple[debitable.Reason, ...]:
    """Return the table of reasons with some that never hold."""
    known = {reason.id for reason in debitable.REASONS}
    assert known >= set(names)
    return tuple(
        replace(reason, test=lambda due, _: np.zeros(len(due), np.bool_)) if reason.id in names else reason
        for reason in debitable.REASONS
    )


def never_moot(patch: pytest.MonkeyPatch, kind: FollowUpKind) -> None:
    """Have follow-ups of a kind sent although there is nothing to follow any more."""
    real = afterwards.moot
    patch.setattr(afterwards, "moot", lambda wish, debit: wish.kind is not kind and real(wish, debit))


def test_a_retry_while_a_dishonour_is_open_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(return_words, "OPEN_DISPUTES", frozenset())
    caught("debited while a dishonour is open")


def test_a_retry_after_a_dishonour_was_won_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards.After, "never_again", property(lambda _: False, lambda *_: None))
    caught("debited after a dishonour was won")


def test_a_reversal_and_a_refund_of_one_debit_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = reversals.reversible

    def whatever_was_refunded(name: str, debit: SentDebit, **when: date) -> NotReversible | None:
        return real(name, replace(debit, refunded=False), **when)

    monkeypatch.setattr(reversals, "reversible", whatever_was_refunded)
    caught("reversal and refund both", seed=1)


def test_a_reversal_that_settles_too_late_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reversals, "last_day_of_reversal", lambda settled_on: settled_on + timedelta(days=30))
    caught("a reversal after its five banking days", seed=6)


def test_a_refund_over_what_was_collected_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    real = afterwards.refundable
    monkeypatch.setattr(afterwards, "refundable", lambda sale: real(sale) and sale.judge.amount)
    caught("refunded more than was collected", seed=4)


def test_a_return_undone_although_the_bank_contested_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(buyer: Buyer, sale: Sale, **_: object) -> None:
        if sale.after.dispute is not None:
            sale.tell(What.CONTESTED, buyer.today, number=sale.after.dispute.number)

    monkeypatch.setattr(afterwards, "contest", lost)
    caught("undone although contested")


def test_a_return_undone_before_the_days_of_a_contest_are_over_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dishonours, "contest_by", lambda dishonoured_on: dishonoured_on)
    caught("undone before the days of a contest were over")


def test_a_reversal_sent_after_the_debit_came_back_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "WAITING", frozenset())
    never_moot(monkeypatch, FollowUpKind.REVERSAL)
    caught("a reversal sent after the debit came back", seed=1)


def test_a_return_taken_although_a_reversal_is_out_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards, "overtaken", lambda *_: False)
    caught("given back more than was taken", seed=1)


def test_a_debit_although_a_change_is_overdue_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debitable, "REASONS", forgetting("change-overdue"))
    caught("debited although a change is overdue")


def test_a_fee_for_a_return_that_was_undone_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    never_moot(monkeypatch, FollowUpKind.RETURN_FEE)
    caught("a fee for what did not come back for lack of funds")


def test_a_payout_that_forgets_refunds_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(afterwards.After, "given_back", property(lambda _: 0))
    caught("paid out more than is with us|refunded more than was collected")
