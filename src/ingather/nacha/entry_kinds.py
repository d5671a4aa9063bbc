"""What each entry is: one that goes forward, or an answer to one: a return, dishonour, contest or change.

An answer keeps the SEC code and the texts of the entry that it is about, and other rules apply to it: the trace number
is the receiving bank's, the transaction code is one of the returning ones, the effective date lies in the past. The
addenda tells: 98 is a change, 99 a return, dishonour or contest by its reason alone (RB13 Appendix Four and Five).
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Int64, Mask, parse_digits
from ingather.nacha.reading import AddendaColumns, BatchColumns, EntryColumns
from ingather.nacha.records import LAYOUTS
from ingather.nacha.return_reasons import RETURN_REASONS, Family

CHANGE_ADDENDA, RETURN_ADDENDA = 98, 99
CHANGE_CLASS = "COR"
_DIGITS = slice(LAYOUTS["799"].span("return_reason").start + 1, LAYOUTS["799"].span("return_reason").stop)


class EntryKind(IntEnum):
    """What an entry is; columns of entries and batches hold these numbers."""

    FORWARD = 0
    RETURN = 1
    DISHONOUR = 2
    CONTEST = 3
    CHANGE = 4


Kinds = npt.NDArray[np.int8]
_KIND_OF_FAMILY = {
    Family.RETURN: EntryKind.RETURN,
    Family.DISHONOUR: EntryKind.DISHONOUR,
    Family.CONTEST: EntryKind.CONTEST,
}
# By the two digits of a reason; one that the Rules do not know is a return.
_KIND_OF_REASON = np.full(100, EntryKind.RETURN, np.int8)
for _reason in RETURN_REASONS.values():
    _KIND_OF_REASON[int(_reason.code[1:])] = _KIND_OF_FAMILY[_reason.family]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKinds:
    """``entry`` is ``(m,)`` kinds; ``batch`` ``(b,)``, the kind of the answers in a batch; ``mixed`` ``(b,)``.

    A batch of class COR holds changes, whatever its entries carry; a batch is ``mixed`` when its entries are of more
    than one kind.
    """

    entry: Kinds
    batch: Kinds
    mixed: Mask

    @property
    def answers(self) -> Mask:
        """Return which entries are answers, ``(m,)``."""
        answers: Mask = self.entry != EntryKind.FORWARD
        return answers

    @property
    def forward_batches(self) -> Mask:
        """Return which batches hold no answers, ``(b,)``."""
        forward: Mask = self.batch == EntryKind.FORWARD
        return forward


def kinds_of_reasons(addenda: AddendaColumns, at: Int64, /) -> Kinds:
    """Return what the return addenda (99) at these places are: returns, dishonours or contests, by their reason."""
    number, real = parse_digits(addenda.text[at][:, _DIGITS])
    kinds: Kinds = _KIND_OF_REASON[np.where(real, number, 0)]
    return kinds


def entry_kinds(addenda: AddendaColumns, entries: EntryColumns, batches: BatchColumns, sec: list[str]) -> EntryKinds:
    """Return what each entry and batch is; an entry with several answering addenda is what the last one says."""
    kinds = EntryKinds(
        entry=np.zeros(len(entries), np.int8),
        batch=np.zeros(len(batches), np.int8),
        mixed=np.zeros(len(batches), np.bool_),
    )
    for index, code in enumerate(sec):
        if code == CHANGE_CLASS:
            kinds.entry[batches.first[index] : batches.end[index]] = EntryKind.CHANGE
            kinds.batch[index] = EntryKind.CHANGE
    at = np.flatnonzero((addenda.type_code >= CHANGE_ADDENDA) & (addenda.entry >= 0))
    if len(at):
        returned = addenda.type_code[at] == RETURN_ADDENDA
        kinds.entry[addenda.entry[at]] = np.where(returned, kinds_of_reasons(addenda, at), EntryKind.CHANGE)
        _tell_batches(kinds, entries, batches)
    return kinds


def _tell_batches(kinds: EntryKinds, entries: EntryColumns, batches: BatchColumns) -> None:
    answered = np.flatnonzero(kinds.answers & (entries.batch >= 0))
    if not len(answered):
        return
    batch, kind = entries.batch[answered], kinds.entry[answered]
    lowest = np.full(len(batches), np.iinfo(np.int8).max, np.int8)
    np.minimum.at(lowest, batch, kind)
    np.maximum.at(kinds.batch, batch, kind)
    counts = np.bincount(batch, minlength=len(batches))
    kinds.mixed[:] = (counts > 0) & ((counts < batches.entries) | (lowest != kinds.batch))
