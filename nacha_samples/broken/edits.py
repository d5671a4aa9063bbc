"""Defects made by editing a good file, a return or a change, column by column: lines and columns count from 1."""

from collections.abc import Callable
from pathlib import Path

from nacha_samples.building import NINES, Lines

FOLDER = Path(__file__).parents[1]
GOOD = FOLDER / "forward" / "four_codes.ach"
FILE_CONTROL, BLOCKS, HASH = 20, (8, 13), (22, 31)
TOO_LONG = 64 * 1024 + 1

Edit = Callable[[Lines], Lines]


def put(lines: Lines, line: int, start: int, text: str) -> Lines:
    """Return the lines with the text written over one of them."""
    record = lines[line - 1]
    return [*lines[: line - 1], record[: start - 1] + text + record[start - 1 + len(text) :], *lines[line:]]


def add(lines: Lines, line: int, columns: tuple[int, int], delta: int) -> Lines:
    """Return the lines with a number in one of them raised by ``delta``."""
    start, end = columns
    number = int(lines[line - 1][start - 1 : end]) + delta
    return put(lines, line, start, f"{number:0{end - start + 1}d}")


def less_debit(lines: Lines, control: int, cents: int) -> Lines:
    """Return the lines with the batch's and the file's debits lowered, so that only one thing is wrong."""
    return add(add(lines, control, (21, 32), -cents), FILE_CONTROL, (32, 43), -cents)


def less_hash(lines: Lines, control: int, eight: int) -> Lines:
    """Return the lines with the batch's and the file's hash lowered."""
    return add(add(lines, control, (11, 20), -eight), FILE_CONTROL, HASH, -eight)


def one_more_block(lines: Lines, *extra: str) -> Lines:
    """Return the lines with ten more records and the block count that says so."""
    return [*add(lines, FILE_CONTROL, BLOCKS, 1), *extra, *[NINES] * (10 - len(extra))]


def fewer(lines: Lines, line: int, columns: tuple[int, int]) -> Lines:
    """Return the lines with a field blanked out."""
    return put(lines, line, columns[0], " " * (columns[1] - columns[0] + 1))


