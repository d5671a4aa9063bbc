"""A statement as a page that a merchant can print and file: letterhead, sums that tie, and every line behind them.

The same statement gives the same bytes: its day is the page's date of making, and nothing else of the machine is in it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ingather.base.money import format_minor
from ingather.domain.refusals import ExtraMissing
from ingather.domain.settlements import SUMS, LineKind, Step
from ingather.jobs.statement_words import STEPS

if TYPE_CHECKING:
    from fpdf import FPDF

_FONT, _PLAIN, _SMALL, _HEADING, _TITLE = "DejaVu", 8.5, 7.5, 11, 17
_MARGIN, _WIDTH, _BOTTOM, _LINE = 16.0, 183.9, 18.0, 4.3
_GREY, _INK, _RULE, _BAND = (105, 105, 105), (20, 20, 20), (190, 190, 190), (243, 243, 243)
_WORDS = {
    LineKind.COLLECTED: "Collected",
    LineKind.CLAWED_BACK: "Returned after collection (claw-backs)",
    LineKind.GIVEN_BACK: "Refunds and reversals",
    LineKind.RESTORED: "Restored",
    LineKind.FEE: "Return fees collected from buyers",
    LineKind.CHARGE: "Bank fees for returns",
    LineKind.RESERVED: "Kept in reserve",
    LineKind.UNRESERVED: "Released from reserve",
    LineKind.COVERED: "Reserve used for claw-backs",
    LineKind.INVOICED: "Moved to invoice",
    LineKind.PAYABLE_AGAIN: "Payouts that came back",
    LineKind.FAILED: "Not collected",
}
_ALWAYS = (LineKind.COLLECTED, LineKind.CLAWED_BACK, LineKind.GIVEN_BACK)
_METHODS = {"sheet": "bank transfer", "ach": "ACH credit"}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table: its heading, its width in millimetres, and whether it is a column of amounts."""

    name: str
    width: float
    right: bool = False


_LINES = (_Column("Order", 56), _Column("Due", 19), _Column("Code", 12), _Column("What happened", 68.9),
          _Column("Amount", 28, right=True))  # fmt: skip
_STEPS = (_Column("Order", 48), _Column("Return", 45), _Column("Report, line", 32.9), _Column("Taken", 34),
          _Column("Amount", 24, right=True))  # fmt: skip
_RESERVES = (_Column("Kept on", 34), _Column("Until", 34), _Column("Kept", 57.9, right=True),
             _Column("Left", 58, right=True))  # fmt: skip


def statement_pdf(statement: dict[str, Any]) -> bytes:
    """Return a statement, in words, as a PDF on US Letter, upright.

    Raises ``ExtraMissing`` where the extra ``pdf`` is not installed. Letters that the font lacks are shown as a box.
    """
    if find_spec("fpdf") is None:
        fact = "a PDF needs the package fpdf2, which is not installed"
        raise ExtraMissing(fact, "Install it with: pip install 'ingather[pdf]'; CSV and JSON need nothing")
    page = _page(statement)
    page.add_page()
    _letterhead(page, statement)
    _sums(page, statement)
    _orders(page, statement)
    _taken(page, statement)
    _reserved(page, statement)
    return bytes(page.output())


def _page(statement: dict[str, Any]) -> "FPDF":
    # An extra: everything else works without it.
    from fpdf import FPDF  # noqa: PLC0415 -- see above
    from fpdf.fonts import TTFFont  # noqa: PLC0415 -- see above

    known: set[int] = set()

    class _Page(FPDF):
        def footer(self) -> None:
            self.set_y(-13)
            self.set_font(_FONT, size=_SMALL)
            self.set_text_color(*_GREY)
            self.cell(_WIDTH - 30, 5, _fit(self, f"{statement['id']} · {statement['originator']}", _WIDTH - 30))
            self.cell(30, 5, f"Page {self.page_no()} of {{nb}}", align="R")

        def normalize_text(self, text: str) -> str:
            """Return a text with a box for each letter that the font lacks."""
            if not text.isascii():
                text = "".join(each if ord(each) in known or each == "\n" else "□" for each in text)
            return super().normalize_text(text)

    page = _Page(orientation="portrait", unit="mm", format="letter")
    fonts = resources.files("ingather.jobs") / "fonts"
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        with resources.as_file(fonts / name) as path:
            page.add_font(_FONT, style=style, fname=path)
    font = page.fonts[_FONT.lower()]
    known.update(font.cmap if isinstance(font, TTFFont) else ())
    page.set_creation_date(datetime.combine(date.fromisoformat(statement["as_of"]), time(), tzinfo=UTC))
    page.set_title(f"Statement {statement['id']}")
    page.set_author(statement["originator"])
    page.set_producer("Ingather")
    page.set_lang("en-US")
    page.set_margins(_MARGIN, _MARGIN, _MARGIN)
    page.set_auto_page_break(auto=False)
    page.c_margin = 0.6
    return page


