"""The tree beside the grid: batches and entries by their lines, with amounts, and where problems are."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.console.files.checked import Checked, CheckedBatch
from ingather.nacha.mask import mask_text, mask_values
from ingather.nacha.records import RECORD_WIDTH
from ingather.nacha.show import layout_in

_ANSWERS = {b"798": "change", b"799": "return"}
_FRAMES = {b"1": "head", b"5": "batch", b"8": "control", b"9": "end"}
_MOST_BATCHES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One line of the tree: ``kind`` is head, batch, entry, addenda, control, end or other; ``text`` may be empty."""

    line: int
    kind: str
    text: str = ""
    code: str = ""
    minor: int | None = None
    mark: str = ""


def tree_of(checked: Checked, first: int, raws: Sequence[bytes], *, whole: bool) -> list[Leaf]:
    """Return the tree: every line of a small file; of a large one its batches, and the entries of the window."""
    window = dict(enumerate(raws, start=first))
    leaves: list[Leaf] = []
    if whole:
        return [leaf for number, raw in window.items() if (leaf := _leaf(checked, number, raw)) is not None]
    shown = checked.batch_at(first), checked.batch_at(first + len(raws) - 1)
    begun = max(0, min(shown[0], len(checked.batches) - _MOST_BATCHES))
    for at, batch in enumerate(checked.batches[begun : begun + _MOST_BATCHES], start=begun):
        leaves.append(_batch(checked, batch))
        if shown[0] <= at <= max(shown):
            leaves += [
                leaf
                for number, raw in window.items()
                if batch.line < number <= batch.end and (leaf := _leaf(checked, number, raw)) is not None
            ]
    return leaves


def _batch(checked: Checked, batch: CheckedBatch) -> Leaf:
    inside = [number for number in checked.on_line if batch.line <= number <= batch.end]
    worst = {_mark(checked, number) for number in inside}
    mark = "dan" if "dan" in worst else "att" if "att" in worst else ""
    words = f"{batch.said_class} {batch.description}".strip()
    return Leaf(line=batch.line, kind="batch", text=words, minor=batch.cents, mark=mark)


def _leaf(checked: Checked, number: int, raw: bytes) -> Leaf | None:
    mark = _mark(checked, number)
    kind = raw[:1]
    if kind == b"5" and (at := checked.batch_at(number)) >= 0 and checked.batches[at].line == number:
        return _batch(checked, checked.batches[at])
    if kind == b"6":
        return _entry(checked, number, raw, mark)
    if kind == b"7":
        answer = _ANSWERS.get(raw[:3], "addenda")
        code = raw[3:6].decode("cp1252", errors="replace") if answer != "addenda" else ""
        return Leaf(line=number, kind=answer, code=code, mark=mark)
    if kind in _FRAMES and raw.strip(b"9"):
        return Leaf(line=number, kind=_FRAMES[kind], mark=mark)
    return Leaf(line=number, kind="other", mark=mark) if mark else None


def _entry(checked: Checked, number: int, raw: bytes, mark: str) -> Leaf:
    entry_class = checked.class_at(number)
    layout = layout_in(raw.ljust(RECORD_WIDTH), entry_class)
    values = mask_values(layout, raw)
    amount = values.get("amount", "")
    # Without a class nobody knows where a name stands: an account may.
    text = mask_text(values.get("receiver_name", "")).strip() if entry_class else ""
    return Leaf(
        line=number,
        kind="entry",
        text=text.title() if text.isupper() else text,
        minor=int(amount) if amount.isdecimal() else None,
        mark=mark,
    )


def _mark(checked: Checked, number: int) -> str:
    found = checked.on_line.get(number, ())
    if any(each.severity is Severity.ERROR for each in found):
        return "dan"
    return "att" if found else ""
