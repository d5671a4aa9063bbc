"""Whatever BAI2 is written is read back the same, and whatever is damaged never raises."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingather.reports.bai2.reader import read_bai2
from ingather.reports.items import Carrier, ControlTotals
from ingather.reports.profile import ReportProfile
from tests.unit.reports.bai2.files import Book, Day, Item, written

NEAR = date(2026, 11, 23)
PROFILE = ReportProfile(id="bai2", version=1, carrier=Carrier.BAI2)
AMOUNTS = st.integers(0, 10**14)
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30).map(
    # A text neither begins nor ends with a slash, and the record's end is not in it.
    lambda text: text.replace("/ ", "  ").strip(" /")
)
REFERENCES = st.text("ABC0123456789-", max_size=16)
FUNDS = st.one_of(
    st.sampled_from([("",), ("Z",), ("0",), ("1",), ("V", "261121", ""), ("V", "261121", "2400")]),
    st.tuples(st.just("S"), *[AMOUNTS.map(str)] * 3),
    st.lists(st.tuples(st.integers(0, 9), AMOUNTS), max_size=3).map(
        lambda pairs: ("D", str(len(pairs)), *(str(part) for pair in pairs for part in pair))
    ),
)
ITEMS = st.builds(
    Item,
    code=st.sampled_from(["165", "166", "557", "468", "698", "142", "451"]),
    amount=AMOUNTS,
    funds=FUNDS,
    bank_ref=REFERENCES,
    customer_ref=REFERENCES,
    texts=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
)
BOOKS = st.builds(
    Book,
    number=st.text("0123456789", min_size=1, max_size=12),
    currency=st.sampled_from(["", "USD", "CAD"]),
    groups=st.lists(
        st.tuples(st.sampled_from(["010", "015", "040", "100", "400"]), st.integers(-(10**14), 10**14)), max_size=4
    ).map(tuple),
    items=st.lists(ITEMS, max_size=6).map(tuple),
)
JUNK = [b"", b"/", b",", b"\n", b"88,", b"16,165,", b"\xff\x00", b"99,0,0,0/\n", b"D", b"V"]
DAYS = st.builds(Day, books=st.lists(BOOKS, min_size=1, max_size=3).map(tuple))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DAYS, min_size=1, max_size=3), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read_back_the_same(days: list[Day], end: str) -> None:
    reports = read_bai2(written(*days, end=end), PROFILE, near=NEAR)
    books = [book for day in days for book in day.books]
    assert [report.account for report in reports] == [book.number for book in books]
    for report, book in zip(reports, books, strict=True):
        assert report.complete
        assert report.control_totals is ControlTotals.TIE
        postings = report.postings
        signs = [1 if item.code < "400" else -1 for item in book.items]
        assert postings.amount_minor == [
            sign * (item.amount or 0) for sign, item in zip(signs, book.items, strict=True)
        ]
        assert postings.code == [item.code for item in book.items]
        assert postings.bank_ref == [item.bank_ref for item in book.items]
        assert postings.customer_ref == [item.customer_ref for item in book.items]
        assert postings.text == ["\n".join(filter(None, item.texts)) for item in book.items]
        assert postings.value_on == [date(2026, 11, 21 if item.funds[0] == "V" else 19) for item in book.items]
        said = dict(book.groups)
        balances = dict(zip(report.balances.kind, report.balances.amount_minor, strict=True))
        assert balances.get("CLOSING") == said.get("015")
        assert balances.get("AVAILABLE") == said.get("040")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DAYS, st.data())
def test_damage_never_raises_and_never_loses_a_row_unsaid(day: Day, data: st.DataObject) -> None:
    whole = written(day)
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    junk = data.draw(
        st.sampled_from([b"", b"/", b",", b"\n", b"88,", b"16,165,", b"\xff\x00", b"99,0,0,0/\n", b"D", b"V"])
    )
    damaged = whole[:start] + junk + whole[end:]
    reports = read_bai2(damaged, PROFILE, near=NEAR)
    rows = sum(len(report.postings) for report in reports)
    wanted = sum(len(book.items) for book in day.books)
    assert rows >= wanted or any(report.problems for report in reports)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_raising(data: bytes) -> None:
    assert read_bai2(b"01," + data, PROFILE, near=NEAR)
