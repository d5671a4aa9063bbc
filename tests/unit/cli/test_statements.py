"""``ingather statement`` and the merchants' verbs of terms and debts, as people call them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ingather.domain.refusals import ExitCode
from tests.journey.stage import MONDAY
from tests.unit.actions.settlements.shop import Shop, opened
from tests.unit.cli.shell import at_book

DAY = (MONDAY + timedelta(days=2)).isoformat()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Return a shop with a statement of Monday that paid, and one of Tuesday that is below zero."""
    shop = opened(tmp_path_factory.mktemp("shop"))
    (first,) = shop.collect(10_000)
    shop.settle()
    shop.on(MONDAY + timedelta(days=1)).come_back(first)
    shop.settle()
    return shop


def test_statements_are_listed_shown_and_written_in_every_form(shop: Shop, tmp_path: Path) -> None:
    listed = at_book(shop.stage, "statement", "list", "--merchant", "harbor", "--json").json
    assert [row["closing_minor"] for row in listed] == [-10_000, 0]
    name = listed[0]["id"]
    shown = at_book(shop.stage, "statement", "show", name)
    assert "clawed back -100.00" in shown.words
    assert "carried to the next statement" in shown.words
    for form in ("csv", "json", "pdf"):
        target = tmp_path / f"statement.{form}"
        assert at_book(shop.stage, "statement", "write", name, "--format", form, "--to", str(target)).code == 0
    assert (tmp_path / "statement.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads((tmp_path / "statement.json").read_text())["steps"][0]["step"] == "carried"
    again = tmp_path / "again.pdf"
    at_book(shop.stage, "statement", "write", name, "--to", str(again))
    assert again.read_bytes() == (tmp_path / "statement.pdf").read_bytes()


def test_a_statement_that_is_not_there_is_refused(shop: Shop) -> None:
    said = at_book(shop.stage, "statement", "show", "stl_0000000000000")
    assert said.code != 0
    assert "There is no statement stl_0000000000000" in said.words


def test_settling_writes_a_pdf_where_it_is_asked_for(shop: Shop, tmp_path: Path) -> None:
    said = at_book(shop.stage, "settle", "--as-of", DAY, "--to", str(tmp_path), "--pdf", "--json")
    assert sorted(Path(path).suffix for path in said.json["written"]) == [".csv", ".json", ".pdf"]


def test_terms_invoice_payment_and_loss(shop: Shop) -> None:
    stage, who = shop.stage, ("--as", "anna", "--as-of", DAY)
    terms = at_book(stage, "merchant", "terms", "harbor", "--hold-days", "3", "--reserve", "2.5", "--reason", "x", *who)
    assert terms.words == "harbor has its terms from the next statement on."
    wrong = at_book(stage, "merchant", "terms", "harbor", "--reserve", "101", "--reason", "x", *who)
    assert (wrong.code, "from 0 to 100" in wrong.words) == (ExitCode.USAGE, True)
    assert at_book(stage, "merchant", "invoice", "harbor", *who, "--json").json["minor"] == 10_000
    assert at_book(stage, "merchant", "owes", "harbor", "--json").json == {
        "available_minor": 0, "reserve_minor": 0, "receivable_minor": 10_000,
    }  # fmt: skip
    paid = at_book(stage, "merchant", "paid", "harbor", "--amount", "40.00", "--reference", "wire 1", *who)
    assert paid.words == "harbor still owes 60.00 USD by invoice."
    asked = at_book(stage, "merchant", "write-off", "harbor", "--reason", "bankrupt", *who)
    assert "waits for a second person to lose 60.00 USD" in asked.words
    assert at_book(stage, "merchant", "write-off-approve", "harbor", *who).code == ExitCode.HAS_ERRORS
    done = at_book(stage, "merchant", "write-off-approve", "harbor", "--as", "ben", "--as-of", DAY)
    assert done.words == "harbor owes nothing any more; 60.00 USD are lost."
