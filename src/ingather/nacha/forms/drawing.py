"""New entries drawn from those of a plan: which of them, what speaks against it, and the batches they then stand in.

What every form shares: the entries keep their account, name and reference and get new trace numbers; their batches keep
company and SEC code and get new numbers, dates and service classes; nothing of the operator's is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from ingather.base.columns import Int64, Mask
from ingather.nacha.findings import Findings
from ingather.nacha.plan import Addenda, Batches, Entries, FileHead, FilePlan
from ingather.nacha.plan_parts import services_of, taken_batches, taken_entries
from ingather.nacha.records import LAYOUTS
from ingather.nacha.refused import FormatRefused
from ingather.nacha.transaction_codes import LIVE

Rows = Int64 | Mask
_SAME_DAY = "SD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Entries of a plan, ``rows`` ``(k,)`` ascending: ``batches`` are those that they stand in, counted anew."""

    plan: FilePlan
    rows: Int64
    batches: Batches
    entries: Entries


def draw(plan: FilePlan, rows: Rows, /) -> Drawn:
    """Return the entries of these rows, given as indices in any order or as a mask, with their batches.

    Raises ``IndexError`` for rows that the plan does not have.
    """
    wanted = np.zeros(len(plan.entries), np.bool_)
    if (rows.dtype == np.bool_ and len(rows) != len(wanted)) or (rows.dtype != np.bool_ and (rows < 0).any()):
        message = "these rows are not those of the plan's entries"
        raise IndexError(message)
    wanted[rows] = True
    at = np.flatnonzero(wanted)
    entries = taken_entries(plan.entries, at)
    has = np.bincount(entries.batch, minlength=len(plan.batches)) > 0
    batches = taken_batches(plan.batches, np.flatnonzero(has).tolist())
    numbers = np.cumsum(has) - 1
    return Drawn(plan=plan, rows=at, batches=batches, entries=replace(entries, batch=numbers[entries.batch]))


class Objections:
    """What speaks against drawing entries for one form, gathered so that every reason is told at once."""

    def __init__(self, drawn: Drawn, check: str) -> None:
        self._drawn = drawn
        self._check = check
        self._findings = Findings()

    def entries(self, bad: Mask, sentence: str, *, field: str = "transaction_code") -> None:
        """Note which of the drawn entries ``(k,)`` cannot be drawn, and why."""
        at = self._drawn.rows[bad]
        batch = self._drawn.plan.entries.batch[at]
        self._findings.rows(
            self._check,
            np.zeros(len(at), np.int64),
            lambda index: f"Entry {int(at[index]) + 1:,} (batch {int(batch[index]) + 1}): {sentence}.",
            field=LAYOUTS["6"].field(field),
        )

    def plan(self, sentence: str) -> None:
        """Note what speaks against all of it."""
        self._findings.add(self._check, sentence)

    def moves_no_money(self) -> None:
        """Note the entries that are prenotes, zero-dollar entries or answers: there is nothing to undo or repeat."""
        bad = ~LIVE[self._drawn.entries.transaction_code]
        self.entries(bad, "it moves no money: prenotes, zero-dollar entries and answers are none of these")

    def balances(self) -> None:
        """Note the offset entries, which belong to their batch and to no receiver."""
        offset = self._drawn.entries.offset
        if offset is not None:
            self.entries(offset, "it is an offset and belongs to its batch")

    def described(self, words: Sequence[str], sentence: str) -> None:
        """Note the entries of batches whose description is one of these."""
        texts = self._drawn.batches.entry_description
        said = np.array([text.rstrip().upper() in words for text in texts], np.bool_)
        self.entries(said[self._drawn.entries.batch] if len(said) else np.empty(0, np.bool_), sentence)

    def say(self) -> None:
        """Raise ``FormatRefused`` with all that was noted, if anything was; nothing drawn is an objection too."""
        if not len(self._drawn.rows):
            self.plan("There is no entry to do this with.")
        if len(self._findings):
            raise FormatRefused(self._findings.problems())


def put_together(
    drawn: Drawn,
    entries: Entries,
    /,
    *,
    head: FileHead,
    effective_on: date,
    traces: Int64,
    batch_number: int,
    description: str = "",
    standard_entry_class: str = "",
) -> FilePlan:
    """Return a plan of the entries made out of drawn ones, in batches like theirs.

    ``description`` and ``standard_entry_class`` replace those of the batches when given; batches are numbered from
    ``batch_number``. A mark of the first settlement (SDHHMM) is taken out of the descriptive date. Raises
    ``FormatRefused`` when there are not as many ``traces`` as entries.
    """
    if len(traces) != len(entries):
        findings = Findings()
        findings.add("plan-shape", f"There are {len(traces):,} trace numbers for {len(entries):,} entries.")
        raise FormatRefused(findings.problems())
    batches = drawn.batches
    count = len(batches)
    new = replace(entries, trace=traces, offset=None, announced=None)
    return FilePlan(
        head=head,
        batches=replace(
            batches,
            service_class=services_of(new, count),
            entry_description=[description] * count if description else batches.entry_description,
            standard_entry_class=[standard_entry_class] * count
            if standard_entry_class
            else batches.standard_entry_class,
            descriptive_date=["" if _is_mark(text) else text for text in batches.descriptive_date],
            effective_on=[effective_on] * count,
            batch_number=range(batch_number, batch_number + count),
            settlement_date=None,
            authentication=None,
        ),
        entries=new,
    )


def _is_mark(text: str) -> bool:
    """Return whether a descriptive date asks for one of a day's settlements, which was the first file's."""
    return text.startswith(_SAME_DAY) and text[2:3].isdigit()


def repeated(count: Int64, columns: Entries, /) -> Entries:
    """Return each entry as many times as ``count`` ``(k,)`` says, one after another, without addenda."""
    at = np.repeat(np.arange(len(columns)), count)
    return taken_entries(replace(columns, addenda=None), at)


def without_addenda(entries: Entries, /) -> Entries:
    """Return the entries without their addenda."""
    return replace(entries, addenda=None)


def with_addenda(entries: Entries, addenda: Addenda, /) -> Entries:
    """Return the entries with these addenda instead of theirs."""
    return replace(entries, addenda=addenda)
