"""The night's payouts: approved ones go to merchants as CCD credits, in files of their own, sealed as every other.

Company name and identification are ours, as the bank profile has them registered. Each merchant has a batch of its own,
so that the ledger and the bank's posting say whose money it is. Our reference in columns 40 to 54 names the payout.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from sqlalchemy import select

from ingather.actions.files.sealing import NewBatches, NewEntries, NewFile
from ingather.actions.payouts.sealing import NewPayouts, seal_payout_file
from ingather.actions.payouts.terms import WantedPayout, wanted_payouts
from ingather.base.columns import Int64, text_column
from ingather.base.ids import Prefix, encode_keys, public_id
from ingather.domain.accounts import AccountKind
from ingather.domain.entries import EntryKind
from ingather.domain.payouts import PayoutMethod
from ingather.domain.refusals import LostClaim, SecondReaderDisagrees
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.night.building import Built, build_plan, head_of
from ingather.jobs.night.numbering import Numbers, look_at_numbers, name_in_files, odfi_of
from ingather.nacha.plan import DISCRETIONARY_WIDTH, IDENTIFICATION_WIDTH, Batches, Entries, FilePlan
from ingather.nacha.plan_parts import CREDITS_ONLY
from ingather.nacha.transaction_codes import DEBIT
from ingather.rules.debitable import FORMAT_LIMIT_MINOR
from ingather.rules.effective import effective_date
from ingather.rules.limits import divide_into_files
from ingather.rules.payouts import payout_class
from ingather.store.tables import Originator
from ingather.vault.sealing import Place

_ATTEMPTS = 5
_TRACE_BASE = 10_000_000
_NAME_WIDTH = 22
_CREDIT = {AccountKind.CHECKING: 22, AccountKind.SAVINGS: 32}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The payouts of one file in file order; ``batch`` ``(n,)`` counts their merchants from 0."""

    route: BankRoute
    effective_on: date
    payouts: list[WantedPayout]
    batch: Int64


@dataclass(slots=True)  # mutable -- filled in while files are sealed
class SealedPayouts:
    """The public ids of the files that were sealed, and how many payouts are in them."""

    files: list[str] = field(default_factory=list)
    count: int = 0


def seal_payouts(desk: Desk, *, night_on: date, dry_run: bool) -> SealedPayouts:
    """Seal the approved payouts that go by file, through the first route whose profile names our company for them.

    With ``dry_run`` the files are built and read back, and nothing is kept. Raises ``LostClaim`` when somebody changes
    what they rest on again and again.
    """
    sealed = SealedPayouts()
    for attempt in range(_ATTEMPTS):
        found = _wanted(desk)
        if found is None:
            return sealed
        route, effective_on, wanted = found
        try:
            for chosen in _choose(route, effective_on, wanted):
                _seal(desk, chosen, sealed, night_on=night_on, dry_run=dry_run)
        except LostClaim:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        return sealed
    return sealed


def _wanted(desk: Desk) -> tuple[BankRoute, date, list[WantedPayout]] | None:
    """Return the route of payouts with the effective date and what is wanted for it; None where nothing is."""
    with desk.view() as ctx:
        originator_id = ctx.session.execute(select(Originator.id)).scalar_one()
        # Read by today first: most nights no payout waits, and none asks for the routes.
        if not wanted_payouts(ctx, originator_id, PayoutMethod.ACH, on=ctx.today):
            return None
    for route in desk.routes():
        effective_on, row = effective_date(desk.clock(), route.profile.window), route.row
        in_force = row.valid_from <= effective_on and (row.valid_to is None or effective_on <= row.valid_to)
        if in_force and route.profile.payouts.company_name.strip():
            with desk.view() as ctx:
                wanted = wanted_payouts(ctx, originator_id, PayoutMethod.ACH, on=effective_on)
            return (route, effective_on, wanted) if wanted else None
    return None


def _choose(route: BankRoute, effective_on: date, wanted: list[WantedPayout]) -> Iterator[_Chosen]:
    """Yield the payouts of each file: by merchant, no more than the profile lets a file hold; limits are of debits."""
    payouts = [row for row in wanted if row.amount_minor <= FORMAT_LIMIT_MINOR]
    if not payouts:
        return
    keys = np.array([row.merchant_id for row in payouts], np.int64)
    amounts = np.array([row.amount_minor for row in payouts], np.int64)
    limits = replace(route.profile.file_limits, debit_cents=0, batch_debit_cents=0)
    division = divide_into_files(np.unique(keys, return_inverse=True)[1].astype(np.int64), amounts, limits)
    for number in range(int(division.file[-1]) + 1):
        inside = np.flatnonzero(division.file == number)
        batch = division.batch[inside]
        yield _Chosen(
            route=route,
            effective_on=effective_on,
            payouts=[payouts[row] for row in inside.tolist()],
            batch=batch - batch[0],
        )


