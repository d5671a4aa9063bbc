"""Sending files, each at most once: temporary name, last checks and intent, rename, read-back, outcome, register.

A file found on its way after a crash is never sent again on doubt. What can be seen at the bank decides: the final
name with our bytes proves delivery; our bytes under the temporary name, where the bank collects final names only,
prove that nothing left; anything else is in doubt and stops for a person.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlalchemy import Select, select

from ingather.actions.files.approval import locked_file, void_file
from ingather.actions.files.sending import (
    MustRebuild,
    Sendable,
    note_in_doubt,
    note_sending,
    note_transmitted,
    note_untouched,
    resolve_doubt,
    sendable,
)
from ingather.base.ids import Prefix, public_id
from ingather.domain.files import FileState
from ingather.domain.refusals import BrokenInvariant, NoSuch, WrongState
from ingather.gateway.channel import Channel, ChannelFault, ChannelUnreachable, Evidence
from ingather.gateway.host import SentLine
from ingather.jobs.desk import BankRoute, Desk
from ingather.jobs.restored import refuse_restored
from ingather.nacha.reader import read
from ingather.store.asking import Value, asked
from ingather.store.locks import night_lock
from ingather.store.tables import File, FileChunk
from ingather.vault.sealing import Place


@dataclass(slots=True)  # mutable -- filled in while files are sent
class SendReport:
    """What a sending did, by public ids."""

    sent: list[str] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


def send_files(desk: Desk) -> SendReport:
    """Send by itself, without a night, under the night's lock; raises ``NightRunning`` or ``BookRestored``."""
    with night_lock(desk.engine) as lock:
        desk = replace(desk, alone=lock.confirm)
        refuse_restored(desk)
        return send_approved(desk)


def send_approved(desk: Desk) -> SendReport:
    """Settle what was on its way, then send what is approved, in the order of sealing; the caller holds the lock."""
    report = SendReport()
    routes = {route.row.id: route for route in desk.routes()}
    for state in (FileState.SENDING, FileState.APPROVED, FileState.IN_DOUBT):
        for file_id, route_id in _in_state(desk, state):
            route, name = routes[route_id], public_id(Prefix.FILE, file_id)
            if state is FileState.IN_DOUBT:
                report.in_doubt.append(name)
                continue
            file = _read(desk, file_id)
            channel = desk.channel(route)
            if state is FileState.SENDING:
                _settle_doubt(desk, channel, route, file)
            if _state_of(desk, file_id) is FileState.APPROVED:
                _send(desk, channel, route, file, report)
            match _state_of(desk, file_id):
                case FileState.TRANSMITTED:
                    report.sent.append(name)
                case FileState.APPROVED if name not in report.waiting:
                    report.waiting.append(name)
    report.in_doubt = sorted(set(report.in_doubt) | {public_id(Prefix.FILE, key) for key, _ in
                                                     _in_state(desk, FileState.IN_DOUBT)})  # fmt: skip
    return report


@asked()
def _files_in(state: Value) -> Select[int, int]:
    return select(File.id, File.route_id).where(File.state == state).order_by(File.id)


@asked()
def _state(file_id: Value) -> Select[str]:
    return select(File.state).where(File.id == file_id)


def _in_state(desk: Desk, state: FileState) -> list[tuple[int, int]]:
    with desk.view() as ctx:
        rows = ctx.session.execute(*_files_in(state=state))
        return [(row.id, row.route_id) for row in rows]


def _state_of(desk: Desk, file_id: int) -> FileState:
    with desk.view() as ctx:
        return FileState(ctx.session.execute(*_state(file_id=file_id)).scalar_one())


def _read(desk: Desk, file_id: int) -> Sendable:
    with desk.view() as ctx:
        return sendable(ctx.session.execute(select(File).where(File.id == file_id)).scalar_one())


def sealed_bytes(desk: Desk, file: Sendable) -> bytes:
    """Return a file's exact bytes; raises ``BrokenInvariant`` when they are not those that were sealed."""
    with desk.view() as ctx:
        chunks = ctx.session.scalars(
            select(FileChunk.content).where(FileChunk.file_id == file.file_id).order_by(FileChunk.part),
        ).all()
    data = desk.vault.open_chunks(Place.FILE_BYTES, file.file_id, chunks)
    if len(data) != file.size or hashlib.sha256(data).digest() != file.sha256:
        fact = f"the kept bytes of file {file.name} are not those that were sealed"
        raise BrokenInvariant(fact, "Restore the book from a backup; nothing was sent")
    return data


def _send(desk: Desk, channel: Channel, route: BankRoute, file: Sendable, report: SendReport) -> None:
    """Lay the file, record the intent and publish; where the bank takes temporary names too, the intent comes first.

    Whoever has lost the night's lock stops before the rename, since another night may have judged the file meanwhile;
    raises ``WrongState`` then.
    """
    name = public_id(Prefix.FILE, file.file_id)
    final_names_only = route.profile.collects_only_final_names
    try:
        if final_names_only:
            channel.put_temporary(file.name, sealed_bytes(desk, file))
            desk.tell("laid", file=name)
    except ChannelFault as fault:
        # Nothing has its final name: the file stays approved and is tried again with the next run.
        desk.tell("waiting", file=name, why=str(fault))
        report.waiting.append(name)
        return
    if not _intend(desk, channel, route, file, report):
        return
    try:
        if not final_names_only:
            channel.put_temporary(file.name, sealed_bytes(desk, file))
            desk.tell("laid", file=name)
        desk.alone()
        channel.publish(file.name)
    except ChannelUnreachable as fault:
        desk.tell("unreachable", file=name, why=str(fault))
    except ChannelFault as fault:
        desk.tell("refused", file=name, why=str(fault))
    _settle_doubt(desk, channel, route, file)


