"""What is refused before a byte is written: everything that speaks against a plan under a purpose, all at once.

``refusals.csv`` says which checks each purpose makes, ``checks.csv`` what they mean; ``refusing`` has the checks.
"""

from ingather.nacha.dialect import Dialect
from ingather.nacha.findings import Findings
from ingather.nacha.plan import FilePlan
from ingather.nacha.purpose import Purpose
from ingather.nacha.refusing.addenda import check_addenda
from ingather.nacha.refusing.balances import check_balances
from ingather.nacha.refusing.batches import check_batches
from ingather.nacha.refusing.duplicates import check_duplicates
from ingather.nacha.refusing.entries import check_entries
from ingather.nacha.refusing.heads import check_head
from ingather.nacha.refusing.scope import Scope
from ingather.nacha.refusing.shape import check_counts, check_totals, fits_together
from ingather.nacha.writing.sums import Sums, add_up


def refuse(plan: FilePlan, *, dialect: Dialect, purpose: Purpose) -> tuple[Findings, Sums | None]:
    """Return every reason why the plan cannot be written as it is, and its sums when there are none.

    Columns that do not fit together stop the look at the entries; everything else is told at once.
    """
    scope = Scope(plan=plan, dialect=dialect, purpose=purpose)
    check_head(scope)
    if not fits_together(scope):
        return scope.findings, None
    check_batches(scope)
    summable = check_entries(scope)
    check_addenda(scope)
    check_duplicates(scope)
    if not summable.codes:
        return scope.findings, None
    sums = add_up(plan)
    check_counts(scope, sums)
    if summable.amounts:
        check_totals(scope, sums)
        check_balances(scope, sums)
    return scope.findings, sums
