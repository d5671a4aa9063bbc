"""The records table is whole, and single records go in and out of it."""

import pytest

from ingather.nacha.records import LAYOUTS, Kind, class_of_batch, compose, decompose, layout_of
from ingather.nacha.refused import FormatRefused
from ingather.nacha.sec import SEC_CODES

# The common record 6 (RB13 Appendix Three): where its parts stand in every class but advices and IAT.
COMMON = {
    "transaction_code": (2, 3),
    "receiving_dfi": (4, 11),
    "check_digit": (12, 12),
    "account_number": (13, 29),
    "amount": (30, 39),
    "addenda_indicator": (79, 79),
    "trace_number": (80, 94),
}
ACCOUNTS = {
    **{code: [(13, 29)] for code in LAYOUTS if code[0] == "6"},
    "6ADV": [(13, 27)],
    "6IAT": [(40, 74)],
    "6SHR": [(13, 29), (55, 76)],
}
HEADER = b"5220" + b"GAS COMPANY     " + b" " * 20 + b"1234567890" + b"%3s" + b"GAS BILL  " + b" " * 31


@pytest.mark.parametrize("code", LAYOUTS)
def test_the_fields_of_a_record_cover_columns_1_to_94_without_gap_or_overlap(code: str) -> None:
    next_column = 1
    for field in LAYOUTS[code].fields:
        assert field.start == next_column
        assert field.end >= field.start
        next_column = field.end + 1
    assert next_column == 95


@pytest.mark.parametrize("code", LAYOUTS)
def test_field_names_are_unique_and_constants_fit(code: str) -> None:
    fields = LAYOUTS[code].fields
    assert len({field.name for field in fields}) == len(fields)
    assert all(len(field.constant) in {0, field.width} for field in fields)


def test_every_record_of_the_format_has_its_layout() -> None:
    entries = "6 6ACK 6ADV 6ATX 6CHK 6CIE 6CTX 6DNE 6ENR 6IAT 6MTE 6POP 6POS 6SHR 6TRC 6TRX 6XCK"
    addenda = "7 702 705 710 711 712 713 714 715 716 717 718 798 798IAT 798REF 799 799CON 799DIS 799IAT"
    assert set(LAYOUTS) == {"1", "5", "5IAT", *entries.split(), *addenda.split(), "8", "8ADV", "9", "9ADV"}


@pytest.mark.parametrize("code", [code for code in LAYOUTS if code[0] == "6" and code not in {"6ADV", "6IAT"}])
def test_an_entry_keeps_the_columns_that_all_classes_share(code: str) -> None:
    for name, columns in COMMON.items():
        field = LAYOUTS[code].field(name)
        assert (field.start, field.end) == columns


def test_account_numbers_are_known_as_such_in_every_entry() -> None:
    found = {
        code: [(field.start, field.end) for field in layout.fields if field.kind is Kind.ACCOUNT]
        for code, layout in LAYOUTS.items()
    }
    assert {code: columns for code, columns in found.items() if columns} == ACCOUNTS


def test_corrected_data_is_29_columns_and_35_when_international() -> None:
    found = {code: layout.field("corrected_data") for code, layout in LAYOUTS.items() if code.startswith("798")}
    assert {code: (field.start, field.end) for code, field in found.items()} == {
        "798": (36, 64),
        "798REF": (36, 64),
        "798IAT": (36, 70),
    }
    assert {field.kind for field in found.values()} == {Kind.CORRECTED}


@pytest.mark.parametrize("code", ["705", "710", "711", "712", "713", "714", "715", "716", "717", "718"])
def test_forward_addenda_end_with_the_last_seven_of_the_trace_number(code: str) -> None:
    field = LAYOUTS[code].field("entry_sequence")
    assert (field.start, field.end, field.kind) == (88, 94, Kind.NUMERIC)


def test_a_composed_record_reads_back_and_fills_by_kind() -> None:
    record = compose(
        LAYOUTS["799"],
        return_reason="R01",
        original_trace=91000010000001,
        original_rdfi="09100001",
        addenda_information="NSF",
        trace_number="031300010000007",
    )
    assert len(record) == 94
    assert record.startswith(b"799R01091000010000001      09100001NSF ")
    values = decompose(LAYOUTS["799"], record)
    assert values["original_trace"] == "091000010000001"
    assert values["addenda_information"] == "NSF"
    assert values["date_of_death"] == ""