def _intend(desk: Desk, channel: Channel, route: BankRoute, file: Sendable, report: SendReport) -> bool:
    """Make the last checks and record the intent, in the book and outside it; returns whether the file may go."""
    name = public_id(Prefix.FILE, file.file_id)
    desk.alone()
    try:
        with desk.action() as ctx:
            note_sending(ctx, file.file_id, window=route.profile.window)
    except MustRebuild as reason:
        try:
            if not channel.withdraw_temporary(file.name) and route.profile.collects_only_final_names:
                # It was laid a moment ago and is gone: a run that had lost its lock gave it its final name.
                _settle_doubt(desk, channel, route, file, laid=True)
                return False
        except ChannelFault as fault:
            desk.tell("waiting", file=name, why=str(fault))
            report.waiting.append(name)
            return False
        with desk.action() as ctx:
            void_file(ctx, file.file_id, reason=str(reason))
        report.voided.append(name)
        desk.tell("voided", file=name, why=str(reason))
        return False
    except WrongState as changed:
        # Somebody voided it, or the bank told of it, since we looked: its temporary file goes.
        with suppress(ChannelFault):
            channel.withdraw_temporary(file.name)
        desk.tell("overtaken", file=name, why=str(changed))
        return False
    desk.host.note_send(_line(file, "sending"))
    desk.tell("intent", file=name)
    return True


def _settle_doubt(desk: Desk, channel: Channel, route: BankRoute, file: Sendable, *, laid: bool = False) -> None:
    """Decide by evidence what became of a file on its way: delivered, untouched, or in doubt.

    One that was ``laid`` by us and taken by another run is on its way although it is only approved.
    """
    name = public_id(Prefix.FILE, file.file_id)
    try:
        evidence = channel.read_back(file.name)
    except ChannelFault as fault:
        _doubt(desk, file, why=str(fault), laid=laid)
        return
    if evidence.delivered(size=file.size, sha256=file.sha256):
        desk.tell("read_back", file=name)
        desk.host.note_send(_line(file, "sent"))
        with desk.action() as ctx:
            note_transmitted(ctx, file.file_id, evidence="read back with size and hash")
        desk.tell("transmitted", file=name)
    elif route.profile.collects_only_final_names and evidence.waits(size=file.size, sha256=file.sha256):
        desk.alone()
        desk.host.note_send(_line(file, "withheld"))
        with desk.action() as ctx:
            note_untouched(ctx, file.file_id, evidence="our bytes still lie under the temporary name")
        desk.tell("untouched", file=name)
    else:
        _doubt(desk, file, why=_what_is_seen(evidence), laid=laid)


def _what_is_seen(evidence: Evidence) -> str:
    if evidence.final is None and evidence.temporary is None:
        return "neither its final nor its temporary name is at the bank, which collects what it finds"
    if evidence.final is None:
        return "only a temporary file is there"
    return "what lies there under its name are other bytes"


def _doubt(desk: Desk, file: Sendable, *, why: str, laid: bool = False) -> None:
    with desk.action() as ctx:
        note_in_doubt(ctx, file.file_id, why=why, laid=laid)
    desk.tell("in_doubt", file=public_id(Prefix.FILE, file.file_id), why=why)


def _line(file: Sendable, what: Literal["sending", "sent", "withheld"]) -> SentLine:
    return SentLine(
        what=what,
        name=file.name,
        sha256=file.sha256.hex(),
        entries=file.entries,
        debit_cents=file.debit_cents,
    )


def verify_file(desk: Desk, file_id: int) -> list[str]:
    """Return how a file's kept bytes differ from the book: their hash, what our reader reads, the totals."""
    with desk.view() as ctx:
        row = ctx.session.get(File, file_id)
        if row is None:
            fact = f"there is no file {public_id(Prefix.FILE, file_id)}"
            raise NoSuch(fact)
        file, sealed = sendable(row), (row.entries, row.debit_cents, row.credit_cents)
    try:
        reading = read(sealed_bytes(desk, file))
    except BrokenInvariant as broken:
        return [str(broken)]
    found = [f"line {problem.line}: {problem.message}" for problem in reading.problems if problem.severity == "error"]
    if (reading.entry_count, reading.debit_cents, reading.credit_cents) != sealed:
        found.append("the totals of the bytes are not those of the book")
    return found


def _refuse_seen(desk: Desk, file: Sendable) -> None:
    """Raise ``WrongState`` when the host's last word on a file is that it was read back at the bank."""
    said = [line for line in desk.host.sent() if line.name == file.name]
    if said and said[-1] == _line(file, "sent"):
        fact = f"the host noted that {file.name} was read back at the bank"
        raise WrongState(fact, "It is delivered, whatever became of it there: what does not debit comes back as such")


def resolve(desk: Desk, file_id: int, *, delivered: bool, second: str, word: str) -> None:
    """Record the bank's word about a file in doubt, by two persons; what was not delivered is sent again as it is.

    Raises ``WrongState`` when a file is said not to be delivered that the host saw at the bank.
    """
    with desk.action() as ctx:
        file = sendable(locked_file(ctx, file_id))
        if not delivered:
            _refuse_seen(desk, file)
        resolve_doubt(ctx, file_id, delivered=delivered, second=second, word=word)
        if not delivered:
            # Before the commit: of a restored book alone does the register say "sending" when it would send a file.
            desk.host.note_send(_line(file, "withheld"))
    if delivered:
        desk.host.note_send(_line(file, "sent"))
    desk.remember()
