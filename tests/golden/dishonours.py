"""Every finding about a return with what it can be dishonored as, until when, and what answers that.

``python -m tests.golden.dishonours`` writes ``dishonours.csv`` anew; look at the difference before keeping it. The ODFI
wants a request two banking days before its own last day. The returns settle before and after Thanksgiving, across a
year's end, on the day before and the day on which two of the codes began, and on a day that the bank does not say.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from ingather.domain.cases import CaseKind
from ingather.rules.dishonours import FoundReturn, dishonour_of, every_disputable_case, open_dishonours

KEPT = Path(__file__).with_suffix(".csv")
COLUMNS = (
    "found", "return", "class", "settled", "dishonour", "title", "fields", "ask_by", "dishonour_by", "contests",
    "corrected_by", "rows",
)  # fmt: skip
RETURNS = ("R01", "R06", "R10", "R31")
CLASSES = ("WEB", "CCD", "IAT")
DAYS = (date(2026, 11, 25), date(2026, 12, 30), date(2015, 3, 19), date(2015, 3, 20), None)
_TOLD = date(2026, 11, 30)


def dishonours() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table."""
    for kind in (*sorted(every_disputable_case()), CaseKind.IMPROPER_RETURN):
        for code in RETURNS:
            for entry_class in CLASSES:
                for settled_on in DAYS:
                    yield from _open(kind, code, entry_class, settled_on)


def _open(kind: CaseKind, code: str, entry_class: str, settled_on: date | None) -> Iterator[tuple[str, ...]]:
    about = FoundReturn(
        code=code, entry_class=entry_class, found=frozenset({kind}), differs=("03", "06"), settled_on=settled_on,
        told_on=settled_on or _TOLD,
    )  # fmt: skip
    head = (str(kind), code, entry_class, str(settled_on or ""))
    found = open_dishonours(about, lead_days=2)
    if not found:
        yield (*head, *("-",) * 2, *("",) * 6)
    for each in found:
        row = dishonour_of(each.code, settled_on or _TOLD)
        assert row is not None
        yield (
            *head, each.code, each.title, each.fields, str(each.ask_by or "a person decides"),
            str(each.dishonour_by or "not known"), " ".join(sorted(row.contests)), " ".join(sorted(row.replaces)),
            " ".join(each.rows),
        )  # fmt: skip


def as_csv() -> str:
    """Return the whole table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(dishonours())
    return text.getvalue()


def main() -> None:
    """Write the table to its file."""
    KEPT.write_text(as_csv(), "utf-8")


if __name__ == "__main__":
    main()
