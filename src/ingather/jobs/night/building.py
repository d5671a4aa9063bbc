"""Building a file: written, read back by our reader and compared field for field, then read by a second reader."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingather.actions.files.sealing import NewBatches, NewEntries, NewFile
from ingather.base.columns import Bytes2D, text_column
from ingather.base.ids import KEY_WIDTH, encode_keys
from ingather.domain.entries import EntryKind
from ingather.domain.refusals import SecondReaderDisagrees
from ingather.jobs.night.numbering import Numbers, odfi_of
from ingather.jobs.night.planning import PlannedFile
from ingather.jobs.night.second_reader import second_reading_differs
from ingather.nacha.dialect import Dialect
from ingather.nacha.plan import Batches, Entries, FileHead, FilePlan
from ingather.nacha.reader import read
from ingather.nacha.reading import Tolerances
from ingather.nacha.transaction_codes import DEBIT
from ingather.nacha.writer import Written, write
from ingather.rules.banks import BankProfile
from ingather.rules.entry_class import PAYMENT_TYPES, SEC_CODES, Description, description_words
from ingather.rules.rest_on import rules_of_debits
from ingather.rules.single_use import single_authorizations
from ingather.store.allocation import modifier_of
from ingather.store.rested_on import version_sum

_IDENTIFICATION = 15
_DEBITS_ONLY = 225
_TRACE_BASE = 10_000_000
NOT_READ_TWICE = "not_read"
AGREES = "agrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A file built, read back and agreed upon: its plan, its bytes and what the second reader said."""

    plan: FilePlan
    written: Written = field(repr=False)
    second_reader: str


def head_of(profile: BankProfile, now: datetime, numbers: Numbers) -> FileHead:
    """Return record 1 of a file made at an instant, in the bank's own time."""
    local = now.astimezone(profile.zone)
    return FileHead(
        destination=profile.destination,
        origin=profile.origin,
        created_on=local.date(),
        created_at=local.time().replace(second=0, microsecond=0),
        id_modifier=modifier_of(numbers.modifier_number, day=local.date().isoformat()),
        destination_name=profile.destination_name,
        origin_name=profile.origin_name,
    )


def build(planned: PlannedFile, head: FileHead, numbers: Numbers) -> Built:
    """Write a file and read it back; raises ``FormatRefused`` or ``SecondReaderDisagrees`` and then keeps nothing."""
    return build_plan(_plan(planned, head, numbers), planned.route.profile)


def build_plan(plan: FilePlan, profile: BankProfile) -> Built:
    """Write any plan as a bank wants it and read it back; raises as ``build`` does."""
    dialect = profile.dialect
    if dialect.upper_case:
        plan = in_capitals(plan)
    written = write(plan, dialect=dialect)
    _read_back(plan, written, dialect)
    if len(plan.entries) > profile.second_reader_up_to:
        return Built(plan=plan, written=written, second_reader=NOT_READ_TWICE)
    if difference := second_reading_differs(plan, written.data):
        fact = f"the second reader does not read what was meant: {difference}"
        raise SecondReaderDisagrees(fact)
    return Built(plan=plan, written=written, second_reader=AGREES)


def _plan(planned: PlannedFile, head: FileHead, numbers: Numbers) -> FilePlan:
    profile, page, rows = planned.route.profile, planned.page, planned.rows
    merchants, odfi = page.merchants, odfi_of(profile)
    owner = page.merchant[rows[planned.batch_row]].tolist()
    descriptions = [
        description_words(merchants.entry_description[merchant])[code]
        for merchant, code in zip(owner, planned.description[planned.batch_row].tolist(), strict=True)
    ]
    count = len(owner)
    batches = Batches(
        service_class=[_DEBITS_ONLY] * count,
        company_name=[merchants.company_name[merchant] for merchant in owner],
        company_discretionary=[""] * count,
        company_identification=[merchants.company_identification[merchant] for merchant in owner],
        standard_entry_class=[SEC_CODES[code] for code in planned.sec[planned.batch_row].tolist()],
        entry_description=descriptions,
        descriptive_date=[""] * count,
        effective_on=[planned.effective_on] * count,
        originating_dfi=[odfi] * count,
        batch_number=list(range(1, count + 1)),
    )
    entries = Entries(
        batch=planned.batch,
        transaction_code=planned.transaction_code,
        routing=page.routing[rows],
        account=planned.account,
        amount_cents=page.due.amount_minor[rows],
        identification=_references(page.due.order_id[rows]),
        name=page.receiver_name[rows],
        discretionary=text_column(PAYMENT_TYPES, 2)[planned.payment_type],
        trace=int(odfi) * _TRACE_BASE + numbers.first_trace + np.arange(len(rows), dtype=np.int64),
    )
    return FilePlan(head=head, batches=batches, entries=entries)


def in_capitals(plan: FilePlan) -> FilePlan:
    """Return the plan as it will be written in capitals, so that what is read back is what was meant."""
    head, batches, entries = plan.head, plan.batches, plan.entries
    texts = ("company_name", "company_identification", "entry_description")
    capitals = {name: [text.upper() for text in getattr(batches, name)] for name in texts}
    names = np.char.upper(entries.name.view(f"S{entries.name.shape[1]}"))
    return replace(
        plan,
        head=replace(head, destination_name=head.destination_name.upper(), origin_name=head.origin_name.upper()),
        batches=replace(batches, **capitals),
        entries=replace(entries, name=names.view(np.uint8).reshape(entries.name.shape)),
    )


