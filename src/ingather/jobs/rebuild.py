"""Rebuilding a sealed file from the book: written anew from orders, accounts and batches, its hash held to the sealed.

The sealed bytes are not what it is written from. They are opened only when the hashes differ, to say where: the line
and the field, account numbers masked. What was changed since the sealing is read as it was then.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time

import numpy as np

from ingather.actions.files.sending import sendable
from ingather.base.columns import Bytes2D, Int64, text_column
from ingather.base.ids import Prefix, encode_keys, public_id
from ingather.domain.accounts import AccountKind
from ingather.domain.entries import EntryKind
from ingather.domain.refusals import BrokenInvariant, KeyDestroyed, NoSuch
from ingather.jobs.desk import Desk
from ingather.jobs.night.building import in_capitals
from ingather.jobs.night.numbering import odfi_of
from ingather.jobs.transmit import sealed_bytes
from ingather.nacha.mask import mask_value
from ingather.nacha.plan import IDENTIFICATION_WIDTH, NAME_WIDTH, Batches, Entries, FileHead, FilePlan
from ingather.nacha.records import RECORD_WIDTH, class_of_batch, layout_of
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import write
from ingather.rules.banks import BankProfile, load_profile
from ingather.rules.entry_class import PAYMENT_TYPES
from ingather.store.reading.sealed_entries import (
    SealedEntries,
    SealedFile,
    file_ids,
    sealed_entries,
    sealed_file,
)
from ingather.vault.sealing import ACCOUNT_WIDTH, Place

_DEBIT, _CREDIT, _PRENOTE = (27, 37), (22, 32), (28, 38)
_CODES: dict[EntryKind, tuple[int, int]] = {
    EntryKind.DEBIT: _DEBIT,
    EntryKind.RETRY: _DEBIT,
    EntryKind.CORRECTED: _DEBIT,
    EntryKind.RETURN_FEE: _DEBIT,
    EntryKind.MICRO_DEBIT: _DEBIT,
    EntryKind.REVERSAL: _CREDIT,
    EntryKind.REFUND: _CREDIT,
    EntryKind.MICRO_CREDIT: _CREDIT,
    EntryKind.PAYOUT: _CREDIT,
    EntryKind.PRENOTE: _PRENOTE,
}
"""The transaction codes of each kind of entry: to a checking account, to a savings account."""
_TYPED = frozenset({"WEB", "TEL"})
_SINGLE, _RECURRING = PAYMENT_TYPES.index("S"), PAYMENT_TYPES.index("R")
_UNTYPED = frozenset({EntryKind.REFUND, EntryKind.PAYOUT})
_LETTERS = np.frombuffer(b" ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of rebuilding one file: the two hashes in hexadecimal, and where the bytes first differ.

    ``sha256`` is empty when nothing could be written; ``why`` says why not. ``line`` is from 1, 0 where there is none.
    ``sealed`` and ``rebuilt`` are the field's values, account numbers masked.
    """

    file: str
    name: str
    entries: int
    sealed_sha256: str
    sha256: str
    why: str = ""
    line: int = 0
    record_field: str = ""
    columns: str = ""
    sealed: str = field(default="", repr=False)
    rebuilt: str = field(default="", repr=False)

    @property
    def same(self) -> bool:
        """Return whether the bytes are those that were sealed."""
        return self.sha256 == self.sealed_sha256


def rebuild_file(desk: Desk, file_id: int, *, compare: bool = True) -> Rebuilt:
    """Write a sealed file anew from the book and hold its hash to the sealed one; raises ``NoSuch``.

    With ``compare`` the sealed bytes are opened where the hashes differ, to say at which line and field.
    """
    with desk.view() as ctx:
        found = sealed_file(ctx.session, file_id)
        if found is None:
            fact = f"there is no file {public_id(Prefix.FILE, file_id)}"
            raise NoSuch(fact)
        entries = sealed_entries(ctx.session, found)
        ctx.session.expunge_all()
    try:
        data = _written(desk, found, entries)
    except (BrokenInvariant, FormatRefused, KeyDestroyed) as refusal:
        return _told(found, b"", why=str(refusal))
    if not compare or hashlib.sha256(data).digest() == found.file.sha256:
        return _told(found, data)
    try:
        sealed = sealed_bytes(desk, sendable(found.file))
    except (BrokenInvariant, KeyDestroyed) as broken:
        return _told(found, data, why=str(broken))
    return _first_difference(found, sealed, data)


