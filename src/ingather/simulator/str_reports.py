"""The daily report of the account, written delimited or in fixed columns from one table of records.

Layouts ``generic-str-delimited/1`` and ``generic-str-fixed/1``: one record a line; delimited fields are separated by a
bar, fixed records have 224 columns with numbers zero-filled and text blank-filled. Amounts are cents without sign.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from ingather.simulator.terms import BankTerms, ReportWidth

RECORD_COLUMNS = 224
TRACE_HASH_MODULUS = 10**10


class Column(NamedTuple):
    """One field of a record: its width in fixed columns, and whether those are filled with zeros on the left."""

    name: str
    width: int
    number: bool = False


def _columns(text: str) -> tuple[Column, ...]:
    """Return columns from ``name:width`` words; a number's width ends in n."""
    return tuple(
        Column(name, int(width.rstrip("n")), width.endswith("n"))
        for name, width in (w.split(":") for w in text.split())
    )


RECORDS: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "H": _columns(
            "layout_version:2n bank:8 account:20 currency:3 kind:8 mode:10 as_of_date:8 as_of_time:6 utc_offset:5"
            " sequence:6n business_date:8 report_id:24 previous_report_id:24 status:10 corrects_report_id:24"
        ),
        "S": _columns(
            "bank_ref:20 company_id:10 sec:3 entry_description:10 origination_file:12 batch_number:7 effective_date:8"
            " settlement_date:8 count:8n amount:14n sign:1"
        ),
        "R": _columns(
            "class:16 reason:3 original_trace:15 return_trace:15 transaction_code:2 rdfi:9 amount:14n individual_id:15"
            " name:22 account_last4:4 company_id:10 sec:3 batch_number:7 original_settlement_date:8"
            " return_settlement_date:8 addenda_info:44 date_of_death:8 posting_ref:20"
        ),
        "N": _columns(
            "change_code:3 original_trace:15 rdfi:9 corrected_data:29 individual_id:15 name:22 company_id:10 sec:3"
            " batch_number:7"
        ),
        "D": _columns(
            "stage:11 code:3 original_trace:15 return_trace:15 return_settlement_date:8 original_reason:3"
            " dishonour_trace:15 dishonour_settlement_date:8 amount:14n addenda_info:44"
        ),
        "A": _columns("kind:12 amount:14n sign:1 bank_ref:20 related_ref:20 text:30"),
        "P": _columns("code_type:8 code:8 amount:14n sign:1 value_date:8 bank_ref:20 customer_ref:20 text:30"),
        "V": _columns(
            "virtual_account:34 payer_name:35 payer_account_last4:4 payer_bank:11 amount:14n currency:3 rail:8"
            " bank_ref:20 remittance:35 value_date:8 provisional:1"
        ),
        "B": _columns("type:10 amount:14n sign:1 as_of_date:8"),
        "T": _columns(
            "record_count:8n s_count:8n s_amount:14n r_count:8n r_amount:14n n_count:8n d_count:8n a_count:8n"
            " p_count:8n v_count:8n credit_sum:16n debit_sum:16n trace_hash:10n"
        ),
    }
)
"""Record type → its fields after the type itself, in order."""

Value = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a report: its type and its values by field name; a missing value is blank or zero."""

    type: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHead:
    """What identifies one daily report; ``as_of`` is an aware instant in the bank's zone."""

    as_of: datetime
    sequence: int
    business_date: date
    report_id: str
    previous_report_id: str = ""
    status: str = "UPDATE"
    corrects_report_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBody:
    """The rows of a day by kind, in the order in which they are written.

    ``groups`` says which posting, by its place, is the one that more of the day is added to.
    """

    settlements: list[Row] = field(default_factory=list)
    returns: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    disputes: list[Row] = field(default_factory=list)
    adjustments: list[Row] = field(default_factory=list)
    postings: list[Row] = field(default_factory=list)
    groups: dict[str, int] = field(default_factory=dict, repr=False)

    def rows(self) -> list[Row]:
        """Return all rows as they stand between header and balances."""
        return [
            *self.settlements,
            *self.returns,
            *self.changes,
            *self.disputes,
            *self.adjustments,
            *self.postings,
        ]

    def net_cents(self) -> int:
        """Return credits less debits of the day's postings."""
        return _sum(self.postings, "C") - _sum(self.postings, "D")


