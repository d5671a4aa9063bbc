"""Notices before the debits of a consumer's series: the debit waits for the proof and for the days, on both engines."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ingather.actions.authorizations.notices import note_sent
from ingather.actions.orders import NewOrders, cancel_order, record_orders
from ingather.domain.refusals import NoSuch, WrongState
from ingather.jobs.rehearsal.stage import Stage
from ingather.store.reading.authorizations import notices
from ingather.store.tables import Fact
from tests.journey.stage import MONDAY, TUESDAY, Sale, at, broken, night, order, order_key, staged, states

LATER = date(2026, 12, 15)
SERIES = Sale(kind="recurring", amount=5_000, amount_terms="varying")
MONTHLY = Sale(kind="recurring", amount=5_000, every="month", valid_from=date(2026, 10, 17), max_amount=9_000)


def further(stage: Stage, *rows: tuple[str, date, int], of: str = "b000") -> None:
    """Record further orders of a series: name, due date, amount."""
    with stage.desk.action() as ctx:
        intake = record_orders(
            ctx,
            stage.desk.originator_id(),
            NewOrders(
                external_id=[row[0] for row in rows],
                instalment=[1] * len(rows),
                merchant=["harbor"] * len(rows),
                authorization=[of] * len(rows),
                amount_minor=[row[2] for row in rows],
                due_on=[row[1] for row in rows],
                goods=[False] * len(rows),
            ),
        )
        assert intake.new == len(rows)


def due(stage: Stage, *, everything: bool = False) -> list[tuple[str, str, str]]:
    """Return the order, the kind and the last day of each notice that is due."""
    with stage.desk.view() as ctx:
        return [
            (row["external_id"], row["kind"], row["send_by"]) for row in notices(ctx.session, everything=everything)
        ]


def sent(stage: Stage, external_id: str, on: date) -> None:
    """Record that an order's notice was sent."""
    with stage.desk.as_actor("user:maria").action() as ctx:
        note_sent(ctx, order_key(stage, external_id), on=on, proof="letter 17")


def facts(stage: Stage, kind: str) -> list[dict[str, Any]]:
    """Return the details of the facts of a kind."""
    with stage.desk.view() as ctx:
        return [fact.detail for fact in ctx.session.scalars(select(Fact).where(Fact.kind == kind).order_by(Fact.seq))]


def test_another_amount_waits_for_its_notice_and_ten_days(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [SERIES], book=book_url)
    further(stage, ("same", date(2026, 11, 24), 5_000), ("more", LATER, 6_000))
    assert due(stage) == [("more", "amount", "2026-12-05")]
    (told,) = facts(stage, "notice_due")
    assert (told["notice"], told["send_by"]) == ("amount", "2026-12-05")
    assert "Harbor will debit your account on December 15, 2026 with 60.00 USD." in told["text"]
    night(stage, date(2026, 12, 14))
    assert states(stage) == {"b000": "submitted", "same": "submitted", "more": "open"}
    assert order(stage, "more")["reason"] == "notice-missing"
    sent(stage, "more", date(2026, 12, 14))
    night(stage, date(2026, 12, 22))
    assert order(stage, "more")["state"] == "open"
    night(stage, date(2026, 12, 23))
    assert order(stage, "more")["state"] == "submitted"
    assert facts(stage, "notice_sent") == [{"notice": "amount", "proof": "letter 17"}]
    assert due(stage) == []
    assert due(stage, everything=True) == [("more", "amount", "2026-12-05")]
    assert broken(stage) == []


def test_a_changed_date_waits_for_its_notice_and_seven_days(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [MONTHLY], book=book_url)
    further(stage, ("on", date(2026, 12, 17), 6_000), ("off", date(2027, 1, 22), 6_000))
    assert due(stage) == [("off", "date", "2027-01-15")]
    at(stage, date(2027, 1, 15))
    sent(stage, "off", date(2027, 1, 15))
    night(stage, date(2027, 1, 20))
    assert order(stage, "off")["state"] == "open"
    night(stage, date(2027, 1, 21))
    assert order(stage, "off")["state"] == "submitted"


