"""A file opened for a person: what it adds up to, the lines of a window, and that the opening is on record.

A page leaves one record. What it fetches afterwards names that opening by a token made for this sign-in and file; what
comes without one is an opening of its own.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingather.actions.context import Context
from ingather.actions.files.opening import note_opening, open_lines, open_part, open_whole, the_file
from ingather.base.ids import Prefix
from ingather.console.files.checked import Checked, begin, check, keep_check, kept_check
from ingather.console.files.grid import GridLine, lines_of
from ingather.console.visits import Visit
from ingather.domain.refusals import Unreadable
from ingather.nacha.records import RECORD_WIDTH
from ingather.store.tables import File

WINDOW = 200
"""How many lines are fetched at once; windows begin at 1, 201, 401 and so on."""
WHOLE = 600
"""A file of up to so many lines is shown at once, and its tree has every line."""
_PURPOSE = "opening"
_LONG = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One file as somebody looks at it; ``token`` names the opening."""

    ctx: Context = field(repr=False)
    row: File
    checked: Checked
    token: str = field(repr=False)

    @property
    def tall(self) -> bool:
        """Return whether the grid scrolls within itself, a window at a time."""
        return self.checked.lines > WHOLE

    def window_at(self, line: int) -> tuple[int, int]:
        """Return first and last line of the window that a line lies in."""
        if not self.tall:
            return 1, self.checked.lines
        line = min(max(line, 1), self.checked.lines)
        first = (line - 1) // WINDOW * WINDOW + 1
        return first, min(first + WINDOW - 1, self.checked.lines)

    def raw(self, first: int, last: int) -> list[bytes]:
        """Return the bytes of some lines, which hold account numbers."""
        if self.checked.stride:
            return open_lines(self.ctx, self.row, first=first, last=last, stride=self.checked.stride)
        return [line[:] for line in open_whole(self.ctx, self.row).splitlines()[first - 1 : last]]

    def lines(self, first: int, last: int) -> list[GridLine]:
        """Return some lines as the grid shows them."""
        raws = self.raw(first, last)
        return grid_lines(self.checked, first, raws)


def grid_lines(checked: Checked, first: int, raws: Sequence[bytes]) -> list[GridLine]:
    """Return consecutive lines of what was checked as the grid shows them."""
    classes = [checked.class_at(number) for number in range(first, first + len(raws))]
    return lines_of(first, raws, classes, checked.on_line, advices=checked.advices)


def open_file(visit: Visit, ctx: Context, *, line: int = 0) -> Opened:
    """Return the file that the address names; raises ``NoSuch``.

    Where only lines of its first window are wanted, up to ``line``, a long file that nobody has looked at yet is begun
    without reading the rest of it.
    """
    row = the_file(ctx, visit.key_of(Prefix.FILE, visit.path["file_id"]))
    checked = kept_check(row.id, row.sha256)
    if checked is None and 0 < line <= WINDOW and row.size > _LONG:
        checked = begin(open_part(ctx, row, 0), row.size)
    if checked is None:
        checked = keep_check(row.id, row.sha256, check(open_whole(ctx, row)))
    return Opened(ctx=ctx, row=row, checked=checked, token=token_of(visit, row.id))


def token_of(visit: Visit, file_id: int) -> str:
    """Return what names the openings of a file in one sign-in."""
    mine = f"{visit.caller.session_id}|{file_id}".encode()
    return visit.front.desk.vault.mac_of(_PURPOSE, mine).hex()[:24]


def on_record(visit: Visit, *, line: int, anew: bool) -> None:
    """Leave the record of an opening: of each page (``anew``), and of a part that names no opening of this sign-in."""
    file_id = visit.key_of(Prefix.FILE, visit.path["file_id"])
    given = visit.asked.get("opening", "")
    if not anew and hmac.compare_digest(given.encode(), token_of(visit, file_id).encode()):
        return
    with visit.desk.action() as ctx:
        note_opening(ctx, file_id, line=line)
    visit.desk.remember()


def number_asked(visit: Visit, name: str, default: int, *, most: int = 10**8) -> int:
    """Return a number of the query, within 1 and ``most``; raises ``Unreadable`` for what is none."""
    text = visit.asked.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > len(str(most)):
        fact = f"{text[:20]} is no number of a line"
        raise Unreadable(fact, "Write a number, counted from 1")
    return min(max(int(text), 1), most)


def offsets_of(checked: Checked, line: int, start: int, end: int) -> tuple[int, int] | None:
    """Return the first and last byte of some columns, counted from 0; None where lines differ in length."""
    if not checked.stride or start > RECORD_WIDTH:
        return None
    before = (line - 1) * checked.stride
    return before + start - 1, before + end - 1
