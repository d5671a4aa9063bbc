"""Orders that are not debited: each says why, and a night that has nothing to do does nothing."""

from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import update

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.blocking import block_accounts
from ingather.actions.orders import cancel_order, hold_order, unhold_order
from ingather.domain.refusals import ExitCode, NightRunning, WrongState
from ingather.store.locks import night_lock
from ingather.store.tables import Account, Authorization, Buyer, Merchant
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    all_files,
    at_the_bank,
    broken,
    changed_terms,
    fingerprint,
    night,
    order,
    order_key,
    staged,
    states,
)

UNDEBITABLE = {
    "company-name-unregistered": Sale(merchant="unlisted"),
    "account-not-validated": Sale(validated=False),
    "amount-over-authorization": Sale(max_amount=12_344),
    "authorization-expired": Sale(valid_to=MONDAY),
    "authorization-not-yet-valid": Sale(valid_from=WEDNESDAY),
}


@pytest.mark.parametrize("reason", UNDEBITABLE)
def test_an_undebitable_order_stays_open_and_says_why(tmp_path: Path, reason: str) -> None:
    stage = staged(tmp_path, [UNDEBITABLE[reason], Sale()])
    report = night(stage, MONDAY)
    assert report.refused == {reason: 1}
    refused, sold = order(stage, "b000"), order(stage, "b001")
    assert (refused["state"], refused["reason"], refused["entries"]) == ("open", reason, [])
    assert (sold["state"], sold["reason"]) == ("submitted", None)
    assert report.exit_code == ExitCode.DONE
    assert broken(stage) == []


@pytest.mark.parametrize(
    ("table", "reason"),
    [(Merchant, "merchant-suspended"), (Buyer, "buyer-blocked"), (Account, "account-blocked")],
    ids=["merchant", "buyer", "account"],
)
def test_a_party_that_is_stopped_stops_its_orders(
    tmp_path: Path, table: type[Merchant | Buyer | Account], reason: str
) -> None:
    stage = staged(tmp_path, [Sale()])
    stopped = "blocked" if table is Account else "suspended"
    with stage.desk.action() as ctx:
        ctx.session.execute(update(table).values(state=stopped))
    report = night(stage, MONDAY)
    assert report.refused == {reason: 1}
    assert states(stage) == {"b000": "open"}


def test_blocked_revoked_held_and_canceled_orders_are_not_debited(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()] * 5)
    keys = [order_key(stage, f"b{number:03d}") for number in range(5)]
    with stage.desk.action() as ctx:
        originator_id = stage.desk.originator_id()
        accounts = sorted(ctx.session.query(Account.id).all())
        authorizations = sorted(ctx.session.query(Authorization.id).all())
        block_accounts(ctx, originator_id, [accounts[0][0]], because=["R02"])
        revoke_authorization(ctx, authorizations[1][0], reason="the buyer called")
        hold_order(ctx, keys[2], reason="asked to wait")
        cancel_order(ctx, keys[3], reason="returned the goods")
    report = night(stage, MONDAY)
    assert report.refused == {"account-blocked": 1, "authorization-revoked": 1, "held": 1}
    assert states(stage) == {
        "b000": "open", "b001": "open", "b002": "open", "b003": "canceled", "b004": "submitted",
    }  # fmt: skip
    with stage.desk.action() as ctx:
        unhold_order(ctx, keys[2], reason="may go")
    assert night(stage, TUESDAY).sealed_orders == 1
    assert states(stage)["b002"] == "submitted"
    assert broken(stage) == []


def test_a_reason_that_has_gone_is_not_shown_any_more(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(valid_from=WEDNESDAY)])
    night(stage, MONDAY)
    assert order(stage, "b000")["reason"] == "authorization-not-yet-valid"
    night(stage, TUESDAY)
    assert (order(stage, "b000")["state"], order(stage, "b000")["reason"]) == ("submitted", None)


