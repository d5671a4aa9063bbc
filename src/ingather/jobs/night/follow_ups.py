"""The night's reversals, refunds and return fees: a file of its own for each kind and route, sealed like every other.

A reversal and a fee are drawn from the bytes of the debit as it was sent; a refund and a fee go to the account of
today. Company name, identification, class and amount of a reversal are those of its debit, because the Rules and the
receiver's bank compare them; the order's reference stands in all of them as it did in the debit.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, assert_never

import numpy as np
from sqlalchemy import select

from ingather.actions.files.sealing import NewBatches, NewEntries, NewFile
from ingather.actions.follow_ups.overtaken import withdraw_overtaken
from ingather.actions.follow_ups.sealing import NewFollowUps, seal_follow_up_file
from ingather.base.columns import Bytes2D, Int64
from ingather.base.ids import Prefix, encode_keys, public_id
from ingather.domain.accounts import AccountKind
from ingather.domain.follow_ups import FollowUpKind
from ingather.domain.refusals import LostClaim, SecondReaderDisagrees
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.night.building import Built, build_plan, head_of
from ingather.jobs.night.numbering import Numbers, look_at_numbers, name_in_files, odfi_of
from ingather.nacha.forms.again import return_fee_of, reversal_of
from ingather.nacha.plan import DISCRETIONARY_WIDTH, IDENTIFICATION_WIDTH, Batches, Entries, FilePlan
from ingather.nacha.plan_parts import CREDITS_ONLY, DEBITS_ONLY
from ingather.nacha.reader import read
from ingather.rules.effective import effective_date
from ingather.rules.limits import divide_into_files
from ingather.rules.refunds import refund_class
from ingather.store.tables import FileChunk, Originator
from ingather.store.wanted_follow_ups import (
    Tonight,
    WantedFollowUps,
    count_waiting_follow_ups,
    read_wanted_follow_ups,
)
from ingather.vault.sealing import Place

PAGE = 30_000
_ATTEMPTS = 5
_TRACE_BASE = 10_000_000
_DEBIT = {AccountKind.CHECKING: 27, AccountKind.SAVINGS: 37}
_COLUMNS = tuple(name for name in Entries.__dataclass_fields__ if name not in {"addenda", "offset", "announced"})
_CREDIT = {AccountKind.CHECKING: 22, AccountKind.SAVINGS: 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What batches of follow-ups differ by."""

    merchant_id: int
    company_name: str
    company_identification: str
    entry_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The follow-ups of one file: ``rows`` index into the page in file order, ``batch`` ``(k,)`` into the headers."""

    route: BankRoute
    kind: FollowUpKind
    effective_on: date
    page: WantedFollowUps
    rows: Int64
    batch: Int64
    headers: tuple[_Header, ...]


@dataclass(slots=True)  # mutable -- filled in while files are sealed
class SealedFollowUps:
    """The public ids of the files that were sealed, and how many follow-ups are in them."""

    files: list[str] = field(default_factory=list)
    count: int = 0


def seal_follow_ups(desk: Desk, *, night_on: date, dry_run: bool) -> SealedFollowUps:
    """Seal what is wanted, each by the route of its debit; reversals first, whose days are few.

    With ``dry_run`` the files are built and read back, and nothing is kept. Raises ``LostClaim`` when somebody changes
    what they rest on again and again.
    """
    sealed = SealedFollowUps()
    with desk.view() as ctx:
        originator = ctx.session.execute(select(Originator.id, Originator.name)).one()
        if not count_waiting_follow_ups(ctx.session, originator.id):
            return sealed
    if not dry_run:
        with desk.action() as ctx:
            withdraw_overtaken(ctx, originator.id)
    for kind in FollowUpKind:
        for route in desk.routes():
            for attempt in range(_ATTEMPTS):
                try:
                    # Page by page: a whole file that is reversed may hold more than one.
                    while _seal_by(desk, route, kind, sealed, (originator.id, originator.name), night_on, dry_run):
                        pass
                except LostClaim:
                    if attempt == _ATTEMPTS - 1:
                        raise
                    continue
                break
    return sealed


def _seal_by(
    desk: Desk,
    route: BankRoute,
    kind: FollowUpKind,
    sealed: SealedFollowUps,
    originator: tuple[int, str],
    night_on: date,
    dry_run: bool,  # noqa: FBT001 -- a night's own word, passed on
) -> bool:
    """Seal a page of wanted follow-ups of one kind whose debits went by a route; returns whether there may be more."""
    before = sealed.count
    effective_on = effective_date(desk.clock(), route.profile.window)
    tonight = Tonight(
        night_on=night_on,
        effective_on=effective_on,
        now=desk.clock(),
        screening_required=desk.policy().screening.required,
    )
    with desk.view() as ctx:
        page = read_wanted_follow_ups(
            ctx.session, originator_id=originator[0], route_id=route.row.id, kind=kind, tonight=tonight, limit=PAGE
        )
    for chosen in _choose(page, route, kind, effective_on):
        with desk.view() as ctx:
            numbers = look_at_numbers(ctx, route, desk, count=len(chosen.rows))
        built = build_plan(_plan(desk, chosen, numbers), route.profile)
        if not dry_run:
            new, claims = _to_seal(chosen, built, numbers, originator=originator, night_on=night_on)
            with desk.action() as ctx:
                sealed.files.append(public_id(Prefix.FILE, seal_follow_up_file(ctx, new, claims)))
            desk.tell("sealed", name=new.name, entries=len(new.entries.order_id))
        sealed.count += len(chosen.rows)
    return sealed.count > before and not dry_run


def _choose(page: WantedFollowUps, route: BankRoute, kind: FollowUpKind, effective_on: date) -> Iterator[_Chosen]:
    """Yield the follow-ups that a route takes, file by file, in batches by merchant, company and SEC code."""
    headers = [_header(page, row, kind, effective_on) for row in range(len(page))]
    known = {header: number for number, header in enumerate(sorted(set(headers), key=_in_order))}
    names = route.profile.company_names
    taken = [row for row, header in enumerate(headers) if header.company_name in names]
    keys = np.array([known[headers[row]] for row in taken], np.int64)
    order = np.lexsort((page.order_id[taken], keys))
    rows, keys = np.array(taken, np.int64)[order], keys[order]
    limits = route.profile.file_limits
    if kind is not FollowUpKind.RETURN_FEE:
        limits = replace(limits, debit_cents=0, batch_debit_cents=0)
    if not len(rows):
        return
    division = divide_into_files(keys, page.amount_cents[rows], limits)
    for number in range(int(division.file[-1]) + 1):
        inside = division.file == number
        batch = division.batch[inside]
        first = np.flatnonzero(np.append(np.ones(1, np.bool_), batch[1:] != batch[:-1]))
        yield _Chosen(
            route=route,
            kind=kind,
            effective_on=effective_on,
            page=page,
            rows=rows[inside],
            batch=batch - batch[0],
            headers=tuple(headers[row] for row in rows[inside][first].tolist()),
        )


def _in_order(header: _Header) -> tuple[int, str, str, str]:
    return header.merchant_id, header.entry_class, header.company_name, header.company_identification


def _header(page: WantedFollowUps, row: int, kind: FollowUpKind, effective_on: date) -> _Header:
    """Return the batch of a follow-up: that of its debit, for a refund one of the account's holder and of today."""
    refund = kind is FollowUpKind.REFUND
    return _Header(
        merchant_id=int(page.merchant_id[row]),
        company_name=(page.merchant_name if refund else page.company_name)[row],
        company_identification=(page.merchant_identification if refund else page.company_identification)[row],
        entry_class=refund_class(page.holder[row], effective_on)[0] if refund else page.entry_class[row],
    )