# name: how the good file is edited, the checks that must be errors, those that must be warnings
EDITS: dict[str, tuple[Edit, list[str], list[str]]] = {
    "batch_debit_total": (lambda x: put(x, 8, 30, "0000005998"), ["batch-debit-total"], []),
    "batch_hash": (lambda x: put(x, 9, 4, "021000021"), ["batch-hash"], []),
    "batch_count": (lambda x: add(add(x, 10, (5, 10), 1), FILE_CONTROL, (14, 21), 1), ["batch-count"], []),
    "batch_credit_total": (
        lambda x: add(add(x, 10, (33, 44), 1), FILE_CONTROL, (44, 55), 1),
        ["batch-credit-total"],
        [],
    ),
    "file_hash": (lambda x: add(x, FILE_CONTROL, HASH, 1), ["file-hash"], []),
    "file_block_count": (lambda x: add(x, FILE_CONTROL, BLOCKS, 1), ["file-block-count"], []),
    "file_batch_count": (lambda x: add(x, FILE_CONTROL, (2, 7), 1), ["file-batch-count"], []),
    "file_count": (lambda x: add(x, FILE_CONTROL, (14, 21), 1), ["file-count"], []),
    "file_debit_total": (lambda x: add(x, FILE_CONTROL, (32, 43), 1), ["file-debit-total"], []),
    "file_credit_total": (lambda x: add(x, FILE_CONTROL, (44, 55), 1), ["file-credit-total"], []),
    "trace_order": (lambda x: put(put(x, 8, 80, x[8][79:94]), 9, 80, x[7][79:94]), ["trace-order"], []),
    "trace_prefix": (lambda x: put(x, 9, 80, "09100002"), ["trace-prefix"], []),
    "trace_digits": (lambda x: put(x, 8, 94, "X"), ["trace-digits"], []),
    "check_digit": (lambda x: put(x, 8, 12, "9"), ["check-digit"], []),
    "routing_digits": (lambda x: less_hash(put(x, 8, 11, "X"), 10, 2_100_002), ["routing-digits"], []),
    "amount_digits": (lambda x: less_debit(put(x, 8, 30, "O"), 10, 5997), ["amount-digits"], []),
    "amount_zero": (lambda x: less_debit(put(x, 8, 30, "0000000000"), 10, 5997), ["amount-use"], []),
    "transaction_code": (lambda x: put(x, 8, 2, "57"), ["transaction-code"], []),
    "effective_date": (lambda x: put(x, 7, 70, "261332"), ["date-real"], []),
    "effective_date_blank": (lambda x: fewer(x, 7, (70, 75)), [], ["effective-date-blank"]),
    "effective_date_stale": (lambda x: put(x, 7, 70, "261120"), [], ["effective-date-stale"]),
    "settlement_date": (lambda x: put(x, 7, 76, "367"), [], ["settlement-date"]),
    "same_day_mark": (lambda x: put(x, 7, 64, "SD2560"), [], ["same-day-mark"]),
    "creation_date": (lambda x: put(x, 1, 24, "260230"), ["date-real"], []),
    "creation_time": (lambda x: put(x, 1, 30, "2460"), [], ["time-real"]),
    "creation_time_blank": (lambda x: fewer(x, 1, (30, 33)), [], ["time-blank"]),
    "id_modifier": (lambda x: put(x, 1, 34, "a"), ["id-modifier"], []),
    "priority_code": (lambda x: put(x, 1, 2, "99"), [], ["priority-code"]),
    "origin_blank": (lambda x: fewer(x, 1, (14, 23)), ["party"], []),
    "destination_routing": (lambda x: put(x, 1, 13, "8"), ["destination-routing"], []),
    "record_size_constant": (lambda x: put(x, 1, 35, "095"), ["header-constant"], []),
    "blocking_factor": (lambda x: put(x, 1, 38, "12"), ["header-constant"], []),
    "format_code": (lambda x: put(x, 1, 40, "9"), ["header-constant"], []),
    "reserved": (lambda x: put(x, FILE_CONTROL, 70, "JUNK"), [], ["reserved"]),
    "addenda_indicator": (lambda x: put(x, 3, 79, "0"), ["addenda-indicator"], []),
    "addenda_announced": (lambda x: put(x, 5, 79, "1"), ["addenda-indicator"], []),
    "addenda_sequence": (lambda x: put(x, 4, 84, "0002"), ["addenda-sequence"], []),
    "addenda_of_another_entry": (lambda x: put(x, 4, 88, "0000007"), ["addenda-sequence"], []),
    "addenda_type": (lambda x: put(x, 4, 2, "44"), ["addenda-type"], []),
    "short_record": (lambda x: [*x[:-1], x[-1].rstrip()], ["record-size"], []),
    "long_record": (lambda x: put(x, 8, 95, "X"), ["record-size"], []),
    "too_large": (lambda x: [*x, "9" * TOO_LONG], ["too-large"], []),
    "blank_line": (lambda x: [*x[:5], "", *x[5:]], [], ["blank-line"]),
    "end_mark": (lambda x: [*x, "\0"], ["end-mark"], []),
    "blocking": (lambda x: [*add(x, FILE_CONTROL, BLOCKS, 1), NINES], ["blocking"], []),
    "fill": (lambda x: one_more_block(x, "9" * 80 + " " * 14), ["fill"], []),
    "control_without_batch": (
        lambda x: [*(y := one_more_block(x))[:19], y[18], *y[19:-1]],
        ["order-of-records"],
        [],
    ),
    "batch_control_missing": (lambda x: [*x[:9], *x[10:], NINES], ["batch-control-missing"], []),
    "file_header_missing": (lambda x: [*x[1:], NINES], ["file-header-missing"], []),
    "file_control_missing": (lambda x: x[:-1], ["file-control-missing"], []),
    "two_files": (lambda x: x + x, ["several-files"], []),
    "record_type": (lambda x: put(one_more_block(x), 21, 1, "4"), ["fill", "record-type"], []),
    "control_character": (lambda x: put(x, 8, 60, "\x07"), ["characters"], []),
    "character_of_no_letter": (lambda x: put(x, 8, 60, "\u00bc"), ["characters"], []),
    "high_character": (lambda x: put(x, 8, 60, "É"), [], ["characters-high"]),
    "service_class": (lambda x: put(put(x, 7, 2, "220"), 10, 2, "220"), ["service-class"], []),
    "service_class_unknown": (lambda x: put(put(x, 7, 2, "210"), 10, 2, "210"), ["service-class"], []),
    "company_name_blank": (lambda x: fewer(x, 7, (5, 20)), ["company-name-blank"], []),
    "company_name_zeros": (lambda x: put(x, 7, 5, "0" * 16), ["company-name-blank"], []),
    "company_id_blank": (lambda x: fewer(fewer(x, 7, (41, 50)), 10, (45, 54)), ["company-id-blank"], []),
    "company_id_zeros": (lambda x: put(put(x, 7, 41, "0" * 10), 10, 45, "0" * 10), ["company-id-blank"], []),
    "description_blank": (lambda x: fewer(x, 7, (54, 63)), ["description-blank"], []),
    "description_zeros": (lambda x: put(x, 7, 54, "0" * 10), ["description-blank"], []),
    "description_case": (lambda x: put(x, 7, 54, "Retry Pymt"), [], ["description-case"]),
    "sec_code": (lambda x: put(x, 7, 51, "XYZ"), ["sec-code"], []),
    "originator_status": (lambda x: put(x, 7, 79, "7"), ["originator-status"], []),
    "originator_status_of_the_operator": (lambda x: put(x, 7, 79, "0"), ["originator-status"], []),
    "originating_dfi": (
        lambda x: put(put(x, 7, 87, "X"), 10, 87, "X"),
        ["originating-dfi"],
        [],
    ),
    "originating_dfi_of_zeros": (
        lambda x: put(put(x, 7, 80, "0" * 8), 10, 80, "0" * 8),
        ["originating-dfi"],
        [],
    ),
    "batch_number": (lambda x: put(put(x, 16, 88, "0000001"), 19, 88, "0000001"), ["batch-number"], []),
    "batch_control_match": (lambda x: put(x, 19, 88, "0000009"), ["batch-control-match"], []),
    "batch_control_company": (lambda x: put(x, 19, 45, "9"), ["batch-control-company"], []),
    "batch_control_placed": (
        lambda x: put(put(x, 16, 41, "123456789 "), 19, 45, " 123456789"),
        [],
        ["batch-control-placed"],
    ),
    "name_blank": (lambda x: fewer(x, 17, (55, 76)), ["name-blank"], []),
    "name_of_class": (lambda x: fewer(x, 8, (55, 76)), ["name-of-class"], []),
    "payment_type": (lambda x: fewer(x, 12, (77, 78)), [], ["payment-type"]),
    "account_blank": (lambda x: fewer(x, 17, (13, 29)), ["account-blank"], []),
    "account_zeros": (lambda x: put(x, 17, 13, "0" * 17), [], ["account-zeros"]),
    "account_justified": (lambda x: put(x, 5, 13, " " + x[4][12:28]), [], ["account-justified"]),
    "account_spaces": (lambda x: put(x, 5, 13, x[4][12:17] + " " + x[4][17:28]), [], ["account-spaces"]),
    "same_trace_in_two_batches": (lambda x: put(x, 8, 80, x[4][79:94]), ["duplicate-trace"], []),
    "same_entry_twice": (
        lambda x: less_hash(less_debit(put(x, 9, 2, x[7][1:79]), 10, 1_999), 10, 6_999_999),
        [],
        ["duplicate-entry"],
    ),
}
