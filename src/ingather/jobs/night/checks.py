"""The night's prenotes and micro-entries: wanted checks become files of their own, sealed like every other.

A check goes out as the later debit will: same SEC code, company name, account and receiver; only micro-entries take
another code where that of the debits carries no credits of ours. Their amounts are drawn here, once they are needed,
and stand nowhere but in the book and in the file.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import select

from ingather.actions.files.sealing import NewBatches, NewEntries, NewFile
from ingather.actions.validating.passing import pass_checks
from ingather.actions.validating.sealing import NewChecks, seal_check_file
from ingather.actions.validating.wanting import want_for_waiting
from ingather.base.columns import Bytes2D, Int64, text_column
from ingather.base.ids import Prefix, encode_keys, public_id
from ingather.domain.accounts import ValidationMethod
from ingather.domain.entries import EntryKind
from ingather.domain.refusals import LostClaim
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.night.building import Built, build_plan, head_of
from ingather.jobs.night.numbering import Numbers, look_at_numbers, name_in_files, odfi_of
from ingather.nacha.forms.validating import micro_entries, prenotes_of
from ingather.nacha.plan import IDENTIFICATION_WIDTH, Batches, Entries, FilePlan
from ingather.rules.effective import effective_date
from ingather.rules.entry_class import ORIGINATED, PAYMENT_TYPES, SEC_CODES, Codes, choose
from ingather.rules.validation import MICRO_CREDITS, MOST_MICRO_CENTS, micro_forms
from ingather.rules.vocabulary import AccountKind
from ingather.store.tables import Originator
from ingather.store.wanted_checks import WantedChecks, count_wanted, read_wanted

PAGE = 30_000
_ATTEMPTS = 5
_TRACE_BASE = 10_000_000
_CHECKING, _SAVINGS = 27, 37
_DEBITS_ONLY = 225
_MARKS = "ABC"
_CREDITS = (EntryKind.MICRO_CREDIT,) * MICRO_CREDITS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What a check consists of: its method, and the kinds of its entries in the order of the file."""

    method: ValidationMethod
    kinds: tuple[EntryKind, ...]

    @property
    def takes_back(self) -> bool:
        """Return whether a debit takes the cents back."""
        return EntryKind.MICRO_DEBIT in self.kinds


