"""What an originator asks of the bank in a box: sheets, and the answers of an evening picked apart."""

import csv
import io
from collections.abc import Mapping

from ingather.simulator.bank import BankInABox
from ingather.simulator.state import Delivery, Kind
from tests.unit.simulator.town import MONDAY, eastern, records_of

COLUMNS = (
    "request", "kind", "code", "company_id", "original_trace", "return_trace", "amount_cents", "return_code",
    "return_settled_on", "change_code", "change_trace", "reference", "reply_by", "reason",
)  # fmt: skip
FIRST_TRACE = 121042880000001


def sheet(*rows: Mapping[str, str | int]) -> bytes:
    """Return the bytes of a sheet; what a row does not say is empty."""
    page = io.StringIO()
    writer = csv.DictWriter(page, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return page.getvalue().encode()


def ask(played: BankInABox, **row: str | int) -> None:
    """Hand the bank a sheet with one row."""
    played.receive_request("REQ-20261123-1.csv", sheet({"request": "req_1"} | row), eastern(MONDAY, 18))


def outcomes(played: BankInABox) -> list[str]:
    """Return what came of the requests that the bank took, in their order."""
    return [request.outcome for request in played.books().requests]


def told(evening: list[Delivery], kind: str) -> list[list[str]]:
    """Return the records of one type in an evening's daily reports, those that were cut left out."""
    whole = [item.data for item in evening if item.kind is Kind.REPORT and b"\nT|" in item.data]
    return [row for data in whole for row in records_of(data, kind)]
