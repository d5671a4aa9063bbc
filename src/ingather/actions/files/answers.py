"""What the bank answers to a file: accepted, pended, rejected in part or whole. Accepted + rejected = sealed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, false, select, update

from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.files.approval import hold_put_back, put_back
from ingather.actions.files.sending import cents_of_orders, may_be_there, note_transmitted
from ingather.actions.ledger import post
from ingather.actions.matching import order_key
from ingather.base.dates import parse_yymmdd
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.cases import CaseKind
from ingather.domain.entries import CREDITING, EntryEnd
from ingather.domain.facts import FactKind, Scope
from ingather.domain.files import FileState
from ingather.domain.ledger import JournalKind
from ingather.reports.duplicates import says_duplicate
from ingather.reports.items import Report
from ingather.store.entries import of_file
from ingather.store.tables import Batch, Entry, File, Order

_HASH = re.compile("[0-9a-fA-F]{64}")
BY_BANK = "rejected-by-bank"
_FINAL = frozenset({FileState.ACCEPTED, FileState.ACCEPTED_WITH_REJECTS, FileState.REJECTED})
_REACHED = frozenset({FileState.TRANSMITTED, FileState.PENDED})


@dataclass(slots=True)  # mutable -- counted while the answers are taken
class Answered:
    """What became of a report's acknowledgements."""

    taken: int = 0
    unmatched: int = 0


def take_answers(ctx: Context, originator_id: int, report_id: int, report: Report) -> Answered:
    """Take the acknowledgements of one report; what fits no file becomes a case."""
    outcome = Answered()
    answers = report.acknowledgements
    for index, name in enumerate(answers.origination_file):
        row = _file_of(ctx, originator_id, name, answers.sha256[index])
        if row is None or row.state == FileState.VOIDED:
            outcome.unmatched += 1
            open_case(
                ctx,
                CaseKind.UNMATCHED_ACKNOWLEDGEMENT,
                originator_id=originator_id,
                once=f"{name or answers.sha256[index]}|{answers.status[index]}",
                subject=public_id(Prefix.REPORT, report_id),
                sentence=f"The bank acknowledges a file {name or answers.sha256[index]} that this book never sent. "
                "Ask the bank at once.",
                owner="operator",
            )
            if row is not None and answers.status[index] != "REJECTED":
                hold_put_back(ctx, row, reason="the bank has a file that was voided")
            continue
        outcome.taken += 1
        _take(ctx, row, report, index)
    return outcome


def _file_of(ctx: Context, originator_id: int, name: str, sha256: str) -> File | None:
    """Return the one file of this hash, or of ``YYMMDDHHMMx``: creation date, time and modifier.

    Files to two banks may share date, time and modifier: without a hash that tells them apart, it is none of them.
    """
    try:
        named = and_(
            File.created_on == parse_yymmdd(name[:6]),
            File.created_hhmm == name[6:10],
            File.id_modifier == name[10:11],
        )
    except ValueError:
        named = false()
    digest = bytes.fromhex(sha256) if _HASH.fullmatch(sha256) else b""
    found = ctx.session.scalars(
        select(File).where(File.originator_id == originator_id, named | (File.sha256 == digest)).with_for_update(),
    ).all()
    same = [row for row in found if row.sha256 == digest] or found
    return same[0] if len(same) == 1 else None


def _take(ctx: Context, row: File, report: Report, index: int) -> None:
    answers = report.acknowledgements
    status = answers.status[index]
    name = public_id(Prefix.FILE, row.id)
    if answers.sha256[index] and answers.sha256[index].lower() != row.sha256.hex():
        _differs(ctx, row, f"the bank acknowledges other bytes than file {name} holds")
        return
    unproven = may_be_there(ctx, row)
    if row.state in _FINAL or not (unproven or row.state in _REACHED):
        _repeat_or_contradict(ctx, row, status)
        return
    if unproven:
        note_transmitted(ctx, row.id, evidence="the bank acknowledged it")
    match status:
        case "PENDED":
            row.state = FileState.PENDED
            ctx.fact(FactKind.PENDED, scope=Scope.FILE, subject=row.id, originator=row.originator_id)
        case "REJECTED" | "PARTIAL" if _sent_before(report, index):
            # The bank has the same from before: to put the orders back would debit their buyers twice.
            of_it = "file" if status == "REJECTED" else "parts of file"
            _differs(ctx, row, f"the bank rejects {of_it} {name} as a duplicate: it has had it before")
        case "REJECTED":
            _reject(ctx, row, reason=answers.reason[index])
        case "ACCEPTED" | "PARTIAL":
            _accept(ctx, row, report, index)
        case _:
            _differs(ctx, row, f"the bank answers {status} to file {name}, a word that is not known")
    ctx.audit("take_answer", name, status=status)


