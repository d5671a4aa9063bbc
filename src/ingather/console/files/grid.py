"""Lines of a file as the grid shows them: each field a cell with its tint, accounts as bullets in place.

A line keeps all its columns, whatever they are: what is short ends in a cell that says so, what is longer goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingather.base.problems import Problem, Severity
from ingather.console.files.kinds import tint_of
from ingather.nacha.mask import mask_text, mask_value
from ingather.nacha.records import LAYOUTS, RECORD_WIDTH, Field, Kind, Layout, decompose
from ingather.nacha.show import layout_in

BULLET = "•"
_MOST_SHOWN = 2_000
_TYPES = b"156789"
_COUNTED = frozenset({"money", "sum"})
_FILL = b"9" * RECORD_WIDTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One field on a line: tint, columns from 1, zeros that only fill it, and what follows them.

    ``mark`` is ``flag`` or ``flag-d`` where a problem stands, ``lack`` for columns that are missing.
    """

    tint: str
    start: int
    end: int
    zeros: str
    text: str
    name: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A problem under its line: whether it is an error, where its bracket stands, and what is said."""

    bad: bool
    before: int
    width: int
    text: str
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLine:
    """One line: number, cells, the problems under it, and its layout; ``to`` is the last line of folded fill."""

    number: int
    cells: Sequence[Cell]
    said: Sequence[Said] = ()
    begins: bool = False
    to: int = 0
    layout: str = ""


def layout_at(record: bytes, entry_class: str, *, advices: bool = False) -> Layout | None:
    """Return the layout by which a line is shown; None for one that is no record.

    ``entry_class`` is that of its batch; ``advices`` says that a file control adds up advices.
    """
    if record[:1] not in {bytes([each]) for each in _TYPES}:
        return None
    if record[:1] == b"9":
        return LAYOUTS["9ADV" if advices else "9"]
    if record[:1] == b"1":
        return LAYOUTS["1"]
    return layout_in(record.ljust(RECORD_WIDTH), entry_class)


def masked(text: str, shown: str) -> str:
    """Return what may be seen of a field in as many columns: what its masking hides is a bullet each."""
    return "".join(now if was == now else BULLET for was, now in zip(text, shown, strict=True))


def field_text(field: Field, text: str, code: str = "") -> str:
    """Return one field's columns with what may be an account number as bullets, as many columns as there were."""
    return masked(text, mask_value(field, text, change_code=code))


def line_of(number: int, raw: bytes, entry_class: str, *, advices: bool = False) -> GridLine:
    """Return a line as its cells, account numbers masked."""
    text = raw.decode("cp1252", errors="replace")
    layout = layout_at(raw, entry_class, advices=advices)
    if raw == _FILL:
        return GridLine(number=number, cells=(_cell("fill", 1, text),), to=number)
    if layout is None:
        return GridLine(number=number, cells=tuple(_unknown(text)))
    code = decompose(layout, raw).get("change_code", "")
    hidden = _hidden_beside(layout, text)
    cells: list[Cell] = []
    for field in layout.fields:
        own = text[field.span]
        if own:
            seen = field_text(field, own, code)
            if hidden:
                seen = "".join(BULLET if field.start - 1 + at in hidden else each for at, each in enumerate(seen))
            cells.append(_cell(tint_of(field), field.start, seen, field.name))
    if len(text) < RECORD_WIDTH:
        width = RECORD_WIDTH - len(text)
        cells.append(Cell(tint="lack", start=len(text) + 1, end=RECORD_WIDTH, zeros="", text=" " * width, mark="lack"))
    if len(text) > RECORD_WIDTH:
        rest = _shortened(text[RECORD_WIDTH:])
        cells.append(_cell("text", RECORD_WIDTH + 1, masked(rest, mask_text(rest)), mark="flag-d"))
    begins = raw[:1] in {b"5", b"9"}
    return GridLine(number=number, cells=tuple(cells), begins=begins, layout=layout.code)


def _hidden_beside(layout: Layout, text: str) -> frozenset[int]:
    """Return the columns, from 0, beside an account's field that are hidden as well on a line of another length.

    Where columns are missing an account may begin that much earlier, where there are more it may end that much later.
    """
    moved = len(text) - RECORD_WIDTH
    hidden: set[int] = set()
    for field in layout.fields if moved else ():
        if field.kind is Kind.ACCOUNT:
            begin, end = field.start - 1, field.end
            hidden |= (
                set(range(max(begin + moved, 1), begin)) if moved < 0 else set(range(end, min(end + moved, len(text))))
            )
    return frozenset(each for each in hidden if text[each : each + 1].strip())


def _unknown(text: str) -> Iterable[Cell]:
    """Yield a line that is no record: nobody can say what stands in it, so longer runs are masked."""
    shown = _shortened(masked(text, mask_text(text)))
    yield _cell("fixed", 1, shown[:RECORD_WIDTH] or " ")
    if len(shown) > RECORD_WIDTH:
        yield _cell("text", RECORD_WIDTH + 1, shown[RECORD_WIDTH:], mark="flag-d")


def _shortened(text: str) -> str:
    """Return what a line has too much, the beginning of it with how much more there is where that is a whole page."""
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]} … {len(text) - _MOST_SHOWN:,} more"


def _cell(tint: str, start: int, text: str, name: str = "", mark: str = "") -> Cell:
    zeros = ""
    if tint in _COUNTED and text.isdecimal():
        zeros = text[: len(text) - len(text.lstrip("0"))]
        zeros = zeros[:-1] if len(zeros) == len(text) else zeros
    rest = text[len(zeros) :]
    return Cell(tint=tint, start=start, end=start + len(text) - 1, zeros=zeros, text=rest, name=name, mark=mark)


def with_problems(line: GridLine, found: Sequence[Problem]) -> GridLine:
    """Return a line with the problems found on it: its fields flagged, and each said beneath."""
    if not found:
        return line
    cells = []
    for cell in line.cells:
        hit = [each for each in found if each.start and each.start <= cell.end and each.end >= cell.start]
        worst = "flag-d" if any(each.severity is Severity.ERROR for each in hit) else "flag" if hit else ""
        cells.append(replace(cell, mark=cell.mark or worst) if worst else cell)
    said = tuple(
        Said(
            bad=each.severity is Severity.ERROR,
            before=max(min(each.start, RECORD_WIDTH) - 1, 0),
            width=max(min(each.end, RECORD_WIDTH) - min(each.start, RECORD_WIDTH) + 1, 1) if each.start else 0,
            text=each.message,
            check=each.check,
        )
        for each in found
    )
    return replace(line, cells=tuple(cells), said=said)


def lines_of(
    first: int,
    raws: Sequence[bytes],
    classes: Sequence[str],
    problems: Mapping[int, Sequence[Problem]],
    *,
    advices: bool = False,
) -> list[GridLine]:
    """Return consecutive lines with their problems; records of nines that follow each other become one line."""
    made: list[GridLine] = []
    for number, (raw, entry_class) in enumerate(zip(raws, classes, strict=True), start=first):
        line = with_problems(line_of(number, raw, entry_class, advices=advices), problems.get(number, ()))
        before = made[-1] if made else None
        if line.to and before is not None and before.to and not line.said and not before.said:
            made[-1] = replace(before, to=number)
        else:
            made.append(line)
    return made