def test_a_notice_sent_in_time_delays_nothing(tmp_path: Path) -> None:
    stage = staged(tmp_path, [SERIES])
    further(stage, ("more", LATER, 6_000))
    sent(stage, "more", date(2026, 11, 15))
    night(stage, date(2026, 12, 14))
    assert order(stage, "more")["state"] == "submitted"


@pytest.mark.parametrize(
    "sale",
    [
        Sale(kind="recurring", amount=5_000, max_amount=9_000),
        Sale(kind="recurring", amount=5_000, amount_terms="varying", holder="business"),
        Sale(kind="standing", amount=5_000, amount_terms="varying"),
    ],
    ids=["a range", "a business", "a standing authorization"],
)
def test_what_the_buyer_knows_already_needs_no_notice(tmp_path: Path, sale: Sale) -> None:
    stage = staged(tmp_path, [sale])
    further(stage, ("more", LATER, 6_000))
    assert due(stage) == []


def test_a_series_without_terms_and_without_a_maximum_varies(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="recurring", amount=5_000)])
    further(stage, ("more", LATER, 6_000))
    assert [row[0] for row in due(stage)] == ["more"]


def test_an_order_recorded_between_changes_what_the_next_one_needs(book_url: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, [SERIES], book=book_url)
    further(stage, ("last", LATER, 5_000))
    assert due(stage) == []
    further(stage, ("between", date(2026, 12, 1), 7_000))
    assert due(stage) == [("between", "amount", "2026-11-21"), ("last", "amount", "2026-12-05")]
    assert "The debit before it was 70.00 USD on December 1, 2026." in facts(stage, "notice_due")[1]["text"]


def test_a_canceled_order_changes_what_the_next_one_needs(tmp_path: Path) -> None:
    stage = staged(tmp_path, [SERIES])
    further(stage, ("other", date(2026, 12, 1), 7_000), ("last", LATER, 7_000))
    assert [row[0] for row in due(stage)] == ["other"]
    with stage.desk.action() as ctx:
        cancel_order(ctx, order_key(stage, "other"), reason="came back")
    assert [row[0] for row in due(stage)] == ["last"]


def test_what_a_second_notice_tells_is_added_and_both_must_be_sent(tmp_path: Path) -> None:
    stage = staged(tmp_path, [Sale(kind="recurring", amount=5_000, amount_terms="varying", every="month",
                                   valid_from=date(2026, 10, 17))])  # fmt: skip
    further(stage, ("off", date(2026, 12, 30), 5_000))
    sent(stage, "off", date(2026, 11, 15))
    further(stage, ("between", date(2026, 12, 17), 6_000))
    assert due(stage) == [("between", "amount", "2026-12-07"), ("off", "amount", "2026-12-20")]
    night(stage, date(2026, 12, 29))
    assert order(stage, "off")["reason"] == "notice-missing"
    assert [row[:2] for row in due(stage, everything=True)].count(("off", "date")) == 1


def test_recording_the_same_orders_again_makes_no_second_notice(tmp_path: Path) -> None:
    stage = staged(tmp_path, [SERIES])
    further(stage, ("more", LATER, 6_000))
    further(stage, ("even more", LATER + timedelta(days=30), 7_000))
    assert [row[0] for row in due(stage)] == ["more", "even more"]


def test_a_proof_belongs_to_a_notice_that_is_due_and_to_a_day_that_has_come(tmp_path: Path) -> None:
    stage = staged(tmp_path, [SERIES])
    further(stage, ("more", LATER, 6_000))
    with pytest.raises(WrongState, match="no notice of order"):
        sent(stage, "b000", MONDAY - timedelta(days=1))
    with pytest.raises(WrongState, match="still to come"):
        sent(stage, "more", TUESDAY)
    with pytest.raises(WrongState, match="proof of its sending"), stage.desk.action() as ctx:
        note_sent(ctx, order_key(stage, "more"), on=MONDAY - timedelta(days=1), proof=" ")
    with pytest.raises(NoSuch), stage.desk.action() as ctx:
        note_sent(ctx, 12, on=MONDAY, proof="letter")
    sent(stage, "more", MONDAY - timedelta(days=1))
    with pytest.raises(WrongState, match="no notice of order"):
        sent(stage, "more", MONDAY - timedelta(days=1))
