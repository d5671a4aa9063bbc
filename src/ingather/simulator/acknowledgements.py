"""Acknowledgements in the ``generic-ack/1`` format: one A line for the file, B per batch, E per refused entry, Z last.

Fields are separated by a bar, lines end in LF. Accepted and refused entries together are the entries of the file, in
count and in cents of debits; a pended file is told with zeros, because nothing is decided yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ingather.simulator.behaviour import AckStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """One batch: ``entries`` and ``debit_cents`` are those accepted, or all of them when the batch is refused."""

    number: int
    company_identification: str
    entries: int
    debit_cents: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnswer:
    """One entry that was refused out of an accepted batch; amount in cents."""

    batch_number: int
    trace: int
    amount_cents: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """What is told about one file; the identity is blank where the file could not be read."""

    bank: str
    destination: str
    origin: str
    created_on: str
    created_at: str
    modifier: str
    sha256: str
    reason: str = ""
    batches: Sequence[BatchAnswer] = ()
    entries: Sequence[EntryAnswer] = ()
    refused_entries: int = 0
    refused_cents: int = 0


def status_of(answer: FileAnswer) -> AckStatus:
    """Return the word for a decided file: accepted, partly, or not at all."""
    taken = sum(batch.entries for batch in answer.batches if not batch.reason)
    refused = answer.entries or any(batch.reason for batch in answer.batches)
    if answer.reason or (refused and not taken):
        return AckStatus.REJECTED
    return AckStatus.PARTIAL if refused else AckStatus.ACCEPTED


def write_acknowledgement(answer: FileAnswer, *, status: AckStatus, at: datetime) -> bytes:
    """Return the acknowledgement's bytes; ``at`` is the aware instant at which the bank decided."""
    lines = [_file_line(answer, status, at)]
    if status is not AckStatus.PENDED:
        lines += [
            f"B|{batch.number:07d}|{AckStatus.REJECTED if batch.reason else AckStatus.ACCEPTED}"
            f"|{batch.company_identification}|{batch.entries}|{batch.debit_cents}|{batch.reason}"
            for batch in answer.batches
        ]
        lines += [
            f"E|{entry.batch_number:07d}|{entry.trace:015d}|{AckStatus.REJECTED}|{entry.amount_cents}|{entry.reason}"
            for entry in answer.entries
        ]
    lines.append(f"Z|{len(lines) + 1}")
    return "".join(f"{line}\n" for line in lines).encode("ascii", "replace")


def _file_line(answer: FileAnswer, status: AckStatus, at: datetime) -> str:
    """Return the A line; counts of a file that is pended are zero."""
    accepted = [batch for batch in answer.batches if not batch.reason and status is not AckStatus.PENDED]
    decided = status is not AckStatus.PENDED
    fields: list[str | int] = [
        "A",
        1,
        answer.bank,
        answer.destination,
        answer.origin,
        answer.created_on,
        answer.created_at,
        answer.modifier,
        answer.sha256,
        status,
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        sum(batch.entries for batch in accepted),
        sum(batch.debit_cents for batch in accepted),
        answer.refused_entries if decided else 0,
        answer.refused_cents if decided else 0,
        answer.reason.replace("|", " "),
    ]
    return "|".join(str(field) for field in fields)
