"""Account numbers into their 17 columns: spaces dropped, hyphens and leading zeros kept, nothing else changed."""

from collections.abc import Sequence

import numpy as np

from ingather.base.columns import Bytes2D, text_column
from ingather.base.problems import Problem
from ingather.nacha.findings import Findings
from ingather.nacha.plan import ACCOUNT_WIDTH
from ingather.nacha.records import LAYOUTS

_FIELD = LAYOUTS["6"].field("account_number")


def prepare_accounts(values: Sequence[str], *, leftmost_17: bool = False) -> tuple[Bytes2D, tuple[Problem, ...]]:
    """Return account numbers as an ``(n, 17)`` column, and a problem for each one that cannot stand there.

    Spaces are dropped (RB13 Appendix Three). A number over 17 characters is refused unless ``leftmost_17``, the bank
    profile's permission to keep the leftmost 17 as the Rules allow. Refused rows are blank; the messages name the row,
    counted from 1, never the number.
    """
    findings = Findings()
    kept: list[str] = []
    for row, value in enumerate(values, start=1):
        number = value.replace(" ", "")
        text = number[:ACCOUNT_WIDTH] if leftmost_17 else number
        fault = _fault_of(text)
        if fault:
            check, sentence = fault
            findings.add(check, f"Account {row} {sentence}.", field=_FIELD)
        kept.append("" if fault else text)
    return (text_column(kept, ACCOUNT_WIDTH) if kept else np.empty((0, ACCOUNT_WIDTH), np.uint8)), findings.problems()


def _fault_of(text: str) -> tuple[str, str] | None:
    if not text:
        return "account-blank", "is blank"
    if len(text) > ACCOUNT_WIDTH:
        return "account-length", f"has {len(text)} characters; {ACCOUNT_WIDTH} fit, and it is never cut"
    if not text.strip("0"):
        return "account-zeros", "is all zeros"
    if not (text.isascii() and text.isprintable()):
        return "characters", "holds characters outside printable ASCII"
    return None
