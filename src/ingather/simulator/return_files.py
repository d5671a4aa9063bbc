"""Returns, dishonours, contests and changes as the bank hands them over in NACHA files.

A batch keeps the original's company fields, description and effective date; the originating DFI is the receiver's bank,
whose traces the entries carry, so there is a batch per original header and receiving bank. Accounts are masked: this
bank keeps no account number. (Nacha Operating Rules, Appendix Four and Five.)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np

from ingather.base.columns import Int64, text_column
from ingather.base.dates import format_yymmdd, parse_yymmdd
from ingather.nacha.answer_addenda import (
    Values,
    change_addenda,
    contest_addenda,
    dishonour_addenda,
    joined,
    return_addenda,
)
from ingather.nacha.answer_plans import plan_of_answers
from ingather.nacha.plan import (
    ACCOUNT_WIDTH,
    DISCRETIONARY_WIDTH,
    IDENTIFICATION_WIDTH,
    NAME_WIDTH,
    Addenda,
    Batches,
    Entries,
    FileHead,
)
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import LAYOUTS
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import RETURN_OF
from ingather.nacha.writer import write
from ingather.simulator.entries import BatchRow, FileRow

# The layouts whose number of addenda stands where others have the first columns of the name.
_COUNTING = frozenset(
    code
    for code, layout in LAYOUTS.items()
    if any(
        field.name == "number_of_addenda" and field.start == LAYOUTS["6"].field("receiver_name").start
        for field in layout.fields
    )
)
_COUNT_WIDTH = LAYOUTS["6CTX"].field("number_of_addenda").width
_CHANGE, _RETURN, _DISHONOUR, _CONTEST = "change", "return", "dishonour", "contest"
_PARTY_WIDTH = LAYOUTS["1"].field("immediate_origin").width


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """Which return a dishonour refuses, and which dishonour a contest answers: its trace is 0 in a dishonour."""

    return_trace: int
    returned_on: date
    return_reason: str
    original_settled_on: date
    dishonour_trace: int = 0
    dishonoured_on: date | None = None
    dishonour_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackEntry:
    """One entry on its way back; a return carries ``reason``, a change carries ``change`` and ``corrected_data``.

    A dishonour or contest carries the ``dispute`` besides its reason.
    """

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
    dispute: Dispute | None = None

    @property
    def goes_to_rdfi(self) -> bool:
        """Return whether the entry is a dishonour, which our bank sends to the receiver's."""
        return self.dispute is not None and not self.dispute.dishonour_trace

    def with_correction(self, data: str) -> "BackEntry":
        """Return the change with what it corrects, in the 29 fixed columns."""
        return replace(self, corrected_data=data)


def returned_code(transaction_code: int) -> int:
    """Return the code under which an entry comes back: 21 or 26 and their like for savings, ledger and loans."""
    return int(RETURN_OF[transaction_code])


def masked_account(tail: str) -> str:
    """Return the account as this bank still knows it."""
    return f"XXXXXX{tail}"


def write_back(entries: Sequence[BackEntry], *, sent: FileRow, routing: str, at: datetime, modifier: str) -> bytes:
    """Return a NACHA file of returns or of changes for the originator of ``sent``; ``at`` is local to the bank.

    The way back swaps destination and origin.
    """
    head = FileHead(
        destination=sent.origin.rjust(_PARTY_WIDTH),
        origin=sent.destination.rjust(_PARTY_WIDTH),
        created_on=at.date(),
        created_at=at.time(),
        id_modifier=modifier,
        destination_name=sent.origin_name,
        origin_name=sent.destination_name,
    )
    headers = list(dict.fromkeys(entry.batch for entry in entries))
    days = [entry.settled_on.timetuple().tm_yday for entry in entries]
    plan = plan_of_answers(
        _answers(entries, headers, int(routing)),
        _batches(headers),
        settlement_day=np.array(days, np.int64),
        head=head,
    )
    return write(plan, purpose=Purpose.ANSWER).data


def _batches(rows: Sequence[BatchRow]) -> Batches:
    """Return the headers of received batches, as they were sent."""
    return Batches(
        service_class=[0] * len(rows),
        company_name=[row.company_name for row in rows],
        company_discretionary=[row.company_discretionary_data for row in rows],
        company_identification=[row.company_identification for row in rows],
        standard_entry_class=[row.standard_entry_class for row in rows],
        entry_description=[row.company_entry_description for row in rows],
        descriptive_date=[row.company_descriptive_date for row in rows],
        effective_on=[_effective(row) for row in rows],
        originating_dfi=[""] * len(rows),
        batch_number=[row.number for row in rows],
    )


def _effective(row: BatchRow) -> date | None:
    """Return the effective date, or nothing where the header says none."""
    try:
        return parse_yymmdd(row.effective_entry_date)
    except ValueError:
        return None