_FORMS = (
    _Form(method=ValidationMethod.PRENOTE, kinds=(EntryKind.PRENOTE,)),
    _Form(method=ValidationMethod.MICRO_ENTRIES, kinds=(*_CREDITS, EntryKind.MICRO_DEBIT)),
    _Form(method=ValidationMethod.MICRO_ENTRIES, kinds=_CREDITS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The checks of one file: ``rows`` index into the page in file order, ``batch`` ``(k,)`` counts from 0.

    ``sec`` indexes ``SEC_CODES``: it is the class of the page's checks, which for micro-entries may be another one than
    that of the later debits; ``payment_type`` is blank then.
    """

    route: BankRoute
    effective_on: date
    form: _Form
    page: WantedChecks
    sec: Codes
    payment_type: Codes
    rows: Int64
    batch: Int64


def end_silent_checks(desk: Desk) -> int:
    """Validate the accounts whose prenotes have been answered by silence long enough; returns how many."""
    originator_id = desk.originator_id()
    with desk.action() as ctx:
        return pass_checks(ctx, originator_id)


def _want_automatic(desk: Desk, routes: list[BankRoute]) -> None:
    """Want what the house's policy sends by itself to accounts whose due orders wait for validation."""
    automatic = desk.policy().validation.automatic
    if automatic == "none" or not routes:
        return
    through = max(effective_date(desk.clock(), route.profile.window) for route in routes)
    originator_id, method = desk.originator_id(), ValidationMethod(automatic)
    with desk.action() as ctx:
        want_for_waiting(ctx, originator_id, method=method, through=through)


def seal_checks(desk: Desk, *, night_on: date, dry_run: bool) -> tuple[list[str], int]:
    """Seal the wanted checks, a file per route and form; returns the files' public ids and how many accounts.

    By policy the accounts that due orders wait for are among them. With ``dry_run`` the files are built and read back,
    and nothing is kept. Raises ``LostClaim`` when somebody changes their accounts again and again.
    """
    sealed: list[str] = []
    checks, routes = 0, desk.routes()
    if not dry_run:
        _want_automatic(desk, routes)
    originator_id = desk.originator_id()
    with desk.view() as ctx:
        if not count_wanted(ctx.session, originator_id):
            return [], 0
    for route in routes:
        for form in _FORMS:
            for attempt in range(_ATTEMPTS):
                try:
                    names, count = _seal_by(desk, route, form, night_on=night_on, dry_run=dry_run)
                except LostClaim:
                    if attempt == _ATTEMPTS - 1:
                        raise
                    continue
                sealed += names
                checks += count
                break
    return sealed, checks


def _seal_by(desk: Desk, route: BankRoute, form: _Form, *, night_on: date, dry_run: bool) -> tuple[list[str], int]:
    """Seal the wanted checks of one form that a route takes."""
    effective_on = effective_date(desk.clock(), route.profile.window)
    row, sealed, checks = route.row, [], 0
    if effective_on < row.valid_from or (row.valid_to is not None and effective_on > row.valid_to):
        return [], 0
    with desk.view() as ctx:
        originator = ctx.session.execute(select(Originator.id, Originator.name)).one()
        page = read_wanted(
            ctx.session,
            originator_id=originator.id,
            effective_on=effective_on,
            screening_required=desk.policy().screening.required,
            limit=PAGE,
        )
    for chosen in _choose(page, route, effective_on, form):
        with desk.view() as ctx:
            numbers = look_at_numbers(ctx, route, desk, count=len(chosen.rows) * len(form.kinds))
        built = _build(desk, chosen, numbers)
        if not dry_run:
            new, claims = _to_seal(chosen, built, numbers, originator_id=originator.id, originator=originator.name,
                                   night_on=night_on)  # fmt: skip
            with desk.action() as ctx:
                sealed.append(public_id(Prefix.FILE, seal_check_file(ctx, new, claims)))
            desk.tell("sealed", name=new.name, entries=len(new.entries.order_id))
        checks += len(chosen.rows)
    return sealed, checks


def _choose(page: WantedChecks, route: BankRoute, effective_on: date, form: _Form) -> Iterator[_Chosen]:
    """Yield the checks that a route takes, file by file, in batches by merchant and SEC code."""
    none = np.zeros(len(page), np.bool_)
    classes = choose(
        holder=page.holder,
        channel=page.channel,
        goods=none,
        authorization_kind=page.authorization_kind,
        retry=none,
        effective_on=effective_on,
    )
    taken = np.array([word == form.method for word in page.method], np.bool_)
    taken &= np.array([name in route.profile.company_names for name in page.company_name], np.bool_)
    sec = classes.sec
    if form.method is ValidationMethod.MICRO_ENTRIES:
        micro = micro_forms(effective_on)
        carried = [SEC_CODES.index(micro[code].sec) if code in micro else 0 for code in SEC_CODES]
        sec = np.array(carried, np.int8)[classes.sec]
        taken &= np.array([code in micro and micro[code].takes_back == form.takes_back for code in SEC_CODES])[
            classes.sec
        ]
    taken &= np.isin(sec, [SEC_CODES.index(code) for code in route.row.entry_classes if code in ORIGINATED])
    rows = np.flatnonzero(taken)
    key = page.merchant_id * len(SEC_CODES) + sec
    rows = rows[np.argsort(key[rows], kind="stable")]
    limits, each = route.profile.file_limits, len(form.kinds)
    most = max(min(limits.entries, limits.batch_entries or limits.entries) // each, 1)
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        _, batch = np.unique(key[part], return_inverse=True)
        yield _Chosen(
            route=route,
            effective_on=effective_on,
            form=form,
            page=page,
            sec=sec,
            payment_type=np.where(sec == classes.sec, classes.payment_type, 0).astype(np.int8),
            rows=part,
            batch=batch.astype(np.int64),
        )


def _build(desk: Desk, chosen: _Chosen, numbers: Numbers) -> Built:
    profile = chosen.route.profile
    head = head_of(profile, desk.clock(), numbers)
    kinds = chosen.form.kinds
    count = len(chosen.rows) * len(kinds)
    traces = int(odfi_of(profile)) * _TRACE_BASE + numbers.first_trace + np.arange(count, dtype=np.int64)
    alike = _as_debits(desk, chosen)
    every = np.arange(len(chosen.rows))
    if chosen.form.method is ValidationMethod.PRENOTE:
        plan = prenotes_of(alike, every, head=head, effective_on=chosen.effective_on, traces=traces)
    else:
        plan = micro_entries(
            alike,
            every,
            credit_cents=_draw(desk.draw, len(chosen.rows)),
            identification=_references(chosen, len(kinds)),
            head=head,
            effective_on=chosen.effective_on,
            traces=traces,
            take_back=chosen.form.takes_back,
        )
    return build_plan(plan, profile)


def _draw(draw: Callable[[int], int], count: int) -> Int64:
    """Return two credits of 1 to 99 cents for each of so many accounts."""
    cents = [draw(MOST_MICRO_CENTS) + 1 for _ in range(count * MICRO_CREDITS)]
    return np.array(cents, np.int64).reshape(count, MICRO_CREDITS)


def _as_debits(desk: Desk, chosen: _Chosen) -> FilePlan:
    """Return the plan of the debits that the checks stand for, without numbers or amounts."""
    page, rows, profile = chosen.page, chosen.rows, chosen.route.profile
    _, first = np.unique(chosen.batch, return_index=True)
    owner = rows[first].tolist()
    account = desk.vault.open_many(
        [page.account_id[row] for row in rows.tolist()],
        [page.sealed_number[row] for row in rows.tolist()],
    )
    batches = Batches(
        service_class=[_DEBITS_ONLY] * len(owner),
        company_name=[page.company_name[row] for row in owner],
        company_discretionary=[""] * len(owner),
        company_identification=[page.company_identification[row] for row in owner],
        standard_entry_class=[SEC_CODES[chosen.sec[row]] for row in owner],
        entry_description=[page.entry_description[row] for row in owner],
        descriptive_date=[""] * len(owner),
        effective_on=[chosen.effective_on] * len(owner),
        originating_dfi=[odfi_of(profile)] * len(owner),
        batch_number=list(range(1, len(owner) + 1)),
    )
    entries = Entries(
        batch=chosen.batch,
        transaction_code=np.where(page.account_kind[rows] == AccountKind.SAVINGS, _SAVINGS, _CHECKING).astype(np.int64),
        routing=page.routing[rows],
        account=account,
        amount_cents=np.zeros(len(rows), np.int64),
        identification=_references(chosen, 1),
        name=page.receiver_name[rows],
        discretionary=text_column(PAYMENT_TYPES, 2)[chosen.payment_type[rows]],
        trace=np.zeros(len(rows), np.int64),
    )
    head = head_of(profile, desk.clock(), Numbers(first_trace=0, modifier_number=0))
    return FilePlan(head=head, batches=batches, entries=entries)


def _references(chosen: _Chosen, each: int) -> Bytes2D:
    """Return our references, columns 40 to 54: a check's key and a letter for each of its entries."""
    keys = encode_keys(np.repeat(chosen.page.check_id[chosen.rows], each))
    column = np.full((len(keys), IDENTIFICATION_WIDTH), ord(" "), np.uint8)
    column[:, : keys.shape[1]] = keys
    marks = np.frombuffer(_MARKS[:each].encode(), np.uint8)
    column[:, keys.shape[1]] = np.tile(marks, len(chosen.rows))
    return column


def _to_seal(
    chosen: _Chosen, built: Built, numbers: Numbers, *, originator_id: int, originator: str, night_on: date
) -> tuple[NewFile, NewChecks]:
    page, rows, written = chosen.page, chosen.rows, built.written
    batches, entries, head = built.plan.batches, built.plan.entries, built.plan.head
    kinds = chosen.form.kinds
    _, first = np.unique(chosen.batch, return_index=True)
    none = [None] * len(entries)
    new = NewFile(
        originator_id=originator_id,
        route_id=chosen.route.row.id,
        name=chosen.route.profile.name_file(
            originator=name_in_files(originator),
            created_on=head.created_on,
            created_at=head.created_at,
            modifier=head.id_modifier,
        ),
        head=head,
        effective_on=chosen.effective_on,
        night_on=night_on,
        odfi=odfi_of(chosen.route.profile),
        first_trace=numbers.first_trace,
        modifier_number=numbers.modifier_number,
        sha256=hashlib.sha256(written.data).digest(),
        content=written.data,
        second_reader=built.second_reader,
        batches=NewBatches(
            merchant_id=page.merchant_id[rows[first]].tolist(),
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
            order_id=none,
            order_version=none,
            batch=entries.batch.tolist(),
            kind=[str(kind) for kind in kinds] * len(rows),
            presentation=none,
            line=written.entry_lines.tolist(),
            trace=entries.trace.tolist(),
            amount_cents=entries.amount_cents.tolist(),
            bucket=np.repeat(page.bucket[rows], len(kinds)).tolist(),
            terms_version=0,
        ),
    )
    claims = NewChecks(
        check_id=page.check_id[rows].tolist(),
        method=chosen.form.method,
        entries_each=len(kinds),
        terms_version=int(page.version[rows].sum()),
    )
    return new, claims
