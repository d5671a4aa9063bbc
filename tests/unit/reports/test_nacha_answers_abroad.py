"""International returns, changes and refused changes become items, and an account is never taken for a reference."""

from datetime import date

from ingather.reports.items import Report
from ingather.reports.recognise import read_report
from tests.red import red_account
from tests.unit.nacha.composed import RDFI, abroad_addenda, answer_entry, batch_of, changed, file_of, returned

FAR = red_account(4) + red_account(5)


def report_of(*batches: list[bytes]) -> Report:
    return read_report(file_of(*batches), near=date(2026, 11, 24))


def test_an_international_return_names_its_receiver_and_the_end_of_its_account() -> None:
    entry = answer_entry("IAT", account_number=FAR, number_of_addenda=8)
    addenda = returned("R03", layout="799IAT", original_amount=1999, addenda_information="WORDS")
    found = report_of(batch_of("IAT", entry, *abroad_addenda(bank=RDFI), addenda, bank=RDFI)).returns
    assert (found.reason, found.standard_entry_class) == (["R03"], ["IAT"])
    assert (found.identification, found.name, found.account_last4) == ([""], ["BEK ENTERPRISES"], [FAR[-4:]])
    assert found.information == ["WORDS"]
    assert FAR[:15] not in repr(found)


def test_changes_and_refused_ones_stand_in_file_order() -> None:
    refusal = changed("C62", "37", layout="798REF", change_code="C05", change_trace_sequence="0000007")
    second = [answer_entry("COR", number=2, amount=0), changed("C05", "37", number=2)]
    found = report_of(batch_of("COR", answer_entry("COR", amount=0), refusal, *second, bank=RDFI)).changes
    assert (found.code, found.line) == (["C62", "C05"], [4, 6])
    assert [len(text) for text in found.corrected] == [29, 29]


def test_one_wrong_answer_keeps_no_other_from_being_taken() -> None:
    second = [answer_entry(number=2), returned("R29", number=2)]
    report = report_of(batch_of("PPD", answer_entry(), returned("R01"), *second, bank=RDFI))
    assert "return-code-class" in {problem.check for problem in report.problems}
    assert report.returns.reason == ["R01", "R29"]
    assert report.complete
