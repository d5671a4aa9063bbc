"""Write the broken samples: each is a good file with one defect, and its ``.json`` names the checks that must say so.

Run it from anywhere; the same input gives the same bytes. What is expected is stated here by hand, never read back.
"""

import json
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
GOOD = HERE.parent / "forward" / "four_codes.ach"
RETURNS = HERE.parent / "returns" / "return_web.ach"
CHANGES = HERE.parent / "corrections" / "cor_account.ach"
NINES = "9" * 94
FILE_CONTROL, BLOCKS = 20, (8, 13)

Lines = list[str]


def put(lines: Lines, line: int, start: int, text: str) -> Lines:
    """Return the lines with the text written over one of them; line and column count from 1."""
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


def one_more_block(lines: Lines, *extra: str) -> Lines:
    """Return the lines with ten more records and the block count that says so."""
    return [*add(lines, FILE_CONTROL, BLOCKS, 1), *extra, *[NINES] * (10 - len(extra))]


EDITS: dict[str, tuple[Callable[[Lines], Lines], list[str], list[str]]] = {
    "batch_debit_total": (lambda x: put(x, 8, 30, "0000005998"), ["batch-debit-total"], []),
    "batch_hash": (lambda x: put(x, 9, 4, "021000021"), ["batch-hash"], []),
    "batch_count": (
        lambda x: add(add(x, 10, (5, 10), 1), FILE_CONTROL, (14, 21), 1),
        ["batch-count"],
        [],
    ),
    "batch_credit_total": (
        lambda x: add(add(x, 10, (33, 44), 1), FILE_CONTROL, (44, 55), 1),
        ["batch-credit-total"],
        [],
    ),
    "file_hash": (lambda x: add(x, FILE_CONTROL, (22, 31), 1), ["file-hash"], []),
    "file_block_count": (lambda x: add(x, FILE_CONTROL, BLOCKS, 1), ["file-block-count"], []),
    "file_batch_count": (lambda x: add(x, FILE_CONTROL, (2, 7), 1), ["file-batch-count"], []),
    "file_count": (lambda x: add(x, FILE_CONTROL, (14, 21), 1), ["file-count"], []),
    "file_debit_total": (lambda x: add(x, FILE_CONTROL, (32, 43), 1), ["file-debit-total"], []),
    "file_credit_total": (lambda x: add(x, FILE_CONTROL, (44, 55), 1), ["file-credit-total"], []),
    "trace_order": (lambda x: put(x, 9, 80, x[7][79:94]), ["trace-order"], []),
    "trace_prefix": (lambda x: put(x, 9, 80, "09100002"), ["trace-prefix"], []),
    "trace_digits": (lambda x: put(x, 8, 94, "X"), ["trace-digits"], []),
    "check_digit": (lambda x: put(x, 8, 12, "9"), ["check-digit"], []),
    "amount_digits": (lambda x: less_debit(put(x, 8, 30, "O"), 10, 5997), ["amount-digits"], []),
    "amount_zero": (lambda x: less_debit(put(x, 8, 30, "0000000000"), 10, 5997), ["amount-use"], []),
    "transaction_code": (lambda x: put(x, 8, 2, "57"), ["transaction-code"], []),
    "effective_date": (lambda x: put(x, 7, 70, "261332"), ["date-real"], []),
    "effective_date_blank": (lambda x: put(x, 7, 70, "      "), [], ["effective-date-blank"]),
    "creation_date": (lambda x: put(x, 1, 24, "260230"), ["date-real"], []),
    "id_modifier": (lambda x: put(x, 1, 34, "a"), ["id-modifier"], []),
    "record_size_constant": (lambda x: put(x, 1, 35, "095"), ["header-constant"], []),
    "addenda_indicator": (lambda x: put(x, 3, 79, "0"), ["addenda-indicator"], []),
    "addenda_announced": (lambda x: put(x, 5, 79, "1"), ["addenda-indicator"], []),
    "addenda_sequence": (lambda x: put(x, 4, 84, "0002"), ["addenda-sequence"], []),
    "addenda_type": (lambda x: put(x, 4, 2, "44"), ["addenda-type"], []),
    "short_record": (lambda x: [*x[:-1], x[-1].rstrip()], ["record-size"], []),
    "long_record": (lambda x: put(x, 8, 95, "X"), ["record-size"], []),
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
    "two_files": (lambda x: x + x, [], ["several-files"]),
    "record_type": (lambda x: put(one_more_block(x), 21, 1, "4"), ["fill", "record-type"], []),
    "control_character": (lambda x: put(x, 8, 60, "\x07"), ["characters"], []),
    "service_class": (lambda x: put(put(x, 7, 2, "220"), 10, 2, "220"), ["service-class"], []),
    "company_name_blank": (lambda x: put(x, 7, 5, " " * 16), ["company-name-blank"], []),
    "company_id_blank": (lambda x: put(put(x, 7, 41, " " * 10), 10, 45, " " * 10), ["company-id-blank"], []),
    "description_blank": (lambda x: put(x, 7, 54, " " * 10), ["description-blank"], []),
    "sec_code": (lambda x: put(x, 7, 51, "XYZ"), ["sec-code"], []),
    "batch_number": (lambda x: put(put(x, 16, 88, "0000001"), 19, 88, "0000001"), ["batch-number"], []),
    "batch_control_match": (lambda x: put(x, 19, 88, "0000009"), ["batch-control-match"], []),
    "batch_control_company": (lambda x: put(x, 19, 45, "9"), [], ["batch-control-company"]),
    "name_blank": (lambda x: put(x, 17, 55, " " * 22), ["name-blank"], []),
    "account_blank": (lambda x: put(x, 17, 13, " " * 17), [], ["account-blank"]),
}


def main() -> None:
    """Write every broken sample and what reading it must yield."""
    good = GOOD.read_text("ascii").splitlines()
    for name, (edit, errors, warnings) in EDITS.items():
        _write(name, "\n".join(edit(list(good))) + "\n", errors, warnings)
    web = RETURNS.read_text("ascii")
    _write(
        "unknown_return_code", web.replace("799R01", "799R98", 1), ["unknown-return-code"], ["batch-control-company"]
    )
    cor = CHANGES.read_text("ascii")
    _write("unknown_change_code", cor.replace("798C01", "798C99", 1), ["unknown-change-code"], ["addenda-trace"])
    _write("json", '{"file": {"entries": []}}\n', ["not-nacha"], [])
    _write("empty", "", ["not-nacha"], [])


def _write(name: str, text: str, errors: list[str], warnings: list[str]) -> None:
    (HERE / f"{name}.ach").write_bytes(text.encode("ascii"))
    expected = json.dumps({"errors": errors, "warnings": warnings}, indent=1)
    (HERE / f"{name}.json").write_text(expected + "\n", "ascii")


if __name__ == "__main__":
    main()
