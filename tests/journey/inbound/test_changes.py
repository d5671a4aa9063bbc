"""Notifications of change: the account takes what the bank says, and the next entry carries it."""

from pathlib import Path

import pytest

from ingather.domain.refusals import ExitCode
from ingather.jobs.rehearsal.stage import Stage
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from ingather.simulator.behaviour import Fate
from ingather.simulator.state import Kind
from ingather.store.tables import Account, AccountChange, Correction
from ingather.vault.sealing import Place
from tests.journey.answers import bank_days, of_kind
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    at_the_bank,
    broken,
    deliver,
    night,
    open_cases,
    record_again,
    staged,
    states,
)
from tests.red import red_account


def changed(folder: Path, code: str) -> Stage:
    """Return a stage whose only account was answered with a change that has been taken."""
    stage = staged(folder, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): Fate(change_code=code)}))
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)
    report = deliver(stage, *deliveries)
    assert report.codes == {code: 1}
    assert report.exit_code == ExitCode.DONE
    return stage


def sent(stage: Stage) -> list[Reading]:
    """Return what the bank has, file by file."""
    return [read(data) for data in at_the_bank(stage).values()]


@pytest.mark.parametrize(
    ("code", "touched"),
    [
        ("C01", {"account"}),
        ("C02", {"routing"}),
        ("C03", {"account", "routing"}),
        ("C05", {"transaction_code"}),
        ("C06", {"account", "transaction_code"}),
        ("C07", {"account", "routing", "transaction_code"}),
    ],
)
def test_a_change_touches_the_fields_it_names_and_the_next_entry_carries_it(
    tmp_path: Path, code: str, touched: set[str]
) -> None:
    stage = changed(tmp_path, code)
    record_again(stage, "b000", due=FRIDAY)
    assert night(stage, THURSDAY).sealed_orders == 1
    first, second = sent(stage)
    differing = {
        name
        for name in ("account", "routing", "transaction_code", "name")
        if getattr(first.entries, name)[0].tolist() != getattr(second.entries, name)[0].tolist()
    }
    assert differing == touched
    assert open_cases(stage) == []
    assert states(stage) == {"b000": "settled", "b000-again": "submitted"}
    assert broken(stage) == []


def test_what_the_account_was_is_kept_sealed(tmp_path: Path) -> None:
    stage = changed(tmp_path, "C01")
    with stage.desk.view() as ctx:
        (before,) = ctx.session.query(AccountChange).all()
        (account,) = ctx.session.query(Account).all()
        (correction,) = ctx.session.query(Correction).all()
        old = ctx.vault.open(Place.ACCOUNT_NUMBER_BEFORE, before.id, before.number).decode().strip()
        new = ctx.vault.open(Place.ACCOUNT_NUMBER, account.id, account.number).decode().strip()
        told = ctx.vault.open(Place.CORRECTED_DATA, correction.id, correction.corrected_data).decode().strip()
        found = ctx.vault.index_of(f"{account.routing:09d}", new) == account.number_index
        shown = (before.last4, before.because, account.version, correction.state, account.last4 == new[-4:])
    kept, says = old == red_account(0), new == told
    assert (kept, says, found) == (True, True, True)
    assert shown == (red_account(0)[-4:], "C01", 2, "applied", True)


def test_a_change_told_by_both_carriers_and_again_is_applied_once(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): Fate(change_code="C01")}))
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)
    report = deliver(stage, *deliveries, *((f"again-{item.name}", item.data) for item in deliveries))
    assert sum(taken.applied for taken in report.reports) == 1
    assert sum(taken.known for taken in report.reports) == 1
    with stage.desk.view() as ctx:
        assert ctx.session.query(AccountChange).count() == 1


def test_a_change_between_seal_and_claim_is_seen(tmp_path: Path) -> None:
    def meddle(step: str, **_: object) -> None:
        if step == "page" and meddling:
            meddling.clear()
            deliver(stage, *corrections)

    stage = staged(tmp_path, [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): Fate(change_code="C01")}))
    deliveries = bank_days(stage, MONDAY, TUESDAY, WEDNESDAY)
    corrections = of_kind(deliveries, Kind.CHANGE)
    meddling = ["once"]
    record_again(stage, "b000", due=FRIDAY)
    object.__setattr__(stage.desk, "tell", meddle)
    assert night(stage, THURSDAY).sealed_orders == 1
    first, second = sent(stage)
    assert first.entries.account[0].tolist() != second.entries.account[0].tolist()


def test_a_change_of_what_is_not_ours_is_a_case_with_six_banking_days(tmp_path: Path) -> None:
    stage = staged(
        tmp_path / "one", [Sale(amount=100)], behaviour=Script(fates={("B 000", 1): Fate(change_code="C01")})
    )
    corrections = of_kind(bank_days(stage, MONDAY, TUESDAY, WEDNESDAY), Kind.CHANGE)
    other = staged(tmp_path / "other", [Sale(amount=300)])
    at_wednesday = bank_days(other, MONDAY, TUESDAY, WEDNESDAY)
    assert at_wednesday
    stranger = [(item.name, item.data.replace(b"231380100000001", b"231380100000077")) for item in corrections]
    report = deliver(other, *stranger)
    assert report.exit_code == ExitCode.UNMATCHED
    assert open_cases(other) == ["unmatched_change"]
    with other.desk.view() as ctx:
        due = ctx.session.connection().exec_driver_sql("SELECT due_on FROM cases").scalar_one()
    assert due == "2026-11-27"
