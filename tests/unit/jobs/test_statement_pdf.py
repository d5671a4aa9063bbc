"""A statement as a PDF: the same bytes each time, nothing beyond its column or its page, and sums that tie."""

from dataclasses import dataclass
from datetime import date
from importlib import util
from typing import Any

import fpdf
import pytest

from ingather.base.money import parse_minor
from ingather.domain.refusals import WrongState
from ingather.domain.settlements import LineKind
from ingather.jobs.statement_pdf import statement_pdf
from ingather.jobs.statement_words import in_words
from tests.unit.jobs.pages import line, statement

_LETTER_MM = (215.9, 279.4)
_LONG = "Œuvres Łódź & Søren Müller Handelsgesellschaft für Bücher, Παπαδόπουλος и Сыновья mbH, Zweigniederlassung Köln"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One text on a page, with the room it has and the room it takes, in millimetres."""

    page: int
    text: str
    left: float
    top: float
    room: float
    takes: float


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """Return what is written on pages, in its order; the package that writes them still does."""
    found: list[Written] = []
    cell = fpdf.FPDF.cell

    def noting(self: fpdf.FPDF, w: float | None = None, h: float | None = None, text: str = "", **more: Any) -> Any:  # noqa: ANN401 -- as the package has it
        takes = self.get_string_width(text)
        found.append(
            Written(page=self.page_no(), text=text, left=self.get_x(), top=self.get_y(), room=w or 0, takes=takes)
        )
        return cell(self, w, h, text, **more)

    monkeypatch.setattr(fpdf.FPDF, "cell", noting)
    return found


def whole() -> dict[str, Any]:
    """Return a statement of some pages, with every kind of line."""
    lines = [line(LineKind.COLLECTED, 1_234 + number, number, payable_on="2026-12-04") for number in range(90)]
    lines += [
        line(LineKind.CLAWED_BACK, 25_000, 90, code="R10", **{"return": "ret_06E8AG3KZ7QX0"}),
        line(LineKind.GIVEN_BACK, 400, 91, reason_id="refund"),
        line(LineKind.CHARGE, 475, 90, code="R10"),
        line(LineKind.FAILED, 990, 92, code="R02", external_id="x" * 70),
        line(LineKind.RESERVED, 2_500, 0, order=None, external_id="", instalment=None, due_on=None),
        line(LineKind.PAYABLE_AGAIN, 70, 0, order=None, external_id="pay_06E8AG3KZ7QX0", instalment=None, due_on=None),
    ]
    step = {"order": "ord_1", "external_id": "LAN-10090", "instalment": 1, "kind": "clawed_back",
            "return": "ret_06E8AG3KZ7QX0", "report": "20261202-STR-0043.csv", "report_line": 17}  # fmt: skip
    steps = [step | {"step": "available", "amount_minor": 24_000}, step | {"step": "reserve", "amount_minor": 1_000}]
    reserves = [{"held_on": "2026-12-02", "due_on": "2027-01-31", "amount_minor": 2_500, "left_minor": 2_500}]
    return in_words(statement(*lines, name=_LONG, steps=steps, reserves=reserves, reserve_minor=2_500))


def test_the_same_statement_gives_the_same_bytes() -> None:
    first = statement_pdf(whole())
    assert first.startswith(b"%PDF-")
    assert first == statement_pdf(whole())
    assert b"D:20261202" in first


def test_nothing_runs_out_of_its_column_or_off_the_page(written: list[Written]) -> None:
    statement_pdf(whole())
    assert len({each.page for each in written}) > 2
    assert [each for each in written if each.takes > each.room] == []
    assert [each for each in written if each.left + each.room > _LETTER_MM[0] - 15] == []
    assert [each for each in written if not 10 < each.top < _LETTER_MM[1] - 8] == []


def test_every_page_says_whose_it_is_and_which_of_how_many(written: list[Written]) -> None:
    statement_pdf(whole())
    pages = sorted({each.page for each in written})
    texts = {number: [each.text for each in written if each.page == number] for number in pages}
    assert all(f"Page {number} of {{nb}}" in texts[number] for number in pages)
    assert all("stl_06E8AG3KZ7QX0 · Lantern Marketplace" in texts[number] for number in pages)


def test_opening_and_what_follows_come_to_the_closing(written: list[Written]) -> None:
    statement_pdf(whole())
    texts = [each.text for each in written]
    start, end = texts.index("Opening balance"), texts.index("Closing balance, carried to the next statement")
    amounts = [parse_minor(text.replace(",", "")) for text in texts[start + 1 : end : 2]]
    assert len(amounts) == 8
    assert sum(amounts) == parse_minor(texts[end + 1].replace(",", ""))
    assert "from the reserve" in texts
    assert "Reserve" in texts


def test_letters_of_europe_are_there_and_others_are_boxes() -> None:
    box, east, *europe = (statement_pdf(in_words(statement(name=name))) for name in ("□", "書", "Ł", "Ω", "Ж"))
    assert east == box
    assert all(page != box for page in europe)


def test_without_the_package_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    found = util.find_spec
    monkeypatch.setattr("ingather.jobs.statement_pdf.find_spec", lambda name: None if name == "fpdf" else found(name))
    with pytest.raises(WrongState, match="needs the package fpdf2"):
        statement_pdf(whole())


def test_a_day_in_words_is_the_statements_own() -> None:
    assert date.fromisoformat(whole()["as_of"]) == date(2026, 12, 2)
