"""Money on the account, and the records of the daily report that tell of it: settlements, postings, returns, fees."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from ingather.base.dates import format_yymmdd
from ingather.nacha.transaction_codes import DEBIT
from ingather.simulator.entries import BatchRow, Entries
from ingather.simulator.return_files import BackEntry
from ingather.simulator.state import BankState, ReturnRow
from ingather.simulator.str_reports import ReportBody, Row, Value, compact
from ingather.simulator.terms import BankTerms, FeePostings, Granularity, ReturnPostings


class Booking(NamedTuple):
    """A kind of posting: its BAI2 type code, its sign from the account's side, and its words."""

    code: str
    sign: str
    words: str


SETTLED_DEBITS = Booking("166", "C", "ACH SETTLEMENT")
SETTLED_CREDITS = Booking("466", "D", "ACH SETTLEMENT")
RETURNED_DEBIT = Booking("557", "D", "ACH RETURN")
RETURNED_CREDIT = Booking("257", "C", "ACH RETURN")
RETURNED_DEBITS = Booking("468", "D", "ACH RETURN SETTLEMENT")
RETURNED_CREDITS = Booking("168", "C", "ACH RETURN SETTLEMENT")
DISHONOURED = Booking("257", "C", "ACH DISHONOR")
CONTESTED = Booking("557", "D", "ACH CONTESTED DISHONOR")
FEE = Booking("567", "D", "RETURN ITEM FEE")
ANALYSIS = Booking("661", "D", "ACCOUNT ANALYSIS FEE")
_REVERSAL = "REVERSAL"

About = Mapping[str, Value]


def next_bank_ref(state: BankState, day: date, body: ReportBody | None = None, group: str = "") -> str:
    """Return the next reference of a posting, or that of the posting the day's ``group`` has already."""
    if body is not None and group in body.groups:
        return str(body.postings[body.groups[group]].values["bank_ref"])
    number = state.next_bank_ref
    state.next_bank_ref += 1
    return f"{format_yymmdd(day)}{number:07d}"


def post_batch(
    terms: BankTerms, state: BankState, body: ReportBody, day: date, batch: BatchRow, entries: Entries
) -> None:
    """Post one direction of a settled batch as agreed, and write its settlement record; no entries, no record."""
    if not len(entries):
        return
    booking = SETTLED_DEBITS if DEBIT[entries["transaction_code"][0]] else SETTLED_CREDITS
    cents = int(entries["amount"].sum())
    origination = state.files[batch.file].origination
    group, about, customer_ref = _settled_in(terms, batch, booking, origination)
    body.groups.setdefault(f"first of {batch.company_identification}", body.groups.get(group, len(body.postings)))
    bank_ref = next_bank_ref(state, day, body, group)
    body.settlements.append(
        Row(
            type="S",
            values={
                "bank_ref": bank_ref,
                "company_id": batch.company_identification,
                "sec": batch.standard_entry_class,
                "entry_description": batch.company_entry_description,
                "origination_file": origination,
                "batch_number": f"{batch.number:07d}",
                "effective_date": _full_date(batch.effective_entry_date, day),
                "settlement_date": compact(day),
                "count": len(entries),
                "amount": cents,
                "sign": booking.sign,
            },
        )
    )
    post(
        state,
        body,
        day,
        booking,
        cents=cents,
        bank_ref=bank_ref,
        customer_ref=customer_ref,
        group=group,
        about={**about, "items": len(entries)},
    )


def _settled_in(terms: BankTerms, batch: BatchRow, booking: Booking, origination: str) -> tuple[str, About, str]:
    """Return the posting that a batch's side goes into: its group, what it names, and its reference of ours."""
    company = batch.company_identification
    # Where returns are taken off, what was sent and what was collected are one posting too.
    side = "" if terms.return_postings is ReturnPostings.NETTED else booking.sign
    match terms.granularity:
        case Granularity.BATCH:
            about: About = {"company": company, "file": origination, "batch": batch.number}
            return f"batch {batch.file} {batch.number} {side}", about, f"{origination}-{batch.number}"
        case Granularity.FILE:
            return f"file {batch.file} {side}", {"file": origination}, origination
        case Granularity.COMPANY_DAY:
            return f"company {company} {side}", {"company": company}, company


def post_returned(terms: BankTerms, state: BankState, body: ReportBody, day: date, row: ReturnRow, company: str) -> str:
    """Post one return as agreed and return its posting's reference."""
    is_debit = bool(DEBIT[row.transaction_code])
    booking, group = RETURNED_DEBIT if is_debit else RETURNED_CREDIT, ""
    about: About = {"company": company, "trace": f"{row.original_trace:015d}", "reference": row.reference,
                    "reason": row.reason}  # fmt: skip
    customer_ref = f"{row.original_trace:015d}"
    match terms.return_postings:
        case ReturnPostings.ITEMISED:
            pass
        case ReturnPostings.BATCHED:
            booking = RETURNED_DEBITS if is_debit else RETURNED_CREDITS
            group, about, customer_ref = f"returns {company} {booking.sign}", {"company": company, "items": 1}, company
        case ReturnPostings.NETTED:
            booking = SETTLED_CREDITS if is_debit else SETTLED_DEBITS
            group, about, customer_ref = f"first of {company}", {"company": company}, company
    bank_ref = next_bank_ref(state, day, body, group)
    post(
        state, body, day, booking, cents=row.cents, bank_ref=bank_ref, customer_ref=customer_ref, group=group,
        about=about,
    )  # fmt: skip
    return bank_ref