def _letterhead(page: "FPDF", statement: dict[str, Any]) -> None:
    top = page.get_y()
    page.set_font(_FONT, "B", _HEADING)
    page.multi_cell(_WIDTH / 2, 5.5, statement["originator"], align="L")
    left = page.get_y()
    page.set_xy(_MARGIN + _WIDTH / 2, top)
    page.set_font(_FONT, "B", _TITLE)
    page.cell(_WIDTH / 2, 7, "Statement", align="R")
    page.set_y(max(left, top + 9))
    _rule(page)
    top = page.get_y() + 3
    since = statement["since"]
    payout = statement["payout"]
    said = [
        ("Statement", statement["id"]),
        ("As of", statement["as_of"]),
        ("Period", f"after {since} to {statement['as_of']}" if since else f"to {statement['as_of']}"),
        ("Currency", statement["currency"]),
        ("Payout", f"{payout['id']}, {_METHODS[payout['method']]}" if payout else "none"),
    ]
    page.set_xy(_MARGIN, top)
    page.set_text_color(*_GREY)
    page.set_font(_FONT, size=_SMALL)
    page.cell(80, _LINE, "Merchant")
    page.set_xy(_MARGIN, top + _LINE)
    page.set_text_color(*_INK)
    page.set_font(_FONT, "B", _HEADING)
    page.multi_cell(82, 5, statement["merchant_name"], align="L", new_x="LMARGIN", new_y="NEXT")
    page.set_font(_FONT, size=_PLAIN)
    page.multi_cell(82, _LINE, f"{statement['merchant']}\n{statement['merchant_id']}", align="L")
    below = page.get_y()
    for number, (name, value) in enumerate(said):
        page.set_xy(_MARGIN + 92, top + number * 4.8)
        page.set_text_color(*_GREY)
        page.cell(22, _LINE, name)
        page.set_text_color(*_INK)
        page.cell(_WIDTH - 114, _LINE, value)
    page.set_y(max(below, top + len(said) * 4.8) + 5)


def _sums(page: "FPDF", statement: dict[str, Any]) -> None:
    """Show how the opening balance becomes the closing one: every row adds or takes what it says."""
    _row_of_sum(page, "Opening balance", statement["opening_minor"], strong=True)
    for kind, (name, sign) in SUMS.items():
        if statement[name] or kind in _ALWAYS:
            _row_of_sum(page, _WORDS[kind], sign * statement[name])
    _row_of_sum(page, "Paid out", -statement["payable_minor"], strong=statement["payable_minor"] > 0)
    _rule(page)
    _row_of_sum(page, "Closing balance, carried to the next statement", statement["closing_minor"], strong=True)
    page.set_text_color(*_GREY)
    if statement["held_minor"]:
        _row_of_sum(page, "of which collected and not payable yet", statement["held_minor"])
        page.set_text_color(*_GREY)
    if statement["reserve_minor"]:
        _row_of_sum(page, "beside it in reserve", statement["reserve_minor"])
    page.set_text_color(*_INK)
    page.ln(2)


def _row_of_sum(page: "FPDF", words: str, minor: int, *, strong: bool = False) -> None:
    page.set_font(_FONT, "B" if strong else "", _PLAIN + 0.5)
    page.cell(_WIDTH - 40, 5.4, words)
    page.cell(40, 5.4, format_minor(minor), align="R", new_x="LMARGIN", new_y="NEXT")


def _orders(page: "FPDF", statement: dict[str, Any]) -> None:
    by_kind: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in statement["lines"]:
        by_kind[line["kind"]].append(line)
    for kind, words in _WORDS.items():
        lines = by_kind[kind]
        if not lines:
            continue
        total = sum(line["amount_minor"] for line in lines)
        _heading(page, f"{words}: {len(lines):,}", total)
        _table(page, _LINES, [_cells(line) for line in lines])


