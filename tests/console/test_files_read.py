"""Reading any file: nothing is dropped, nothing is kept, accounts are masked, and problems stand on their lines."""

import html
import re

import pytest
from httpx2 import Response

from ingather.console import gate
from ingather.console.files.checked import check
from ingather.console.files.foreign import split
from ingather.console.files.grid import BULLET, line_of
from tests.console.front import HOST, Console
from tests.red import red_account

ACCOUNT = red_account(1)


def _entry(trace: int, *, account: str = ACCOUNT, cents: int = 8415) -> bytes:
    text = f"627031398448{account:<17}{cents:010d}{'CK-0048213':<15}{'MARISOL GUTIERREZ':<22}S 0075911840{trace:06d}"
    assert len(text) == 94
    return text.encode()


def _file(*, entries: int = 2, says: int | None = None) -> list[bytes]:
    says = entries if says is None else says
    digest = 3139844 * entries % 10**10
    lines = [
        b"101 07591184914637281902611251758A094101LAKESHORE TRUST        HARBORLINE MARKET INC  LST1125A",
        b"5225COPPER KETTLE COHARBORLINE MARKET   1463728190WEBPURCHASE  261127261127   1075911840000001",
        *(_entry(at + 1) for at in range(entries)),
        b"8225%06d%010d%012d%012d1463728190%25s075911840000001" % (says, digest, 8415 * entries, 0, b""),
    ]
    blocks = -(-(len(lines) + 1) // 10)
    control = b"9000001%06d%08d%010d%012d%012d%39s" % (blocks, entries, digest, 8415 * entries, 0, b"")
    lines.append(control)
    return lines + [b"9" * 94] * (blocks * 10 - len(lines))


def _read(console: Console, data: bytes, person: str = "vera", **fields: str) -> Response:
    browser = console.browser(person)
    return browser.http.post(
        "/read",
        data={gate.TOKEN: browser.token(), **fields},
        files={"file": ("any.ach", data)},
        headers={"Sec-Fetch-Site": "same-origin", "Origin": HOST},
    )


def _lines(page: str) -> dict[int, str]:
    found = re.findall(r'<li id="L(\d+)"[^>]*>.*?<code>(.*?)</code></li>', page, re.DOTALL)
    return {int(number): html.unescape(re.sub(r"<[^>]+>", "", text)) for number, text in found}


def test_a_whole_file_is_read_as_our_own_and_leaves_no_trace(console: Console) -> None:
    before = {path: path.stat().st_size for path in console.folder.rglob("*") if path.is_file()}
    answer = _read(console, b"\n".join(_file()))
    assert answer.status_code == 200
    lines = _lines(answer.text)
    assert lines[3][12:29] == BULLET * (len(ACCOUNT) - 4) + ACCOUNT[-4:] + " " * (17 - len(ACCOUNT))
    assert ACCOUNT not in answer.text
    assert "no error" in answer.text
    assert "Only looking" in answer.text
    assert "we count" not in answer.text
    after = {path: path.stat().st_size for path in console.folder.rglob("*") if path.is_file()}
    assert {path for path in after if path not in before} == set()


def test_a_wrong_control_shows_both_figures_and_its_problem_under_the_line(shown: Console) -> None:
    page = _read(shown, b"\n".join(_file(says=5))).text
    assert "we count 2" in page
    assert re.search(r'<li id="L5".*?</li>\s*<li class="said bad">', page, re.DOTALL)
    assert 'class="k-sum flag-d"' in page


@pytest.mark.parametrize("missing", [1, 5, 20])
def test_a_short_line_keeps_all_it_has_and_ends_in_a_mark(shown: Console, missing: int) -> None:
    lines = _file()
    # What is missing before the account moves it into the fields beside it.
    lines[2] = lines[2][: 12 - min(missing, 9)] + lines[2][12 + max(0, missing - 9) :]
    page = _read(shown, b"\n".join(lines)).text
    shown_line = _lines(page)[3]
    assert 'class="lack"' in page
    assert len(shown_line) == 94
    longest = max((len(run) for run in re.findall(r"\d+", shown_line[3:33])), default=0)
    assert ACCOUNT[:9] not in shown_line
    assert longest < len(ACCOUNT) or missing > 9


def test_a_long_line_goes_on_and_nothing_of_it_is_dropped(shown: Console) -> None:
    lines = _file()
    lines[4] += b"AND MORE"
    assert _lines(_read(shown, b"\n".join(lines)).text)[5].endswith("AND MORE")


@pytest.mark.parametrize(
    "data",
    [b"\x00\xff\xfe" * 400, b"\n\n\n", b"6", b"<script>alert(1)</script>\n" * 5, b"9" * 5000, "5é".encode() * 90],
    ids=["noise", "blank", "one", "markup", "nines", "letters"],
)
def test_whatever_is_given_is_answered_with_a_page(shown: Console, data: bytes) -> None:
    answer = _read(shown, data)
    assert answer.status_code in {200, 422}
    assert "<script>alert" not in answer.text


def test_an_entry_of_no_known_class_shows_none_of_what_may_be_an_account(shown: Console) -> None:
    lines = _file()
    lines[1] = lines[1].replace(b"WEB", b"XXX")
    lines[2] = lines[2][:39] + ACCOUNT.encode().ljust(35)[:35] + lines[2][74:]
    page = _read(shown, b"\n".join(lines)).text
    assert ACCOUNT not in page


def test_the_next_lines_of_a_long_file_are_shown_when_it_is_given_again(
    shown: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingather.console.files.foreign.LINES", 20)
    data = b"\r\n".join(_file(entries=30))
    begun = _lines(_read(shown, data).text)
    assert (min(begun), max(begun)) == (1, 20)
    further = _lines(_read(shown, data, **{"from": "21"}).text)
    assert min(further) == 21


def test_a_report_of_a_bank_is_read_as_its_items(shown: Console) -> None:
    report = (
        b"01,BANKUS33,INGATHER,261125,0600,1,,,2/\n02,INGATHER,031000011,1,261124,,USD,2/\n"
        b"03,000000,USD,010,100000,,,015,100000,,/\n49,200000,2/\n98,200000,1,4/\n99,200000,1,6/\n"
    )
    page = _read(shown, report).text
    assert "Read as bai2" in page
    assert "1,000" in page
    assert "Nothing is taken in" in page


def test_no_file_and_no_line_are_refused_with_the_form_again(shown: Console) -> None:
    assert "No file was given" in _read(shown, b"").text
    wrong = _read(shown, b"x", **{"from": "second"})
    assert "is no number of a line" in wrong.text
    assert wrong.status_code == 422
    assert 'name="file"' in wrong.text


def test_lines_are_split_as_the_reader_counts_them() -> None:
    for ending in (b"\n", b"\r\n", b"\r"):
        data = ending.join(_file(entries=3))
        assert len(split(data)) == check(data).lines
    assert len(split(b"".join(_file(entries=3)))) == check(b"".join(_file(entries=3))).lines


def test_fill_is_folded_and_blanks_and_unknown_lines_stay() -> None:
    assert line_of(7, b"9" * 94, "").to == 7
    odd = line_of(8, b"HELLO 12345678", "")
    assert [cell.text for cell in odd.cells] == [f"HELLO {BULLET * 4}5678"]
