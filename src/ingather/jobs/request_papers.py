"""What the ODFI is asked, on paper: a text that a bank officer reads, and a sheet with the same rows for a machine.

Both say the same however often they are written. They name entries by trace, amount and reference, never by an account
number.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from ingather.base.ids import Prefix, encode_key, public_id
from ingather.base.money import format_minor
from ingather.domain.returns import OdfiRequestKind
from ingather.jobs.cells import plain_cell
from ingather.nacha.return_reasons import RETURN_REASONS
from ingather.rules.asking import basis_of
from ingather.rules.banks import BankProfile
from ingather.rules.changes import refusable
from ingather.store.reading.requests import Asked

COLUMNS = (
    "request", "kind", "code", "company_id", "original_trace", "return_trace", "amount_cents", "return_code",
    "return_settled_on", "change_code", "change_trace", "reference", "reply_by", "reason",
)  # fmt: skip
"""The columns of the sheet, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document: the name that text and sheet share, whose it is, for which bank, of which day."""

    name: str
    originator: str
    profile: BankProfile
    on: date


def text_of(paper: Paper, rows: Sequence[Asked]) -> bytes:
    """Return the document for people, as UTF-8."""
    profile = paper.profile
    lines = [
        f"To: {profile.name}, ACH operations (ODFI {profile.odfi_routing})",
        f"From: {paper.originator}, originator, immediate origin {profile.origin.strip()}",
        f"Date: {paper.on}",
        f"Document: {paper.name}; the sheet {paper.name}.csv has the same {len(rows)} request(s) for a machine",
        "",
    ]
    for number, row in enumerate(rows, 1):
        lines += _block(paper, number, row)
    return ("\n".join(lines) + "\n").encode()


def sheet_of(rows: Sequence[Asked]) -> bytes:
    """Return the sheet: UTF-8, a header line and one line for each request."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row) for row in rows)
    return page.getvalue().encode()


def _cells(row: Asked) -> list[str]:
    request, returned, correction = row.request, row.returned, row.correction
    amount = _amount(row)
    return [
        public_id(Prefix.REQUEST, request.id),
        request.kind,
        request.code or "",
        row.batch.company_identification if row.batch else "",
        _trace(_original_trace(row)),
        _trace(returned.return_trace if returned else 0),
        "" if amount is None else str(amount),
        returned.code if returned else "",
        returned.returned_on.isoformat() if returned and returned.returned_on else "",
        correction.code if correction else "",
        _trace(correction.change_trace or 0 if correction else 0),
        _reference(row),
        request.due_on.isoformat() if request.due_on else "",
        _plain(request.reason),
    ]


def _block(paper: Paper, number: int, row: Asked) -> list[str]:
    request, batch, returned, correction = row.request, row.batch, row.returned, row.correction
    lines = [f"{number}. {public_id(Prefix.REQUEST, request.id)}: {_asks(row, paper.on)}"]
    amount = _amount(row)
    entry = [f"trace {_trace(_original_trace(row))}"]
    if amount is not None:
        entry.append(f"{format_minor(amount)} USD")
    if batch is not None:
        entry.append(f"{batch.entry_class}, company {batch.company_identification} {batch.company_name}")
        entry.append(f"settled {batch.settled_on}" if batch.settled_on else f"effective {batch.effective_on}")
    if reference := _reference(row):
        entry.append(f"identification {reference}")
    lines.append(f"   Entry: {', '.join(entry)}")
    if returned is not None:
        settled = f"settled {returned.returned_on}" if returned.returned_on else "settlement date not reported"
        lines.append(f"   Return: {returned.code}, trace {_trace(returned.return_trace)}, {settled}")
    if correction is not None:
        trace = f", trace {_trace(correction.change_trace)}" if correction.change_trace else ""
        lines.append(f"   Notification of change: {correction.code}{trace}, received {correction.received_at:%Y-%m-%d}")
    lines.append(f"   Why: {_plain(request.reason)}")
    if (basis := basis_of(OdfiRequestKind(request.kind), request.asked_on)) is not None:
        lines.append(f"   Rule: {basis.says} ({basis.source})")
    if request.due_on is not None:
        lines.append(f"   Please do this, or tell us that you cannot, by {request.due_on}.")
    return [*lines, ""]


def _asks(row: Asked, on: date) -> str:
    code = row.request.code or ""
    match OdfiRequestKind(row.request.kind):
        case OdfiRequestKind.RETURN_REQUESTED:
            return "please ask the receiving bank to return this debit."
        case OdfiRequestKind.LATE_RETURN_CONSENTED:
            return "we agree that the receiving bank returns this debit late."
        case OdfiRequestKind.DISHONOUR:
            reason = RETURN_REASONS.get(code)
            return f"please dishonor this return as {code}{f' ({reason.title})' if reason else ''}."
        case OdfiRequestKind.REFUSE_CHANGE:
            refusal = refusable(on).get(code)
            return f"please refuse this notification of change as {code}{f' ({refusal.title})' if refusal else ''}."
        case OdfiRequestKind.STATEMENT_COPY:
            return "please ask the receiving bank for a copy of the written statement of unauthorized debit."
        case kind:
            assert_never(kind)


def _original_trace(row: Asked) -> int:
    if row.entry is not None:
        return row.entry.trace
    about = row.returned or row.correction
    return about.original_trace if about is not None else 0


def _amount(row: Asked) -> int | None:
    if row.entry is not None:
        return row.entry.amount_cents
    return row.returned.amount_cents if row.returned is not None else None


def _reference(row: Asked) -> str:
    order_id = row.entry.order_id if row.entry is not None else row.request.order_id
    return encode_key(order_id) if order_id else ""


def _trace(trace: int) -> str:
    return f"{trace:015d}" if trace else ""


def _plain(text: str) -> str:
    """Return a reason in one line that no program of sheets takes for a formula."""
    return plain_cell(" ".join(text.split()))
