"""The story of one account, told by its reports, ends in the book as it is told, in both widths."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ingather.actions.banks import NewBook
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import Desk
from ingather.jobs.founding import found
from ingather.jobs.inbound import take_paths
from ingather.jobs.invariants import check_invariants
from ingather.rules.tables import profile_text
from ingather.store.reading import cases, ledger, reports
from ingather.store.tables import BankPosting, Feed
from ingather.wiring import new_desk

SAMPLES = Path(__file__).parents[2] / "nacha_samples" / "reports"
EVENING = datetime.combine(date(2026, 11, 25), time(20, 0), tzinfo=NEW_YORK)
STORY = (
    ("0041-zero-day", "taken", 0),
    ("0042-settlement", "taken", 13),
    ("0042-same-again", "taken", 0),
    ("0042-conflict", "conflict", 13),
    ("0043-returns", "taken", 13),
    ("0043-correction", "taken", 13),
    ("0045-after-a-gap", "taken", 20),
    ("0046-control-mismatch", "unreadable", 13),
)


def book(folder: Path) -> Desk:
    (folder / "out").mkdir()
    (folder / "in").mkdir()
    desk = new_desk(str(folder / "book.sqlite"), actor="user:maria", clock=lambda: EVENING, node=1)
    channel = {"kind": "folder", "outbound": str(folder / "out"), "inbound": str(folder / "in")}
    found(
        desk,
        NewBook(
            mark="test",
            originator="Market",
            profile=profile_text("first-example"),
            bank="EXAMUS33",
            account="000012345678",
            channel=channel,
        ),
    )
    return desk


@pytest.mark.parametrize("width", ["delimited", "fixed"])
def test_the_story_ends_as_it_is_told(tmp_path: Path, width: str) -> None:
    desk = book(tmp_path)
    for name, state, exit_code in STORY:
        report = take_paths(desk, [SAMPLES / f"{name}.{width}.txt"])
        assert (report.reports[0].state, int(report.exit_code)) == (state, exit_code), name
    with desk.view() as ctx:
        kept = reports.listed(ctx.session)
        kinds = sorted(case["kind"] for case in cases.listed(ctx.session))
        watermark = ctx.session.execute(select(Feed.watermark_on)).scalar_one()
        moved = ctx.session.execute(select(func.sum(BankPosting.amount_minor))).scalar_one()
        balances = ledger.balances(ctx.session)
    # The same bytes again are the same row.
    assert len(kept) == len(STORY) - 1
    # Number 44 never came: the feed is complete through the twentieth, whatever came later.
    assert watermark == date(2026, 11, 20)
    assert kinds.count("report_gap") == 1
    assert kinds.count("report_conflict") == 1
    assert kinds.count("report_unreadable") == 1
    # The dishonour waits for a person, and so does a settlement of a batch that is not ours.
    assert kinds.count("dishonour") == 1
    assert kinds.count("unmatched_settlement") == 1
    # The correction tells of one return that was known and of one that was not.
    assert kinds.count("misrouted_return") == 2
    # The contest took the first of them back once more; its dishonour stands in the report that never came.
    assert balances["return_suspense"] == 33_050 + 75_000 + 33_050
    assert sum(balances.values()) == 0
    assert moved is not None
    assert all(check_invariants(desk).values())


def test_the_missing_report_closes_the_gap_when_it_comes(tmp_path: Path) -> None:
    desk = book(tmp_path)
    names = ("0041-zero-day", "0042-settlement", "0043-returns", "0043-correction", "0045-after-a-gap")
    take_paths(desk, [SAMPLES / f"{name}.delimited.txt" for name in names])
    late = (SAMPLES / "0041-zero-day.delimited.txt").read_bytes()
    late = late.replace(b"|41|20261118|", b"|44|20261123|").replace(b"-0041|", b"-0044|")
    late = late.replace(b"|5000000|", b"|5099750|")
    (tmp_path / "late.txt").write_bytes(late)
    report = take_paths(desk, [tmp_path / "late.txt"])
    assert report.gaps == 0, late[:200]
    with desk.view() as ctx:
        assert ctx.session.execute(select(Feed.watermark_on)).scalar_one() == date(2026, 11, 24)
        gaps = [case for case in cases.listed(ctx.session) if case["kind"] == "report_gap"]
    assert [case["state"] for case in gaps] == ["closed"]
