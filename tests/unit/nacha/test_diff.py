"""Two files that differ in anything but line ends and padding differ, and what differs is named."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingather.base.columns import text_column
from ingather.nacha.alike import first_seen, pair_up, places_among_equals, row_hashes
from ingather.nacha.diff import FileDiff, diff
from ingather.nacha.plan import FilePlan
from ingather.nacha.reader import read
from ingather.nacha.shown_diff import ShownDiff, show_diff
from ingather.nacha.writer import write
from tests.red import ACCOUNTS, red_account
from tests.unit.nacha.plans import one_batch, small_plan, wide_plan, with_batches, with_entries

FILE = write(small_plan()).data
LINES = FILE.split(b"\n")


def found(before: bytes, after: bytes) -> FileDiff:
    return diff(read(before), read(after))


def shown(before: bytes, after: bytes) -> ShownDiff:
    return show_diff(found(before, after))


def fates(before: bytes, after: bytes) -> dict[str, int]:
    return {name: count for name, count in shown(before, after)["found"]["entries"].items() if count}


def changed(plan: FilePlan, **columns: object) -> bytes:
    return write(with_entries(plan, **columns)).data


def test_a_file_equals_itself() -> None:
    told = shown(FILE, FILE)
    assert told["equal"]
    assert told["changes"] == []
    assert told["found"]["entries"]["same"] == 8


@pytest.mark.parametrize("ending", [b"\r\n", b"\r", b""])
def test_line_ends_and_padding_are_no_difference(ending: bytes) -> None:
    assert found(FILE, FILE.replace(b"\n", ending)).equal
    assert found(FILE, b"\n".join(line for line in LINES if line.strip(b"9"))).equal


def test_files_that_differ_in_one_amount_only_differ() -> None:
    plan = one_batch()
    cents = plan.entries.amount_cents.copy()
    cents[1] += 1
    told = shown(write(plan).data, changed(plan, amount_cents=cents))
    assert not told["equal"]
    [change] = [change for change in told["changes"] if change["record"] == "Entry Detail"]
    [field] = change["fields"]
    assert (change["fate"], change["line_before"], change["line_after"]) == ("changed", 4, 4)
    assert (field["name"], field["columns"]) == ("amount", "30-39")
    assert field["meaning"] == "39.98 USD → 39.99 USD"
    controls = [change["record"] for change in told["changes"]]
    assert controls == ["File Control", "Batch Control", "Entry Detail"]


def test_every_byte_that_changes_in_any_record_is_a_difference() -> None:
    reading = read(FILE)
    for index, line in enumerate(LINES):
        if set(line) <= {ord("9")}:
            continue
        for column in range(index % 11 + 1, len(line), 11):
            other = bytearray(line)
            other[column] = ord("7") if other[column] != ord("7") else ord("3")
            mutant = b"\n".join([*LINES[:index], bytes(other), *LINES[index + 1 :]])
            assert not diff(reading, read(mutant)).equal, (index + 1, column + 1)


def test_any_record_that_is_gone_or_twice_is_a_difference() -> None:
    for index, line in enumerate(LINES):
        if set(line) <= {ord("9")}:
            continue
        gone = b"\n".join([*LINES[:index], *LINES[index + 1 :]])
        twice = b"\n".join([*LINES[: index + 1], line, *LINES[index + 1 :]])
        assert not found(FILE, gone).equal, index + 1
        assert not found(FILE, twice).equal, index + 1


def test_an_entry_that_kept_its_content_under_another_trace_is_renumbered() -> None:
    plan = one_batch(count=4)
    told = shown(write(plan).data, changed(plan, trace=plan.entries.trace + 500))
    assert {change["fate"] for change in told["changes"]} == {"renumbered"}
    assert [field["name"] for field in told["changes"][0]["fields"]] == ["trace_number"]


def test_an_entry_added_in_front_renumbers_the_others_and_changes_none() -> None:
    before, after = one_batch(count=3), one_batch(count=4)
    order = [3, 0, 1, 2]
    entries = after.entries
    moved = changed(
        after,
        account=entries.account[order],
        amount_cents=entries.amount_cents[order],
        identification=entries.identification[order],
        name=entries.name[order],
        routing=entries.routing[order],
        transaction_code=entries.transaction_code[order],
    )
    assert fates(write(before).data, moved) == {"renumbered": 3, "added": 1}
    assert fates(moved, write(before).data) == {"renumbered": 3, "removed": 1}


def test_an_entry_of_the_same_reference_is_changed_even_under_another_trace() -> None:
    plan = one_batch(count=3)
    after = changed(plan, trace=plan.entries.trace + 500, amount_cents=plan.entries.amount_cents + 1)
    assert fates(write(plan).data, after) == {"changed": 3}


def test_an_entry_in_another_batch_is_moved() -> None:
    plan = small_plan()
    after = with_entries(plan, batch=np.array([0, 0, 0, 1, 2, 2, 3, 3]))
    told = shown(write(plan).data, write(after).data)
    [change] = [change for change in told["changes"] if change["fate"] == "moved"]
    assert change["fields"][0]["name"] == "batch"
    assert told["found"]["entries"] | {"same": 0, "moved": 0} == dict.fromkeys(told["found"]["entries"], 0)


def test_both_values_of_an_account_are_masked() -> None:
    plan = one_batch(count=2)
    told = shown(write(plan).data, changed(plan, account=text_column([red_account(0), f"9{red_account(1)[1:]}"], 17)))
    [change] = told["changes"]
    [field] = change["fields"]
    assert field["name"] == "account_number"
    assert field["before"] == field["after"] == "*" * 6 + red_account(1)[-4:]
    assert field["hidden"]
    assert not any(account in json.dumps(told) for account in ACCOUNTS)


def test_addenda_that_differ_are_told_by_place() -> None:
    told = shown(FILE, FILE.replace(b"RMR*IV*0005**99.95\\", b"RMR*IV*0006**99.95\\"))
    [change] = told["changes"]
    assert change["fate"] == "changed"
    assert [field["name"] for field in change["fields"]] == ["addenda 1 payment_related_information"]


def test_an_entry_renumbered_with_other_addenda_is_changed() -> None:
    after = LINES.copy()
    after[2] = after[2][:-7] + b"0000077"
    after[3] = after[3].replace(b"0001**", b"0009**")[:-7] + b"0000077"
    told = shown(FILE, b"\n".join(after))
    [change] = told["changes"]
    assert change["fate"] == "changed"
    names = [field["name"] for field in change["fields"]]
    assert names == ["trace_number", "addenda 1 payment_related_information", "addenda 1 entry_sequence"]


def test_addenda_in_another_order_are_a_difference() -> None:
    header, entry = LINES[1].replace(b"CCD", b"CTX"), LINES[2]
    first, second = LINES[3], LINES[3].replace(b"0001**", b"0002**")
    told = shown(b"\n".join([header, entry, first, second]), b"\n".join([header, entry, second, first]))
    assert told["found"]["entries"]["changed"] == 1
    assert {field["name"] for field in told["changes"][0]["fields"]} == {
        "addenda 1 payment_related_information",
        "addenda 2 payment_related_information",
    }


def test_headers_are_compared_field_by_field() -> None:
    plan = small_plan()
    after = with_batches(plan, entry_description=["PURCHASE", "PURCHASE", "RENT", "PURCHASE"])
    told = shown(write(plan).data, write(after).data)
    [change] = told["changes"]
    assert (change["record"], change["fate"]) == ("Batch Header", "changed")
    assert [(field["before"], field["after"]) for field in change["fields"]] == [("PURCHASE", "RENT")]


def test_a_batch_that_is_gone_takes_its_entries_along() -> None:
    told = shown(FILE, b"\n".join([LINES[0], *LINES[6:]]))
    assert told["found"]["batches"] == {"same": 3, "changed": 0, "removed": 1, "added": 0}
    assert told["found"]["entries"]["removed"] == 2
    assert told["changes"][0]["about"].startswith("batch 0000001: CCD, ACME GOODS")


def test_a_file_control_that_differs_is_told() -> None:
    at = next(index for index, line in enumerate(LINES) if line.startswith(b"9"))
    control = LINES[at][:30] + b"1" + LINES[at][31:]
    [change] = shown(FILE, b"\n".join([*LINES[:at], control, *LINES[at + 1 :]]))["changes"]
    assert (change["record"], change["fields"][0]["name"]) == ("File Control", "entry_hash")


def test_records_that_belong_to_nothing_are_compared_too() -> None:
    after = b"\n".join([*LINES[:2], b"XJUNK".ljust(94), LINES[-2], *LINES[2:]])
    told = shown(FILE, after)
    assert told["found"]["other_records"]["added"] >= 1
    assert not told["equal"]


def test_no_more_changes_are_listed_than_asked_for_and_the_rest_is_counted() -> None:
    plan = one_batch(count=9)
    told = show_diff(found(write(plan).data, changed(plan, trace=plan.entries.trace + 50)), most=4)
    assert len(told["changes"]) == 4
    assert told["not_listed"] == 5


def test_a_hundred_thousand_entries_are_matched_after_one_is_gone() -> None:
    data = write(wide_plan(100_000, 3)).data
    lines = data.split(b"\n")
    told = found(data, b"\n".join([*lines[:50], *lines[51:]]))
    assert (len(told.entries.removed), len(told.entries.added), int(told.fate.sum())) == (1, 0, 0)


@given(
    st.lists(st.binary(min_size=3, max_size=3), max_size=40), st.lists(st.binary(min_size=3, max_size=3), max_size=40)
)
def test_pairs_are_those_of_a_slow_count(left: list[bytes], right: list[bytes]) -> None:
    columns = [np.array([list(row) for row in rows], np.uint8).reshape(-1, 3) % 3 for rows in (left, right)]
    first, second = (row_hashes(column) for column in columns)
    at, partner = pair_up(first, second)
    texts = [[bytes(row) for row in column] for column in columns]
    assert all(texts[0][i] == texts[1][j] for i, j in zip(at.tolist(), partner.tolist(), strict=True))
    expected = sum(min(texts[0].count(text), texts[1].count(text)) for text in set(texts[0]))
    assert len(at) == len(set(partner.tolist())) == expected


@given(st.lists(st.binary(min_size=9, max_size=9), max_size=40))
def test_kinds_are_numbered_by_first_appearance(rows: list[bytes]) -> None:
    columns = np.array([list(row) for row in rows], np.uint8).reshape(-1, 9) % 2
    texts = [bytes(row) for row in columns]
    kinds, firsts = first_seen(columns)
    seen = list(dict.fromkeys(texts))
    assert kinds.tolist() == [seen.index(text) for text in texts]
    assert firsts.tolist() == [texts.index(text) for text in seen]
    assert places_among_equals(kinds).tolist() == [texts[:at].count(text) for at, text in enumerate(texts)]