def _cells(line: dict[str, Any]) -> tuple[str, ...]:
    own = f"{line['external_id']}/{line['instalment']}" if line["instalment"] is not None else line["external_id"]
    name = "\n".join(each for each in (own, line["order"]) if each)
    return name, line["due_on"] or "", line["code"] or "", line["reason"], format_minor(line["amount_minor"])


def _taken(page: "FPDF", statement: dict[str, Any]) -> None:
    """Show the steps by which it was taken back, unless all of it was simply taken from what was available."""
    steps = statement["steps"]
    if all(step["step"] == Step.AVAILABLE for step in steps):
        return
    _heading(page, "How it was taken back", None)
    rows = [
        (
            f"{step['external_id']}/{step['instalment']}",
            step["return"] or "",
            f"{step['report']}, {step['report_line']}" if step["report"] else "",
            STEPS[Step(step["step"])] if step["amount_minor"] > 0 else "no longer carried",
            format_minor(step["amount_minor"]),
        )
        for step in steps
    ]
    _table(page, _STEPS, rows)


def _reserved(page: "FPDF", statement: dict[str, Any]) -> None:
    if not statement["reserves"]:
        return
    _heading(page, "Reserve", statement["reserve_minor"])
    rows = [
        (each["held_on"], each["due_on"], format_minor(each["amount_minor"]), format_minor(each["left_minor"]))
        for each in statement["reserves"]
    ]
    _table(page, _RESERVES, rows)


def _heading(page: "FPDF", words: str, minor: int | None) -> None:
    """Start a section, on a new page when its heading, its columns and one row do not fit any more."""
    if page.get_y() + 32 > page.h - _BOTTOM:
        page.add_page()
    page.ln(4)
    page.set_text_color(*_INK)
    page.set_font(_FONT, "B", _PLAIN + 1)
    page.cell(_WIDTH - 40, 6, words)
    page.cell(40, 6, "" if minor is None else format_minor(minor), align="R", new_x="LMARGIN", new_y="NEXT")


def _table(page: "FPDF", columns: Sequence[_Column], rows: Sequence[tuple[str, ...]]) -> None:
    """Write rows under their headings, wrapped within their columns; a new page repeats the headings."""
    _names(page, columns)
    for number, row in enumerate(rows):
        wrapped = [_wrapped(page, text, column.width) for text, column in zip(row, columns, strict=True)]
        height = max(len(each) for each in wrapped) * _LINE + 0.8
        if page.get_y() + height > page.h - _BOTTOM:
            page.add_page()
            _names(page, columns)
        if number % 2:
            page.set_fill_color(*_BAND)
            page.rect(_MARGIN, page.get_y(), _WIDTH, height, style="F")
        top, left = page.get_y() + 0.4, _MARGIN
        for texts, column in zip(wrapped, columns, strict=True):
            for place, text in enumerate(texts if texts != [""] else []):
                page.set_xy(left, top + place * _LINE)
                page.cell(column.width, _LINE, text, align="R" if column.right else "L")
            left += column.width
        page.set_xy(_MARGIN, top - 0.4 + height)


def _names(page: "FPDF", columns: Sequence[_Column]) -> None:
    page.set_font(_FONT, size=_SMALL)
    page.set_text_color(*_GREY)
    for column in columns:
        page.cell(column.width, 5, column.name, align="R" if column.right else "L")
    page.ln(5)
    _rule(page)
    page.set_text_color(*_INK)
    page.set_font(_FONT, size=_SMALL)


def _wrapped(page: "FPDF", text: str, width: float) -> list[str]:
    """Return a text as lines that fit a column; a word that is longer than the column is broken."""
    room, found = width - 2 * page.c_margin - 0.4, []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if page.get_string_width(longer) <= room:
                line = longer
                continue
            if line:
                found.append(line)
            *full, line = _broken(page, word, room)
            found += full
        found.append(line)
    return found


def _broken(page: "FPDF", word: str, room: float) -> list[str]:
    """Return a word in pieces that fit."""
    pieces, piece = [], ""
    for letter in word:
        if piece and page.get_string_width(piece + letter) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]


def _fit(page: "FPDF", text: str, width: float) -> str:
    """Return as much of a text as fits, with three dots where it was cut."""
    if page.get_string_width(text) <= width - 3:
        return text
    while text and page.get_string_width(f"{text}...") > width - 3:
        text = text[:-1]
    return f"{text}..."


def _rule(page: "FPDF") -> None:
    page.set_draw_color(*_RULE)
    page.line(_MARGIN, page.get_y(), _MARGIN + _WIDTH, page.get_y())
