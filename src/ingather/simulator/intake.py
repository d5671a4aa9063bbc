"""A file comes in: read by its wire format alone, refused or taken, its entries put on the books, its answer written.

Refused whole: what cannot be read without error, what is addressed to another bank, and a file whose origin, creation
date, time and modifier are those of one already taken (the operator's duplicate test). Batches and single entries are
refused for a foreign ODFI and where the scenario says so.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from ingather.base.columns import Int64, column_texts
from ingather.base.dates import parse_yymmdd
from ingather.base.problems import errors_of
from ingather.nacha.reader import read
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS, decompose
from ingather.simulator.acknowledgements import BatchAnswer, EntryAnswer, FileAnswer
from ingather.simulator.banking_days import IsBankingDay, after, is_too_far_ahead, processing_day, settlement_day
from ingather.simulator.behaviour import TAKEN, BatchView, Behaviour, FileFate, FileView
from ingather.simulator.chance import Chance, account_mark
from ingather.simulator.entries import (
    NEVER,
    BatchRow,
    Entries,
    FileRow,
    Status,
    day_number,
    fixed_text,
    key_of,
    live_debits,
    no_entries,
    sorts_of,
    tail_of,
    text,
)
from ingather.simulator.state import BankState
from ingather.simulator.terms import BankTerms

DUPLICATE = "DUPLICATE FILE"
TOO_FAR_AHEAD = "R18"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a received file: its answer, the rows for the books and how long it is held before the answer."""

    answer: FileAnswer
    file: FileRow
    batches: list[BatchRow]
    entries: Entries
    fate: FileFate


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk at which files are taken: the terms, the calendar, the scenario and its chance."""

    terms: BankTerms
    is_banking_day: IsBankingDay
    behaviour: Behaviour
    chance: Chance


def take_file(desk: Desk, state: BankState, name: str, content: bytes, at: datetime) -> Taken:
    """Return what becomes of a received file; the state is only looked at."""
    reading = read(content)
    head = decompose(LAYOUTS["1"], reading.heads.record[0].tobytes()) if len(reading.heads) else {}
    entries = _entry_rows(reading, desk.chance.seed)
    batches = _batch_rows(reading, len(state.files))
    identity = "|".join(
        head.get(part, "")
        for part in ("immediate_origin", "file_creation_date", "file_creation_time", "file_id_modifier")
    )
    spans = [
        slice(*bounds) for bounds in zip(reading.batches.first.tolist(), reading.batches.end.tolist(), strict=True)
    ]
    view = _file_view(head, batches, [entries[span] for span in spans], state.seen)
    refused_for = _refusal(desk, state, reading, head, identity)
    fate = TAKEN if refused_for else desk.behaviour.take(view, desk.chance)
    refused_for = refused_for or fate.rejected_for
    accepted_at = at + fate.pended_for
    reasons = dict(fate.batch_reasons)
    odfis = column_texts(reading.batches.texts("originating_dfi"))
    answers: list[BatchAnswer] = []
    refusals: list[EntryAnswer] = []
    for index, row in enumerate(batches):
        mine = spans[index]
        reason = refused_for or ("UNKNOWN ODFI" if odfis[index] != desk.terms.odfi else reasons.get(index, ""))
        batches[index] = _with_reason(row, reason)
        part = entries[mine]  # a view: what is written here stands in the books
        part["sort"] = sorts_of(part["transaction_code"], row.company_entry_description)
        if not reason:
            refusals += _refuse_entries(desk, part, row.number)
            _date_entries(desk, part, row, accepted_at)
        answers.append(_batch_answer(row, part if reason else part[part["status"] == Status.WAITING], reason))
    entries["batch"][entries["batch"] >= 0] += len(state.batches)
    return Taken(
        answer=_file_answer(desk.terms, head, content, refused_for, answers, refusals, entries),
        file=_file_row(name, content, head, identity, refused_for, accepted_at),
        batches=batches,
        entries=entries,
        fate=fate,
    )


def _refusal(desk: Desk, state: BankState, reading: Reading, head: dict[str, str], identity: str) -> str:
    """Return why the whole file is refused before anyone decides about it, or an empty text."""
    errors = errors_of(reading.problems)
    if errors:
        return f"UNREADABLE: {errors[0].check} IN LINE {errors[0].line}"
    if len(reading.heads) != 1:
        return f"UNREADABLE: {len(reading.heads)} FILE HEADERS"
    if head["immediate_destination"].strip() != desk.terms.immediate_destination.strip():
        return "WRONG DESTINATION"
    if any(row.key == identity and not row.refused_for for row in state.files):
        return DUPLICATE
    return ""


def _entry_rows(reading: Reading, seed: int) -> Entries:
    """Return the entries as rows of the books, batch by their position in this file."""
    read_entries = reading.entries
    rows = no_entries(len(read_entries))
    numbers = column_texts(read_entries.account)
    rows["batch"] = read_entries.batch
    rows["transaction_code"] = read_entries.transaction_code
    rows["routing"] = read_entries.routing
    rows["account"] = [account_mark(seed, number) for number in numbers]
    rows["tail"] = [tail_of(number).encode("latin-1", "replace") for number in numbers]
    rows["amount"] = read_entries.amount_cents
    rows["reference"] = fixed_text(read_entries.identification)
    rows["name"] = fixed_text(read_entries.name)
    rows["discretionary"] = fixed_text(read_entries.discretionary)
    rows["trace"] = read_entries.trace
    rows["return_on"] = NEVER
    rows["change_on"] = NEVER
    return rows


def _batch_rows(reading: Reading, file: int) -> list[BatchRow]:
    """Return the batch headers as rows of the books."""
    rows = []
    for record, number in zip(reading.batches.record, reading.batches.batch_number.tolist(), strict=True):
        header = decompose(LAYOUTS["5"], record.tobytes())
        rows.append(
            BatchRow(
                file=file,
                number=number,
                company_name=header["company_name"],
                company_discretionary_data=header["company_discretionary_data"],
                company_identification=header["company_identification"],
                standard_entry_class=header["standard_entry_class"],
                company_entry_description=header["company_entry_description"],
                company_descriptive_date=header["company_descriptive_date"],
                effective_entry_date=header["effective_entry_date"],
                refused_for="",
            )
        )
    return rows


def _with_reason(row: BatchRow, reason: str) -> BatchRow:
    """Return the batch with its refusal."""
    return BatchRow(**{name: getattr(row, name) for name in row.__slots__ if name != "refused_for"}, refused_for=reason)


def _effective(row: BatchRow) -> date | None:
    """Return the batch's effective date, or nothing when it is blank or no date."""
    try:
        return parse_yymmdd(row.effective_entry_date)
    except ValueError:
        return None


