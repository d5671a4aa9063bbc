"""What reading a sample must yield, said from what went into it and never read back from a reader."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacha_samples.building import BACK, Batch, Entry, Head, Lines, records_of

DISHONOURS = frozenset(range(61, 71))
CONTESTS = frozenset(range(71, 78))
REFUSALS = frozenset(range(61, 70))
RETURN, CHANGE = "99", "98"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample: its name, its bytes, and the plain values of its ``.json``."""

    name: str
    source: bytes = field(repr=False)
    expected: dict[str, Any] = field(repr=False)

    def write(self, folder: Path) -> list[Path]:
        """Write the sample and its expectation into a folder, and return where they are."""
        paths = [folder / f"{self.name}.ach", folder / f"{self.name}.json"]
        paths[0].write_bytes(self.source)
        paths[1].write_text(json.dumps(self.expected, indent=1) + "\n", encoding="ascii")
        return paths


def sample(
    name: str,
    *batches: Batch,
    head: Head | None = None,
    errors: Sequence[str] = (),
    warnings: Sequence[str] = (),
    masked: Sequence[str] = (),
    ending: str = "\n",
) -> Sample:
    """Return a sample of one file; ``masked`` is the corrected data of its changes as people may see them."""
    answers = any(entry.addenda and entry.addenda[-1][:2] in {RETURN, CHANGE} for entry in _entries(batches))
    lines = records_of(batches, head or (BACK if answers else Head()))
    return Sample(
        name=name, source=bytes_of(lines, ending=ending), expected=expectation(batches, errors, warnings, masked)
    )


def bytes_of(lines: Lines, *, ending: str = "\n") -> bytes:
    """Return the records as bytes, each with its line end."""
    return "".join(line + ending for line in lines).encode("ascii")


def expectation(
    batches: Sequence[Batch],
    errors: Sequence[str] = (),
    warnings: Sequence[str] = (),
    masked: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the counts, the ids of errors and warnings, and each answer with the entry it belongs to."""
    entries = list(_entries(batches))
    debits = sum(entry.cents for entry in entries if entry.debit)
    shown = iter(masked)
    answers: dict[str, list[dict[str, Any]]] = {
        kind: [] for kind in ("returns", "dishonours", "contests", "changes", "refused_changes")
    }
    for index, entry in enumerate(entries):
        for content in entry.addenda:
            kind, number = content[:2], content[3:5]
            if kind not in {RETURN, CHANGE}:
                continue
            about = {"original_trace": int(content[5:20]), "entry": index, "original_rdfi": content[26:34].strip()}
            if kind == RETURN:
                family = "dishonours" if int(number) in DISHONOURS else "returns"
                family = "contests" if int(number) in CONTESTS else family
                answers[family].append({"reason": content[2:5]} | about)
            else:
                family = "refused_changes" if int(number) in REFUSALS else "changes"
                answers[family].append({"code": content[2:5]} | about | {"corrected_data_masked": next(shown)})
    return {
        "counts": {
            "batches": len(batches),
            "entries": len(entries),
            "addenda": sum(len(entry.addenda) for entry in entries),
            "debit_cents": debits,
            "credit_cents": sum(entry.cents for entry in entries) - debits,
        },
        "errors": sorted(errors),
        "warnings": sorted(warnings),
        **answers,
    }


def _entries(batches: Sequence[Batch]) -> Iterator[Entry]:
    for batch in batches:
        yield from batch.entries