def _references(order_ids: NDArray[np.int64]) -> Bytes2D:
    """Return our references, columns 40 to 54: the order's id in base32, which names it for ever."""
    column = np.full((len(order_ids), _IDENTIFICATION), ord(" "), np.uint8)
    column[:, :KEY_WIDTH] = encode_keys(order_ids)
    return column


def _read_back(plan: FilePlan, written: Written, dialect: Dialect) -> None:
    """Raise ``SecondReaderDisagrees`` unless our own reader finds no error and every field as it was meant.

    A file without fill is an error to everybody but the bank that wants it so.
    """
    unfilled = frozenset() if dialect.pad_to_block else frozenset({"blocking"})
    reading, meant = read(written.data, tolerances=Tolerances(name="written", tolerated=unfilled)), plan.entries
    found = reading.entries
    errors = [problem for problem in reading.problems if problem.severity == "error"]
    if errors:
        fact = f"our reader finds errors in what was written: {errors[0].message}"
        raise SecondReaderDisagrees(fact)
    pairs: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "batch": (found.batch, meant.batch),
        "transaction code": (found.transaction_code, meant.transaction_code),
        "routing number": (found.routing, meant.routing),
        "account": (found.account, meant.account),
        "amount": (found.amount_cents, meant.amount_cents),
        "identification": (found.identification, meant.identification),
        "name": (found.name, meant.name),
        "discretionary data": (found.discretionary, meant.discretionary),
        "trace": (found.trace, meant.trace),
        "line": (found.line, written.entry_lines),
    }
    for name, (left, right) in pairs.items():
        if left.shape != right.shape or not bool((left == right).all()):
            fact = f"the {name} column reads differently from what was meant"
            raise SecondReaderDisagrees(fact)
    debits = DEBIT[meant.transaction_code]
    totals = int(meant.amount_cents[debits].sum()), int(meant.amount_cents[~debits].sum()), len(meant)
    if (reading.debit_cents, reading.credit_cents, reading.entry_count) != totals:
        fact = "the totals read differently from what was meant"
        raise SecondReaderDisagrees(fact)


def to_seal(
    planned: PlannedFile,
    built: Built,
    *,
    numbers: Numbers,
    originator_id: int,
    originator: str,
    night_on: date,
) -> NewFile:
    """Return what is sealed: rows in order-id order, which is how they are inserted and found fastest."""
    page, rows, written = planned.page, planned.rows, built.written
    batches, head = built.plan.batches, built.plan.head
    owner = page.merchant[rows[planned.batch_row]]
    return NewFile(
        originator_id=originator_id,
        route_id=planned.route.row.id,
        name=planned.route.profile.name_file(
            originator=originator,
            created_on=head.created_on,
            created_at=head.created_at,
            modifier=head.id_modifier,
            window="same-day" if planned.same_day else "",
        ),
        head=head,
        effective_on=planned.effective_on,
        night_on=night_on,
        odfi=odfi_of(planned.route.profile),
        first_trace=numbers.first_trace,
        modifier_number=numbers.modifier_number,
        numbers_taken=numbers.taken,
        sha256=hashlib.sha256(written.data).digest(),
        content=written.data,
        second_reader=built.second_reader,
        rule_rows=rules_of_debits(
            page.due,
            rows,
            effective_on=planned.effective_on,
            words=batches.entry_description,
            same_day=planned.same_day,
        ),
        batches=NewBatches(
            merchant_id=page.merchants.id[owner].tolist(),
            entry_class=batches.standard_entry_class,
            company_name=batches.company_name,
            company_identification=batches.company_identification,
            entry_description=batches.entry_description,
            entries=written.batch_entries.tolist(),
            debit_cents=written.batch_debit_cents.tolist(),
        ),
        entries=_entries_to_seal(planned, built),
    )


def _entries_to_seal(planned: PlannedFile, built: Built) -> NewEntries:
    page, entries = planned.page, built.plan.entries
    by_order = np.argsort(page.due.order_id[planned.rows], kind="stable")
    mine = planned.rows[by_order]
    authorization_ids, account_ids = page.due.authorization_id[mine], page.account_id[mine]
    kinds = np.where(
        planned.description[by_order] == Description.RETRY,
        str(EntryKind.RETRY),
        np.where(page.due.corrected[mine], str(EntryKind.CORRECTED), str(EntryKind.DEBIT)),
    )
    return NewEntries(
        order_id=page.due.order_id[mine],
        order_version=page.version[mine],
        batch=planned.batch[by_order],
        kind=kinds.tolist(),
        presentation=page.due.presentations[mine] + 1,
        line=built.written.entry_lines[by_order],
        trace=entries.trace[by_order],
        amount_cents=entries.amount_cents[by_order],
        bucket=page.bucket[mine],
        terms_version=version_sum(authorization_ids, page.authorization_version[mine])
        + version_sum(account_ids, page.account_version[mine]),
        terms_change=page.terms_change,
        authorization_ids=authorization_ids,
        account_ids=account_ids,
        single=bool(len(single_authorizations(page.due, mine))),
    )
