"""Sheets of payouts, for any bank: each sheet leaves once, by the channel that files go by, or into a folder.

A sheet is laid under a temporary name; the intent, which puts its payouts on it, is committed; then it gets its final
name, is read back and noted. Found on its way after a crash, it goes on from there under the same name: no payout ever
stands on a second sheet. A sheet for a person's folder has another name than one for the bank, so that neither run
takes up the other's.
"""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from ingather.actions.payouts.sheets import next_sheet, note_on_sheet, note_sheet_sent
from ingather.actions.payouts.terms import WantedPayout, payouts_on_sheet, wanted_payouts
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.payouts import PayoutMethod
from ingather.domain.refusals import LostClaim
from ingather.gateway.channel import TEMPORARY, Channel, ChannelFault
from ingather.gateway.folder import FolderChannel
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.restored import refuse_restored
from ingather.store.locks import night_lock
from ingather.store.reading.payouts import reference_of, sheet_names
from ingather.store.tables import Originator
from ingather.vault.sealing import Place

COLUMNS = ("payout", "merchant", "payee", "routing", "account", "amount", "currency", "reference", "statement")
"""The columns of a sheet, in their order."""
BY_HAND = "HAND"
_ATTEMPTS = 3
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet that is where it was to go: its name, how many payouts stand on it, and their sum in minor units."""

    name: str
    payouts: int
    minor: int


@dataclass(slots=True)  # mutable -- filled in while sheets are sent
class SheetReport:
    """The sheets that left, and those that wait with why."""

    sheets: list[Sheet] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where a sheet goes: the channel, whether what lies there under a temporary name is left alone, what it shows."""

    channel: Channel
    stem: str
    only_final: bool
    numbers: bool


def send_sheets(desk: Desk, *, folder: Path | None = None) -> SheetReport:
    """Send what is approved and goes by sheet, to the bank or into a folder; first what was on its way there.

    Whole account numbers stand on it only where the profile asks for them and the channel may carry them; in a folder
    only those of a test book. Raises ``NightRunning`` or ``BookRestored``; a bank that cannot be reached stops nothing.
    """
    report = SheetReport()
    with night_lock(desk.engine):
        refuse_restored(desk)
        way = _way(desk, folder)
        with desk.view() as ctx:
            originator_id = ctx.session.execute(select(Originator.id)).scalar_one()
            left_over = sheet_names(ctx.session, originator_id, sealed=True)
        for name in left_over:
            if _is_of(name, way):
                _deliver(desk, way, name, originator_id, report)
            else:
                report.waiting[name] = "it was begun for the other way: a folder (--to), or the bank"
        for _ in range(_ATTEMPTS):
            with suppress(LostClaim):
                _send_fresh(desk, way, originator_id, report)
                break
    desk.remember()
    return report


def _way(desk: Desk, folder: Path | None) -> _Way:
    route: BankRoute = desk.routes()[0]
    terms = route.profile.payouts
    if folder is None:
        return _Way(
            channel=desk.channel(route),
            stem=terms.name,
            only_final=route.profile.collects_only_final_names,
            numbers=terms.numbers,
        )
    folder.mkdir(parents=True, exist_ok=True)
    test = desk.mark() == "test"
    # What is masked may lie anywhere, so the folder is opened as one of a test book.
    channel = FolderChannel(folder, folder, mark="test")
    return _Way(channel=channel, stem=f"{terms.name}-{BY_HAND}", only_final=False, numbers=terms.numbers and test)


def _is_of(name: str, way: _Way) -> bool:
    return name.rsplit("-", 2)[0] == way.stem


def _send_fresh(desk: Desk, way: _Way, originator_id: int, report: SheetReport) -> None:
    """Write one sheet of all that is approved, and send it; raises ``LostClaim`` when that changed meanwhile."""
    with desk.view() as ctx:
        payouts = wanted_payouts(ctx, originator_id, PayoutMethod.SHEET, on=ctx.today)
    if not payouts:
        return
    with desk.action() as ctx:
        name = next_sheet(ctx, stem=way.stem)
    try:
        _sweep(desk, way, originator_id)
        if way.only_final:
            way.channel.put_temporary(f"{name}.csv", _sheet(desk, payouts, numbers=way.numbers))
            desk.tell("sheet_laid", sheet=name)
    except ChannelFault as fault:
        report.waiting[name] = str(fault)
        return
    try:
        with desk.action() as ctx:
            note_on_sheet(ctx, payouts, originator_id=originator_id, name=name)
    except LostClaim:
        with suppress(ChannelFault):
            way.channel.withdraw_temporary(f"{name}.csv")
        raise
    desk.tell("sheet_intent", sheet=name)
    _deliver(desk, way, name, originator_id, report)


def _sweep(desk: Desk, way: _Way, originator_id: int) -> None:
    """Remove what an earlier run laid under temporary names and died before it meant to send it."""
    with desk.view() as ctx:
        known = set(sheet_names(ctx.session, originator_id, sealed=False))
    for seen in way.channel.listing():
        name = seen.name.removesuffix(TEMPORARY)
        stem = name.removesuffix(".csv")
        if name not in {seen.name, stem} and _is_of(stem, way) and stem not in known:
            way.channel.withdraw_temporary(name)


def _deliver(desk: Desk, way: _Way, name: str, originator_id: int, report: SheetReport) -> None:
    """Give a sheet its final name, look at what lies there, and note that it is sent.

    Where the bank collects final names only, a sheet with neither name has been collected: it lay there before the
    intent. Elsewhere the same sheet is laid again under its name.
    """
    with desk.view() as ctx:
        payouts = payouts_on_sheet(ctx, originator_id, name)
    file, proof = f"{name}.csv", "it lies there under its name"
    try:
        evidence = way.channel.read_back(file)
        if evidence.final is None and way.only_final and evidence.temporary is None:
            proof = "the bank has collected it"
        elif evidence.final is None:
            way.channel.put_temporary(file, _sheet(desk, payouts, numbers=way.numbers))
            way.channel.publish(file)
        desk.tell("sheet_published", sheet=name)
    except ChannelFault as fault:
        report.waiting[name] = str(fault)
        return
    with desk.action() as ctx:
        note_sheet_sent(ctx, name, originator_id=originator_id, evidence=proof)
    desk.tell("sheet_sent", sheet=name, payouts=len(payouts))
    minor = sum(row.amount_minor for row in payouts)
    report.sheets.append(Sheet(name=file, payouts=len(payouts), minor=minor))


def _sheet(desk: Desk, payouts: Sequence[WantedPayout], *, numbers: bool) -> bytes:
    """Return a sheet: UTF-8, a header line and one line for each payout; the same bytes whenever it is written."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(payouts, key=lambda each: each.payout_id):
        account = f"...{row.last4}"
        if numbers:
            account = desk.vault.open(Place.PAYEE_NUMBER, row.account_id, row.number).decode("ascii").strip()
        writer.writerow(
            [
                public_id(Prefix.PAYOUT, row.payout_id),
                _plain(row.merchant),
                _plain(row.name),
                f"{row.routing:09d}",
                account,
                format_minor(row.amount_minor).replace(",", ""),
                row.currency,
                reference_of(row.payout_id),
                public_id(Prefix.SETTLEMENT, row.settlement_id),
            ],
        )
    return page.getvalue().encode()


def _plain(text: str) -> str:
    """Return a name that no program of sheets takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
