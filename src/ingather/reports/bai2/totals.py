"""The control totals of BAI2: what the trailers 49, 98 and 99 say, against what was read.

A total is the algebraic sum of every amount below it, those of account records among them; a count of records includes
continuations and the trailer itself.
"""

import re

from ingather.reports.bai2.outline import Row
from ingather.reports.findings import Findings
from ingather.reports.items import ControlTotals

_TOTAL = re.compile(r"[+-]?[0-9]{1,24}")
_COUNT = re.compile(r"[0-9]{1,9}")


def compare(
    trailer: Row | None, title: str, total: int, counts: tuple[tuple[str, int], ...], findings: Findings
) -> ControlTotals:
    """Return whether a trailer's total and counts equal what was read; every difference is a problem.

    ``counts`` are the words and the number of each count behind the total. A blank total is one of nothing; a trailer
    that cannot be read differs.
    """
    if trailer is None:
        return ControlTotals.NONE
    result = ControlTotals.TIE
    wanted = (("total", total, _TOTAL), *((words, number, _COUNT) for words, number in counts))
    for at, (words, found, form) in enumerate(wanted, start=1):
        said = trailer.field(at)
        if not said and form is _TOTAL:
            said = "0"
        if not form.fullmatch(said):
            message = f"The {title} on line {trailer.number} has no readable {words}."
            findings.add("field-unreadable", message, line=trailer.number, name=words)
            result = ControlTotals.DIFFER
        elif int(said) != found:
            message = f"The {title} on line {trailer.number} says {int(said)} as its {words}, the records give {found}."
            findings.add("control-total", message, line=trailer.number, name=words)
            result = ControlTotals.DIFFER
    return result