def _plan(desk: Desk, chosen: _Chosen, numbers: Numbers) -> FilePlan:
    """Return the plan of a file, whose first trace number is that of ``numbers``."""
    profile, count = chosen.route.profile, len(chosen.rows)
    head = head_of(profile, desk.clock(), numbers)
    traces = int(odfi_of(profile)) * _TRACE_BASE + numbers.first_trace + np.arange(count, dtype=np.int64)
    every = np.arange(count)
    match chosen.kind:
        case FollowUpKind.REVERSAL:
            sent = FilePlan(head=head, batches=_batches(chosen), entries=_as_sent(desk, chosen))
            return reversal_of(sent, every, head=head, effective_on=chosen.effective_on, traces=traces)
        case FollowUpKind.RETURN_FEE:
            entries = _as_of_today(desk, chosen, _as_sent(desk, chosen), codes=_DEBIT)
            return return_fee_of(
                FilePlan(head=head, batches=_batches(chosen), entries=entries),
                every,
                head=head,
                effective_on=chosen.effective_on,
                traces=traces,
                amount_cents=chosen.page.amount_cents[chosen.rows],
            )
        case FollowUpKind.REFUND:
            entries = _as_of_today(desk, chosen, _blank(chosen, traces), codes=_CREDIT)
            words = desk.policy().refunds.description
            return FilePlan(head=head, batches=_batches(chosen, CREDITS_ONLY, words), entries=entries)
    assert_never(chosen.kind)


