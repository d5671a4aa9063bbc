"""Characters that are not printable, or that are more than a byte wide elsewhere."""

import numpy as np

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.nacha.findings import Findings, stretch
from ingather.nacha.lines import HIGHEST, Lines

_CHUNK_ROWS = 16_384
# Over 0x7E the letters of Latin-1, its blank and four signs that EBCDIC has too; what else stands there is one thing in
# one code and another in the next (moov-io/ach).
PRINTABLE = np.zeros(256, np.bool_)
PRINTABLE[[*range(BLANK, HIGHEST + 1), 0xA0, 0xA2, 0xA6, 0xAC, 0xB1, *range(0xC0, 0x100)]] = True


def check_characters(lines: Lines, findings: Findings) -> None:
    """Tell every record that holds bytes that are no characters, or characters over 0x7E, by the first of them."""
    if lines.printable:
        return
    for low in range(0, len(lines.rows), _CHUNK_ROWS):
        rows = lines.rows[low : low + _CHUNK_ROWS]
        if rows.min() >= BLANK and rows.max() <= HIGHEST:
            continue
        numbers = lines.number[low : low + _CHUNK_ROWS]
        unfit = ~PRINTABLE[rows]
        _tell("characters", rows, numbers, unfit, findings)
        _tell("characters-high", rows, numbers, (rows > HIGHEST) & ~unfit, findings)


def _tell(check: str, rows: Bytes2D, numbers: Int64, bad: Mask, findings: Findings) -> None:
    hit = bad.any(axis=1)
    first = bad.argmax(axis=1)[hit] + 1
    values = rows[hit]
    findings.rows(
        check,
        numbers[hit],
        lambda i: f"Column {first[i]} holds the byte 0x{values[i, first[i] - 1]:02X}, which is not printable ASCII.",
        field=lambda i: stretch(int(first[i]), int(first[i])),
    )