def test_a_dishonour_and_a_contest_stand_in_their_columns() -> None:
    common = {"original_trace": "091000010000001", "original_rdfi": "03130001", "trace_number": "091000010000009"}
    returned = {"return_trace": "031300010000002", "return_settlement_date": "321", "return_reason_digits": "01"}
    dishonour = compose(LAYOUTS["799DIS"], **common, **returned, return_reason="R69", addenda_information="01*03")
    assert dishonour[:35] == b"799R69091000010000001      03130001"
    assert dishonour[35:58] == b"   031300010000002" + b"32101"
    assert dishonour[58:79] == b"01*03" + b" " * 16
    contest = compose(
        LAYOUTS["799CON"],
        **common,
        **returned,
        return_reason="R73",
        original_return_date="261117",
        original_settlement_date="320",
        dishonour_trace="091000010000008",
        dishonour_settlement_date="322",
        dishonour_reason_digits=68,
    )
    assert contest[:35] == b"799R7309100001000000126111703130001"
    assert contest[35:58] == b"320031300010000002" + b"32101"
    assert contest[58:] == b"09100001000000832268 091000010000009"


def test_a_refused_change_names_the_change_it_refuses() -> None:
    record = compose(
        LAYOUTS["798REF"],
        refusal_code="C65",
        original_trace="091000010000001",
        original_rdfi="03130001",
        corrected_data="031300012",
        change_code="C02",
        change_trace_sequence=12,
        trace_number="091000010000009",
    )
    assert record[:35] == b"798C65091000010000001      03130001"
    assert record[35:79] == b"031300012" + b" " * 20 + b"C02" + b"0000012" + b" " * 5


def test_parties_are_right_justified() -> None:
    values = {"file_creation_date": "261123", "file_id_modifier": "A"}
    record = compose(LAYOUTS["1"], immediate_destination="091000019", immediate_origin="1234567890", **values)
    assert record[3:23] == b" 0910000191234567890"


def test_everything_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(FormatRefused) as refused:
        compose(LAYOUTS["799"], return_reason="R0123", original_trace="12A", original_rdfi="BÄNK", colour="red")
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"return_reason", "original_trace", "original_rdfi", "trace_number", "colour"}


def test_a_short_record_is_read_as_if_filled() -> None:
    assert decompose(LAYOUTS["9"], b"9000001")["batch_count"] == "000001"


@pytest.mark.parametrize("code", SEC_CODES)
def test_an_entry_is_laid_out_by_its_class(code: str) -> None:
    assert layout_of(b"627", standard_entry_class=code) is LAYOUTS[SEC_CODES[code].entry_layout]


def test_an_entry_of_no_known_class_is_laid_out_as_the_common_one() -> None:
    assert layout_of(b"627") is LAYOUTS["6"]
    assert layout_of(b"627", standard_entry_class="XYZ") is LAYOUTS["6"]


@pytest.mark.parametrize(
    ("record", "code", "layout"),
    [
        (b"702", "POS", "702"),
        (b"705", "CCD", "705"),
        (b"718", "IAT", "718"),
        (b"706", "CCD", "7"),
        (b"7", "CCD", "7"),
        (b"798C01", "COR", "798"),
        (b"798C01", "IAT", "798IAT"),
        (b"798C60", "COR", "798"),
        (b"798C61", "COR", "798REF"),
        (b"798C69", "COR", "798REF"),
        (b"799R01", "PPD", "799"),
        (b"799R01", "IAT", "799IAT"),
        (b"799R60", "PPD", "799"),
        (b"799R61", "PPD", "799DIS"),
        (b"799R70", "PPD", "799DIS"),
        (b"799R71", "PPD", "799CON"),
        (b"799R77", "PPD", "799CON"),
        (b"799R78", "PPD", "799"),
        (b"8200", "PPD", "8"),
        (b"8280", "ADV", "8ADV"),
        (b"9000", "", "9"),
        (b"9000", "ADV", "9ADV"),
        (b"101", "", "1"),
    ],
)
def test_the_layout_follows_from_the_record_and_its_batch(record: bytes, code: str, layout: str) -> None:
    assert layout_of(record, standard_entry_class=code) is LAYOUTS[layout]


@pytest.mark.parametrize("record", [b"x", b"", b"4", b"\xff"])
def test_what_is_no_record_has_no_layout(record: bytes) -> None:
    assert layout_of(record) is None


def test_a_batch_says_its_class_and_one_of_international_changes_is_international() -> None:
    changes = HEADER.replace(b"GAS COMPANY", b"IATCOR     ")
    assert class_of_batch(HEADER.replace(b"GAS COMPANY", b"IATCOR CORP") % b"COR") == "COR"
    assert class_of_batch(HEADER % b"PPD") == "PPD"
    assert class_of_batch(changes % b"COR") == "IAT"
    assert layout_of(HEADER % b"PPD") is LAYOUTS["5"]
    assert layout_of(HEADER % b"COR") is LAYOUTS["5"]
    assert layout_of(HEADER % b"IAT") is LAYOUTS["5IAT"]
    assert layout_of(changes % b"COR") is LAYOUTS["5IAT"]
