"""Comparing a restored book with what is outside of it: the host's sent register, the bank's folder, and its reports.

In doubt nothing is sent again. A file is taken in from its bytes, proved by what the host noted or the bank shows, or
held with everything that could be in it. Reports that the lost book had taken are read again from the archive, each
as early as it can be, and the files between them as they went out.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy import select

from ingather.actions.files.sending import NOT_PROVEN
from ingather.actions.restored import findings
from ingather.actions.restored.adopting import (
    SentFile,
    adopt_file,
    fit_of,
    is_taken,
    note_sent_before,
    take_numbers,
    tell_unfit,
)
from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix, public_id
from ingather.domain.files import FileState
from ingather.domain.refusals import WrongState
from ingather.domain.restored import FindingKind
from ingather.gateway.channel import TEMPORARY, Channel, ChannelFault
from ingather.gateway.evidence import ShowsEvidence
from ingather.gateway.host import SentLine
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.inbound import InboundReport, close_books, take_bytes, take_left_over
from ingather.jobs.night.planning import passages_of
from ingather.jobs.recovery.sent_files import read_sent
from ingather.jobs.restored import mark_behind, remembers_later
from ingather.store.locks import inbound_lock, night_lock
from ingather.store.tables import File, Report

_LOOKED_AT = frozenset({FileState.SEALED, *NOT_PROVEN})
_HELD = "it could be in a file that was sent and whose bytes are lost"
_PUT_BACK = "it was voided in a restored copy, and the host noted that it was sent"
_MEMORY = "host-memory"
_NO_MEMORY = (
    "The host remembers nothing later than this book that is sure to be all: its memory is lost, as old as the copy, or"
    " came here from elsewhere. Ask the bank for every file since the backup, and give those that it does not list as"
    " evidence"
)


@dataclass(slots=True)  # mutable -- filled in while the comparison goes on
class Compared:
    """What a comparison found: how many files agree, how many reports were taken anew, and every finding."""

    known: int = 0
    reports: int = 0
    held: int = 0
    lost: tuple[int, int] = (0, 0)
    found: list[tuple[FindingKind, str, str]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


@dataclass(slots=True)  # mutable -- emptied while files and reports are taken in
class _Outside:
    """What is known from outside the book: the last word on each name, and bytes by their hash."""

    routes: list[BankRoute]
    channels: dict[int, Channel]
    words: dict[str, SentLine]
    by_hash: dict[bytes, tuple[str, bytes]]
    remembers: bool


def reconcile_restored(desk: Desk, *, evidence: Mapping[str, bytes]) -> Compared:
    """Compare a restored book with what is outside of it, take in what is proven and hold what is not.

    ``evidence`` is bytes of sent files by name. It may be repeated, with more evidence, until it is released. Raises
    ``WrongState`` for a book that is no restored copy, ``BookRestored`` for another book's keys.
    """
    with night_lock(desk.engine), inbound_lock(desk.engine):
        if not mark_behind(desk):
            fact = "this book is no restored copy: it has all that its host remembers"
            raise WrongState(fact, "There is nothing to reconcile")
        return _Comparison(desk, evidence).run()


class _Comparison:
    """One comparison, from the host's memory to the holds."""

    def __init__(self, desk: Desk, evidence: Mapping[str, bytes]) -> None:
        self._desk = desk
        self._report = Compared()
        lines = desk.host.sent()
        with desk.view() as ctx:
            remembers = remembers_later(ctx, desk)
        with desk.action() as ctx:
            head = desk.host.head()
            self._id, fresh = findings.begin_comparison(ctx, remembered=head, register_lines=len(lines))
            remembers = remembers if fresh else findings.has_memory(ctx, self._id)
            if not remembers:
                # With the beginning, or not at all: a comparison that is taken up again trusts what is noted here.
                findings.note_finding(ctx, self._id, FindingKind.HOST_MEMORY, subject=_MEMORY, sentence=_NO_MEMORY)
        self._lines = len(lines)
        routes = desk.routes()
        self._outside = _Outside(
            routes=routes,
            channels={route.row.id: desk.channel(route) for route in routes},
            words={line.name: line for line in lines},
            by_hash={hashlib.sha256(data).digest(): (name, data) for name, data in evidence.items()},
            remembers=remembers,
        )

    def run(self) -> Compared:
        """Compare, in the order in which each thing can be known."""
        if not self._outside.remembers:
            self._told(FindingKind.HOST_MEMORY, _MEMORY, _NO_MEMORY)
        self._settle_known()
        self._take_in(self._unknown())
        report = InboundReport()
        close_books(self._desk, self._outside.routes, report)
        self._hold()
        with self._desk.action() as ctx:
            findings.note_compared(ctx, self._id, register_lines=self._lines)
        with self._desk.view() as ctx:
            self._report.open = [row.subject for row in findings.open_findings(ctx, self._id)]
        return self._report

    def _note(self, kind: FindingKind, subject: str, sentence: str, *, line: SentLine | None = None) -> None:
        with self._desk.action() as ctx:
            findings.note_finding(
                ctx, self._id, kind, subject=subject, sentence=sentence,
                sha256=bytes.fromhex(line.sha256) if line else bytes(32), entries=line.entries if line else 0,
                debit_cents=line.debit_cents if line else 0,
            )  # fmt: skip
        self._told(kind, subject, sentence)

    def _told(self, kind: FindingKind, subject: str, sentence: str) -> None:
        self._report.found.append((kind, subject, sentence))
        self._desk.tell("found", kind=str(kind), subject=subject)

    def _settle_known(self) -> None:
        """Decide about each file that the book has and of which it cannot say that it was sent."""
        with self._desk.view() as ctx:
            rows = ctx.session.scalars(select(File).order_by(File.id)).all()
            ctx.session.expunge_all()
        for row in rows:
            word = self._outside.words.get(row.name)
            if word is not None and word.sha256 != row.sha256.hex():
                self._settle_other_bytes(row, word)
            elif _was_put_back(row) and word is not None and word.what != "withheld":
                with self._desk.action() as ctx:
                    findings.hold_put_back_of(ctx, row.id, reason=_PUT_BACK)
                sentence = (
                    f"The book has it as {row.state}, the host noted it as {word.what}: ask the bank whether it has"
                    " it. The orders that were put back are held"
                )
                self._note(FindingKind.NOT_TAKEN, row.name, sentence, line=word)
            elif row.state in _LOOKED_AT:
                self._settle(row, word)
            else:
                self._report.known += 1

    def _settle_other_bytes(self, row: File, word: SentLine) -> None:
        """Note that a file's name has gone to other bytes, and keep the book's own from being sent under it."""
        why = "the host noted other bytes under its name"
        if row.state in _LOOKED_AT:
            with self._desk.action() as ctx:
                findings.doubt_sent(ctx, row.id, why=why)
        sentence = "The host noted other bytes under this name than the book has: find out with the bank which it has"
        self._note(FindingKind.OTHER_BYTES, row.name, sentence, line=word)

    def _withhold(self, word: SentLine) -> None:
        """Note that a file never left; the line is one of those that this comparison knows."""
        self._lines += self._desk.host.note_send(_withheld(word))

    def _settle(self, row: File, word: SentLine | None) -> None:
        channel, what = self._outside.channels[row.route_id], word.what if word else "unknown"
        final_only = next(r for r in self._outside.routes if r.row.id == row.route_id).profile.collects_only_final_names
        delivered, waits, asked = _seen(channel, row)
        if delivered or what == "sent":
            evidence = "read back at the bank" if delivered else "the host noted that it was read back at the bank"
            with self._desk.action() as ctx:
                note_sent_before(ctx, ctx.session.get_one(File, row.id), evidence=evidence)
            self._note(FindingKind.PROVEN, row.name, f"It was sent: {evidence}", line=word)
        elif row.state == FileState.IN_DOUBT:
            self._note(FindingKind.IN_DOUBT, row.name, "It was in doubt already", line=word)
        elif what == "withheld" or (what == "unknown" and self._outside.remembers) or (waits and final_only and asked):
            self._void(row, channel, word)
        else:
            why = "the book was restored, and nothing shows whether this file had left"
            with self._desk.action() as ctx:
                findings.doubt_sent(ctx, row.id, why=why)
            self._note(FindingKind.IN_DOUBT, row.name, f"Ask the bank: {why}", line=word)

    def _void(self, row: File, channel: Channel, word: SentLine | None) -> None:
        with suppress(ChannelFault):
            channel.withdraw_temporary(row.name)
        if word is not None and word.what == "sending":
            self._withhold(word)
        with self._desk.action() as ctx:
            findings.void_unsent(ctx, row.id, reason="the book was restored, and this file never left")
        self._note(FindingKind.VOIDED, row.name, "It never left; its orders are sealed anew", line=word)

    def _unknown(self) -> list[SentFile]:
        """Return what was sent that the book does not know, in the order of the register; note what has no bytes."""
        with self._desk.view() as ctx:
            known = {row.name: row.sha256 for row in ctx.session.execute(select(File.name, File.sha256))}
        held = set(known.values())
        found: dict[bytes, SentFile] = {}
        for name, word in self._outside.words.items():
            if name in known or word.what == "withheld":
                continue
            data = self._bytes_of(name, bytes.fromhex(word.sha256))
            if data is not None:
                self._keep(found, name, data, word)
            elif not self._never_left(name, word):
                sentence = (
                    "The host noted this file, the book does not know it, and the bank does not show it: get its bytes"
                    " from the bank and give them as evidence"
                )
                self._note(FindingKind.BYTES_MISSING, name, sentence, line=word)
        for name, data in self._others():
            sha256 = hashlib.sha256(data).digest()
            if sha256 not in held and sha256 not in found:
                self._keep(found, name, data, None)
        return list(found.values())

    def _keep(self, found: dict[bytes, SentFile], name: str, data: bytes, word: SentLine | None) -> None:
        read = [sent for route in self._outside.routes if (sent := read_sent(name, data, route)) is not None]
        if read:
            found[read[0].sha256] = read[0]
        elif word is not None or data[:1] == b"1":
            kind = FindingKind.NOT_TAKEN if word else FindingKind.FOREIGN
            self._note(kind, name, "It cannot be read as a file of ours: find out with the bank what it is", line=word)

    def _bytes_of(self, name: str, sha256: bytes) -> bytes | None:
        if sha256 in self._outside.by_hash:
            return self._outside.by_hash[sha256][1]
        for channel in self._outside.channels.values():
            data = None
            if isinstance(channel, ShowsEvidence):
                with suppress(ChannelFault):
                    data = channel.sent_bytes(name)
            if data is not None and hashlib.sha256(data).digest() == sha256:
                return data
        return None

    def _never_left(self, name: str, word: SentLine) -> bool:
        """Return whether a file still lies under its temporary name, where the bank collects final names only."""
        if word.what != "sending":
            return False
        for route in self._outside.routes:
            channel = self._outside.channels[route.row.id]
            with suppress(ChannelFault):
                lies = channel.read_back(name)
                mine = lies.temporary is not None and lies.temporary.sha256 == bytes.fromhex(word.sha256)
                if lies.final is None and mine and route.profile.collects_only_final_names:
                    channel.withdraw_temporary(name)
                    self._withhold(word)
                    self._note(FindingKind.VOIDED, name, "It never left: it lay under its temporary name", line=word)
                    return True
        return False

    def _others(self) -> list[tuple[str, bytes]]:
        """Return what else is given as evidence, and what else lies at the bank under final names."""
        found = list(self._outside.by_hash.values())
        for channel in self._outside.channels.values():
            if isinstance(channel, ShowsEvidence):
                with suppress(ChannelFault):
                    for seen in channel.listing():
                        data = None if seen.name.endswith(TEMPORARY) else channel.sent_bytes(seen.name)
                        found += [] if data is None else [(seen.name, data)]
        return found

    def _take_in(self, waiting: list[SentFile]) -> None:
        """Take in files as early as they fit, and between them the reports, the oldest first."""
        waiting = [sent for sent in waiting if not self._adopted(sent)]
        # What was kept at the moment of the backup and not yet taken is the oldest.
        take_left_over(self._desk, self._outside.routes, InboundReport())
        deliveries = self._deliveries()
        while True:
            waiting = [sent for sent in waiting if not self._adopted(sent)]
            if not deliveries:
                break
            route, name, data = deliveries.pop(0)
            take_bytes(self._desk, route, name=name, data=data)
            self._report.reports += 1
            self._desk.tell("taken", name=name)
        for sent in waiting:
            self._adopted(sent, at_last=True)

    def _deliveries(self) -> list[tuple[BankRoute, str, bytes]]:
        """Return the reports that the book does not know: those set aside, then those just delivered."""
        with self._desk.view() as ctx:
            known = set(ctx.session.scalars(select(Report.sha256).where(Report.part == 0)))
        found: list[tuple[BankRoute, str, bytes]] = []
        for route in self._outside.routes:
            channel = self._outside.channels[route.row.id]
            contents: list[tuple[str, bytes]] = []
            if isinstance(channel, ShowsEvidence):
                contents += [(each.name, channel.fetch_archived(each.name)) for each in channel.archived()]
            with suppress(ChannelFault):
                contents += [(each.name, channel.fetch(each.name)) for each in channel.inbound()]
            for name, data in contents:
                sha256 = hashlib.sha256(data).digest()
                if sha256 not in known:
                    known.add(sha256)
                    found.append((route, name, data))
        return found

    def _adopted(self, sent: SentFile, *, at_last: bool = False) -> bool:
        """Take a file in when all of it fits, or ``at_last`` what does; returns whether it need not be asked again."""
        route = next(route for route in self._outside.routes if route.row.id == sent.route_id)
        evidence = "its bytes, as the bank or the evidence shows them"
        with self._desk.action() as ctx:
            fit, clash = fit_of(ctx, sent), is_taken(ctx, sent)
            if not (fit.whole or at_last):
                return False
            originator_id, file_id = route.row.originator_id, None
            if not clash:
                file_id = adopt_file(
                    ctx, sent, fit, originator_id=originator_id, route_id=route.row.id, evidence=evidence
                )
            unfit = [*fit.waiting, *fit.unfit] if file_id is not None else sent.debits
            take_numbers(ctx, sent)
            subject = sent.name if file_id is None else public_id(Prefix.FILE, file_id)
            tell_unfit(ctx, sent, unfit, originator_id=originator_id, subject=subject)
            whole = file_id is not None and not unfit and not sent.others
            kind = FindingKind.ADOPTED if whole else FindingKind.OTHER_BYTES if clash else FindingKind.NOT_TAKEN
            left = sum(debit.amount_cents for debit in unfit)
            sentence = (
                f"{len(fit.taken)} orders are debited by it: {evidence}"
                if whole
                else f"{len(sent.debits) - len(unfit)} orders are debited by it; {len(unfit)} debits and {sent.others}"
                " other entries are not in this book"
            )
            findings.note_finding(
                ctx, self._id, kind, subject=sent.name, sentence=sentence, sha256=sent.sha256,
                entries=sent.entries if whole else len(unfit) + sent.others,
                debit_cents=sent.cents if whole else left,
            )  # fmt: skip
        self._told(kind, sent.name, sentence)
        return True

    def _hold(self) -> None:
        """Hold what could be in a file that is not in the book, or let go what was held once nothing is open."""
        now = self._desk.clock()
        dates = (passage.effective_on for passage in passages_of(self._outside.routes, now))
        through = max(dates, default=now.astimezone(NEW_YORK).date())
        with self._desk.action() as ctx:
            if findings.open_findings(ctx, self._id):
                self._report.held = findings.hold_doubtful(ctx, self._id, through=through, reason=_HELD)
            else:
                findings.let_go(ctx, self._id, reason="every file that was sent is in the book")


def _seen(channel: Channel, row: File) -> tuple[bool, bool, bool]:
    """Return whether a file is delivered, whether it waits under its temporary name, and whether the bank answered."""
    try:
        evidence = channel.read_back(row.name)
    except ChannelFault:
        return False, False, False
    return (
        evidence.delivered(size=row.size, sha256=row.sha256),
        evidence.waits(size=row.size, sha256=row.sha256),
        True,
    )


def _was_put_back(row: File) -> bool:
    """Return whether a file's orders wait again without the bank's having had it, by what the book says."""
    return row.state == FileState.VOIDED or (row.state == FileState.REJECTED and row.transmitted_at is None)


def _withheld(word: SentLine) -> SentLine:
    return SentLine(
        what="withheld", name=word.name, sha256=word.sha256, entries=word.entries, debit_cents=word.debit_cents
    )
