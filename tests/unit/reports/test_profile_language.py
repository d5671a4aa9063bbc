"""Report profiles as TOML: what ships can be used, and what cannot is refused key by key, with its line."""

from datetime import date

import pytest

from ingather.reports.items import Carrier, PostingEvent
from ingather.reports.layout import HeaderRow
from ingather.reports.profile_language import ReportProfileRefused, read_profile
from ingather.reports.tables import packaged_profile_texts, packaged_profiles, profile_called

GOOD = """\
id = "example-returns"
version = 2
carrier = "str-delimited"
effective_from = 2026-11-15
effective_to = 2027-01-31
tolerances = ["control_mismatch"]

[delivery]
delimiter = ","
quote = '"'
header_row = "names"

[report]
bank = "EXAMUS33"
account = "330000"
currency = "USD"
day_from = "returns.return_settled_on"

[semantics]
mode = "CUMULATIVE"

[mined]
trace = "TRN ([0-9]{15})"

[[codes]]
code_type = "BAI2"
code = "555"
event = "return"
sign = "D"

[[records]]
title = "return"
place = "items"
items = "returns"
fields = [
  { label = "reason", source = "Return Code", type = "code", pattern = "R[0-9]{2}", required = true },
  { label = "amount", name = "amount_cents", source = "Amount", type = "decimal", required = true },
  { label = "settled", name = "return_settled_on", source = "Settled", type = "date", format = "MM/DD/YYYY" },
  { label = "trace", name = "original_trace", source = "Trace", type = "trace" },
]
"""


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ReportProfileRefused) as refused:
        read_profile(text)
    return [(problem.line, problem.message) for problem in refused.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


@pytest.mark.parametrize("text", [b"\xef\xbb\xbf" + GOOD.encode(), "\ufeff" + GOOD], ids=["bytes", "text"])
def test_a_mark_of_byte_order_before_a_profile_is_no_part_of_it(text: bytes | str) -> None:
    assert read_profile(text) == read_profile(GOOD)
    assert faults(GOOD.replace("version = 2", "version = 0")) == faults(
        "\ufeff" + GOOD.replace("version = 2", "version = 0")
    )


def test_what_a_profile_says_is_what_it_is() -> None:
    profile = read_profile(GOOD)
    assert (profile.name, profile.carrier) == ("example-returns/2", Carrier.STR_DELIMITED)
    assert profile.in_force(date(2026, 11, 15))
    assert not profile.in_force(date(2026, 11, 14))
    assert not profile.in_force(date(2027, 2, 1))
    assert profile.tolerances == {"control_mismatch"}
    assert profile.codes.event("BAI2", "555", amount_minor=-1) is PostingEvent.RETURN
    assert profile.codes.event("BAI2", "555", amount_minor=1) is PostingEvent.UNKNOWN
    assert profile.layout is not None
    assert profile.layout.header_row is HeaderRow.NAMES
    assert (profile.semantics.mode, profile.semantics.kind) == ("CUMULATIVE", "EOD")


def test_every_packaged_profile_can_be_used_and_is_called_by_id_and_version() -> None:
    names = [profile.name for profile in packaged_profiles()]
    assert {"generic-str-delimited/1", "generic-str-fixed/1", "generic-ack/1", "bai2/1", "camt/1", "swift/1", "nacha/1",
            "fedach/1", "pain/1"} <= set(names)  # fmt: skip
    assert sorted(packaged_profile_texts()) == sorted(names)
    for text in packaged_profile_texts().values():
        assert read_profile(text).effective_from is None


def test_the_examples_say_that_they_are_examples() -> None:
    for name in ("generic-str-delimited/1", "generic-str-fixed/1", "generic-ack/1"):
        assert "example" in packaged_profile_texts()[name].lower()


def test_bank_profiles_that_are_older_than_versions_still_name_them() -> None:
    for old, name in (("generic-ack-1", "generic-ack/1"), ("nacha", "nacha/1"), ("bai2/1", "bai2/1")):
        called = profile_called(old)
        assert called is not None
        assert called.name == name
    assert profile_called("another-1") is None


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("version = 2", "version = 0", "version"),
        ("version = 2\n", "", "The key version is missing"),
        ('id = "example-returns"', 'id = "Example Returns"', "id"),
        ('carrier = "str-delimited"', 'carrier = "telex"', "no carrier 'telex'"),
        (
            "version = 2",
            'also = ["bai2"]\nversion = 2',
            "also[1]: what is written in bai2 is not read as str-delimited",
        ),
        ("effective_to = 2027-01-31", "effective_to = 2026-01-31", "before effective_from"),
        ('tolerances = ["control_mismatch"]', 'tolerances = ["anything"]', "no tolerance 'anything'"),
        ('delimiter = ","', 'delimitor = ","', "delivery.delimitor is not known"),
        ('header_row = "names"', 'header_row = "bold"', "delivery.header_row"),
        ('mode = "CUMULATIVE"', 'mode = "WEEKLY"', "semantics.mode"),
        ('trace = "TRN', 'tracks = "TRN', "nothing is mined"),
        ("([0-9]{15})", "([0-9]{15}", "no regular expression"),
        ('event = "return"', 'event = "refund"', "codes[555].event: there is no event 'refund'"),
        ('items = "returns"', 'items = "refunds"', "records[return].items"),
        ('type = "code"', 'type = "cod"', "records[return].fields[reason].type: there is no type 'cod'"),
        ('pattern = "R[0-9]{2}"', 'pattern = "R[0-9"', "pattern is no regular expression"),
        ('format = "MM/DD/YYYY"', 'format = "MM/YYYY"', "fields[settled].format must tell a day once"),
        ('name = "amount_cents"', 'name = "amount"', "fields[amount].name: returns has no 'amount'"),
        ('type = "decimal"', 'type = "text"', "fields[amount].type: amount_cents is not what 'text' gives"),
        ('source = "Trace", ', "", "fields[trace].at or source is missing"),
        ('"trace", name = "original_trace"', '"trace", name = "amount_cents"', "another field fills amount_cents"),
        ('day_from = "returns.return_settled_on"', 'day_from = "returns.reason"', "names no date column"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_key_and_line(was: str, now: str, words: str) -> None:
    text = GOOD.replace(was, now, 1)
    found = faults(text)
    assert any(words in message for _, message in found), found
    if now:
        assert line_of(text, now.splitlines()[0]) in {line for line, _ in found}


def test_every_wrong_key_is_named_at_once() -> None:
    text = GOOD.replace('mode = "CUMULATIVE"', 'mode = "WEEKLY"').replace("version = 2", 'version = "two"')
    assert len(faults(text)) == 2


def test_what_is_no_toml_is_told_with_its_line() -> None:
    assert faults(GOOD.replace("[delivery]", "[delivery"))[0][0] == 8
    with pytest.raises(ReportProfileRefused, match="not UTF-8"):
        read_profile(b"\xff\xfe\x00")
    with pytest.raises(ReportProfileRefused, match="1 MiB"):
        read_profile(b"#" * (1 << 21))


def test_fixed_fields_must_lie_within_the_record() -> None:
    text = packaged_profile_texts()["generic-str-fixed/1"].replace("start = 205, end = 224", "start = 205, end = 225")
    ((line, message),) = faults(text)
    assert line == line_of(text, "end = 225")
    assert "records[R].fields[posting_ref].start and end must lie within 1 to 224" in message


def test_a_total_of_what_is_not_there_is_refused() -> None:
    text = packaged_profile_texts()["generic-str-fixed/1"]
    for total in ("count:X", "sum:returns.reason", "median:returns.amount_cents", "everything"):
        assert "is no total" in faults(text.replace("count:R", total, 1))[0][1]


def test_a_total_needs_a_name() -> None:
    text = packaged_profile_texts()["generic-ack/1"].replace('total = "records"', 'name = "", total = "records"')
    assert "a total is compared under its name" in faults(text)[0][1]


def test_what_one_reader_reads_may_be_one_profiles() -> None:
    for carrier, other in (("camt.053", "camt.052"), ("mt942", "mt940"), ("str-fixed", "str-delimited")):
        if carrier != "str-fixed":
            known = read_profile(f'id = "a"\nversion = 1\ncarrier = "{carrier}"\nalso = ["{other}"]\n')
            assert known.reads(Carrier(other))
        alien = f'id = "a"\nversion = 1\ncarrier = "{carrier}"\nalso = ["pain.002"]\n'
        assert any("is not read as" in message for _, message in faults(alien))


def test_two_records_of_one_type_are_refused() -> None:
    text = packaged_profile_texts()["generic-str-delimited/1"].replace('selector = "S"', 'selector = "R"')
    assert any("'R' selects another record already" in message for _, message in faults(text))


def test_a_native_carrier_lays_out_itself() -> None:
    text = GOOD.replace('carrier = "str-delimited"', 'carrier = "bai2"')
    assert any("lays out itself" in message for _, message in faults(text))
