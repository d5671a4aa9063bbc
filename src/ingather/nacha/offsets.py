"""Offset entries: the one entry by which a batch balances against our own account, where a bank wants balanced files.

An offset is known by the account that it moves money on, by the mark in its identification and by its direction, never
by a name: a payer whose name is OFFSET is a payer.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask, text_column
from ingather.nacha.findings import Findings
from ingather.nacha.plan import (
    ACCOUNT_WIDTH,
    DISCRETIONARY_WIDTH,
    IDENTIFICATION_WIDTH,
    NAME_WIDTH,
    Batches,
    Entries,
    FilePlan,
)
from ingather.nacha.plan_parts import MIXED, sequenced
from ingather.nacha.reading import Reading
from ingather.nacha.records import LAYOUTS
from ingather.nacha.refused import FormatRefused
from ingather.nacha.routing import is_routing_number
from ingather.nacha.sec import SEC_CODES
from ingather.nacha.transaction_codes import DEBIT

_ENTRY = LAYOUTS["6"]
_CHECKING, _SAVINGS = (22, 27), (32, 37)
# Entries of this SEC code say whether they recur; an offset is single.
_TYPED, _SINGLE = frozenset({"WEB"}), ord("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetAccount:
    """Our account at the bank: ``routing`` has nine digits, ``account`` is 17 blank-filled bytes, which no repr shows.

    ``mark`` is what columns 40 to 54 of an offset say (at most 15 characters), ``name`` what 55 to 76 do.
    """

    routing: int
    account: bytes = field(repr=False)
    savings: bool
    name: str
    mark: str

    @property
    def codes(self) -> tuple[int, int]:
        """Return the transaction codes of a credit and of a debit."""
        return _SAVINGS if self.savings else _CHECKING


def balance(plan: FilePlan, account: OffsetAccount, /, *, traces: Int64) -> FilePlan:
    """Return the plan with one offset after the last entry of every batch that does not balance.

    Debits are balanced by a credit (22 or 32) and credits by a debit (27 or 37); the batch's service class becomes 200.
    ``traces`` ``(b,)`` has a trace number for every batch, used where there is something to balance. Balancing twice
    changes nothing. Raises ``FormatRefused`` for an account that cannot be written, a wrong number of traces, a batch
    that has offsets which do not balance it, and one whose SEC code has no entries of the offset's direction, such as
    TEL; the writer refuses a sum over ten digits.
    """
    batches, entries = plan.batches, plan.entries
    net = _net(entries.batch, entries.transaction_code, entries.amount_cents, len(batches))
    offset = entries.offset if entries.offset is not None else np.zeros(len(entries), np.bool_)
    rows = np.flatnonzero(net)
    _refuse(account, entries.batch[offset], rows, len(batches), len(traces))
    _refuse_classes(batches, rows, net)
    if not len(rows):
        return replace(plan, entries=replace(entries, offset=offset))
    new = _offsets(batches, account, rows, net[rows], traces[rows])
    service = list(batches.service_class)
    for row in rows.tolist():
        service[row] = MIXED
    return replace(
        plan,
        batches=replace(batches, service_class=service),
        entries=sequenced(replace(entries, offset=offset), new),
    )


def offsets_of(reading: Reading, account: OffsetAccount, /) -> Mask:
    """Return which entries of a reading ``(m,)`` are offsets: on our account, with our mark, against their batch.

    Entries on the account that go the way of the rest of their batch are not: they do not balance it.
    """
    entries = reading.entries
    mask = np.zeros(len(entries), np.bool_)
    mask[np.flatnonzero(entries.routing == account.routing)] = True
    mask &= np.isin(entries.transaction_code, account.codes) & (entries.batch >= 0)
    for column, text in ((entries.account, account.account), (entries.identification, _marked(account.mark))):
        at = np.flatnonzero(mask)
        mask[at] = (column[at] == np.frombuffer(text, np.uint8)).all(axis=1)
    if not mask.any():
        return mask
    others = np.flatnonzero(~mask & (entries.batch >= 0))
    columns = (entries.batch[others], entries.transaction_code[others], entries.amount_cents[others])
    net = _net(*columns, len(reading.batches))[entries.batch]
    return mask & np.where(DEBIT[entries.transaction_code], net < 0, net > 0)


def _net(batch: Int64, code: Int64, cents: Int64, count: int) -> Int64:
    """Return what each of ``count`` batches debits beyond what it credits, in cents."""
    signed = np.where(DEBIT[code], cents, -cents)
    bounds = np.searchsorted(batch, np.arange(count + 1))
    running = np.append(0, np.cumsum(signed))
    net: Int64 = running[bounds[1:]] - running[bounds[:-1]]
    return net


def _marked(mark: str) -> bytes:
    return mark.encode("ascii").ljust(IDENTIFICATION_WIDTH)


def _offsets(batches: Batches, account: OffsetAccount, rows: Int64, net: Int64, traces: Int64) -> Entries:
    """Return the offsets of these batches."""
    count = len(rows)
    credit, debit = account.codes
    said = np.full((count, DISCRETIONARY_WIDTH), BLANK, np.uint8)
    typed = np.array([batches.standard_entry_class[row] in _TYPED for row in rows.tolist()], np.bool_)
    said[typed, 0] = _SINGLE
    return Entries(
        batch=rows,
        transaction_code=np.where(net > 0, credit, debit),
        routing=np.full(count, account.routing, np.int64),
        account=_repeated(account.account, count),
        amount_cents=np.abs(net),
        identification=_repeated(_marked(account.mark), count),
        name=text_column([account.name] * count, NAME_WIDTH),
        discretionary=said,
        trace=traces,
        offset=np.ones(count, np.bool_),
    )


def _repeated(text: bytes, count: int) -> Bytes2D:
    return np.tile(np.frombuffer(text, np.uint8), (count, 1))


def _refuse_classes(batches: Batches, rows: Int64, net: Int64) -> None:
    """Refuse what would put a credit into a class of debits, such as TEL, or the other way round: banks reject it."""
    findings = Findings()
    for row in rows.tolist():
        code = batches.standard_entry_class[row]
        allowed = SEC_CODES.get(code)
        if allowed is not None and not (allowed.credits if net[row] > 0 else allowed.debits):
            kind = "credits" if net[row] > 0 else "debits"
            findings.add(
                "offset", f"Batch {row + 1}: {code} has no {kind}, so no offset can balance it; send it unbalanced."
            )
    if len(findings):
        raise FormatRefused(findings.problems())


def _refuse(account: OffsetAccount, offset_batches: Int64, rows: Int64, batches: int, traces: int) -> None:
    findings = Findings()
    if not is_routing_number(f"{account.routing:09d}"):
        sentence = "The routing number of the offset account is none."
        findings.add("offset", sentence, field=_ENTRY.field("receiving_dfi"))
    if len(account.account) != ACCOUNT_WIDTH or not account.account.strip():
        sentence = f"The offset account is not {ACCOUNT_WIDTH} filled bytes."
        findings.add("offset", sentence, field=_ENTRY.field("account_number"))
    for name, text, width in (
        ("identification_number", account.mark, IDENTIFICATION_WIDTH),
        ("receiver_name", account.name, NAME_WIDTH),
    ):
        if not text.strip() or len(text) > width or not (text.isascii() and text.isprintable()):
            words = "mark" if name == "identification_number" else "name"
            sentence = f"The {words} of the offset account is not 1 to {width} characters of printable ASCII."
            findings.add("offset", sentence, field=_ENTRY.field(name))
    for row in np.intersect1d(offset_batches, rows).tolist():
        findings.add("offset", f"Batch {row + 1} has offset entries that do not balance it.")
    if traces != batches:
        findings.add("plan-shape", f"There are {traces} trace numbers for offsets of {batches} batches.")
    if len(findings):
        raise FormatRefused(findings.problems())