def compact(day: date) -> str:
    """Return a date as YYYYMMDD."""
    return day.strftime("%Y%m%d")


def report_id(day: date, sequence: int) -> str:
    """Return the id of the daily report of a banking day."""
    return f"STR-{compact(day)}-{sequence:04d}"


def write_report(head: ReportHead, body: ReportBody, terms: BankTerms, *, opening_cents: int) -> bytes:
    """Return one daily report with balances and control totals; raises ``ValueError`` for a value that does not fit."""
    day = head.business_date
    rows = [
        _header(head, terms),
        *body.rows(),
        _balance("OPENING", opening_cents, day),
        _balance("CLOSING", opening_cents + body.net_cents(), day),
    ]
    rows.append(_trailer(rows))
    return "".join(f"{render(row, terms.report_width)}\n" for row in rows).encode("ascii")


def render(row: Row, width: ReportWidth) -> str:
    """Return one record without its line end."""
    columns = RECORDS[row.type]
    values = [_fitting(row, column) for column in columns]
    if width == ReportWidth.DELIMITED:
        # Corrected data is read by column: its inner blanks stay, and only the filling after the last one goes.
        return "|".join([row.type, *(value.rstrip(" ") for value in values)])
    filled = [
        value.zfill(column.width) if column.number else value.ljust(column.width)
        for value, column in zip(values, columns, strict=True)
    ]
    return f"{row.type}{''.join(filled)}".ljust(RECORD_COLUMNS)


def _fitting(row: Row, column: Column) -> str:
    """Return a value as text that fits its column; a bar inside a text would split it, so it becomes a blank."""
    value = row.values.get(column.name, 0 if column.number else "")
    text = str(value).replace("|", " ")
    if len(text) > column.width or (column.number and not text.isdigit()):
        message = f"{row.type} {column.name} does not fit its {column.width} columns"
        raise ValueError(message)
    return text


def _header(head: ReportHead, terms: BankTerms) -> Row:
    """Return the H record."""
    local = head.as_of.astimezone(terms.zone)
    return Row(
        type="H",
        values={
            "layout_version": 1,
            "bank": terms.bank,
            "account": terms.account,
            "currency": "USD",
            "kind": "EOD",
            "mode": "DELTA",
            "as_of_date": compact(local.date()),
            "as_of_time": local.strftime("%H%M%S"),
            "utc_offset": local.strftime("%z"),
            "sequence": head.sequence,
            "business_date": compact(head.business_date),
            "report_id": head.report_id,
            "previous_report_id": head.previous_report_id,
            "status": head.status,
            "corrects_report_id": head.corrects_report_id,
        },
    )


def _balance(kind: str, cents: int, day: date) -> Row:
    """Return a B record; an overdrawn account is a debit balance."""
    return Row(
        type="B",
        values={"type": kind, "amount": abs(cents), "sign": "D" if cents < 0 else "C", "as_of_date": compact(day)},
    )


def _sum(rows: Sequence[Row], sign: str = "") -> int:
    """Return the cents of rows, of one sign where one is given."""
    return sum(int(row.values["amount"]) for row in rows if not sign or row.values["sign"] == sign)


def _trailer(rows: Sequence[Row]) -> Row:
    """Return the T record over everything written so far, itself included in the count."""
    by = {kind: [row for row in rows if row.type == kind] for kind in RECORDS}
    traces = [int(str(row.values["original_trace"])[-10:]) for row in by["R"]]
    return Row(
        type="T",
        values={
            "record_count": len(rows) + 1,
            "s_count": len(by["S"]),
            "s_amount": _sum(by["S"]),
            "r_count": len(by["R"]),
            "r_amount": _sum(by["R"]),
            **{f"{kind.lower()}_count": len(by[kind]) for kind in "NDAPV"},
            "credit_sum": _sum(by["P"], "C"),
            "debit_sum": _sum(by["P"], "D"),
            "trace_hash": sum(traces) % TRACE_HASH_MODULUS,
        },
    )
