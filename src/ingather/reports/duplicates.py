"""Rejections because the bank has the same from before: what is rejected so was not refused but sent twice.

A bank says it in words, or by a code of ISO 20022 (``duplicate_codes.csv``). Its first copy may settle, so nothing that
is rejected so may be sent again by itself.
"""

import re

from ingather.reports.tables import duplicate_codes

_WORD = re.compile(r"[A-Z0-9]+")
_STEM = "DUPLICAT"


def says_duplicate(*reasons: str) -> bool:
    """Return whether any of a bank's reasons, codes or words, says that it has the same from before."""
    return any(
        _STEM in reason or not duplicate_codes().isdisjoint(_WORD.findall(reason)) for reason in map(str.upper, reasons)
    )
