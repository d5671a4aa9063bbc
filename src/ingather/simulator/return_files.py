"""Returns and changes as the bank hands them over in NACHA files, composed from the records table.

A batch keeps the original's company fields, description and effective date; the originating DFI is the receiver's bank,
whose traces the entries carry, so there is a batch per original header and receiving bank. Accounts are masked: this
bank keeps no account number. (Nacha Operating Rules, Appendix Four and Five.)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from ingather.base.dates import format_yymmdd, julian_day
from ingather.nacha.records import BLOCK_RECORDS, LAYOUTS, RECORD_WIDTH, compose
from ingather.nacha.transaction_codes import DEBIT
from ingather.simulator.entries import BatchRow, FileRow

HASH_MODULUS = 10**10
CHANGE_CLASS = "COR"
_MIXED, _CREDITS, _DEBITS = 200, 220, 225
_FAMILY = 5  # second digit 0 to 4 is a credit, 5 to 9 a debit


@dataclass(frozen=True, slots=True, kw_only=True)
class BackEntry:
    """One entry on its way back; a return carries ``reason``, a change carries ``change`` and ``corrected_data``."""

    batch: BatchRow
    transaction_code: int
    rdfi: int
    trace: int
    original_trace: int
    amount_cents: int
    tail: str
    reference: str
    name: str
    discretionary: str
    settled_on: date
    reason: str = ""
    information: str = ""
    change: str = ""
    corrected_data: str = field(default="", repr=False)

    def with_correction(self, data: str) -> "BackEntry":
        """Return the change with what it corrects, in the 29 fixed columns."""
        return replace(self, corrected_data=data)


class _Totals(NamedTuple):
    records: int
    entry_hash: int
    debit_cents: int
    credit_cents: int


def returned_code(transaction_code: int) -> int:
    """Return the code under which an entry comes back: 21 or 26 and their like for savings, ledger and loans."""
    tens, ones = divmod(transaction_code, 10)
    return tens * 10 + (6 if ones >= _FAMILY else 1)


def masked_account(tail: str) -> str:
    """Return the account as this bank still knows it."""
    return f"XXXXXX{tail}"


def write_back(entries: Sequence[BackEntry], *, sent: FileRow, routing: str, at: datetime, modifier: str) -> bytes:
    """Return a NACHA file of returns or of changes for the originator of ``sent``; ``at`` is local to the bank."""
    records = [_file_header(sent, at, modifier)]
    totals: list[_Totals] = []
    ordered = sorted(entries, key=_batch_key)
    for number, (_, group) in enumerate(groupby(ordered, key=_batch_key), 1):
        lines, total = _batch(sorted(group, key=lambda entry: entry.trace), number, routing)
        records += lines
        totals.append(total)
    blocks = -(-(len(records) + 1) // BLOCK_RECORDS)
    records.append(
        compose(
            LAYOUTS["9"],
            batch_count=len(totals),
            block_count=blocks,
            entry_addenda_count=sum(total.records for total in totals),
            entry_hash=sum(total.entry_hash for total in totals) % HASH_MODULUS,
            total_debit=sum(total.debit_cents for total in totals),
            total_credit=sum(total.credit_cents for total in totals),
        )
    )
    records += [b"9" * RECORD_WIDTH] * (blocks * BLOCK_RECORDS - len(records))
    return b"".join(record + b"\n" for record in records)


def _batch_key(entry: BackEntry) -> tuple[str, ...]:
    """Return what keeps entries in one batch: the original header and the receiving bank."""
    batch = entry.batch
    return (
        batch.company_identification,
        batch.company_name,
        batch.company_discretionary_data,
        batch.standard_entry_class,
        batch.company_entry_description,
        batch.company_descriptive_date,
        batch.effective_entry_date,
        f"{entry.rdfi:09d}",
    )


def _file_header(sent: FileRow, at: datetime, modifier: str) -> bytes:
    """Return record 1: the way back swaps destination and origin."""
    return compose(
        LAYOUTS["1"],
        immediate_destination=sent.origin,
        immediate_origin=sent.destination,
        file_creation_date=format_yymmdd(at.date()),
        file_creation_time=at.strftime("%H%M"),
        file_id_modifier=modifier,
        immediate_destination_name=sent.origin_name,
        immediate_origin_name=sent.destination_name,
    )


def _batch(entries: Sequence[BackEntry], number: int, routing: str) -> tuple[list[bytes], _Totals]:
    """Return the records of one batch, header to control, and what its control says."""
    first = entries[0]
    debits = [entry for entry in entries if DEBIT[entry.transaction_code]]
    service_class = _DEBITS if len(debits) == len(entries) else _MIXED if debits else _CREDITS
    eight = f"{first.rdfi // 10:08d}"
    total = _Totals(
        records=2 * len(entries),
        entry_hash=int(routing[:8]) * len(entries) % HASH_MODULUS,
        debit_cents=sum(entry.amount_cents for entry in debits),
        credit_cents=sum(entry.amount_cents for entry in entries) - sum(entry.amount_cents for entry in debits),
    )
    batch = first.batch
    header = compose(
        LAYOUTS["5"],
        service_class=service_class,
        company_name=batch.company_name,
        company_discretionary_data=batch.company_discretionary_data,
        company_identification=batch.company_identification,
        standard_entry_class=CHANGE_CLASS if first.change else batch.standard_entry_class,
        company_entry_description=batch.company_entry_description,
        company_descriptive_date=batch.company_descriptive_date,
        effective_entry_date=batch.effective_entry_date,
        settlement_date=julian_day(first.settled_on),
        originating_dfi=eight,
        batch_number=number,
    )
    control = compose(
        LAYOUTS["8"],
        service_class=service_class,
        entry_addenda_count=total.records,
        entry_hash=total.entry_hash,
        total_debit=total.debit_cents,
        total_credit=total.credit_cents,
        company_identification=batch.company_identification,
        originating_dfi=eight,
        batch_number=number,
    )
    return [header, *_details(entries, routing), control], total


def _details(entries: Iterable[BackEntry], routing: str) -> Iterable[bytes]:
    """Yield record 6 and its addenda for each entry."""
    for entry in entries:
        yield compose(
            LAYOUTS["6"],
            transaction_code=entry.transaction_code,
            receiving_dfi=routing[:8],
            check_digit=routing[8:],
            account_number=masked_account(entry.tail),
            amount=entry.amount_cents,
            identification_number=entry.reference,
            receiver_name=entry.name,
            discretionary_data=entry.discretionary,
            addenda_indicator=1,
            trace_number=entry.trace,
        )
        eight = f"{entry.rdfi // 10:08d}"
        if entry.change:
            yield compose(
                LAYOUTS["798"],
                change_code=entry.change,
                original_trace=entry.original_trace,
                original_rdfi=eight,
                corrected_data=entry.corrected_data,
                trace_number=entry.trace,
            )
        else:
            yield compose(
                LAYOUTS["799"],
                return_reason=entry.reason,
                original_trace=entry.original_trace,
                original_rdfi=eight,
                addenda_information=entry.information,
                trace_number=entry.trace,
            )
