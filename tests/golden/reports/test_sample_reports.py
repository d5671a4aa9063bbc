"""Every sample report yields exactly what its expectation says, and the story of the feed ends as it is told."""

import hashlib
import json
from dataclasses import fields
from datetime import date

import pytest

from ingather.reports.feed import Link, Placement, complete_through, link_of, missing_sequences, place
from ingather.reports.items import ITEM_KINDS, Report
from ingather.reports.recognise import read_report
from tests.golden.reports.expectations import SAMPLES, expected, plain

NEAR = date(2026, 11, 20)
NAMES = sorted(path.name.removesuffix(".txt") for path in SAMPLES.glob("*.txt"))
STORY = (
    ("0041-zero-day", Placement.NEW),
    ("0042-settlement", Placement.NEW),
    ("0042-same-again", Placement.SAME_AGAIN),
    ("0042-conflict", Placement.CONFLICT),
    ("0043-returns", Placement.NEW),
    ("0043-correction", Placement.CORRECTION),
    ("0045-after-a-gap", Placement.NEW),
    ("0046-control-mismatch", Placement.NEW),
)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.txt").read_bytes()


def report(name: str) -> Report:
    return read_report(sample(name), near=NEAR)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_yields_what_its_expectation_says(name: str) -> None:
    assert json.loads(json.dumps(plain(report(name)))) == expected(name)


@pytest.mark.parametrize("name", [name for name, _ in STORY])
def test_both_widths_of_a_report_say_the_same(name: str) -> None:
    delimited, fixed = report(f"{name}.delimited"), report(f"{name}.fixed")
    for field in fields(delimited):
        if field.name in ITEM_KINDS or field.name not in {"carrier", "profile", "problems"}:
            assert getattr(delimited, field.name) == getattr(fixed, field.name), field.name
    assert [problem.check for problem in delimited.problems] == [problem.check for problem in fixed.problems]


@pytest.mark.parametrize("width", ["delimited", "fixed"])
def test_the_story_of_the_feed_ends_as_it_is_told(width: str) -> None:
    feed: list[Link] = []
    for name, expected_placement in STORY:
        data = sample(f"{name}.{width}")
        found = read_report(data, near=NEAR)
        sha256 = hashlib.sha256(data).digest()
        assert place(feed, found, sha256) is expected_placement, name
        if expected_placement in {Placement.NEW, Placement.CORRECTION}:
            feed.append(link_of(found, sha256))
    assert missing_sequences(feed) == [44]
    assert complete_through(feed) == date(2026, 11, 20)
    assert [link.complete for link in feed] == [True, True, True, True, True, False]
    last = report(f"0043-correction.{width}")
    assert last.corrects == report(f"0043-returns.{width}").report_id
    assert last.returns.reason == ["R01", "R02"]
    assert sum(last.postings.amount_minor) == -108_300
    assert report(f"0045-after-a-gap.{width}").dishonours.stage == ["CONTESTED"]


def test_the_late_arrival_of_the_missing_report_closes_the_gap() -> None:
    feed = []
    for name in ("0041-zero-day", "0042-settlement", "0043-returns", "0045-after-a-gap"):
        data = sample(f"{name}.delimited")
        feed.append(link_of(read_report(data, near=NEAR), hashlib.sha256(data).digest()))
    missing = (
        sample("0045-after-a-gap.delimited").replace(b"|45|20261124", b"|44|20261123").replace(b"-0045|", b"-0044|")
    )
    feed.append(link_of(read_report(missing, near=NEAR), hashlib.sha256(missing).digest()))
    assert missing_sequences(feed) == []
    assert complete_through(feed) == date(2026, 11, 24)


def test_a_closing_balance_is_the_opening_of_the_next_report() -> None:
    names = ("0041-zero-day", "0042-settlement", "0043-correction", "0045-after-a-gap")
    balances = [report(f"{name}.delimited").balances.amount_minor for name in names]
    assert [closing for _, closing in balances[:-1]] == [opening for opening, _ in balances[1:]]
