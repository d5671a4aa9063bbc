"""Every return code with every SEC code of ours, in time and late: the decision as a person reads it.

``python -m tests.golden.return_decisions`` writes ``return_decisions.csv`` anew; look at the difference before keeping
it. An entry of 100 dollars settles on a Monday and is its order's first presentation. What comes in time settles one
banking day later, what is late on the banking day after the window; without a window of its own, 61 days later.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from ingather.rules.calendar import banking_day_on_or_after, next_banking_day
from ingather.rules.profile_parts import Retry
from ingather.rules.return_codes import ReturnReason, return_reasons
from ingather.rules.return_windows import last_day
from ingather.rules.return_words import (
    cases_in_words,
    next_step_in_words,
    stops_in_words,
    timeliness_in_words,
    window_in_words,
)
from ingather.rules.returns import decide_return

KEPT = Path(__file__).with_suffix(".csv")
CLASSES = {"CCD": "business", "WEB": "consumer", "PPD": "consumer", "TEL": "consumer", "CTX": "business"}
COLUMNS = (
    "code", "addenda", "class", "holder", "entry_settled", "return_settled", "fits", "window", "last_day", "timeliness",
    "counts_in", "effect", "next_step", "cases", "sentence", "rows",
)  # fmt: skip
_SETTLED = date(2026, 11, 23)
_FUTURE = date(2028, 3, 20)


def decisions() -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table."""
    for reason in return_reasons():
        settled_on = max(_SETTLED, _FUTURE if reason.effective_from > _SETTLED else _SETTLED)
        for entry_class, holder in CLASSES.items():
            for returned_on in (next_banking_day(settled_on), _too_late(reason, settled_on)):
                yield _decided(reason, entry_class, holder, settled_on, returned_on)


def _too_late(reason: ReturnReason, settled_on: date) -> date:
    deadline = last_day(reason, settled_on)
    return next_banking_day(deadline) if deadline else banking_day_on_or_after(settled_on + timedelta(days=61))


def _decided(
    reason: ReturnReason, entry_class: str, holder: str, settled_on: date, returned_on: date
) -> tuple[str, ...]:
    decision = decide_return(
        reason.code,
        returned_on=returned_on,
        presentations=1,
        first_settled_on=settled_on,
        policy=Retry(),
        information=reason.information,
        entry_class=entry_class,
        holder=holder,
        settled_on=settled_on,
        amount_cents=10_000,
    )
    return (
        reason.code, reason.information, entry_class, holder, str(settled_on), str(returned_on),
        "yes" if decision.fits else "no", window_in_words(reason), str(decision.deadline_on or ""),
        timeliness_in_words(decision.timeliness), " ".join(decision.rates) or "none", stops_in_words(decision),
        next_step_in_words(decision), cases_in_words(decision), decision.sentence, " ".join(decision.rows),
    )  # fmt: skip


def as_csv() -> str:
    """Return the whole table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(decisions())
    return text.getvalue()


def main() -> None:
    """Write the table to its file."""
    KEPT.write_text(as_csv(), "utf-8")


if __name__ == "__main__":
    main()
