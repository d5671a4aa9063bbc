"""The demo's CSV files are what their generator writes, and fit together."""

import csv
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from ingather.base.money import parse_minor
from nacha_samples.demo import generate
from tests.conventions.house import ROOT

FOLDER = ROOT / "nacha_samples" / "demo"
NAMES = ("merchants", "buyers", "accounts", "authorizations", "orders")
LONGEST_RECEIVER = 22


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by_id(name: str) -> dict[str, dict[str, str]]:
    return {row["external_id"]: row for row in rows(name)}


def test_the_generator_writes_the_committed_bytes(tmp_path: Path) -> None:
    for path in generate.write(tmp_path):
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_its_own_id(name: str) -> None:
    seen = Counter((row["external_id"], row.get("instalment")) for row in rows(name))
    assert seen.most_common(1)[0][1] == 1


def test_there_is_a_believable_month() -> None:
    orders, buyers = rows("orders"), rows("buyers")
    assert len(orders) >= 420
    assert len([row for row in orders if row["instalment"] == "2"]) >= 40
    assert {row["merchant"] for row in orders} == set(by_id("merchants"))
    assert {row["holder"] for row in buyers} == {"business", "consumer"}
    assert {date.fromisoformat(row["due_on"]) for row in orders} >= {generate.FIRST_DUE, generate.LAST_DUE}
    assert all(generate.FIRST_DUE <= date.fromisoformat(row["due_on"]) <= generate.LAST_DUE for row in orders)
    assert len([row for row in buyers if not row["name"].isascii()]) >= 20
    assert len([row for row in buyers if len(row["name"]) > LONGEST_RECEIVER]) >= 20


def test_every_order_rests_on_its_buyers_own_authorization() -> None:
    authorizations, accounts = by_id("authorizations"), by_id("accounts")
    for order in rows("orders"):
        basis = authorizations[order["authorization"]]
        account = accounts[basis["account"]]
        assert (basis["buyer"], basis["merchant"]) == (order["buyer"], order["merchant"])
        assert account["buyer"] == order["buyer"]
        assert 0 < parse_minor(order["amount"]) <= parse_minor(basis["max_amount"])
        assert basis["valid_from"] <= order["due_on"] <= (basis["valid_to"] or "9999-12-31")
        assert datetime.fromisoformat(basis["given_at"]).date() < date.fromisoformat(order["due_on"])


def test_a_single_authorization_carries_one_order_only() -> None:
    used = Counter(order["authorization"] for order in rows("orders"))
    assert all(used[row["external_id"]] == 1 for row in rows("authorizations") if row["kind"] == "single")


def test_a_consumers_account_is_validated_before_its_first_debit() -> None:
    accounts, authorizations = by_id("accounts"), by_id("authorizations")
    for order in rows("orders"):
        basis = authorizations[order["authorization"]]
        if accounts[basis["account"]]["holder"] == "consumer":
            assert datetime.fromisoformat(basis["validated_at"]).date().isoformat() < order["due_on"]


def test_each_authorization_carries_the_evidence_of_its_channel() -> None:
    of = {"online": {"ip", "user_agent"}, "paper": {"signature"}, "phone": {"recording"}}
    for row in rows("authorizations"):
        assert {name for name in ("ip", "user_agent", "signature", "recording") if row[name]} == of[row["channel"]]
        assert row["text"]


def test_routing_numbers_check_and_account_numbers_are_told_by_four_digits_only() -> None:
    accounts = by_id("accounts")
    for account in accounts.values():
        assert account["routing"][8] == generate.check_digit(account["routing"][:8])
        assert 9 <= len(account["account_number"]) <= 17
    for row in rows("authorizations"):
        number = accounts[row["account"]]["account_number"]
        assert number not in row["text"]
        assert number[-4:] in row["text"]


def test_company_names_fit_the_format() -> None:
    for merchant in rows("merchants"):
        assert len(merchant["company_name"]) <= 16
        assert len(merchant["company_id"]) == 10
        assert len(merchant["entry_description"]) <= 10
