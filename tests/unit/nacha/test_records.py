"""The records table is whole, and single records go in and out of it."""

import pytest

from ingather.nacha.records import LAYOUTS, compose, decompose, layout_of
from ingather.nacha.refused import FormatRefused


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


def test_the_layout_follows_from_the_record_and_its_batch() -> None:
    found = layout_of(b"6" + b"0" * 93, standard_entry_class="IAT")
    assert found is LAYOUTS["6IAT"]
    assert layout_of(b"705") is LAYOUTS["705"]
    assert layout_of(b"710") is LAYOUTS["7"]
    assert layout_of(b"x") is None
