"""The header tells what a file is, and a wrong one is told by its columns."""

import pytest

from ingather.jobs.imports.faults import LineFault
from ingather.jobs.imports.sheets import SHEETS, SheetKind, sheet_of
from tests.red import ACCOUNTS
from tests.unit.jobs.imports.books import KINDS, demo_rows


def sentence(header: list[str]) -> str:
    """Return why a header is refused."""
    found = sheet_of(header, 1)
    assert isinstance(found, LineFault)
    return found.message


@pytest.mark.parametrize("kind", list(SheetKind))
def test_each_kind_is_known_by_its_columns_in_any_order(kind: SheetKind) -> None:
    header = list(demo_rows(kind)[0]) if kind in KINDS else list(SHEETS[kind].names)
    assert sheet_of(header, 1) is SHEETS[kind]
    assert sheet_of(sorted(header), 1) is SHEETS[kind]


def test_a_wrong_header_names_the_columns() -> None:
    orders = list(SHEETS[SheetKind.ORDERS].names)
    assert "looks like orders, with columns missing due_on." in sentence([name for name in orders if name != "due_on"])
    assert "with columns unknown note." in sentence([*orders, "note"])
    assert "unknown Due_On; missing due_on" in sentence([name.replace("due_on", "Due_On") for name in orders])
    assert "named twice amount" in sentence([*orders, "amount"])
    assert "not separated by commas" in sentence([";".join(orders)])


def test_a_row_in_the_place_of_the_header_is_never_quoted() -> None:
    told = sentence(["A1", "B1", "021070611", ACCOUNTS[4], "checking", "consumer"])
    assert "No column of ours is named here" in told
    told = sentence(["external_id", "buyer", "routing", ACCOUNTS[4], "kind", "holder"])
    assert "unknown number 4; missing account_number" in told