def _answers(entries: Sequence[BackEntry], headers: Sequence[BatchRow], routing: int) -> Entries:
    """Return what goes back as columns; a name that its SEC code counts addenda before stands after their number."""
    numbers = {row: number for number, row in enumerate(headers)}
    counts = [entry.name[:_COUNT_WIDTH] if _counts_addenda(entry) else "" for entry in entries]
    return Entries(
        batch=np.array([numbers[entry.batch] for entry in entries], np.int64),
        transaction_code=np.array([entry.transaction_code for entry in entries], np.int64),
        routing=np.array([entry.rdfi if entry.goes_to_rdfi else routing for entry in entries], np.int64),
        account=text_column([masked_account(entry.tail) for entry in entries], ACCOUNT_WIDTH),
        amount_cents=np.array([entry.amount_cents for entry in entries], np.int64),
        identification=text_column([entry.reference for entry in entries], IDENTIFICATION_WIDTH),
        name=text_column([entry.name[len(count) :] for entry, count in zip(entries, counts, strict=True)], NAME_WIDTH),
        discretionary=text_column([entry.discretionary for entry in entries], DISCRETIONARY_WIDTH),
        trace=np.array([entry.trace for entry in entries], np.int64),
        addenda=_addenda(entries),
        announced=np.array([int(count) if count.isdigit() else 1 for count in counts], np.int64),
    )


def _counts_addenda(entry: BackEntry) -> bool:
    """Return whether the name's columns start with a number of addenda, as in CTX; in changes they are the name's."""
    row = SEC_CODES.get(entry.batch.standard_entry_class)
    return not entry.change and row is not None and row.entry_layout in _COUNTING


def _addenda(entries: Sequence[BackEntry]) -> Addenda:
    """Return the 98 of each change and the 99 of each return, dishonour and contest."""
    kinds = np.array([_kind_of(entry) for entry in entries])

    def of(kind: str) -> tuple[Int64, list[BackEntry], dict[str, Values]]:
        places = np.flatnonzero(kinds == kind)
        found = [entries[place] for place in places.tolist()]
        return places, found, _about(found)

    changes, changed, about_changed = of(_CHANGE)
    returns, returned, about_returned = of(_RETURN)
    dishonours, dishonoured, about_dishonoured = of(_DISHONOUR)
    contests, contested, about_contested = of(_CONTEST)
    return joined(
        change_addenda(
            changes,
            change_code=[entry.change for entry in changed],
            corrected_data=[entry.corrected_data for entry in changed],
            **about_changed,
        ),
        return_addenda(
            returns,
            return_reason=[entry.reason for entry in returned],
            addenda_information=[entry.information for entry in returned],
            **about_returned,
        ),
        dishonour_addenda(
            dishonours,
            return_reason=[entry.reason for entry in dishonoured],
            addenda_information=[entry.information for entry in dishonoured],
            **about_dishonoured,
            **_of_return(dishonoured),
        ),
        contest_addenda(
            contests,
            return_reason=[entry.reason for entry in contested],
            **about_contested,
            **_of_return(contested),
            **_of_dishonour(contested),
        ),
    )


def _kind_of(entry: BackEntry) -> str:
    """Return which addenda an entry carries."""
    if entry.dispute is not None:
        return _DISHONOUR if entry.goes_to_rdfi else _CONTEST
    return _CHANGE if entry.change else _RETURN


def _about(entries: Sequence[BackEntry]) -> dict[str, Values]:
    """Return what every answer says of the entry that it is about."""
    return {
        "original_trace": np.array([entry.original_trace for entry in entries], np.int64),
        "original_rdfi": [f"{entry.rdfi // 10:08d}" for entry in entries],
    }


def _disputes(entries: Sequence[BackEntry]) -> list[Dispute]:
    return [entry.dispute for entry in entries if entry.dispute is not None]


def _of_return(entries: Sequence[BackEntry]) -> dict[str, Values]:
    """Return what a dishonour or contest says of the return."""
    disputes = _disputes(entries)
    return {
        "return_trace": np.array([dispute.return_trace for dispute in disputes], np.int64),
        "return_settlement_date": [f"{dispute.returned_on:%j}" for dispute in disputes],
        "return_reason_digits": [dispute.return_reason[1:] for dispute in disputes],
    }


def _of_dishonour(entries: Sequence[BackEntry]) -> dict[str, Values]:
    """Return what a contest says of the entry and of the dishonour that it answers."""
    disputes = _disputes(entries)
    return {
        "original_return_date": [format_yymmdd(dispute.returned_on) for dispute in disputes],
        "original_settlement_date": [f"{dispute.original_settled_on:%j}" for dispute in disputes],
        "dishonour_trace": np.array([dispute.dishonour_trace for dispute in disputes], np.int64),
        "dishonour_settlement_date": [f"{dispute.dishonoured_on:%j}" for dispute in disputes],
        "dishonour_reason_digits": [dispute.dishonour_code[1:] for dispute in disputes],
    }