def rebuild_all(desk: Desk) -> Iterator[Rebuilt]:
    """Rebuild every file of the book, oldest first, one at a time: no more than one is ever in memory."""
    with desk.view() as ctx:
        keys = file_ids(ctx.session)
    for key in keys:
        yield rebuild_file(desk, key)


def _told(found: SealedFile, data: bytes, *, why: str = "") -> Rebuilt:
    return Rebuilt(
        file=public_id(Prefix.FILE, found.file.id),
        name=found.file.name,
        entries=found.file.entries,
        sealed_sha256=found.file.sha256.hex(),
        sha256=hashlib.sha256(data).hexdigest() if data else "",
        why=why,
    )


def _written(desk: Desk, found: SealedFile, entries: SealedEntries) -> bytes:
    """Return the file's bytes as the book says they must be; raises when the book does not have all that it takes."""
    if len(entries) != found.file.entries:
        fact = f"the book has what {len(entries):,} of the file's {found.file.entries:,} entries were made of"
        raise BrokenInvariant(fact, "Restore the book from a backup")
    profile = load_profile(found.profile)
    plan = _plan(desk, found, entries, profile)
    if profile.dialect.upper_case:
        plan = in_capitals(plan)
    written = write(plan, dialect=profile.dialect)
    if not (written.entry_lines == entries.line).all():
        at = int(np.flatnonzero(written.entry_lines != entries.line)[0])
        fact = (
            f"the entry of line {int(entries.line[at])} in the book is written as line {int(written.entry_lines[at])}"
        )
        raise BrokenInvariant(fact, "Restore the book from a backup")
    return written.data


def _plan(desk: Desk, found: SealedFile, entries: SealedEntries, profile: BankProfile) -> FilePlan:
    file, batches = found.file, found.batches
    count = len(batches)
    sec = [batch.entry_class for batch in batches]
    return FilePlan(
        head=FileHead(
            destination=file.destination,
            origin=file.origin,
            created_on=file.created_on,
            created_at=time(int(file.created_hhmm[:2]), int(file.created_hhmm[2:])),
            id_modifier=file.id_modifier,
            destination_name=profile.destination_name,
            origin_name=profile.origin_name,
        ),
        batches=Batches(
            service_class=[batch.service_class for batch in batches],
            company_name=[batch.company_name for batch in batches],
            company_discretionary=[""] * count,
            company_identification=[batch.company_identification for batch in batches],
            standard_entry_class=sec,
            entry_description=[batch.entry_description for batch in batches],
            descriptive_date=[""] * count,
            effective_on=[batch.effective_on for batch in batches],
            originating_dfi=[odfi_of(profile)] * count,
            batch_number=[batch.number for batch in batches],
        ),
        entries=Entries(
            batch=entries.batch,
            transaction_code=_transaction_codes(entries),
            routing=entries.routing,
            account=_accounts(desk, entries),
            amount_cents=entries.amount_cents,
            identification=_references(entries),
            name=text_column(list(entries.receiver_name), NAME_WIDTH),
            discretionary=_payment_types(entries, sec),
            trace=entries.trace,
        ),
    )


def _transaction_codes(entries: SealedEntries) -> Int64:
    return np.array(
        [
            _CODES[EntryKind(kind)][account == AccountKind.SAVINGS]
            for kind, account in zip(entries.kind, entries.account_kind, strict=True)
        ],
        np.int64,
    )


