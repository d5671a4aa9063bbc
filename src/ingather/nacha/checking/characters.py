"""Characters that are not printable, or that are more than a byte wide elsewhere."""

from ingather.base.columns import BLANK, Bytes2D, Int64, Mask
from ingather.nacha.findings import Findings, stretch
from ingather.nacha.lines import HIGHEST, Lines

_CHUNK_ROWS = 16_384


def check_characters(lines: Lines, findings: Findings) -> None:
    """Tell every record that holds control characters, or bytes over 0x7E, by the first of them."""
    if lines.printable:
        return
    for low in range(0, len(lines.rows), _CHUNK_ROWS):
        rows = lines.rows[low : low + _CHUNK_ROWS]
        if rows.min() >= BLANK and rows.max() <= HIGHEST:
            continue
        numbers = lines.number[low : low + _CHUNK_ROWS]
        control = (rows < BLANK) | (rows == HIGHEST + 1)
        _tell("characters", rows, numbers, control, findings)
        _tell("characters-high", rows, numbers, rows > HIGHEST + 1, findings)


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
