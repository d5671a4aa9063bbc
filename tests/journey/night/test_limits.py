"""Limits of buyers, merchants, the night and the exposure, at the level of a night; a breach is told before sealing."""

from datetime import date, time
from pathlib import Path

import pytest
from sqlalchemy import select

from ingather.actions.files.approval import void_file
from ingather.actions.merchants import set_merchant_limit
from ingather.base.ids import Prefix, parse_public_id
from ingather.domain.refusals import ExitCode
from ingather.jobs.exposure import exposures_of
from ingather.jobs.night import due_files, spending
from ingather.jobs.rehearsal.stage import Stage
from ingather.rules.limits import Spent
from ingather.simulator.behaviour import FileFate
from ingather.store.exposure import read_spent
from ingather.store.tables import Merchant
from tests.journey.stage import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Sale,
    Script,
    all_files,
    bank_evening,
    broken,
    changed_terms,
    deliver,
    night,
    order,
    record_again,
    staged,
    states,
)
from tests.unit.cli.shell import at_book


def limited(folder: Path, sales: list[Sale], **limits: int) -> Stage:
    """Return a stage whose bank has these limits."""
    return staged(folder, sales, profile=changed_terms(**limits))


def test_a_buyer_is_debited_for_a_day_within_the_limit_and_the_rest_on_the_next(tmp_path: Path) -> None:
    stage = limited(tmp_path, [Sale(amount=600), Sale(amount=900)], buyer_limit__debit_cents=1_000)
    record_again(stage, "b000", due=TUESDAY, amount=500)
    report = night(stage, MONDAY)
    assert (report.sealed_cents, report.refused, report.exit_code) == (1_500, {"buyer-limit": 1}, ExitCode.LIMIT)
    assert (order(stage, "b000-again")["state"], order(stage, "b000-again")["reason"]) == ("open", "buyer-limit")
    again = night(stage, MONDAY, time(18, 30))
    assert (again.sealed_orders, again.refused) == (0, {"buyer-limit": 1})
    assert night(stage, TUESDAY).sealed_cents == 500
    assert broken(stage) == []


def test_a_buyers_debits_are_counted_over_the_nights_that_settle_on_one_day(tmp_path: Path) -> None:
    stage = limited(tmp_path, [Sale(amount=100, due=FRIDAY)], buyer_limit__entries=1)
    # Thursday after the cut-off and Friday before it lead to the same settlement date.
    night(stage, THURSDAY, time(20, 30))
    record_again(stage, "b000", due=FRIDAY, amount=7_000)
    report = night(stage, FRIDAY)
    assert (report.sealed_orders, report.refused) == (0, {"buyer-limit": 1})
    assert night(stage, date(2026, 11, 23)).sealed_orders == 1


def test_a_merchants_own_limit_outweighs_the_banks_usual_one(tmp_path: Path) -> None:
    sales = [
        Sale(amount=500),
        Sale(amount=500),
        Sale(amount=500, merchant="summit"),
        Sale(amount=400, merchant="summit"),
    ]
    stage = limited(tmp_path, sales, merchant_limit__debit_cents=500)
    with stage.desk.action() as ctx:
        key = ctx.session.scalars(select(Merchant.id).where(Merchant.external_id == "summit")).one()
        set_merchant_limit(ctx, key, minor=900, entries=None, reason="agreed")
    report = night(stage, MONDAY)
    assert (report.sealed_orders, report.refused, report.exit_code) == (3, {"merchant-limit": 1}, ExitCode.LIMIT)
    assert order(stage, "b001")["reason"] == "merchant-limit"
    assert night(stage, MONDAY, time(18, 30)).sealed_orders == 0
    assert night(stage, TUESDAY).sealed_orders == 1


def test_a_night_is_limited_in_entries_too(tmp_path: Path) -> None:
    stage = limited(tmp_path, [Sale()] * 3, night_limit__entries=2)
    report = night(stage, MONDAY)
    assert (report.sealed_orders, report.refused, report.exit_code) == (2, {"night-limit": 1}, ExitCode.LIMIT)
    assert night(stage, MONDAY, time(18, 30)).sealed_orders == 0
    assert night(stage, TUESDAY).sealed_orders == 1


def test_pages_of_one_night_share_its_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_files, "PAGE", 2)
    stage = limited(
        tmp_path, [Sale(amount=100)] * 6, merchant_limit__entries=3, exposure_limit__debit_cents=250,
    )  # fmt: skip
    report = night(stage, MONDAY)
    # Two orders of the first page are exposed; on each next page one more would fit the merchant, none the exposure.
    assert (report.sealed_orders, report.refused) == (2, {"exposure-limit": 2, "merchant-limit": 2})
    dry = staged(tmp_path / "dry", [Sale(amount=100)] * 6, profile=changed_terms(night_limit__entries=3))
    assert night(dry, MONDAY, dry_run=True).sealed_orders == 3