def _seal(desk: Desk, chosen: _Chosen, sealed: SealedPayouts, *, night_on: date, dry_run: bool) -> None:
    with desk.view() as ctx:
        numbers = look_at_numbers(ctx, chosen.route, desk, count=len(chosen.payouts))
        originator = ctx.session.execute(select(Originator.id, Originator.name)).one()
    built = build_plan(_plan(desk, chosen, numbers), chosen.route.profile)
    if built.written.batch_debit_cents.any() or int(DEBIT[built.plan.entries.transaction_code].sum()):
        fact = "a file of payouts moves money the wrong way"
        raise SecondReaderDisagrees(fact)
    if not dry_run:
        new = _new_file(chosen, built, numbers, originator=(originator.id, originator.name), night_on=night_on)
        claims = NewPayouts(
            payout_id=[row.payout_id for row in chosen.payouts],
            version=[row.version for row in chosen.payouts],
            account_id=[row.account_id for row in chosen.payouts],
        )
        with desk.action() as ctx:
            sealed.files.append(public_id(Prefix.FILE, seal_payout_file(ctx, new, claims)))
        desk.tell("sealed", name=new.name, entries=len(chosen.payouts))
    sealed.count += len(chosen.payouts)


def _plan(desk: Desk, chosen: _Chosen, numbers: Numbers) -> FilePlan:
    profile, payouts, count = chosen.route.profile, chosen.payouts, len(chosen.payouts)
    batches = int(chosen.batch[-1]) + 1
    sec, _ = payout_class(chosen.effective_on)
    references = np.full((count, IDENTIFICATION_WIDTH), ord(" "), np.uint8)
    keys = encode_keys(np.array([row.payout_id for row in payouts], np.int64))
    references[:, : keys.shape[1]] = keys
    opened = b"".join(desk.vault.open(Place.PAYEE_NUMBER, row.account_id, row.number) for row in payouts)
    return FilePlan(
        head=head_of(profile, desk.clock(), numbers),
        batches=Batches(
            service_class=[CREDITS_ONLY] * batches,
            company_name=[profile.payouts.company_name] * batches,
            company_discretionary=[""] * batches,
            company_identification=[profile.payouts.company_identification] * batches,
            standard_entry_class=[sec] * batches,
            entry_description=[desk.policy().settlement.description] * batches,
            descriptive_date=[""] * batches,
            effective_on=[chosen.effective_on] * batches,
            originating_dfi=[odfi_of(profile)] * batches,
            batch_number=list(range(1, batches + 1)),
        ),
        entries=Entries(
            batch=chosen.batch,
            transaction_code=np.array([_CREDIT[AccountKind(row.kind)] for row in payouts], np.int64),
            routing=np.array([row.routing for row in payouts], np.int64),
            account=np.frombuffer(opened, np.uint8).reshape(count, -1),
            amount_cents=np.array([row.amount_minor for row in payouts], np.int64),
            identification=references,
            name=text_column([row.name for row in payouts], _NAME_WIDTH),
            discretionary=np.full((count, DISCRETIONARY_WIDTH), ord(" "), np.uint8),
            trace=int(odfi_of(profile)) * _TRACE_BASE + numbers.first_trace + np.arange(count, dtype=np.int64),
        ),
    )


def _new_file(
    chosen: _Chosen, built: Built, numbers: Numbers, *, originator: tuple[int, str], night_on: date
) -> NewFile:
    profile, written = chosen.route.profile, built.written
    batches, entries, head = built.plan.batches, built.plan.entries, built.plan.head
    _, first = np.unique(chosen.batch, return_index=True)
    none = [None] * len(entries)
    return NewFile(
        originator_id=originator[0],
        route_id=chosen.route.row.id,
        name=profile.name_file(
            originator=name_in_files(originator[1]),
            created_on=head.created_on,
            created_at=head.created_at,
            modifier=head.id_modifier,
        ),
        head=head,
        effective_on=chosen.effective_on,
        night_on=night_on,
        odfi=odfi_of(profile),
        first_trace=numbers.first_trace,
        modifier_number=numbers.modifier_number,
        sha256=hashlib.sha256(written.data).digest(),
        content=written.data,
        second_reader=built.second_reader,
        rule_rows=(payout_class(chosen.effective_on)[1].id,),
        batches=NewBatches(
            merchant_id=[chosen.payouts[row].merchant_id for row in first.tolist()],
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
            kind=[str(EntryKind.PAYOUT)] * len(entries),
            presentation=none,
            line=written.entry_lines.tolist(),
            trace=entries.trace.tolist(),
            amount_cents=entries.amount_cents.tolist(),
            bucket=[0] * len(entries),
            terms_version=0,
        ),
    )
