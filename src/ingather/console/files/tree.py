"""The tree beside the grid: batches and entries by their lines, with amounts, and where problems are."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingather.base.problems import Severity
from ingather.console.files.checked import Checked, CheckedBatch
from ingather.nacha.mask import mask_text

_AMOUNT = slice(29, 39)
_ADVICE_AMOUNT = slice(27, 39)
_NAME = slice(54, 76)
_NAMES = {"CTX": slice(58, 74), "CIE": slice(39, 54), "MTE": slice(39, 61), "SHR": slice(54, 76)}
_ANSWERS = {b"798": "change", b"799": "return"}
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
    window = {number: raw for number, raw in enumerate(raws, start=first)}
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
    match raw[:1]:
        case b"1":
            return Leaf(line=number, kind="head", mark=mark)
        case b"5":
            at = checked.batch_at(number)
            if at >= 0 and checked.batches[at].line == number:
                return _batch(checked, checked.batches[at])
            return Leaf(line=number, kind="batch", mark=mark)
        case b"6":
            entry_class = checked.class_at(number)
            amount = raw[_ADVICE_AMOUNT if entry_class == "ADV" else _AMOUNT].decode("cp1252", errors="replace")
            return Leaf(
                line=number,
                kind="entry",
                # Without a class nobody knows where a name stands: an account may.
                text=_name(raw, entry_class) if entry_class else "",
                minor=int(amount) if amount.isdecimal() else None,
                mark=mark,
            )
        case b"7":
            kind = _ANSWERS.get(raw[:3], "addenda")
            code = raw[3:6].decode("cp1252", errors="replace") if kind != "addenda" else ""
            return Leaf(line=number, kind=kind, code=code, mark=mark)
        case b"8":
            return Leaf(line=number, kind="control", mark=mark)
        case b"9" if raw.strip(b"9"):
            return Leaf(line=number, kind="end", mark=mark)
        case _:
            return Leaf(line=number, kind="other", mark=mark) if mark else None


def _name(raw: bytes, entry_class: str) -> str:
    text = mask_text(raw[_NAMES.get(entry_class, _NAME)].decode("cp1252", errors="replace")).strip()
    return text.title() if text.isupper() else text


def _mark(checked: Checked, number: int) -> str:
    found = checked.on_line.get(number, ())
    if any(each.severity is Severity.ERROR for each in found):
        return "dan"
    return "att" if found else ""
