"""Records column by column: what each purpose, SEC code and dialect puts where."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from ingather.base.columns import text_column
from ingather.nacha.dialect import Dialect, PartyStyle
from ingather.nacha.plan import FilePlan, payment_addenda
from ingather.nacha.purpose import Purpose
from ingather.nacha.records import LAYOUTS, decompose
from ingather.nacha.refused import FormatRefused
from ingather.nacha.writer import Written, write
from tests.unit.nacha.plans import ODFI, one_batch, small_plan, with_batches, with_entries
from tests.unit.nacha.refusing.breaks import FIRST_TRACE, addenda, answers, batched, first, headed, worded


def lines(plan: FilePlan, purpose: Purpose = Purpose.ORIGINATION, dialect: Dialect | None = None) -> list[str]:
    return write(plan, purpose=purpose, dialect=dialect).data.decode("cp1252").splitlines()


def texts(*entries: int) -> FilePlan:
    words = text_column([f"RMR*IV*{number}\\" for number in range(len(entries))], 80)
    named = with_entries(one_batch("CTX", 3), name=text_column([f"BUYER NUMBER {number}XX" for number in range(3)], 22))
    return with_entries(named, addenda=payment_addenda(np.array(entries, np.int64), words))


def test_a_ctx_entry_counts_its_addenda_before_its_name() -> None:
    found = lines(texts(0, 0, 0, 2))
    entries = [line for line in found if line[0] == "6"]
    assert [line[54:58] for line in entries] == ["0003", "0000", "0001"]
    assert [line[58:74] for line in entries] == ["BUYER NUMBER 0XX", "BUYER NUMBER 1XX", "BUYER NUMBER 2XX"]
    assert [line[74:79] for line in entries] == ["  S 1", "  S 0", "  S 1"]
    assert [line[79:] for line in entries] == [str(FIRST_TRACE + number).zfill(15) for number in range(3)]


def test_addenda_follow_their_entry_and_are_numbered_within_it() -> None:
    found = lines(texts(0, 0, 0, 2))
    assert "".join(line[0] for line in found[:10]) == "1567776678"
    assert [line[83:] for line in found if line[0] == "7"] == [
        "0001" + "0000001", "0002" + "0000001", "0003" + "0000001", "0001" + "0000003",
    ]  # fmt: skip
    assert [line[3:12] for line in found if line[0] == "7"] == ["RMR*IV*0\\", "RMR*IV*1\\", "RMR*IV*2\\", "RMR*IV*3\\"]
    assert [line[:10] for line in found if line[0] == "8"] == ["8225000007"]
    assert found[10][:21] == "9" + "000001" + "000002" + "00000007"


def test_one_entry_may_have_as_many_addenda_as_four_digits_count() -> None:
    plan = texts(0)
    most = payment_addenda(np.zeros(9_999, np.int64), np.full((9_999, 80), 65, np.uint8))
    found = lines(with_entries(plan, addenda=most))
    assert found[2][54:58] == found[2 + 9_999][83:87] == "9999"
    with pytest.raises(FormatRefused, match="more addenda"):
        write(
            with_entries(plan, addenda=payment_addenda(np.zeros(10_000, np.int64), np.full((10_000, 80), 65, np.uint8)))
        )


def test_a_copied_count_of_addenda_stands_as_it_was_announced() -> None:
    plan = with_entries(texts(0), announced=np.array([7, 0, 12]))
    assert [line[54:58] for line in lines(plan, Purpose.COPY) if line[0] == "6"] == ["0007", "0000", "0012"]


@pytest.mark.parametrize(
    ("kind", "numbered"), [(5, True), (17, True), (18, True), (10, False), (13, False), (16, False)]
)
def test_types_that_are_numbered_count_and_the_others_keep_their_columns(kind: int, *, numbered: bool) -> None:
    content = "X" * 84
    plan = with_entries(
        one_batch("IAT", 2), addenda=addenda((0, kind, content), (0, kind, content), (1, kind, content))
    )
    found = [line for line in lines(plan, Purpose.COPY) if line[0] == "7"]
    assert [line[1:3] for line in found] == [f"{kind:02d}"] * 3
    assert [line[83:87] for line in found] == (["0001", "0002", "0001"] if numbered else ["XXXX"] * 3)
    assert [line[87:] for line in found] == ["0000001", "0000001", "0000002"]
    assert all(line[3:83] == "X" * 80 for line in found)


@pytest.mark.parametrize("kind", [2, 98, 99])
def test_types_of_terminals_and_answers_repeat_the_whole_trace_number(kind: int) -> None:
    plan = with_entries(one_batch("POS", 2), addenda=addenda((0, kind, "X" * 84), (1, kind, "X" * 84)))
    found = [line for line in lines(plan, Purpose.COPY) if line[0] == "7"]
    assert [line[79:] for line in found] == [f"{FIRST_TRACE + number:015d}" for number in range(2)]
    assert all(line[3:79] == "X" * 76 for line in found)


def test_numbers_count_each_type_by_itself_even_when_they_alternate() -> None:
    rows = [(0, 17, ""), (0, 18, ""), (0, 17, ""), (0, 99, ""), (0, 18, ""), (1, 17, "")]
    found = [
        line
        for line in lines(with_entries(one_batch("IAT", 2), addenda=addenda(*rows)), Purpose.COPY)
        if line[0] == "7"
    ]
    assert [line[83:87] for line in found] == ["0001", "0001", "0002", "0001", "0002", "0001"]


def test_an_international_entry_counts_its_addenda_before_its_account() -> None:
    seven = [(entry, kind, "") for entry in (0, 1) for kind in (*range(10, 17), *([17] if entry else []))]
    foreign = text_column(["AB12 3456 7890 1234 5678 9012"] * 2, 35)
    plan = with_entries(
        one_batch("IAT", 2),
        account=text_column([""] * 2, 17),
        identification=np.ascontiguousarray(foreign[:, :15]),
        name=np.ascontiguousarray(np.pad(foreign[:, 15:], ((0, 0), (0, 2)), constant_values=32)),
        addenda=addenda(*seven),
    )
    entries = [decompose(LAYOUTS["6IAT"], line.encode()) for line in lines(plan, Purpose.COPY) if line[0] == "6"]
    assert [entry["number_of_addenda"] for entry in entries] == ["0007", "0008"]
    assert {entry["account_number"] for entry in entries} == {"AB12 3456 7890 1234 5678 9012"}
    assert {entry["reserved"] for entry in entries} == {""}


def test_international_changes_are_laid_out_as_international_entries() -> None:
    plan = batched(
        with_entries(answers("COR", "C01", kind=98), amount_cents=np.zeros(1, np.int64)), company_name="IATCOR"
    )
    plan = with_entries(plan, account=text_column([""], 17))
    assert lines(plan, Purpose.ANSWER)[2][12:16] == "0001"


def test_advices_have_wider_amounts_and_totals_and_columns_for_the_operator() -> None:
    plan = batched(one_batch("ADV", 3), service_class=280, authentication="OPERATOR 1", originator_status="0")
    amounts = np.array([999_999_999_999, 1, 12_345_678_901])
    plan = with_entries(plan, amount_cents=amounts, transaction_code=np.array([81, 82, 83]), trace=np.array([0, 1, 2]))
    found = lines(plan, Purpose.COPY)
    assert [line[27:39] for line in found if line[0] == "6"] == ["999999999999", "000000000001", "012345678901"]
    control = decompose(LAYOUTS["8ADV"], found[5].encode())
    assert (control["total_debit"], control["total_credit"]) == ("1".zfill(20), "1012345678900".zfill(20))
    assert control["ach_operator_data"] == "OPERATOR 1"
    file_control = decompose(LAYOUTS["9ADV"], found[6].encode())
    assert (file_control["total_debit"], file_control["total_credit"]) == ("1".zfill(20), "1012345678900".zfill(20))


def test_a_file_of_advices_and_others_has_plain_totals() -> None:
    plan = small_plan()
    mixed = with_batches(plan, standard_entry_class=["CCD", "PPD", "WEB", "ADV"], service_class=[225, 225, 225, 280])
    control = next(line for line in lines(mixed, Purpose.COPY) if line[0] == "9")
    assert int(control[31:43]) == int(plan.entries.amount_cents.sum())


def test_what_answers_fill_stands_in_their_headers_and_controls() -> None:
    plan = batched(answers(), settlement_date="329", originator_status="2", authentication="SEALED")
    found = lines(plan, Purpose.ANSWER)
    assert (found[1][75:78], found[1][78]) == ("329", "2")
    control = next(line for line in found if line[0] == "8")
    assert control[54:73] == "SEALED".ljust(19)
    assert (lines(answers(), Purpose.ANSWER)[1][75:79], control[44:54]) == ("   1", "1234567890")


def test_an_empty_batch_is_copied() -> None:
    plan = with_entries(small_plan(), batch=np.maximum(small_plan().entries.batch, 1), addenda=None)
    found = lines(plan, Purpose.COPY)
    assert found[1][0] + found[2][0] + found[3][0] == "585"
    assert found[2][4:44] == "0" * 40


@pytest.mark.parametrize(
    ("style", "given", "columns"),
    [
        (PartyStyle.AS_GIVEN, "091000019", " 091000019"),
        (PartyStyle.AS_GIVEN, "1234567890", "1234567890"),
        (PartyStyle.AS_GIVEN, "0091000019", "0091000019"),
        (PartyStyle.BLANK_NINE, "091000019", " 091000019"),
        (PartyStyle.BLANK_NINE, "0091000019", " 091000019"),
        (PartyStyle.ZERO_NINE, "091000019", "0091000019"),
        (PartyStyle.ZERO_NINE, " 091000019", "0091000019"),
        (PartyStyle.BLANK_NINE, "0121042882", " 121042882"),
        (PartyStyle.ZERO_NINE, " 121042882", "0121042882"),
    ],
)
def test_parties_stand_in_the_style_of_the_bank(style: PartyStyle, given: str, columns: str) -> None:
    assert lines(headed(one_batch(), origin=given), dialect=Dialect(origin_style=style))[0][13:23] == columns
    if given != "1234567890":
        found = lines(headed(one_batch(), destination=given), dialect=Dialect(destination_style=style))
        assert found[0][3:13] == columns


@pytest.mark.parametrize("style", [PartyStyle.BLANK_NINE, PartyStyle.ZERO_NINE])
def test_ten_characters_are_not_cut_to_nine(style: PartyStyle) -> None:
    with pytest.raises(FormatRefused, match="ten columns"):
        write(headed(one_batch(), origin="1234567890"), dialect=Dialect(origin_style=style))


def test_the_same_day_mark_goes_where_nothing_stands_and_only_to_batches_of_the_day() -> None:
    plan = with_batches(
        small_plan(),
        descriptive_date=["", "261123", "", ""],
        effective_on=[date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 23)],
    )
    found = [line[63:69] for line in lines(plan, dialect=Dialect(same_day_mark="SD1300")) if line[0] == "5"]
    assert found == ["SD1300", "261123", "      ", "SD1300"]
    copied = [line[63:69] for line in lines(plan, Purpose.COPY, Dialect(same_day_mark="SD1300")) if line[0] == "5"]
    assert copied == ["      ", "261123", "      ", "      "]


def test_capitals_are_for_what_we_originate() -> None:
    plan = batched(headed(worded(one_batch(), name="Jo Doe @[`az{"), origin_name="Ingather"), company_name="Acme")
    capital = Dialect(upper_case=True)
    assert "JO DOE @[`AZ{" in lines(plan, dialect=capital)[2]
    assert "ACME" in lines(plan, dialect=capital)[1]
    assert "INGATHER" in lines(plan, dialect=capital)[0]
    assert lines(plan, Purpose.COPY, capital) == lines(plan, Purpose.COPY)


def test_a_copy_holds_a_banks_letters_one_byte_each() -> None:
    plan = batched(one_batch(), company_name="CAFÉ")
    written = write(plan, purpose=Purpose.COPY).data.splitlines()
    assert written[1][4:8] == "CAFÉ".encode("cp1252")
    assert {len(line) for line in written} == {94}


def test_a_copy_keeps_traces_of_other_banks() -> None:
    trace = np.array([1, FIRST_TRACE, 999_999_999_999_999])
    found = lines(with_entries(one_batch(), trace=trace), Purpose.COPY)
    assert [line[79:] for line in found if line[0] == "6"] == [f"{number:015d}" for number in trace.tolist()]


def test_amounts_of_all_sizes_stand_in_ten_digits() -> None:
    amounts = np.array([1, 99_999_999, 100_000_000, 9_999_999_999])
    found = lines(with_entries(one_batch(count=4), amount_cents=amounts))
    assert [line[29:39] for line in found if line[0] == "6"] == [f"{cents:010d}" for cents in amounts.tolist()]


def test_a_hash_keeps_its_last_ten_digits() -> None:
    count = 1_000
    plan = with_entries(one_batch(count=count), routing=np.full(count, 322_271_627))
    written: Written = write(plan)
    assert written.entry_hash == 32_227_162 * count % 10**10
    assert write(plan).data.splitlines()[-2][:1] in {b"8", b"9"}
    control = next(line for line in written.data.splitlines() if line[:1] == b"8")
    assert int(control[10:20]) == written.entry_hash


def test_the_file_control_counts_blocks_and_batches() -> None:
    written = write(small_plan())
    control = next(line for line in written.data.splitlines() if line[:1] == b"9" and line != b"9" * 94)
    assert (control[1:7], control[7:13], control[13:21]) == (b"000004", b"000002", b"00000010")


def test_first_numbers_of_a_bank_with_leading_zeros_are_kept() -> None:
    assert str(ODFI).zfill(8) == "09100001"
    assert lines(first(one_batch(), trace=FIRST_TRACE))[2][79:] == "091000010000001"


def test_a_head_without_a_reference_leaves_it_blank() -> None:
    plan = one_batch()
    assert lines(replace(plan, head=replace(plan.head, reference="")))[0][86:] == " " * 8
