"""Screenings of buyers and merchants: the newest decides, it expires, and a match stops what is sealed too."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.files.approval import approve_file
from ingather.actions.intake import Intake
from ingather.actions.merchants import note_iat_view, resume_buyer, set_paid_abroad, suspend_buyer
from ingather.actions.rules import take_policy
from ingather.actions.screening import NewScreenings, record_screenings
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.jobs.settle import run_settle
from ingather.jobs.transmit import send_files
from ingather.rules.tables import policy_text
from ingather.store.tables import Buyer, Merchant
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    at_the_bank,
    broken,
    changed_terms,
    night,
    open_cases,
    order,
    play,
    staged,
    states,
)


def screen(
    stage: Stage,
    status: str,
    *,
    party: str = "buyer",
    name: str = "b000",
    on: date = date(2026, 11, 10),
    until: date | None = None,
    reference: str = "R-1",
) -> Intake:
    """Record one screening."""
    with stage.desk.action() as ctx:
        new = NewScreenings(
            party=[party], external_id=[name], status=[status], provider=["Lists & Co"], reference=[reference],
            screened_on=[on], expires_on=[until],
        )  # fmt: skip
        return record_screenings(ctx, stage.desk.originator_id(), new)


def strict(stage: Stage) -> None:
    """Take the policy under which everybody is screened."""
    with stage.desk.action() as ctx:
        take_policy(ctx, stage.desk.originator_id(), policy_text("default"))


def test_under_the_cautious_policy_nobody_is_debited_or_paid_unscreened(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [Sale(), Sale()], book=book_url)
    strict(stage)
    assert night(stage, MONDAY).refused == {"merchant-screening": 2}
    screen(stage, "clear", party="merchant", name="harbor")
    assert night(stage, MONDAY).refused == {"buyer-screening": 2}
    screen(stage, "clear")
    screen(stage, "pending", name="b001")
    assert night(stage, MONDAY).refused == {"buyer-screening": 1}
    assert states(stage) == {"b000": "submitted", "b001": "open"}
    assert broken(stage) == []


def test_what_counts_for_ever_counts_alike_on_either_engine(tmp_path: Path, book_url: str) -> None:
    stage = staged(tmp_path, [Sale(), Sale(valid_to=date.max), Sale(valid_to=date(4840, 1, 1))], book=book_url)
    strict(stage)
    screen(stage, "clear", party="merchant", name="harbor", until=date.max)
    for name in ("b000", "b001", "b002"):
        screen(stage, "clear", name=name, until=date.max, reference=name)
    assert night(stage, MONDAY).refused == {}
    assert set(states(stage).values()) == {"submitted"}


def test_a_match_stops_under_any_policy_opens_a_case_and_a_newer_clear_one_ends_both(
    tmp_path: Path, book_url: str
) -> None:
    stage = staged(tmp_path, [Sale()], book=book_url)
    screen(stage, "match", on=date(2026, 11, 12))
    assert open_cases(stage) == ["screening_match"]
    # An older outcome that comes later does not decide.
    screen(stage, "clear", on=date(2026, 11, 11), reference="R-0")
    assert open_cases(stage) == ["screening_match"]
    assert night(stage, MONDAY).refused == {"buyer-screening": 1}
    screen(stage, "clear", on=date(2026, 11, 13), reference="R-2")
    assert open_cases(stage) == []
    assert night(stage, MONDAY).sealed_orders == 1
    screen(stage, "match", on=date(2026, 11, 14), reference="R-3")
    assert open_cases(stage) == ["screening_match"]


def test_a_screening_lapses_after_its_last_day(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(due=TUESDAY), Sale(due=WEDNESDAY)])
    for name in ("b000", "b001"):
        screen(stage, "clear", name=name, until=TUESDAY)
    assert night(stage, MONDAY).sealed_orders == 1
    assert night(stage, TUESDAY).refused == {"buyer-screening": 1}
    screen(stage, "clear", name="b001", on=MONDAY, until=THURSDAY, reference="R-2")
    assert night(stage, TUESDAY).sealed_orders == 1


def _match_buyer(stage: Stage) -> None:
    screen(stage, "match")


def _match_merchant(stage: Stage) -> None:
    screen(stage, "match", party="merchant", name="harbor")


def _pay_abroad(stage: Stage) -> None:
    with stage.desk.action() as ctx:
        set_paid_abroad(ctx, ctx.session.scalars(select(Merchant.id)).one(), abroad=True, reason="moved")


@pytest.mark.parametrize("change", [_match_buyer, _match_merchant, _pay_abroad])
def test_what_is_learnt_between_sealing_and_sending_stops_the_file(
    tmp_path: Path, change: Callable[[Stage], None]
) -> None:
    stage = staged(tmp_path, [Sale()], profile=changed_terms(auto_approve_under_cents=0))
    (name,) = night(stage, MONDAY).sealed
    with stage.desk.as_actor("user:paul").action() as ctx:
        approve_file(ctx, parse_public_id(Prefix.FILE, name))
    change(stage)
    assert send_files(stage.desk).voided == [name]
    assert (at_the_bank(stage), states(stage)) == ({}, {"b000": "open"})
    assert broken(stage) == []


def test_a_merchant_paid_abroad_waits_for_the_odfis_view_that_its_debits_are_domestic(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    _pay_abroad(stage)
    assert night(stage, MONDAY).refused == {"payout-abroad": 1}

    def viewed(*, international: bool, on: date = MONDAY) -> None:
        with stage.desk.action() as ctx:
            key = ctx.session.scalars(select(Merchant.id)).one()
            note_iat_view(ctx, key, view="letter of 16 November", on=on, international=international)

    with pytest.raises(WrongState, match="has not come"):
        viewed(international=False, on=WEDNESDAY)
    viewed(international=True)
    assert night(stage, MONDAY).refused == {"payout-abroad": 1}
    viewed(international=False)
    assert night(stage, MONDAY).sealed_orders == 1


def test_the_same_outcome_again_is_known_and_another_under_its_reference_is_refused(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    assert screen(stage, "clear").new == 1
    again = screen(stage, "clear")
    assert (again.new, again.same) == (0, 1)
    (verdict,) = screen(stage, "match").refused
    assert "known with another outcome" in verdict.message
    assert "no buyer b999" in screen(stage, "clear", name="b999").refused[0].message
    early = screen(stage, "clear", until=date(2026, 11, 9), reference="R-7")
    assert early.refused[0].field == "expires_on"
    later = screen(stage, "clear", on=MONDAY + timedelta(days=30), reference="R-8")
    assert later.refused[0].field == "screened_on"


def test_a_buyer_is_suspended_and_resumed_by_a_person(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with stage.desk.action() as ctx:
        key = ctx.session.scalars(select(Buyer.id)).one()
        suspend_buyer(ctx, key, reason="disputes everything")
        with pytest.raises(WrongState):
            suspend_buyer(ctx, key, reason="again")
    assert night(stage, MONDAY).refused == {"buyer-blocked": 1}
    with stage.desk.action() as ctx:
        resume_buyer(ctx, key, reason="settled")
        with pytest.raises(WrongState):
            resume_buyer(ctx, key, reason="again")
    assert night(stage, MONDAY).sealed_orders == 1
    assert order(stage, "b000")["state"] == "submitted"


def test_a_merchant_that_is_not_clear_gets_no_statement_until_it_is(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=700), Sale(amount=900, merchant="summit")])
    play(stage, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)
    screen(stage, "match", party="merchant", name="summit", on=FRIDAY)
    report = run_settle(stage.desk, as_of=FRIDAY)
    assert [row["merchant"] for row in report.statements] == ["harbor"]
    assert report.kept_back == ["summit"]
    screen(stage, "clear", party="merchant", name="summit", on=FRIDAY, reference="R-2")
    report = run_settle(stage.desk, as_of=FRIDAY)
    assert [row["payable_minor"] for row in report.statements] == [900]
    assert report.kept_back == []
    assert broken(stage) == []