def _payment_types(entries: SealedEntries, sec: list[str]) -> Bytes2D:
    """Return columns 77 and 78: single or recurring in the classes that say so, blank in what moves money back."""
    typed = np.array([code in _TYPED for code in sec], np.bool_)[entries.batch]
    typed &= np.array([kind not in _UNTYPED for kind in entries.kind], np.bool_)
    chosen = np.where(typed, np.where(entries.recurring, _RECURRING, _SINGLE), 0)
    return text_column(PAYMENT_TYPES, 2)[chosen]


def _references(entries: SealedEntries) -> Bytes2D:
    """Return columns 40 to 54: the key of the order, check or payout, and a check's letter."""
    keys = encode_keys(entries.reference_id)
    column = np.full((len(keys), IDENTIFICATION_WIDTH), ord(" "), np.uint8)
    column[:, : keys.shape[1]] = keys
    column[:, keys.shape[1]] = _LETTERS[entries.mark]
    return column


def _accounts(desk: Desk, entries: SealedEntries) -> Bytes2D:
    """Return the account numbers as they were, opened by the place that each lies at."""
    opened = np.full((len(entries), ACCOUNT_WIDTH), ord(" "), np.uint8)
    payout = np.array([kind == EntryKind.PAYOUT for kind in entries.kind], np.bool_)
    changed = np.array(entries.before, np.int64) > 0
    now = np.flatnonzero(~payout & ~changed).tolist()
    if now:
        opened[now] = desk.vault.open_many(
            [entries.account_id[row] for row in now], [entries.number[row] for row in now]
        )
    for row in np.flatnonzero(payout | changed).tolist():
        place = Place.PAYEE_NUMBER if payout[row] else Place.ACCOUNT_NUMBER_BEFORE
        key = entries.account_id[row] if payout[row] else entries.before[row]
        plain = desk.vault.open(place, key, entries.number[row])
        opened[row] = np.frombuffer(plain.ljust(ACCOUNT_WIDTH), np.uint8)
    return opened


def _first_difference(found: SealedFile, sealed: bytes, rebuilt: bytes) -> Rebuilt:
    """Return where two files first differ: line, field and columns, the values with account numbers masked."""
    told = _told(found, rebuilt, why="the bytes differ")
    before, after = _records(sealed), _records(rebuilt)
    sec = ""
    for number, (old, new) in enumerate(zip(before, after, strict=False), start=1):
        if old[:1] == b"5":
            sec = class_of_batch(old)
        if old == new:
            continue
        layout = layout_of(old, standard_entry_class=sec)
        for each in layout.fields if layout else ():
            if old[each.span] != new[each.span]:
                texts = [line[each.span].decode("cp1252", errors="replace") for line in (old, new)]
                return _at(told, number, each.name, f"{each.start}-{each.end}", *(mask_value(each, t) for t in texts))
        return _at(told, number, "record", f"1-{RECORD_WIDTH}", f"{len(old)} columns", f"{len(new)} columns")
    if len(before) != len(after):
        return _at(told, min(len(before), len(after)) + 1, "file", "", f"{len(before)} lines", f"{len(after)} lines")
    return _at(told, 1, "line end", "", f"{len(sealed)} bytes", f"{len(rebuilt)} bytes")


def _records(data: bytes) -> list[bytes]:
    """Return the records of a file, whose bank may want them without line ends."""
    if b"\n" in data:
        return data.splitlines()
    return [data[start : start + RECORD_WIDTH] for start in range(0, len(data), RECORD_WIDTH)]


def _at(told: Rebuilt, line: int, name: str, columns: str, sealed: str, rebuilt: str) -> Rebuilt:
    return Rebuilt(
        file=told.file, name=told.name, entries=told.entries, sealed_sha256=told.sealed_sha256, sha256=told.sha256,
        why=told.why, line=line, record_field=name, columns=columns, sealed=sealed, rebuilt=rebuilt,
    )  # fmt: skip