def _sent_before(report: Report, index: int) -> bool:
    """Return whether the bank rejects a file, a batch or an entry because it has the same from before."""
    batches, entries = report.batch_answers, report.entry_answers
    refused = (why for why, status in zip(batches.reason, batches.status, strict=True) if status == "REJECTED")
    return says_duplicate(report.acknowledgements.reason[index], *refused, *entries.reason, *entries.iso_reason)


def _repeat_or_contradict(ctx: Context, row: File, status: str) -> None:
    meant = {
        FileState.ACCEPTED: {"ACCEPTED", "PENDED"},
        FileState.ACCEPTED_WITH_REJECTS: {"PARTIAL", "PENDED"},
        FileState.REJECTED: {"REJECTED", "PENDED"},
    }
    if status not in meant.get(FileState(row.state), set()):
        _differs(ctx, row, f"the bank answers {status} to file {public_id(Prefix.FILE, row.id)}, which is {row.state}")
        hold_put_back(ctx, row, reason="the bank accepts what it had rejected")


def _differs(ctx: Context, row: File, sentence: str) -> None:
    open_case(
        ctx,
        CaseKind.ACKNOWLEDGEMENT_DIFFERS,
        originator_id=row.originator_id,
        once=f"{row.id}|{sentence}"[:120],
        subject=public_id(Prefix.FILE, row.id),
        sentence=f"{sentence[0].upper()}{sentence[1:]}. Ask the bank which entries it has.",
        owner="operator",
    )


def _moved(ctx: Context, row: File, batches: Sequence[Batch], single: Sequence[Entry] = ()) -> bool:
    """Return whether money of what the bank rejects has moved: a batch settled, or an entry of it came back.

    To put such orders back would debit their buyers twice.
    """
    if any(batch.settled_on is not None for batch in batches):
        return True
    chosen = Entry.batch_id.in_([batch.id for batch in batches])
    back = select(Entry.id).where(*of_file(row), chosen, Entry.ended == EntryEnd.RETURNED).limit(1)
    paid = select(Batch.id).where(Batch.id.in_([entry.batch_id for entry in single]), Batch.settled_on.is_not(None))
    return ctx.session.execute(back).first() is not None or ctx.session.execute(paid).first() is not None


def _reject(ctx: Context, row: File, *, reason: str) -> None:
    batches = _batches(ctx, row.id)
    if _moved(ctx, row, batches):
        _differs(ctx, row, f"the bank rejects file {public_id(Prefix.FILE, row.id)}, of which money has moved")
        return
    row.state = FileState.REJECTED
    ctx.session.flush()
    _unpost(ctx, row, {batch.id: (batch.merchant_id, cents_of_orders(batch)) for batch in batches})
    ctx.session.execute(update(Batch).where(Batch.file_id == row.id).values(rejected=True))
    put_back(ctx, row, end=EntryEnd.REJECTED, reason=BY_BANK, again_on=ctx.today)
    ctx.fact(FactKind.REJECTED, scope=Scope.FILE, subject=row.id, originator=row.originator_id, reason=reason)
    open_case(
        ctx,
        CaseKind.FILE_REJECTED,
        originator_id=row.originator_id,
        once=str(row.id),
        subject=public_id(Prefix.FILE, row.id),
        sentence=f"The bank rejected file {row.name}: {reason or 'no reason given'}. Its orders "
        "wait for the next night.",
        owner="operator",
    )


def _batches(ctx: Context, file_id: int) -> list[Batch]:
    return list(ctx.session.scalars(select(Batch).where(Batch.file_id == file_id)))


def _unpost(ctx: Context, row: File, amounts: dict[int, tuple[int, int]]) -> None:
    post(
        ctx,
        JournalKind.REJECTED,
        originator_id=row.originator_id,
        source_id=row.id,
        on=ctx.today,
        amounts={(batch_id, merchant_id): cents for batch_id, (merchant_id, cents) in amounts.items()},
    )


