"""BAI2 read: accounts, days, money, continuations, funds types, and what the trailers say."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from ingather.base.dates import NEW_YORK
from ingather.reports.bai2.reader import read_bai2
from ingather.reports.code_map import CodeMap, CodeRule
from ingather.reports.items import Carrier, ControlTotals, PostingEvent, Report
from ingather.reports.profile import ReportProfile, Semantics
from ingather.reports.recognise import read_reports
from tests.unit.reports.bai2.files import Book, Day, Item, written

NEAR = date(2026, 11, 23)
PROFILE = ReportProfile(id="bai2", version=1, carrier=Carrier.BAI2)


def read(data: bytes, profile: ReportProfile = PROFILE) -> tuple[Report, ...]:
    return read_bai2(data, profile, near=NEAR)


def only(data: bytes, profile: ReportProfile = PROFILE) -> Report:
    (report,) = read(data, profile)
    return report


def of_items(*items: Item) -> Report:
    return only(written(Day(books=(Book(items=items),))))


def checks(report: Report) -> list[str]:
    return [problem.check for problem in report.problems]


def test_every_account_of_a_group_is_a_report_of_its_own() -> None:
    day = Day(
        books=(Book(number="11", groups=(("010", 500), ("015", 700)), items=(Item(amount=200),)), Book(number="22"))
    )
    first, second = read(written(day, replace(day, on="261120"), name="31"))[:2]
    assert (first.account, second.account) == ("11", "22")
    assert (first.bank, first.currency, first.business_date) == ("BANK", "USD", date(2026, 11, 19))
    assert (first.report_id, second.report_id) == ("261120-31-1.1", "261120-31-1.2")
    assert first.balances.kind == ["OPENING", "CLOSING"]
    assert first.balances.amount_minor == [500, 700]
    assert first.control_totals is ControlTotals.TIE
    assert first.complete


@pytest.mark.parametrize(
    ("code", "cents", "event"),
    [
        ("165", 100, PostingEvent.SETTLEMENT),
        ("166", 100, PostingEvent.SETTLEMENT),
        ("466", -100, PostingEvent.SETTLEMENT),
        ("557", -100, PostingEvent.RETURN),
        ("468", -100, PostingEvent.RETURN),
        ("257", 100, PostingEvent.CREDIT_RETURN),
        ("558", -100, PostingEvent.REVERSAL),
        ("561", -100, PostingEvent.REJECTION),
        ("567", -100, PostingEvent.FEE),
        ("357", 100, PostingEvent.ADJUSTMENT),
        ("142", 100, PostingEvent.RECEIPT),
        ("666", -100, PostingEvent.OTHER),
    ],
)
def test_a_code_says_which_way_the_money_moved_and_what_it_was(code: str, cents: int, event: str) -> None:
    report = of_items(Item(code=code))
    assert report.postings.amount_minor == [cents]
    assert report.postings.event == [event]
    assert report.complete


def test_a_code_of_the_banks_own_is_unknown_until_its_profile_says_what_it_means() -> None:
    data = written(Day(books=(Book(items=(Item(code="931"), Item(code="931"), Item(code="165"))),)))
    report = only(data)
    assert report.postings.event[:2] == [PostingEvent.UNKNOWN] * 2
    assert checks(report) == ["code-unknown"]
    assert report.complete
    rule = CodeRule(code_type="BAI2", code="931", event=PostingEvent.SETTLEMENT)
    told = only(data, replace(PROFILE, codes=CodeMap(rules=(rule,))))
    assert told.postings.event == [PostingEvent.SETTLEMENT] * 3
    assert told.problems == ()


def test_a_profile_tells_a_return_from_a_rejection_by_the_text() -> None:
    data = written(Day(books=(Book(items=(Item(code="557", texts=("REJECT 1",)), Item(code="557"))),)))
    rule = CodeRule(code_type="BAI2", code="557", event=PostingEvent.REJECTION, text="^REJECT")
    report = only(data, replace(PROFILE, codes=CodeMap(rules=(rule,))))
    assert report.postings.event == [PostingEvent.REJECTION, PostingEvent.RETURN]


def test_a_code_of_no_direction_makes_no_money_and_is_an_error() -> None:
    report = of_items(Item(code="800"), Item(code="165", amount=5))
    assert report.postings.amount_minor == [5]
    assert checks(report) == ["direction-unknown"]
    assert not report.complete


def test_words_without_money_make_none() -> None:
    report = of_items(Item(code="890", amount=None, texts=("SEE BRANCH",)), Item(amount=7))
    assert report.postings.amount_minor == [7]
    assert report.complete


@pytest.mark.parametrize(
    ("funds", "value_on"),
    [
        (("",), date(2026, 11, 19)),
        (("1",), date(2026, 11, 19)),
        (("S", "10", "20", "70"), date(2026, 11, 19)),
        (("V", "261121", ""), date(2026, 11, 21)),
        (("V", "261121", "1030"), date(2026, 11, 21)),
        (("D", "2", "0", "40", "1", "60"), date(2026, 11, 19)),
        (("D", "0"), date(2026, 11, 19)),
    ],
)
def test_a_funds_type_has_its_own_width_and_only_v_a_date(funds: tuple[str, ...], value_on: date) -> None:
    item = Item(funds=funds, bank_ref="BR1", customer_ref="CR1", texts=("A, B / C",))
    postings = of_items(Item(), item, Item()).postings
    assert postings.value_on == [date(2026, 11, 19), value_on, date(2026, 11, 19)]
    assert (postings.bank_ref[1], postings.customer_ref[1], postings.text[1]) == ("BR1", "CR1", "A, B / C")


def test_rows_whose_fields_come_to_the_same_number_together_are_not_taken_for_others() -> None:
    # Fifteen fields are twice seven and one; six and eight are twice seven.
    long = Item(amount=5, funds=("D", "3", *["0"] * 6), texts=("A,B",))
    short = Item(amount=6, texts=("A,B",))
    data = written(Day(books=(Book(items=(long, short, long)),)))
    assert only(data).postings.amount_minor == [5, 6, 5]
    cut = data.replace(b"16,165,6,Z,,,A,B/\n16,165,5", b"16,165,6,Z,,/\n16,165,5,Z,,,A,B/\n16,165,5")
    assert only(cut).postings.amount_minor == [5, 6, 5, 5]


def test_a_character_that_marks_nothing_in_bai2_changes_nothing() -> None:
    report = of_items(Item(bank_ref="A\x1eB", texts=("C\x1e",)), Item(amount=7, texts=("\x1e,\x1e",)))
    assert report.postings.bank_ref == ["A\x1eB", ""]
    assert report.postings.text == ["C\x1e", "\x1e,\x1e"]


def test_a_text_goes_on_over_continuations_with_its_commas_and_slashes() -> None:
    item = Item(texts=("PAID 1,000.00 ON 11/19", "EREF: A,1", "16 IS NO RECORD HERE", ""))
    report = of_items(item, Item(amount=3))
    assert report.postings.text == ["PAID 1,000.00 ON 11/19\nEREF: A,1\n16 IS NO RECORD HERE", ""]
    assert report.control_totals is ControlTotals.TIE


def test_references_may_go_on_in_a_continuation() -> None:
    data = written(Day(books=(Book(items=(Item(amount=9, funds=("V", "261121", ""), bank_ref="B1"),)),)))
    split = data.replace(b"16,165,9,V,261121,,B1,,/\n49,9,3/", b"16,165,9,V,261121/\n88,,B1/\n88,C1,TEXT/\n49,9,5/")
    report = only(split.replace(b"98,9,1,5/", b"98,9,1,7/").replace(b"99,9,1,7/", b"99,9,1,9/"))
    assert (report.postings.bank_ref, report.postings.customer_ref, report.postings.text) == (["B1"], ["C1"], ["TEXT"])
    assert report.complete


def test_a_summary_that_is_sent_again_takes_the_place_of_the_one_before() -> None:
    report = only(written(Day(books=(Book(groups=(("015", 1), ("040", 4), ("045", 5), ("015", 2))),))))
    assert dict(zip(report.balances.kind, report.balances.amount_minor, strict=True)) == {"CLOSING": 2, "AVAILABLE": 5}
    assert report.control_totals is ControlTotals.TIE


def test_a_comma_before_the_slash_is_read_as_the_bank_means_it_when_the_total_agrees() -> None:
    data = written(Day(books=(Book(groups=(("010", 5), ("015", 6))),)))
    bent = data.replace(b"03,12345,,010,5,,,015,6,,/\n49,11,2/", b"03,12345,,010,5,,,/\n88,015,6,,,/\n49,11,3/")
    bent = bent.replace(b"98,11,1,4/", b"98,11,1,5/").replace(b"99,11,1,6/", b"99,11,1,7/")
    report = only(bent)
    assert report.balances.amount_minor == [5, 6]
    assert report.tolerances == ("trailing_comma_03",)
    assert report.complete
    wrong = only(bent.replace(b",11,", b",12,"))
    assert wrong.tolerances == ()
    assert "field-unreadable" in checks(wrong)


def test_a_total_that_differs_is_an_error_in_every_report_below_it() -> None:
    data = written(Day(books=(Book(number="1", items=(Item(),)), Book(number="2", items=(Item(),)))))
    faults = ((b"49,100", b"49,101"), (b"98,200", b"98,201"), (b"99,200", b"99,201"))
    account, group, file = (read(data.replace(old, new, 1)) for old, new in faults)
    assert [report.control_totals for report in account] == [ControlTotals.DIFFER, ControlTotals.TIE]
    assert [report.complete for report in account] == [False, True]
    for found in (group, file):
        assert [report.control_totals for report in found] == [ControlTotals.DIFFER] * 2
        assert [checks(report) for report in found] == [["control-total"]] * 2


def test_what_is_wrong_with_a_file_stands_in_full_once_and_in_short_in_every_account() -> None:
    books = tuple(Book(number=str(place), items=(Item(),)) for place in range(1, 31))
    unread = b"17,1/\n" * 40
    reports = read(unread + written(Day(books=books)) + unread)
    assert len(reports) == 30
    assert checks(reports[0]).count("record-unknown") >= 40
    for report in reports[1:-1]:
        assert checks(report).count("record-unknown") == 1
        assert not report.complete
    assert "tells 80 like it" in next(each.message for each in reports[1].problems if each.check == "record-unknown")


def test_references_that_are_too_long_are_told_once() -> None:
    report = of_items(*(Item(bank_ref="9" * 60) for _ in range(5)))
    assert checks(report) == ["reference-too-long"]
    assert "on 4 lines behind it" in report.problems[0].message


def test_a_report_in_utf_16_is_read() -> None:
    text = written(Day(books=(Book(items=(Item(),)),))).decode()
    (report,) = read_reports(text.encode("utf-16"), near=NEAR)
    assert (report.carrier, report.complete, report.postings.amount_minor) == (Carrier.BAI2, True, [100])


def test_a_count_that_differs_is_an_error() -> None:
    data = written(Day(books=(Book(items=(Item(), Item())),)))
    report = only(data.replace(b"49,200,4/", b"49,200,5/"))
    assert report.control_totals is ControlTotals.DIFFER
    assert "number of records" in report.problems[0].message


def test_a_profile_may_let_totals_differ_and_the_report_says_so() -> None:
    data = written(Day(books=(Book(items=(Item(),)),))).replace(b"49,100,", b"49,1,")
    tolerant = ReportProfile(id="lax", version=1, carrier=Carrier.BAI2, tolerances=frozenset({"control_mismatch"}))
    (report,) = read_reports(data, near=NEAR, profiles=(tolerant,))
    assert report.complete
    assert report.tolerances == ("control_mismatch",)
    assert not read_reports(data, near=NEAR)[0].complete


@pytest.mark.parametrize("cut", [b"99,", b"98,", b"49,"])
def test_a_file_that_ends_early_is_not_complete_and_what_it_holds_is_read(cut: bytes) -> None:
    data = written(Day(books=(Book(items=(Item(), Item())),)))
    report = only(data[: data.index(b"\n" + cut) + 1])
    assert "trailer-missing" in checks(report)
    assert not report.complete
    assert len(report.postings) == 2


def test_an_unknown_record_is_named_and_not_read() -> None:
    report = only(written(Day()).replace(b"49,0,2/", b"17,165,5,Z,,,/\n49,0,2/"))
    assert checks(report) == ["record-unknown"]
    assert not report.complete


def test_details_before_any_account_are_named() -> None:
    report = only(b"16,165,5,Z,,,/\n" + written(Day()))
    assert "record-order" in checks(report)


@pytest.mark.parametrize("between", [b"/ ", b"/    ", b"/"])
def test_several_records_may_stand_on_a_line(between: bytes) -> None:
    item = Item(code="557", amount=42, texts=("OF 11/19, 2026",))
    data = written(Day(books=(Book(groups=(("010", 1),), items=(item, item)),)))
    plain, joined = only(data), only(data.replace(b"/\n", between, data.count(b"/\n") - 3))
    assert joined.complete
    assert joined.postings.text == plain.postings.text
    assert joined.postings.amount_minor == [-42, -42]


def test_a_text_may_hold_what_looks_like_a_record() -> None:
    report = of_items(Item(texts=("PO/16, LOT/49,5",)))
    assert report.postings.text == ["PO/16, LOT/49,5"]
    assert report.complete


def test_tags_without_slashes_are_the_text_and_patterns_read_them() -> None:
    data = (
        b"01,BANK,US,261120,1249,1,,,2/\n02,US,BANK,1,261119,2000,,/ \n"
        b"03,12345,USD,,,,,060,700,,,100,000,0,,400,000,0,/\n"
        b'16,557,250,,SB01,DD/GS/0007,Collection Return,Return To: X, SEC: CCD, Reason: "R02", Client Ref ID: 7\n'
        b"88,CREF: \n88,EREF: DD/GS/0007\n88:IDNM: 1114\n88,CRNM: X 11/19\n"
        b"16,165,1200,,SB02,DD/GS/0008,Collection,-\n88,EREF: DD/GS/0008\n"
        b"49,700,4/\n98,700,1,6/\n99,700,1,8/ "
    )
    mined = {"reference": r"EREF: (\S+)", "reason": r'Reason: "(R[0-9]{2})"'}
    report = only(data, replace(PROFILE, mined=mined))
    assert report.postings.amount_minor == [-250, 1_200]
    assert report.postings.reference == ["DD/GS/0007", "DD/GS/0008"]
    assert report.postings.reason == ["R02", ""]
    assert report.postings.text[0].endswith("EREF: DD/GS/0007\n88:IDNM: 1114\nCRNM: X 11/19")
    assert report.balances.kind == ["AVAILABLE"]
    assert set(checks(report)) == {"control-total"}


def test_a_wrapped_text_belongs_to_its_record() -> None:
    data = written(Day(books=(Book(items=(Item(texts=("LONG TEXT",)), Item())),)))
    report = only(data.replace(b"LONG TEXT/", b"LONG\n  TEXT/"))
    assert report.postings.text == ["LONG\nTEXT", ""]
    assert report.complete


@pytest.mark.parametrize("end", ["\r\n", "\r", "   \n"])
def test_line_ends_and_fill_do_not_matter(end: str) -> None:
    day = Day(books=(Book(groups=(("010", 4),), items=(Item(texts=("A", "B")),)),))
    assert only(written(day, end=end)) == only(written(day))


@pytest.mark.parametrize(
    ("modifier", "kind"), [("1", "INTRADAY"), ("2", "EOD"), ("3", "INTRADAY"), ("4", "EOD"), ("", "INTRADAY")]
)
def test_interim_reports_are_provisional_and_else_the_profile_says(modifier: str, kind: str) -> None:
    profile = replace(PROFILE, semantics=Semantics(kind="INTRADAY"))
    report = only(written(Day(modifier=modifier, books=(Book(items=(Item(),)),))), profile)
    assert report.kind == kind
    assert report.postings.provisional == [kind == "INTRADAY"]


@pytest.mark.parametrize(
    ("status", "word"), [("1", "UPDATE"), ("2", "DELETE"), ("3", "CORRECTION"), ("4", "TEST"), ("", "UPDATE")]
)
def test_the_group_says_what_its_reports_are(status: str, word: str) -> None:
    assert only(written(Day(status=status))).status == word


@pytest.mark.parametrize(
    ("at", "clock"), [("2400", "23:59:59"), ("9999", "23:59:59"), ("", "23:59:59"), ("0715", "07:15:00")]
)
def test_two_times_and_none_mean_the_end_of_the_day(at: str, clock: str) -> None:
    assert only(written(Day(at=at))).as_of == datetime.fromisoformat(f"2026-11-19T{clock}").replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "day",
    [Day(on="261131"), Day(at="2561"), Day(status="7"), Day(modifier="9")],
    ids=["on", "at", "status", "modifier"],
)
def test_a_header_that_cannot_be_read_is_named(day: Day) -> None:
    assert checks(only(written(day))) == ["field-unreadable"]


@pytest.mark.parametrize("amount", ["12.34", "1234567890123456789", "x", "1_0", "٣"])
def test_an_amount_that_is_no_whole_number_is_named_and_its_row_left_out(amount: str) -> None:
    data = written(Day(books=(Book(items=(Item(amount=1), Item(amount=2))),)))
    report = only(data.replace(b"16,165,2,", f"16,165,{amount},".encode()))
    assert report.postings.amount_minor == [1]
    assert checks(report)[0] == "field-unreadable"
    assert report.control_totals is ControlTotals.DIFFER


def test_references_name_our_file_and_patterns_find_the_rest() -> None:
    item = Item(code="557", bank_ref="GS9", customer_ref="2611181830A", texts=('Return EREF:ORD-77 Reason: "R02"',))
    data = written(Day(books=(Book(items=(item,)),)))
    assert only(data).postings.origination_file == ["2611181830A"]
    mined = {"reference": r"EREF:(\S+)", "reason": r'Reason: "(R[0-9]{2})"'}
    postings = only(data, replace(PROFILE, mined=mined)).postings
    assert (postings.reference, postings.reason, postings.trace) == (["ORD-77"], ["R02"], [0])


def test_two_files_behind_each_other_are_both_read() -> None:
    data = written(Day(), name="1") + written(Day(), name="2")
    assert [report.report_id for report in read(data)] == ["261120-1-1.1", "261120-2-1.1"]
    assert all(report.complete for report in read(data))


def test_no_account_number_stands_in_a_problem() -> None:
    data = written(Day(books=(Book(number="998877665544", items=(Item(code="X"),)),)))
    report = only(data)
    assert report.problems
    assert not any("998877665544" in problem.message for problem in report.problems)
    assert "998877665544" not in repr(report)
