"""The verbs about merchants and buyers, typed as people type them."""

import json
from pathlib import Path

import pytest

from ingather.jobs.rehearsal.stage import Stage
from tests.journey.stage import MONDAY, Sale, night, open_cases, staged
from tests.unit.cli.shell import Said, at_book

ON = ("--as", "maria", "--as-of", MONDAY.isoformat())


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a book with two merchants and two buyers."""
    return staged(tmp_path, [Sale(amount=700), Sale(amount=900, merchant="summit")])


def screened(stage: Stage, kind: str, name: str, status: str, reference: str = "R-1") -> Said:
    """Record a screening by its command."""
    return at_book(
        stage, kind, "screen", name, "--status", status, "--provider", "Lists", "--reference", reference,
        "--expires", "2027-01-31", *ON,
    )  # fmt: skip


def test_parties_are_listed_and_shown_by_our_id_and_by_their_own(stage: Stage) -> None:
    merchants = at_book(stage, "merchant", "list", "--json").json
    assert [row["external_id"] for row in merchants] == ["harbor", "summit"]
    for name in ("harbor", merchants[0]["id"]):
        found = at_book(stage, "merchant", "show", name, "--json").json
        assert (found["company_name"], found["orders"]) == ("HARBOR GOODS", {"open": 1})
    buyers = at_book(stage, "buyer", "list").words
    assert "b000 B 000 active never" in buyers
    page = at_book(stage, "buyer", "show", "b001").words
    assert "B 001 active screening: never screened orders: 1 open" in page
    missing = at_book(stage, "buyer", "show", "b999")
    assert (missing.code, "There is no buyer b999" in missing.words) == (1, True)
    assert at_book(stage, "merchant", "show", "mer_0000000000000").code == 1


def test_a_screening_is_recorded_and_shown_and_a_match_is_a_case(stage: Stage) -> None:
    assert screened(stage, "buyer", "b000", "match").code == 0
    assert open_cases(stage) == ["screening_match"]
    assert at_book(stage, "buyer", "list", "--screening", "match", "--json").json[0]["external_id"] == "b000"
    page = at_book(stage, "buyer", "show", "b000").words
    assert "screening: match until 2027-01-31" in page
    assert "2026-11-16 match by Lists, R-1, counts until 2027-01-31" in page
    other = screened(stage, "buyer", "b000", "clear")
    assert (other.code, "known with another outcome" in other.words) == (1, True)
    assert screened(stage, "buyer", "b000", "clear", "R-2").code == 0
    assert open_cases(stage) == []
    assert "was recorded so already" in screened(stage, "buyer", "b000", "clear", "R-2").words
    assert screened(stage, "merchant", "harbor", "pending").code == 0
    assert night(stage, MONDAY).refused == {"merchant-screening": 1}


def test_a_merchant_paid_out_abroad_waits_for_the_odfis_view(stage: Stage) -> None:
    assert at_book(stage, "merchant", "payout", "harbor", "--abroad", "--reason", "bank in Hong Kong", *ON).code == 0
    assert "the ODFI's view: not on record" in at_book(stage, "merchant", "show", "harbor").words
    assert night(stage, MONDAY).refused == {"payout-abroad": 1}
    view = ("--view", "letter of 16 November", "--on", "2026-11-16")
    assert at_book(stage, "merchant", "iat-view", "harbor", *view, "--domestic", *ON).code == 0
    page = at_book(stage, "merchant", "show", "harbor").words
    assert "the ODFI's view: letter of 16 November, domestic, of 2026-11-16" in page
    assert night(stage, MONDAY).sealed_orders == 1
    again = at_book(stage, "merchant", "payout", "harbor", "--abroad", "--reason", "again", *ON)
    assert again.code == 1


def test_a_limit_is_set_shown_and_taken_back(stage: Stage) -> None:
    limit = ("merchant", "limit", "harbor", "--reason", "agreed", *ON)
    assert at_book(stage, *limit, "--amount", "6.99", "--orders", "20").code == 0
    assert "a night at most: 6.99 USD, 20 orders" in at_book(stage, "merchant", "show", "harbor").words
    said = at_book(stage, "night", "--as-of", MONDAY.isoformat(), "--json")
    assert (said.code, said.json["refused"]) == (11, {"merchant-limit": 1})
    assert at_book(stage, *limit, "--amount", "many").code == 2
    assert json.loads(at_book(stage, *limit, "--json").out)["did"] == "something"
    assert night(stage, MONDAY).sealed_orders == 1


def test_a_buyer_is_suspended_and_resumed(stage: Stage) -> None:
    assert at_book(stage, "buyer", "suspend", "b000", "--reason", "disputes", *ON).code == 0
    assert night(stage, MONDAY).refused == {"buyer-blocked": 1}
    assert at_book(stage, "buyer", "suspend", "b000", "--reason", "disputes", *ON).code == 1
    assert at_book(stage, "buyer", "resume", "b000", "--reason", "settled", *ON).code == 0
    assert "suspended by user:maria" in at_book(stage, "buyer", "show", "b000").words
    assert night(stage, MONDAY).sealed_orders == 1