def test_debits_whose_return_window_is_open_are_exposed_and_stop_new_ones_before_sealing(tmp_path: Path) -> None:
    stage = limited(tmp_path, [Sale(amount=600), Sale(amount=500, due=WEDNESDAY)], exposure_limit__debit_cents=1_000)
    night(stage, MONDAY)
    stopped = night(stage, TUESDAY)
    assert (stopped.sealed_orders, stopped.refused, stopped.exit_code) == (0, {"exposure-limit": 1}, ExitCode.LIMIT)
    assert order(stage, "b001")["entries"] == []
    # Tuesday's debits can come back until the opening of Thursday; on Friday they are no longer exposed.
    assert night(stage, WEDNESDAY).sealed_orders == 0
    assert night(stage, THURSDAY).sealed_orders == 0
    assert night(stage, FRIDAY).sealed_orders == 1
    assert broken(stage) == []


def exposed(stage: Stage) -> int:
    """Return what the route has exposed on the clock's day."""
    (row,) = exposures_of(stage.desk)
    return int(row["exposed_cents"])


def test_a_voided_file_is_not_exposed(tmp_path: Path) -> None:
    stage = limited(tmp_path, [Sale(amount=600)], auto_approve_under_cents=0)
    night(stage, MONDAY)
    assert exposed(stage) == 600
    (file,) = all_files(stage)
    with stage.desk.action() as ctx:
        void_file(ctx, parse_public_id(Prefix.FILE, file["id"]), reason="wrong")
    assert exposed(stage) == 0


@pytest.mark.parametrize(
    ("fate", "left"),
    [(FileFate(rejected_for="FILE EDIT"), 0), (FileFate(batch_reasons=((0, "BATCH EDIT"),)), 300)],
    ids=["file", "batch"],
)
def test_what_the_bank_rejected_is_not_exposed(tmp_path: Path, fate: FileFate, left: int) -> None:
    sales = [Sale(amount=600), Sale(amount=300, merchant="summit")]
    stage = staged(tmp_path, sales, behaviour=Script(files={1: fate}))
    night(stage, MONDAY)
    assert exposed(stage) == 900
    deliver(stage, *bank_evening(stage, MONDAY))
    assert exposed(stage) == left


def test_an_entry_that_the_bank_refused_alone_is_not_exposed(tmp_path: Path) -> None:
    script = Script()
    stage = staged(tmp_path, [Sale(amount=600), Sale(amount=300)], behaviour=script)
    script.refused.add(order(stage, "b001")["id"].removeprefix("ord_"))
    night(stage, MONDAY)
    deliver(stage, *bank_evening(stage, MONDAY))
    assert states(stage) == {"b000": "submitted", "b001": "open"}
    assert exposed(stage) == 600


def test_the_command_says_how_much_is_exposed_and_when_it_frees(tmp_path: Path) -> None:
    stage = limited(tmp_path, [Sale(amount=600), Sale(amount=500, due=WEDNESDAY)], exposure_limit__debit_cents=2_000)
    night(stage, MONDAY)
    night(stage, TUESDAY)
    said = at_book(stage, "exposure", "--as-of", TUESDAY.isoformat(), "--json")
    (row,) = said.json
    assert (row["exposed_cents"], row["limit_cents"], row["left_cents"]) == (1_100, 2_000, 900)
    assert row["frees"] == [{"after": "2026-11-19", "cents": 600}, {"after": "2026-11-20", "cents": 500}]
    page = at_book(stage, "exposure", "--as-of", FRIDAY.isoformat())
    assert page.code == 0
    assert "main 5.00 20.00 15.00 5.00 after 2026-11-20" in page.words


def test_a_real_server_counts_what_was_used_the_same(tmp_path: Path, book_url: str) -> None:
    terms = changed_terms(buyer_limit__debit_cents=1_000, merchant_limit__entries=3, exposure_limit__debit_cents=5_000)
    stage = staged(tmp_path, [Sale(amount=600), Sale(amount=700)], profile=terms, book=book_url)
    record_again(stage, "b000", due=TUESDAY, amount=500)
    report = night(stage, MONDAY)
    assert (report.sealed_cents, report.refused) == (1_300, {"buyer-limit": 1})
    assert exposed(stage) == 1_300
    with stage.desk.view() as ctx:
        spent = read_spent(ctx.session, night_on=MONDAY, today=MONDAY, settling_on={TUESDAY}, exposure=True)
    assert [most.entries for most in spent.nights.values()] == [2]
    assert list(spent.exposed_minor.values()) == [1_300]
    assert spent.merchants.minor.tolist() == [1_300]
    assert sorted(spent.buyers[TUESDAY].minor.tolist()) == [600, 700]
    assert night(stage, MONDAY, time(18, 30)).sealed_orders == 0
    assert broken(stage) == []


def test_forgetting_what_was_used_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = limited(tmp_path, [Sale(amount=600), Sale(amount=500, due=WEDNESDAY)], exposure_limit__debit_cents=1_000)
    night(stage, MONDAY)
    monkeypatch.setattr(spending, "read_spent", lambda *_, **__: Spent())
    assert night(stage, TUESDAY).sealed_orders == 1
