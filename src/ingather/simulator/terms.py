"""What this bank and its customer agreed: identities, hours, carriers, the shape of reports, the opening balance."""

from dataclasses import dataclass
from datetime import time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ingather.base.dates import NEW_YORK
from ingather.nacha.routing import check_digit

SAME_DAY_LIMIT_CENTS = 100_000_000


class Carrier(StrEnum):
    """How returns and changes are told: in files of the NACHA format, or as records of the daily report."""

    NACHA = "nacha"
    STR = "str"


class Granularity(StrEnum):
    """What one posting of settled entries is of: a batch, a file, or all batches of a company on a day."""

    BATCH = "batch"
    FILE = "file"
    COMPANY_DAY = "company_day"


class ReturnPostings(StrEnum):
    """How what came back is posted: one by one, one posting a company and day, or taken off the settlement.

    Taken off, it lowers the first settlement of its company that evening, or is a posting alone where there is none.
    Dishonours and contests are always posted one by one.
    """

    ITEMISED = "itemised"
    BATCHED = "batched"
    NETTED = "netted"


class FeePostings(StrEnum):
    """How fees are charged: each with its return, or together on the month's last banking day."""

    ITEMISED = "itemised"
    ANALYSIS = "analysis"


class Statement(StrEnum):
    """The form of the account's daily statement.

    The report of this bank's own layout tells of postings and items; the others tell of postings and balances, and the
    report still comes beside them where returns are told by it.
    """

    STR = "str"
    BAI2 = "bai2"
    CAMT = "camt.053"
    MT940 = "mt940"


class ReportWidth(StrEnum):
    """The two shapes of the daily report."""

    DELIMITED = "delimited"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankTerms:
    """The agreement of one account.

    ``odfi_routing`` has 8 or 9 digits, ``immediate_destination`` is what files must be addressed to. ``same_day_until``
    is the last time of day (in ``zone``) at which an entry dated today or earlier still settles today, and
    ``held_banking_days`` is how far ahead of the processing day an effective date may lie before the entry is refused
    as R18. Amounts in cents. ``first_sequence`` numbers the first daily report. ``granularity``, ``return_postings``,
    ``fee_postings`` and ``statement`` say how money is posted, and in what form the account's statement tells of it.
    """

    odfi_routing: str
    immediate_destination: str
    bank: str = "EXAMUS33"
    bank_name: str = "EXAMPLE BANK"
    account: str = "000012345678"
    zone: ZoneInfo = NEW_YORK
    company_settles: str = "batch"
    report_width: ReportWidth = ReportWidth.DELIMITED
    returns_by: frozenset[Carrier] = frozenset(Carrier)
    opening_balance_cents: int = 5_000_000
    return_fee_cents: int = 0
    granularity: Granularity = Granularity.BATCH
    return_postings: ReturnPostings = ReturnPostings.ITEMISED
    fee_postings: FeePostings = FeePostings.ITEMISED
    statement: Statement = Statement.STR
    first_sequence: int = 1
    acknowledges_after: timedelta = timedelta(minutes=15)
    same_day_until: time = time(16, 45)
    same_day_limit_cents: int = SAME_DAY_LIMIT_CENTS
    held_banking_days: int = 2
    reports_at: time = time(18, 0)

    @property
    def routing(self) -> str:
        """Return the ODFI's nine digits."""
        return f"{self.odfi}{check_digit(self.odfi)}"

    @property
    def odfi(self) -> str:
        """Return the eight digits by which batches and traces name the ODFI."""
        return self.odfi_routing[:8]