def test_an_order_waits_for_its_day_and_settles_on_it(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(due=THURSDAY), Sale(due=date(2026, 11, 22))])
    assert night(stage, MONDAY).did == "nothing"
    assert night(stage, TUESDAY).did == "nothing"
    assert night(stage, WEDNESDAY).sealed_orders == 1
    assert night(stage, THURSDAY).did == "nothing"
    assert night(stage, FRIDAY).sealed_orders == 1
    assert [file["effective_on"] for file in all_files(stage)] == [THURSDAY.isoformat(), NEXT_MONDAY.isoformat()]


def test_a_night_after_the_cut_off_settles_a_banking_day_later(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    night(stage, MONDAY, time(20, 0))
    assert all_files(stage)[0]["effective_on"] == WEDNESDAY.isoformat()


def test_holidays_are_no_settlement_days(tmp_path: Path) -> None:
    wednesday, friday = date(2026, 11, 25), date(2026, 11, 27)
    stage = staged(tmp_path, [Sale(due=date(2026, 11, 26))])
    night(stage, wednesday)
    assert all_files(stage)[0]["effective_on"] == friday.isoformat()


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(merchant="unlisted")])
    first = night(stage, MONDAY)
    assert (first.did, first.sealed_orders) == ("something", 1)
    book, bank = fingerprint(stage), at_the_bank(stage)
    second = night(stage, MONDAY)
    assert (second.did, second.sealed_orders, second.sent, second.exit_code) == ("nothing", 0, [], ExitCode.DONE)
    assert (fingerprint(stage), at_the_bank(stage)) == (book, bank)


def test_a_night_of_an_earlier_day_is_refused(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    night(stage, TUESDAY)
    book = fingerprint(stage)
    stage.clock.now = stage.clock.now.replace(day=MONDAY.day)
    with pytest.raises(WrongState, match="back in time"):
        night(stage, MONDAY)
    assert fingerprint(stage) == book


def test_a_dry_run_decides_everything_and_keeps_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(), Sale(holder="business"), Sale(merchant="unlisted")])
    book = fingerprint(stage)
    report = night(stage, MONDAY, dry_run=True)
    assert (report.sealed_orders, report.sealed_cents, report.refused) == (
        2, 24_690, {"company-name-unregistered": 1},
    )  # fmt: skip
    assert fingerprint(stage) == book
    assert at_the_bank(stage) == {}
    assert not list((tmp_path / "book.keys").glob("sent*"))
    assert night(stage, MONDAY).sealed_orders == 2


def test_the_nights_limit_lets_those_due_first_go_and_stops_the_rest(tmp_path: Path) -> None:
    sales = [Sale(amount=600), Sale(amount=600, due=MONDAY), Sale(amount=100)]
    stage = staged(tmp_path, sales, profile=changed_terms(night_limit__debit_cents=1_000))
    report = night(stage, MONDAY)
    assert report.sealed_cents == 600
    assert report.refused == {"night-limit": 2}
    assert report.exit_code == ExitCode.LIMIT
    assert states(stage) == {"b000": "open", "b001": "submitted", "b002": "open"}
    again = night(stage, MONDAY)
    assert (again.sealed_orders, again.exit_code) == (0, ExitCode.LIMIT)
    assert night(stage, TUESDAY).sealed_cents == 700
    assert set(states(stage).values()) == {"submitted"}


def test_a_night_beside_another_stands_back(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale()])
    with night_lock(stage.desk.engine), pytest.raises(NightRunning):
        night(stage, MONDAY)
    assert states(stage) == {"b000": "open"}


def test_a_day_with_more_files_than_modifiers_stops_at_the_last_and_says_so(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)] * 38, profile=changed_terms(file_limit__entries=1))
    report = night(stage, MONDAY)
    assert (len(report.sent), report.exit_code) == (36, ExitCode.LIMIT)
    assert "modifiers" in report.limit
    assert sorted(states(stage).values()).count("open") == 2
    assert night(stage, TUESDAY).sealed_orders == 2
    assert broken(stage) == []
