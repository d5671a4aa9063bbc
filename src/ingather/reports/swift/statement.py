"""The lines of money of a SWIFT statement, as postings and as what they were about.

Codes: field 61's type as SWIFT, and before it the bank's own in the supplementary details (``/CTC/294/``) as CTC.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from ingather.reports.charges import charge_kind
from ingather.reports.findings import Findings
from ingather.reports.item_rows import Rows
from ingather.reports.items import Adjustments, Balances, Carrier, PostingEvent, Postings, Receipts, Returns
from ingather.reports.mining import Miner, says_dispute
from ingather.reports.profile import ReportProfile
from ingather.reports.swift.messages import Field, unwrapped
from ingather.reports.swift.statement_lines import Stated, StatementLine, statement_line

_BACK = frozenset({PostingEvent.RETURN, PostingEvent.CREDIT_RETURN})
_OWN_CODE = re.compile(r"/CTC/([0-9A-Z]{1,4})(?:/|$)")
_MOST_TEXT = 1_000


@dataclass(slots=True, kw_only=True)  # mutable -- its rows grow while the pages are read
class Statement:
    """A statement on its way: what its pages said of it so far, and the items they tell of."""

    profile: ReportProfile
    carrier: Carrier
    findings: Findings
    miner: Miner
    near: date
    sender: str = ""
    reference: str = ""
    account: str = field(default="", repr=False)
    number: int = 0
    page: int = 0
    currency: str = ""
    opening: Stated | None = None
    opened: str = ""
    closing: Stated | None = None
    closed: str = ""
    booked_minor: int = 0
    credits: list[int] = field(default_factory=list)
    debits: list[int] = field(default_factory=list)
    as_of: datetime | None = None
    last_on: date | None = None
    zeros: int = 0
    zero_line: int = 0
    checks: list[bool] = field(default_factory=list)
    unknown: dict[str, tuple[int, int]] = field(default_factory=dict)
    postings: Rows[Postings] = field(default_factory=lambda: Rows(Postings))
    returns: Rows[Returns] = field(default_factory=lambda: Rows(Returns))
    adjustments: Rows[Adjustments] = field(default_factory=lambda: Rows(Adjustments))
    receipts: Rows[Receipts] = field(default_factory=lambda: Rows(Receipts))
    balances: Rows[Balances] = field(default_factory=lambda: Rows(Balances))

    @property
    def final(self) -> bool:
        """Return whether this is a day's final statement."""
        return self.carrier is Carrier.MT940


def read_line(statement: Statement, told: Field, details: list[str]) -> None:
    """Add one line of money, or tell why it was not read."""
    line, used = _readable(statement, told)
    if line is None:
        tell(statement, "line-unreadable", f"Line {told.line}: the field 61 has none of the forms that are read.", told)
        return
    if line.value_on is None:
        tell(statement, "date-unreadable", f"Line {told.line}: the value date is a day there is not.", told)
    if not line.amount_minor:
        statement.zeros += 1
        statement.zero_line = statement.zero_line or told.line
        return
    extra = unwrapped(told.lines[used:])
    texts = tuple(filter(None, (text.strip() for text in (line.more, extra, *details, line.customer_ref))))
    code_type, code, event = _event(statement, line, extra, " ".join(texts), told.line)
    (statement.credits if line.amount_minor > 0 else statement.debits).append(line.amount_minor)
    if not line.expected:
        statement.booked_minor += line.amount_minor
    booked_on = line.entered_on or line.value_on
    if booked_on is not None and (statement.last_on is None or booked_on > statement.last_on):
        statement.last_on = booked_on
    provisional = line.expected or not statement.final
    mined = statement.miner
    common: dict[str, object] = {
        "line": told.line,
        "trace": mined.trace(*texts),
        "batch_number": mined.batch_number(*texts),
        "company_identification": mined.text("company_identification", *texts),
        "reason": mined.reason(*texts),
    }
    reference = mined.reference(*texts) or line.customer_ref
    statement.postings.add(
        **common,
        code_type=code_type,
        code=code,
        amount_minor=line.amount_minor,
        value_on=line.value_on or line.entered_on,
        bank_ref=line.bank_ref,
        customer_ref=line.customer_ref,
        text=" ".join(texts[:-1] if line.customer_ref else texts)[:_MOST_TEXT],
        event=event,
        reference=reference,
        origination_file=mined.origination_file(*texts),
        items=mined.items(*texts),
        provisional=provisional,
    )
    kind = charge_kind(statement.profile.codes, code_type, code, " ".join(texts))
    _tell(statement, line, event, texts, {**common, "reference": reference, "provisional": provisional, "kind": kind})