def _batches(chosen: _Chosen, service: int = DEBITS_ONLY, words: str = "") -> Batches:
    count, headers = len(chosen.headers), chosen.headers
    return Batches(
        service_class=[service] * count,
        company_name=[header.company_name for header in headers],
        company_discretionary=[""] * count,
        company_identification=[header.company_identification for header in headers],
        standard_entry_class=[header.entry_class for header in headers],
        entry_description=[words] * count,
        descriptive_date=[""] * count,
        effective_on=[chosen.effective_on] * count,
        originating_dfi=[odfi_of(chosen.route.profile)] * count,
        batch_number=list(range(1, count + 1)),
    )


def _as_sent(desk: Desk, chosen: _Chosen) -> Entries:
    """Return the debits as they stand in the files that were sealed, in the order of the new file.

    Raises ``SecondReaderDisagrees`` when what was sealed is not what the book says of them.
    """
    page, rows = chosen.page, chosen.rows
    parts: list[tuple[Int64, Entries]] = []
    for file_id in np.unique(page.original_file_id[rows]).tolist():
        places = np.flatnonzero(page.original_file_id[rows] == file_id)
        found = read(_content(desk, file_id)).entries
        at = np.searchsorted(found.line, page.original_line[rows[places]])
        parts.append(
            (
                places,
                Entries(
                    batch=chosen.batch[places],
                    transaction_code=found.transaction_code[at],
                    routing=found.routing[at],
                    account=found.account[at],
                    amount_cents=found.amount_cents[at],
                    identification=found.identification[at],
                    name=found.name[at],
                    discretionary=found.discretionary[at],
                    trace=found.trace[at],
                ),
            )
        )
    order = np.argsort(np.concatenate([places for places, _ in parts]))
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for _, part in parts])[order] for name in _COLUMNS
    }
    sent = replace(parts[0][1], **columns)
    meant = _references(page.order_id[rows])
    if not (sent.amount_cents == page.original_cents[rows]).all() or not (sent.identification == meant).all():
        fact = "the debits in the sealed files are not those of the book"
        raise SecondReaderDisagrees(fact)
    return sent


def _content(desk: Desk, file_id: int) -> bytes:
    with desk.view() as ctx:
        chunks = ctx.session.scalars(
            select(FileChunk.content).where(FileChunk.file_id == file_id).order_by(FileChunk.part),
        ).all()
    return desk.vault.open_chunks(Place.FILE_BYTES, file_id, chunks)