def _full_date(yymmdd: str, settled_on: date) -> str:
    """Return the header's effective date as YYYYMMDD; the settlement day where it is blank."""
    return f"20{yymmdd}" if yymmdd.isdigit() else compact(settled_on)


def post(  # noqa: PLR0913 -- what a posting says
    state: BankState,
    body: ReportBody,
    day: date,
    booking: Booking,
    *,
    cents: int,
    bank_ref: str,
    customer_ref: str,
    group: str = "",
    about: About | None = None,
) -> None:
    """Move money on the account and write the posting record, or add to the one its ``group`` has already.

    ``about`` is what the posting names of ours: file, batch, company, trace, reference, reason, items.
    """
    signed = cents if booking.sign == "C" else -cents
    state.balance_cents += signed
    if group in body.groups:
        place = body.groups[group]
        body.postings[place] = _added(body.postings[place], signed, int((about or {}).get("items", 0)))
        return
    if group:
        body.groups[group] = len(body.postings)
    body.postings.append(
        Row(
            type="P",
            values={
                "code_type": "BAI2",
                "code": booking.code,
                "amount": cents,
                "sign": booking.sign,
                "value_date": compact(day),
                "bank_ref": bank_ref,
                "customer_ref": customer_ref,
                "text": booking.words,
                **(about or {}),
            },
        )
    )


def _added(row: Row, signed: int, items: int) -> Row:
    """Return a posting with more in it; a settlement that others outweigh becomes a debit."""
    values = dict(row.values)
    total = signed + int(values["amount"]) * (1 if values["sign"] == "C" else -1)
    if values["code"] in {SETTLED_DEBITS.code, SETTLED_CREDITS.code}:
        booking = SETTLED_DEBITS if total >= 0 else SETTLED_CREDITS
        values |= {"code": booking.code, "sign": booking.sign}
    return Row(type="P", values={**values, "amount": abs(total), "items": int(values.get("items", 0)) + items})


def post_fee(terms: BankTerms, state: BankState, body: ReportBody, day: date, posting_ref: str) -> None:
    """Charge the fee of one returned debit, or note it for the month's analysis."""
    cents = terms.return_fee_cents
    if terms.fee_postings is FeePostings.ANALYSIS:
        state.fees_owed_cents += cents
    else:
        _charge(state, body, day, FEE, kind="RETURN_FEE", cents=cents, related_ref=posting_ref,
                text="ACH RETURN ITEM FEE")  # fmt: skip


def post_analysis(state: BankState, body: ReportBody, day: date) -> None:
    """Charge the fees that were noted, in one posting."""
    if state.fees_owed_cents:
        _charge(state, body, day, ANALYSIS, kind="ANALYSIS", cents=state.fees_owed_cents, text=ANALYSIS.words)
        state.fees_owed_cents = 0


def _charge(
    state: BankState,
    body: ReportBody,
    day: date,
    booking: Booking,
    *,
    kind: str,
    cents: int,
    text: str,
    related_ref: str = "",
) -> None:
    bank_ref = next_bank_ref(state, day)
    state.fees_cents += cents
    values: About = {"kind": kind, "amount": cents, "sign": "D", "bank_ref": bank_ref, "related_ref": related_ref,
              "text": text}  # fmt: skip
    body.adjustments.append(Row(type="A", values=values))
    post(state, body, day, booking, cents=cents, bank_ref=bank_ref, customer_ref="")


def return_row(entry: BackEntry, batch: BatchRow, posting_ref: str, settled_on: date, day: date) -> Row:
    """Return the R record of a returned entry."""
    return Row(
        type="R",
        values={
            "class": "REVERSAL_RETURN" if batch.company_entry_description.strip() == _REVERSAL else "RETURN",
            "reason": entry.reason,
            "original_trace": f"{entry.original_trace:015d}",
            "return_trace": f"{entry.trace:015d}",
            "transaction_code": f"{entry.transaction_code:02d}",
            "rdfi": f"{entry.rdfi:09d}",
            "amount": entry.amount_cents,
            "individual_id": entry.reference,
            "name": entry.name,
            "account_last4": entry.tail,
            "company_id": batch.company_identification,
            "sec": batch.standard_entry_class,
            "batch_number": f"{batch.number:07d}",
            "original_settlement_date": compact(settled_on),
            "return_settlement_date": compact(day),
            "addenda_info": entry.information,
            "posting_ref": posting_ref,
        },
    )


def change_row(entry: BackEntry, batch: BatchRow) -> Row:
    """Return the N record of a change."""
    return Row(
        type="N",
        values={
            "change_code": entry.change,
            "original_trace": f"{entry.original_trace:015d}",
            "rdfi": f"{entry.rdfi:09d}",
            "corrected_data": entry.corrected_data,
            "individual_id": entry.reference,
            "name": entry.name,
            "company_id": batch.company_identification,
            "sec": batch.standard_entry_class,
            "batch_number": f"{batch.number:07d}",
        },
    )


def dispute_row(row: ReturnRow, entry: BackEntry) -> Row:
    """Return the D record of a dishonour, or of the contest or corrected return that answers it."""
    return Row(
        type="D",
        values={
            "stage": row.stage.upper(),
            "code": entry.reason,
            "original_trace": f"{row.original_trace:015d}",
            "return_trace": f"{row.trace:015d}",
            "return_settlement_date": compact(row.settled_on),
            "original_reason": row.reason,
            "dishonour_trace": f"{row.dishonour_trace:015d}",
            "dishonour_settlement_date": compact(row.dishonoured_on or row.settled_on),
            "amount": entry.amount_cents,
            "addenda_info": entry.information,
        },
    )
