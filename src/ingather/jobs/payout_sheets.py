"""Sheets of payouts, for any bank: each sheet leaves once, by the channel that files go by, or into a folder.

A sheet is laid under a temporary name; the intent, which puts its payouts on it, is committed; then it gets its final
name, is read back and noted. One found on its way after a crash, or behind a wire that failed, goes by what lies there:
under its final name it is sent; still under its temporary one it is checked again, and taken back whole when anybody on
it may not be paid any more; anything else is doubt, and a person asks the bank. A sheet for a person's folder has
another name than one for the bank, so that neither run takes up the other's.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from ingather.actions.payouts.deciding import cancel_payout
from ingather.actions.payouts.sheets import (
    doubt_sheet,
    next_sheet,
    note_on_sheet,
    note_sheet_sent,
    recheck_sheet,
    sheet_in_doubt,
    take_back_sheet,
)
from ingather.actions.payouts.terms import WantedPayout, payouts_on_sheet, wanted_payouts
from ingather.base.ids import Prefix, public_id
from ingather.base.money import format_minor
from ingather.domain.payouts import PayoutMethod
from ingather.domain.refusals import LostClaim
from ingather.gateway.channel import TEMPORARY, Channel, ChannelFault, Evidence
from ingather.gateway.folder import FolderChannel
from ingather.jobs.cells import plain_cell
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.restored import refuse_restored
from ingather.store.locks import night_lock
from ingather.store.reading.payouts import reference_of, sheet_names, sheet_of
from ingather.store.tables import Originator
from ingather.vault.sealing import Place

COLUMNS = ("payout", "merchant", "payee", "routing", "account", "amount", "currency", "reference", "statement")
"""The columns of a sheet, in their order."""
BY_HAND = "HAND"
_ATTEMPTS = 3


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
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """A sheet that the book means to send: its name, the payouts on it, and its bytes."""

    name: str
    payouts: Sequence[WantedPayout]
    data: bytes = field(repr=False)

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.csv"

    def is_there(self, seen: Evidence) -> bool:
        """Return whether exactly its bytes lie under its final name."""
        return seen.delivered(size=len(self.data), sha256=hashlib.sha256(self.data).digest())

    def waits(self, seen: Evidence) -> bool:
        """Return whether exactly its bytes lie under its temporary name alone."""
        return seen.waits(size=len(self.data), sha256=hashlib.sha256(self.data).digest())


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
                _go_on(desk, way, name, originator_id, report)
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
            by_hand=False,
        )
    folder.mkdir(parents=True, exist_ok=True)
    test = desk.mark() == "test"
    # What is masked may lie anywhere, so the folder is opened as one of a test book.
    channel = FolderChannel(folder, folder, mark="test")
    return _Way(
        channel=channel,
        stem=f"{terms.name}-{BY_HAND}",
        only_final=True,
        numbers=terms.numbers and test,
        by_hand=True,
    )


def _is_of(name: str, way: _Way) -> bool:
    """Return whether a sheet goes this way, whatever the profile called sheets when it was begun."""
    return _stem(name).endswith(f"-{BY_HAND}") == way.by_hand


def _stem(name: str) -> str:
    return name.rsplit("-", 2)[0]


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
    with desk.view() as ctx:
        payouts = payouts_on_sheet(ctx, originator_id, name)
    _publish(desk, way, _Laid(name=name, payouts=payouts, data=_sheet(desk, payouts, numbers=way.numbers)), report)


def _sweep(desk: Desk, way: _Way, originator_id: int) -> None:
    """Remove what an earlier run laid under temporary names and died before it meant to send it."""
    with desk.view() as ctx:
        known = set(sheet_names(ctx.session, originator_id, sealed=False))
    for seen in way.channel.listing():
        name = seen.name.removesuffix(TEMPORARY)
        stem = name.removesuffix(".csv")
        if name not in {seen.name, stem} and _stem(stem) == way.stem and stem not in known:
            way.channel.withdraw_temporary(name)


def _go_on(desk: Desk, way: _Way, name: str, originator_id: int, report: SheetReport) -> None:
    """Bring a sheet found on its way to an end: sent, taken back for a fresh one, or in doubt."""
    with desk.view() as ctx:
        payouts, doubted = payouts_on_sheet(ctx, originator_id, name), sheet_in_doubt(ctx, originator_id, name)
    laid = _Laid(name=name, payouts=payouts, data=_sheet(desk, payouts, numbers=way.numbers))
    try:
        seen = way.channel.read_back(laid.file)
    except ChannelFault as fault:
        report.waiting[name] = str(fault)
        return
    if laid.is_there(seen):
        _note_sent(desk, laid, report, proof="read back with size and hash")
    elif doubted or not _untouched(way, seen):
        _doubt(desk, laid, report, why=_what_is_seen(seen))
    elif laid.waits(seen) and _still_fit(desk, laid):
        _publish(desk, way, laid, report)
    else:
        _take_back(desk, way, laid, because="it never got its final name")


def _untouched(way: _Way, seen: Evidence) -> bool:
    """Return whether nobody can have taken a sheet: it has its temporary name only, and final ones are collected."""
    return way.only_final and seen.final is None and seen.temporary is not None


def _what_is_seen(seen: Evidence) -> str:
    if seen.final is not None:
        return "what lies there under its name are other bytes"
    return "neither of its names is there" if seen.temporary is None else "only a temporary file is there"


def _still_fit(desk: Desk, laid: _Laid) -> bool:
    with desk.action() as ctx:
        return recheck_sheet(ctx, laid.name, originator_id=desk.originator_id())


def _take_back(desk: Desk, way: _Way, laid: _Laid, *, because: str) -> None:
    """Take all payouts off a sheet that nobody took, in the book first: what lies there means nothing from then on."""
    with desk.action() as ctx:
        take_back_sheet(ctx, laid.name, originator_id=desk.originator_id(), because=because)
    desk.tell("sheet_taken_back", sheet=laid.name)
    with suppress(ChannelFault):
        way.channel.withdraw_temporary(laid.file)


def _publish(desk: Desk, way: _Way, laid: _Laid, report: SheetReport) -> None:
    """Give a sheet its final name, look at what lies there, and note that it is sent."""
    try:
        if not way.only_final:
            way.channel.put_temporary(laid.file, laid.data)
        way.channel.publish(laid.file)
        desk.tell("sheet_published", sheet=laid.name)
        seen = way.channel.read_back(laid.file)
    except ChannelFault as fault:
        report.waiting[laid.name] = str(fault)
        return
    if laid.is_there(seen):
        _note_sent(desk, laid, report, proof="read back with size and hash")
    elif seen.final is None and seen.temporary is None:
        _note_sent(desk, laid, report, proof="it got its final name and was collected at once")
    else:
        _doubt(desk, laid, report, why=_what_is_seen(seen))


def _note_sent(desk: Desk, laid: _Laid, report: SheetReport, *, proof: str) -> None:
    with desk.action() as ctx:
        note_sheet_sent(ctx, laid.name, originator_id=desk.originator_id(), evidence=proof)
    desk.tell("sheet_sent", sheet=laid.name, payouts=len(laid.payouts))
    minor = sum(row.amount_minor for row in laid.payouts)
    report.sheets.append(Sheet(name=laid.file, payouts=len(laid.payouts), minor=minor))


def _doubt(desk: Desk, laid: _Laid, report: SheetReport, *, why: str) -> None:
    with desk.action() as ctx:
        doubt_sheet(ctx, laid.name, originator_id=desk.originator_id(), why=why)
    desk.tell("sheet_in_doubt", sheet=laid.name, why=why)
    report.waiting[laid.name] = (
        f"nobody knows whether it left: {why}; ask the bank, then ingather payout settled|cancel"
    )


def call_off(desk: Desk, payout_id: int, *, reason: str, folder: Path | None = None) -> None:
    """Call off a payout, also one on a sheet that never got its final name: the others on it are approved as before.

    ``folder`` is where the sheet was to go, None for the bank. Raises as ``cancel_payout``, and ``NightRunning`` or
    ``BookRestored`` for one on a sheet.
    """
    with desk.view() as ctx:
        name, originator_id = sheet_of(ctx.session, payout_id), desk.originator_id()
    if name is None:
        with desk.action() as ctx:
            cancel_payout(ctx, payout_id, reason=reason)
        return
    with night_lock(desk.engine):
        refuse_restored(desk)
        way = _way(desk, folder)
        with desk.view() as ctx:
            payouts, doubted = payouts_on_sheet(ctx, originator_id, name), sheet_in_doubt(ctx, originator_id, name)
        laid = _Laid(name=name, payouts=payouts, data=b"")
        if _is_of(name, way) and not doubted:
            with suppress(ChannelFault):
                if _untouched(way, way.channel.read_back(laid.file)):
                    _take_back(desk, way, laid, because=reason)
        with desk.action() as ctx:
            cancel_payout(ctx, payout_id, reason=reason)


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
                plain_cell(row.merchant),
                plain_cell(row.name),
                f"{row.routing:09d}",
                account,
                format_minor(row.amount_minor).replace(",", ""),
                row.currency,
                reference_of(row.payout_id),
                public_id(Prefix.SETTLEMENT, row.settlement_id),
            ],
        )
    return page.getvalue().encode()