def _blank(chosen: _Chosen, traces: Int64) -> Entries:
    """Return the entries of refunds, but for their accounts."""
    page, rows = chosen.page, chosen.rows
    return Entries(
        batch=chosen.batch,
        transaction_code=np.zeros(len(rows), np.int64),
        routing=page.routing[rows],
        account=np.zeros((len(rows), 0), np.uint8),
        amount_cents=page.amount_cents[rows],
        identification=_references(page.order_id[rows]),
        name=page.receiver_name[rows],
        discretionary=np.full((len(rows), DISCRETIONARY_WIDTH), ord(" "), np.uint8),
        trace=traces,
    )


def _as_of_today(desk: Desk, chosen: _Chosen, entries: Entries, *, codes: dict[AccountKind, int]) -> Entries:
    """Return the entries with the accounts as they are today: what a bank corrected since is used."""
    page, rows = chosen.page, chosen.rows.tolist()
    return replace(
        entries,
        transaction_code=np.array([codes[AccountKind(page.account_kind[row])] for row in rows], np.int64),
        routing=page.routing[chosen.rows],
        account=desk.vault.open_many(
            [page.account_id[row] for row in rows],
            [page.sealed_number[row] for row in rows],
        ),
    )


def _references(order_ids: Int64) -> Bytes2D:
    """Return columns 40 to 54 as the debits have them: the order's key."""
    keys = encode_keys(order_ids)
    column = np.full((len(keys), IDENTIFICATION_WIDTH), ord(" "), np.uint8)
    column[:, : keys.shape[1]] = keys
    return column


def _to_seal(
    chosen: _Chosen, built: Built, numbers: Numbers, *, originator: tuple[int, str], night_on: date
) -> tuple[NewFile, NewFollowUps]:
    page, rows, written, route = chosen.page, chosen.rows, built.written, chosen.route
    batches, entries, head = built.plan.batches, built.plan.entries, built.plan.head
    wrong_way = written.batch_credit_cents if chosen.kind is FollowUpKind.RETURN_FEE else written.batch_debit_cents
    if wrong_way.any():
        fact = f"a file of each {chosen.kind.replace('_', ' ')} moves money the wrong way"
        raise SecondReaderDisagrees(fact)
    # Entries lie in the order of their orders' ids, as in every file.
    by_order = np.argsort(page.order_id[rows], kind="stable")
    mine = rows[by_order]
    new = NewFile(
        originator_id=originator[0],
        route_id=route.row.id,
        name=route.profile.name_file(
            originator=name_in_files(originator[1]),
            created_on=head.created_on,
            created_at=head.created_at,
            modifier=head.id_modifier,
        ),
        head=head,
        effective_on=chosen.effective_on,
        night_on=night_on,
        odfi=odfi_of(route.profile),
        first_trace=numbers.first_trace,
        modifier_number=numbers.modifier_number,
        sha256=hashlib.sha256(written.data).digest(),
        content=written.data,
        second_reader=built.second_reader,
        batches=NewBatches(
            merchant_id=[header.merchant_id for header in chosen.headers],
            entry_class=batches.standard_entry_class,
            company_name=batches.company_name,
            company_identification=batches.company_identification,
            entry_description=batches.entry_description,
            entries=written.batch_entries.tolist(),
            debit_cents=written.batch_debit_cents.tolist(),
            credit_cents=written.batch_credit_cents.tolist(),
            service_class=batches.service_class,
        ),
        entries=NewEntries(
            order_id=page.order_id[mine].tolist(),
            order_version=page.version[mine].tolist(),
            batch=entries.batch[by_order].tolist(),
            kind=[str(chosen.kind)] * len(mine),
            presentation=[None] * len(mine),
            line=written.entry_lines[by_order].tolist(),
            trace=entries.trace[by_order].tolist(),
            amount_cents=entries.amount_cents[by_order].tolist(),
            bucket=page.bucket[mine].tolist(),
            terms_version=int(page.terms_version[mine].sum()),
            original_entry_id=page.original_entry_id[mine].tolist(),
        ),
    )
    claims = NewFollowUps(
        follow_up_id=page.follow_up_id[mine].tolist(), terms_version=int(page.terms_version[mine].sum())
    )
    return new, claims