def _accept(ctx: Context, row: File, report: Report, index: int) -> None:
    """Accept a file but for the batches and entries the answer names; both sides must add up to what was sealed."""
    answers, name = report.acknowledgements, public_id(Prefix.FILE, row.id)
    batches = {batch.number: batch for batch in _batches(ctx, row.id)}
    refused = [
        batches[number]
        for number, status in zip(report.batch_answers.batch_number, report.batch_answers.status, strict=True)
        if status == "REJECTED" and number in batches
    ]
    single = _refused_entries(ctx, row, report, {batch.id for batch in refused})
    count = sum(batch.entries for batch in refused) + len(single)
    cents = sum(batch.debit_cents for batch in refused) + sum(
        entry.amount_cents for entry in single if entry.kind not in CREDITING
    )
    told = (answers.accepted_entries[index] + answers.rejected_entries[index],
            answers.accepted_cents[index] + answers.rejected_cents[index])  # fmt: skip
    if told != (row.entries, row.debit_cents) or (count, cents) != (
        answers.rejected_entries[index],
        answers.rejected_cents[index],
    ):
        _differs(
            ctx,
            row,
            f"the bank's counts for file {name} do not add up to the {row.entries} entries over "
            f"{format_minor(row.debit_cents)} USD that were sealed",
        )
        return
    if count and _moved(ctx, row, refused, single):
        _differs(ctx, row, f"the bank rejects parts of file {name} of which money has moved")
        return
    row.state = FileState.ACCEPTED_WITH_REJECTS if count else FileState.ACCEPTED
    ctx.session.flush()
    if count:
        _put_back_refused(ctx, row, refused, single)
    ctx.fact(
        FactKind.ACCEPTED, scope=Scope.FILE, subject=row.id, originator=row.originator_id, rejected=count,
    )  # fmt: skip


def _refused_entries(ctx: Context, row: File, report: Report, refused_batches: set[int]) -> list[Entry]:
    """Return the entries that are refused one by one: by trace, or by our reference and amount where none is told."""
    answers = report.entry_answers
    refused = [index for index, status in enumerate(answers.status) if status == "REJECTED"]
    traces = {answers.trace[index] for index in refused if answers.trace[index]}
    named = {
        (key, answers.amount_cents[index])
        for index in refused
        if not answers.trace[index] and (key := order_key(answers.identification[index])) is not None
    }
    orders = {key for key, _ in named}
    found = ctx.session.scalars(
        select(Entry).where(
            Entry.file_id == row.id, Entry.trace.in_(traces) | Entry.order_id.in_(orders), Entry.ended.is_(None)
        ),
    )
    return [
        entry
        for entry in found
        if entry.batch_id not in refused_batches
        and (entry.trace in traces or {(entry.order_id, entry.amount_cents), (entry.order_id, 0)} & named)
    ]


def _put_back_refused(ctx: Context, row: File, refused: list[Batch], single: list[Entry]) -> None:
    amounts = {batch.id: (batch.merchant_id, cents_of_orders(batch)) for batch in refused}
    for entry in (entry for entry in single if entry.order_id is not None and entry.kind not in CREDITING):
        merchant_id, cents = amounts.get(entry.batch_id, (_merchant_of(ctx, entry.batch_id), 0))
        amounts[entry.batch_id] = (merchant_id, cents + entry.amount_cents)
    _unpost(ctx, row, amounts)
    batch_ids, entry_ids = [batch.id for batch in refused], [entry.id for entry in single]
    ctx.session.execute(update(Batch).where(Batch.id.in_(batch_ids)).values(rejected=True))
    if batch_ids:
        put_back(
            ctx, row, end=EntryEnd.REJECTED, reason=BY_BANK, again_on=ctx.today, batch_ids=batch_ids,
        )  # fmt: skip
    if entry_ids:
        order_ids = [entry.order_id for entry in single if entry.presentation is not None]
        put_back(
            ctx, row, end=EntryEnd.REJECTED, reason=BY_BANK, again_on=ctx.today, entry_ids=entry_ids,
        )  # fmt: skip
        # An entry refused by itself would be refused again: a person mends it and lets the order go.
        ctx.session.execute(
            update(Order)
            .where(Order.id.in_(order_ids), Order.held.is_(False))
            .values(held=True)
            .execution_options(synchronize_session=False),
        )
    for batch in refused:
        ctx.fact(FactKind.REJECTED, scope=Scope.BATCH, subject=batch.id, originator=row.originator_id)
    for entry in single:
        ctx.fact(FactKind.REJECTED, scope=Scope.ENTRY, subject=entry.id, originator=row.originator_id)
    open_case(
        ctx,
        CaseKind.FILE_REJECTED,
        originator_id=row.originator_id,
        once=str(row.id),
        subject=public_id(Prefix.FILE, row.id),
        sentence=f"The bank rejected {len(refused)} batch(es) and {len(single)} single entries of file {row.name}. The "
        "batches' orders wait for the next night, those of single entries are held.",
        owner="operator",
    )


def _merchant_of(ctx: Context, batch_id: int) -> int:
    return ctx.session.execute(select(Batch.merchant_id).where(Batch.id == batch_id)).scalar_one()