def _tell(
    statement: Statement, line: StatementLine, event: PostingEvent, texts: tuple[str, ...], told: dict[str, object]
) -> None:
    """Tell what a line was about beside the money: a return that is named, a fee, a receipt on a virtual account."""
    mined, text = statement.miner, " ".join(texts)[:_MOST_TEXT]
    provisional, reference, kind = told.pop("provisional"), told.pop("reference"), told.pop("kind")
    if event in _BACK and (reference or told["trace"]) and not says_dispute(str(told["reason"])):
        # A collective posting of returns names none of them: they come in another report.
        statement.returns.add(
            **{name: value for name, value in told.items() if name != "trace"},
            klass="RETURN",
            original_trace=told["trace"],
            amount_cents=abs(line.amount_minor),
            identification=reference,
            return_settled_on=line.entered_on or line.value_on,
            posting_ref=line.bank_ref,
            bank_item=mined.text("bank_item", *texts) or line.bank_ref,
        )
    elif event is PostingEvent.FEE and not provisional:
        statement.adjustments.add(
            line=told["line"],
            kind=kind,
            amount_minor=line.amount_minor,
            bank_ref=line.bank_ref,
            related_ref=line.customer_ref,
            text=text,
        )
    elif event is PostingEvent.RECEIPT and (account := mined.text("virtual_account", *texts, statement.account)):
        statement.receipts.add(
            line=told["line"],
            virtual_account=account,
            payer_name=mined.text("payer_name", *texts),
            amount_minor=line.amount_minor,
            currency=statement.currency,
            bank_ref=line.bank_ref,
            remittance=text,
            value_on=line.value_on or line.entered_on,
            provisional=provisional,
        )


def _readable(statement: Statement, told: Field) -> tuple[StatementLine | None, int]:
    """Return the line and how many lines of the field it took: some files break it after the mark."""
    first = statement_line(told.text, currency=statement.currency, near=statement.near)
    if first is not None or len(told.lines) == 1:
        return first, 1
    return statement_line("".join(told.lines[:2]), currency=statement.currency, near=statement.near), 2


def _event(
    statement: Statement, line: StatementLine, extra: str, text: str, number: int
) -> tuple[str, str, PostingEvent]:
    """Return the code that says what a line is, and what; a code that nobody knows is told once."""
    codes = statement.profile.codes
    own = _OWN_CODE.search(extra)
    asked = [*([("CTC", own[1])] if own is not None else []), ("SWIFT", line.code)]
    for code_type, code in asked:
        event = codes.event(code_type, code, amount_minor=line.amount_minor, text=text)
        if event is not PostingEvent.UNKNOWN:
            reversal = line.reversed and event not in _BACK
            return code_type, code, PostingEvent.REVERSAL if reversal else event
    code_type, code = asked[0]
    first, count = statement.unknown.get(f"{code_type} {code}", (number, 0))
    statement.unknown[f"{code_type} {code}"] = (first, count + 1)
    return code_type, code, PostingEvent.REVERSAL if line.reversed else PostingEvent.UNKNOWN


def tell(statement: Statement, check: str, message: str, told: Field) -> None:
    """Note what is wrong with a field."""
    statement.findings.add(check, message, line=told.line, name=told.tag)
