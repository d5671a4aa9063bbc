"""How long an authorization is kept after it ended: by the Rules, by the house's policy, and while a claim can come.

And how long the evidence is: the files that were sent, and what the bank reported.
"""

from dataclasses import dataclass
from datetime import date

from ingather.domain.accounts import Holder
from ingather.domain.authorizations import AuthorizationKind, Channel
from ingather.rules.clocks import clock
from ingather.rules.deadlines import deadline
from ingather.rules.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An authorization that ended: how it was given, by whose account, and when its last debit settled, if any did."""

    kind: str
    channel: str
    holder: str
    given_on: date
    ended_on: date
    last_settled_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The last day on which an authorization is kept, and the rows that say so."""

    until: date
    rows: tuple[Row, ...]


def kept_until(ended: Ended, *, years: int) -> Kept:
    """Return how long an authorization is kept: ``years`` by policy, never less than the Rules ask.

    That of a single entry by phone is kept from the day it was given (Nacha Operating Rules), and by us from its end
    as well. It is also kept while its debits can still be returned or a breach of warranty be claimed.
    """
    asked = clock("retention", ended.ended_on)
    kept = max(years, asked.count)
    days, rows = [_years_after(ended.ended_on, kept)], [asked.row]
    if ended.kind == AuthorizationKind.SINGLE and ended.channel == Channel.PHONE:
        days.append(_years_after(ended.given_on, kept))
    if (settled := ended.last_settled_on) is not None:
        claims = "warranty-business" if ended.holder == Holder.BUSINESS else "warranty-consumer"
        days += [deadline("return-extended", settled), deadline(claims, settled)]
        rows += [clock("return-extended", settled).row, clock(claims, settled).row]
        if ended.holder != Holder.BUSINESS:
            # Claims about the first days of debits reach further; how far is not established, so both are added.
            days.append(deadline("warranty-consumer-first", days[-1]))
            rows.append(clock("warranty-consumer-first", settled).row)
    return Kept(until=max(days), rows=tuple(rows))


def evidence_until(
    *, files_on: date | None, files_years: int, reports_on: date | None, reports_years: int
) -> date | None:
    """Return the last day on which evidence is kept that shares one key, None when there is none.

    ``files_on`` is the last day on which a file's debits settled, ``reports_on`` the last a report tells of. How long
    an originator keeps them is the house's policy: what the Rules ask of banks is not established here
    (``not_established.csv``, ``keeping-evidence``), so that the default is longer than what is said of it.
    """
    days = [(files_on, files_years), (reports_on, reports_years)]
    return max((_years_after(day, years) for day, years in days if day is not None), default=None)


def _years_after(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 1 March, so that a year is never short."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
