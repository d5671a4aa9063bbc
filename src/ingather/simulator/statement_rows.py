"""A day's statement as all forms tell it: balances, and postings with what they name of ours in words of this bank."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from ingather.simulator.str_reports import ReportBody, ReportHead, Row
from ingather.simulator.terms import BankTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One posting: its BAI2 code, signed cents, references, its text, how many items it holds, and which came back.

    ``back`` are the R records whose money is in it.
    """

    code: str
    cents: int
    bank_ref: str
    customer_ref: str
    text: str
    items: int
    back: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStatement:
    """One day of the account; ``as_of`` is an aware instant in the bank's zone, ``corrects`` for one told again."""

    bank: str
    bank_routing: str
    account: str = field(repr=False)
    customer: str
    day: date
    as_of: datetime
    sequence: int
    opening_cents: int
    closing_cents: int
    corrects: bool
    rows: tuple[StatementRow, ...]


def statement_of(head: ReportHead, body: ReportBody, terms: BankTerms, *, opening_cents: int) -> DayStatement:
    """Return what the day's report says of money."""
    back: defaultdict[str, list[Row]] = defaultdict(list)
    for row in body.returns:
        back[str(row.values["posting_ref"])].append(row)
    rows = tuple(_row(row, tuple(back[str(row.values["bank_ref"])])) for row in body.postings)
    return DayStatement(
        bank=terms.bank,
        bank_routing=terms.routing,
        account=terms.account,
        customer=terms.immediate_destination,
        day=head.business_date,
        as_of=head.as_of.astimezone(terms.zone),
        sequence=head.sequence,
        opening_cents=opening_cents,
        closing_cents=opening_cents + body.net_cents(),
        corrects=bool(head.corrects_report_id),
        rows=rows,
    )


def _row(row: Row, back: tuple[Row, ...]) -> StatementRow:
    values = row.values
    cents = int(values["amount"])
    return StatementRow(
        code=str(values["code"]),
        cents=cents if values["sign"] == "C" else -cents,
        bank_ref=str(values["bank_ref"]),
        customer_ref=str(values["customer_ref"]),
        text=told_in(row),
        items=int(values.get("items", 0)),
        back=back,
    )


def told_in(row: Row) -> str:
    """Return a posting's text: what it is, then each thing that it names behind its own word."""
    values = row.values
    named = (("FILE", "file"), ("BATCH", "batch"), ("CO", "company"), ("TRN", "trace"), ("ID", "reference"),
             ("RSN", "reason"))  # fmt: skip
    words = [str(values["text"])]
    words += [f"{word} {values[name]}" for word, name in named if values.get(name)]
    return " ".join(words)
