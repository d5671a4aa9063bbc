"""Twelve bugs planted in the real code, each caught by an invariant or the money ring in a small world.

1. a file in doubt is sent again; 2. orders are released although a report is missing; 3. a return that two carriers
tell of is taken twice; 4. a return is undone although it was contested; 5. an order is retried while its return is in
dispute; 6. a return of a debit that was reversed is applied as well; 7. a refund is not booked; 8. two amounts change
places; 9. a revocation is ignored at sending; 10. a claim is dropped; 11. a late return claws nothing back; 12. a
rejection by the bank is ignored.

Without the bug each of these days holds on every evening.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from ingather.actions import ledger
from ingather.actions.context import Context
from ingather.actions.files import answers, sealing, sending
from ingather.actions.files.sending import Sendable, note_untouched
from ingather.actions.follow_ups import sent as follow_ups_sent
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.actions.reconciliation import completeness
from ingather.actions.returns import answering, disputes, effects, taking
from ingather.domain.ledger import JournalKind
from ingather.domain.orders import OrderState
from ingather.jobs import transmit
from ingather.jobs.desk import Desk
from ingather.jobs.invariants import check_invariants
from ingather.jobs.night import building
from ingather.jobs.rehearsal.money_ring import ring_faults
from ingather.jobs.rehearsal.scenarios import START, playing, settings
from ingather.jobs.rehearsal.scenarios.deeds import ANA, approve_follow_ups, attempt
from ingather.jobs.rehearsal.scenarios.settings import Setting
from ingather.jobs.rehearsal.stage import Stage, banking_days
from ingather.jobs.rehearsal.wire import Weather, Wire
from ingather.nacha.plan import Entries
from ingather.rules import debitable, watermark
from ingather.store.tables import Order
from ingather.wiring import new_desk

ORDERS = 24
UNANSWERED = "unanswered"


def evenings(folder: Path, name: str, *, days: int, orders: int = ORDERS, seed: int = 1) -> Iterator[set[str]]:
    """Play the first days of a scenario; yields what did not hold on each evening, by name."""

    def opened(**particulars: Any) -> Desk:  # noqa: ANN401 -- the stage's own arguments
        return new_desk(str(folder / "book.sqlite"), actor="system:rehearsal", node=0, **particulars)

    rough = name == UNANSWERED
    scenario = "all_paid" if rough else name
    stage, setting = playing.open_scenario(scenario, folder, open_desk=opened, seed=seed, order_count=orders)
    if rough:
        _rough(stage)
    for day in banking_days(START, days):
        if rough:
            # Nobody takes what the bank delivers: what became of a file is not told by its acknowledgement.
            stage.morning(day)
            stage.night(day)
            stage.bank_evening(day)
        else:
            playing.play_day(stage, setting, day)
        held = check_invariants(stage.desk, bytes_too=False)
        ring = ring_faults(stage)
        yield {name for name, holds in held.items() if not holds} | {name for name, found in ring.items() if found}


def _rough(stage: Stage) -> None:
    """Let a bank take files away, over a wire on which no answer ever comes to a publishing."""
    stage.takes_away = True
    weather = Weather(reply_lost=10_000, silent_for=timedelta(minutes=2))
    stage.lay_wire(Wire(weather=weather, draw=Random(4), clock=stage.clock, tell=lambda _: None))  # noqa: S311 -- repeatable


def _resent(patch: pytest.MonkeyPatch) -> None:
    def untouched(desk: Desk, file: Sendable, *, why: str, **_: object) -> None:
        # Without this line in the register the next night takes the book for a restored copy.
        desk.host.note_send(transmit._line(file, "withheld"))  # noqa: SLF001 -- the line that the right branch writes
        with desk.action() as ctx:
            note_untouched(ctx, file.file_id, evidence=why)

    patch.setattr(transmit, "_doubt", untouched)


def _released_over_a_gap(patch: pytest.MonkeyPatch) -> None:
    real = watermark.completeness

    def blind(told: Sequence[watermark.Told], **named: Any) -> Any:  # noqa: ANN401 -- the rule's own arguments
        days = [report.day for report in told if report.final]
        return replace(real(told, **named), through=max(days, default=None))

    patch.setattr(completeness, "completeness", blind)


def _taken_twice(patch: pytest.MonkeyPatch) -> None:
    real, seen = taking.item_keys, count()
    patch.setattr(taking, "item_keys", lambda columns: [key[:24] + next(seen).to_bytes(8) for key in real(columns)])


def _contest_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answering, "_contested", lambda *_, **__: None)


def _retried_in_dispute(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(disputes, "_close_retry", lambda *_: None)
    forgetful = tuple(
        replace(reason, test=lambda due, _: np.zeros(len(due), np.bool_)) if reason.id == "entangled" else reason
        for reason in debitable.REASONS
    )
    patch.setattr(debitable, "REASONS", forgetful)
    patch.setattr(sending, "blocked_orders", lambda *_: 0)


def _returned_and_reversed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(taking, "reversed_out", lambda *_: frozenset())


def _refund_not_booked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(follow_ups_sent, "post", lambda *_, **__: None)

    def at_once(stage: Stage) -> None:
        with stage.desk.view() as ctx:
            found = ctx.session.execute(
                select(Order.id, Order.amount_minor).where(Order.state == OrderState.COLLECTED).order_by(Order.id)
            ).first()
        if found is not None:
            attempt(stage, ANA, ask_refund, found.id, amount_minor=found.amount_minor, reason="sent back")
        approve_follow_ups(stage)

    changed = {**settings.SETTINGS, "ack_pended": Setting(mornings=at_once)}
    patch.setattr(playing, "SETTINGS", changed)


def _amounts_swapped(patch: pytest.MonkeyPatch) -> None:
    def swapped(**columns: Any) -> Entries:  # noqa: ANN401 -- the plan's own columns
        cents = columns["amount_cents"].copy()
        cents[: len(cents) // 2 * 2] = cents[: len(cents) // 2 * 2].reshape(-1, 2)[:, ::-1].ravel()
        return Entries(**columns | {"amount_cents": cents})

    patch.setattr(building, "Entries", swapped)


def _revocation_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sending, "blocked_orders", lambda *_: 0)


def _claim_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(sealing, "claim_orders", lambda *_: None)


def _nothing_clawed_back(patch: pytest.MonkeyPatch) -> None:
    real = ledger.post

    def forgetful(ctx: Context, kind: JournalKind, **named: Any) -> None:  # noqa: ANN401 -- the journal's own arguments
        if kind is not JournalKind.CLAWED_BACK:
            real(ctx, kind, **named)

    patch.setattr(effects, "post", forgetful)


def _rejection_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(answers, "_put_back_refused", lambda *_, **__: None)


RING = {"bank_standing_equals_our_states", "bank_balance_equals_our_ledger", "every_cent_is_at_one_place"}
PLANTED: dict[str, tuple[str, int, Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "resend on doubt": (UNANSWERED, 4, _resent, {"bank_debited_no_order_twice"}),
    "release over a gap": ("feed_gap", 9, _released_over_a_gap, RING),
    "return taken twice": ("nsf_then_paid", 4, _taken_twice, RING),
    "contest ignored": ("dishonour_contested", 9, _contest_ignored, RING),
    "retry in dispute": ("duplicate_return", 12, _retried_in_dispute, {"no_new_debit_while_something_is_open"}),
    "return of a reversed debit applied": (
        "reversal_double_credit",
        12,
        _returned_and_reversed,
        RING | {"reversals_are_of_one_debit_in_time"},
    ),
    "refund not booked": ("ack_pended", 10, _refund_not_booked, RING),
    "amounts swapped": ("all_paid", 3, _amounts_swapped, {"presentations_within_the_rules"}),
    "revocation ignored": ("revoked_after_seal", 3, _revocation_ignored, {"no_debit_sent_after_revocation"}),
    "claim dropped": ("stale_file", 1, _claim_dropped, {"states_equal_the_fold_of_facts"}),
    "nothing clawed back": ("late_r01_dishonoured_no_retry", 11, _nothing_clawed_back, RING),
    "rejection ignored": ("ack_reject_batch", 4, _rejection_ignored, RING | {"states_equal_the_fold_of_facts"}),
}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    scenario, days, plant, by = PLANTED[bug]
    plant(monkeypatch)
    caught = next((found for found in evenings(tmp_path, scenario, days=days) if found), set())
    assert caught & by, f"caught by {caught or 'nothing'}"


def test_without_a_bug_files_in_doubt_stay_so_and_all_holds(tmp_path: Path) -> None:
    assert not set().union(*evenings(tmp_path, UNANSWERED, days=4))


def test_there_are_twelve() -> None:
    assert len(PLANTED) == 12