def _file_view(head: dict[str, str], batches: list[BatchRow], parts: list[Entries], seen: set[str]) -> FileView:
    """Return what a scenario may look at."""
    views = []
    for row, mine in zip(batches, parts, strict=True):
        views.append(
            BatchView(
                number=row.number,
                company_identification=row.company_identification,
                company_name=row.company_name,
                standard_entry_class=row.standard_entry_class,
                entry_description=row.company_entry_description,
                effective_on=_effective(row),
                entries=len(mine),
                debit_cents=_debit_cents(mine),
                seen_before=any(text(reference) in seen for reference in mine["reference"].tolist()),
            )
        )
    return FileView(
        destination=head.get("immediate_destination", ""),
        origin=head.get("immediate_origin", ""),
        created_on=head.get("file_creation_date", ""),
        created_at=head.get("file_creation_time", ""),
        modifier=head.get("file_id_modifier", ""),
        batches=tuple(views),
    )


def _refuse_entries(desk: Desk, entries: Entries, number: int) -> list[EntryAnswer]:
    """Mark an accepted batch's entries as waiting, except those the scenario takes out; return their answers."""
    refusals = []
    entries["status"] = Status.WAITING
    for index, (reference, trace) in enumerate(
        zip(entries["reference"].tolist(), entries["trace"].tolist(), strict=True)
    ):
        reason = desk.behaviour.refuse(key_of(reference, trace), desk.chance)
        if reason:
            entries["status"][index] = Status.REFUSED
            cents = _debit_cents(entries[index : index + 1])
            refusals.append(EntryAnswer(batch_number=number, trace=trace, amount_cents=cents, reason=reason))
    return refusals


def _date_entries(desk: Desk, entries: Entries, row: BatchRow, accepted_at: datetime) -> None:
    """Give a batch's entries their settlement day, and R18 where they are dated too far ahead."""
    terms, is_banking_day = desk.terms, desk.is_banking_day
    effective = _effective(row)
    day = settlement_day(effective, accepted_at, terms, is_banking_day)
    today = processing_day(accepted_at, terms, is_banking_day)
    if is_too_far_ahead(effective, accepted_at, terms, is_banking_day):
        day = after(today, 1, is_banking_day)
        entries["reason"] = TOO_FAR_AHEAD.encode()
        entries["return_on"] = day_number(day)
    entries["settles_on"] = day_number(day)
    if day == today:
        # Entries over the same-day limit are not refused: they settle on the next banking day.
        large = entries["amount"] > terms.same_day_limit_cents
        entries["settles_on"][large] = day_number(after(day, 1, is_banking_day))


def _debit_cents(entries: Entries) -> int:
    """Return the cents of the debits among some rows."""
    amounts: Int64 = entries["amount"][live_debits(entries)]
    return int(amounts.sum())


def _batch_answer(row: BatchRow, entries: Entries, reason: str) -> BatchAnswer:
    """Return the line of one batch."""
    return BatchAnswer(
        number=row.number,
        company_identification=row.company_identification,
        entries=len(entries),
        debit_cents=_debit_cents(entries),
        reason=reason,
    )


def _file_answer(
    terms: BankTerms,
    head: dict[str, str],
    content: bytes,
    refused_for: str,
    batches: list[BatchAnswer],
    refusals: list[EntryAnswer],
    entries: Entries,
) -> FileAnswer:
    """Return the answer to a file; entries outside any batch count as refused."""
    refused = entries[entries["status"] == Status.REFUSED]
    return FileAnswer(
        bank=terms.bank,
        destination=head.get("immediate_destination", ""),
        origin=head.get("immediate_origin", ""),
        created_on=head.get("file_creation_date", ""),
        created_at=head.get("file_creation_time", ""),
        modifier=head.get("file_id_modifier", ""),
        sha256=sha256(content).hexdigest(),
        reason=refused_for,
        batches=batches,
        entries=refusals,
        refused_entries=len(refused),
        refused_cents=_debit_cents(refused),
    )


def _file_row(
    name: str, content: bytes, head: dict[str, str], identity: str, refused_for: str, accepted_at: datetime
) -> FileRow:
    """Return the file's row for the books."""
    return FileRow(
        name=name,
        sha256=sha256(content).hexdigest(),
        key=identity,
        destination=head.get("immediate_destination", ""),
        origin=head.get("immediate_origin", ""),
        destination_name=head.get("immediate_destination_name", ""),
        origin_name=head.get("immediate_origin_name", ""),
        created_on=head.get("file_creation_date", ""),
        created_at=head.get("file_creation_time", ""),
        modifier=head.get("file_id_modifier", ""),
        accepted_at="" if refused_for else accepted_at.isoformat(),
        refused_for=refused_for,
    )
