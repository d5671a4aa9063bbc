"""Money on the account, and the records of the daily report that tell of it: settlements, postings, returns, fees."""

from datetime import date
from typing import NamedTuple

from ingather.base.dates import format_yymmdd
from ingather.nacha.transaction_codes import DEBIT
from ingather.simulator.entries import BatchRow, Entries
from ingather.simulator.return_files import BackEntry
from ingather.simulator.state import BankState, ReturnRow
from ingather.simulator.str_reports import ReportBody, Row, compact


class Booking(NamedTuple):
    """A kind of posting: its BAI2 type code, its sign from the account's side, and its words."""

    code: str
    sign: str
    words: str


SETTLED_DEBITS = Booking("166", "C", "ACH SETTLEMENT")
SETTLED_CREDITS = Booking("466", "D", "ACH SETTLEMENT")
RETURNED_DEBIT = Booking("557", "D", "ACH RETURN")
RETURNED_CREDIT = Booking("257", "C", "ACH RETURN")
DISHONOURED = Booking("257", "C", "ACH DISHONOR")
CONTESTED = Booking("557", "D", "ACH CONTESTED DISHONOR")
FEE = Booking("567", "D", "RETURN ITEM FEE")
_REVERSAL = "REVERSAL"


def next_bank_ref(state: BankState, day: date) -> str:
    """Return the next reference of a posting."""
    number = state.next_bank_ref
    state.next_bank_ref += 1
    return f"{format_yymmdd(day)}{number:07d}"


def post_batch(state: BankState, body: ReportBody, day: date, batch: BatchRow, entries: Entries) -> None:
    """Post one direction of a settled batch gross, and write its settlement record; no entries, no record."""
    if not len(entries):
        return
    booking = SETTLED_DEBITS if DEBIT[entries["transaction_code"][0]] else SETTLED_CREDITS
    cents = int(entries["amount"].sum())
    origination = state.files[batch.file].origination
    bank_ref = next_bank_ref(state, day)
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
        customer_ref=f"{origination}-{batch.number}",
    )


def _full_date(yymmdd: str, settled_on: date) -> str:
    """Return the header's effective date as YYYYMMDD; the settlement day where it is blank."""
    return f"20{yymmdd}" if yymmdd.isdigit() else compact(settled_on)


def post(
    state: BankState,
    body: ReportBody,
    day: date,
    booking: Booking,
    *,
    cents: int,
    bank_ref: str,
    customer_ref: str,
) -> None:
    """Move money on the account and write the posting record."""
    state.balance_cents += cents if booking.sign == "C" else -cents
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
            },
        )
    )


def post_fee(state: BankState, body: ReportBody, day: date, posting_ref: str, cents: int) -> None:
    """Charge the fee of one returned debit."""
    bank_ref = next_bank_ref(state, day)
    state.fees_cents += cents
    body.adjustments.append(
        Row(
            type="A",
            values={
                "kind": "RETURN_FEE",
                "amount": cents,
                "sign": "D",
                "bank_ref": bank_ref,
                "related_ref": posting_ref,
                "text": "ACH RETURN ITEM FEE",
            },
        )
    )
    post(
        state,
        body,
        day,
        FEE,
        cents=cents,
        bank_ref=bank_ref,
        customer_ref="",
    )


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
