"""What each return code means: dated rows of a packaged table, and nowhere in code.

Code, window, rate and next step are the Rules'. What a code blocks, until when, and which case it opens are the house's
reading of them, on the cautious side. A code that the table does not hold is never taken for success.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache

from ingather.domain.accounts import Holder
from ingather.domain.cases import CaseKind
from ingather.domain.returns import OdfiRequestKind
from ingather.nacha.return_reasons import RETURN_REASONS, Family
from ingather.rules.rows import Row, in_force, rows

_ANY = "any"
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
_HOLDER = "account.holder="


class Block(StrEnum):
    """What a return stops: the account, the authorization, or everything of the buyer."""

    ACCOUNT = "account"
    AUTHORIZATION = "authorization"
    BUYER = "buyer"


class Until(StrEnum):
    """How long a block lasts: for ever, until the account is corrected or validated again, or until a person ends it.

    What is blocked for ever needs another account, or another authorization.
    """

    NEVER = "never"
    CORRECTED = "corrected"
    RELEASED = "released"


class Rate(StrEnum):
    """Which return rates a code counts in; ``none`` stands for no rate at all."""

    UNAUTHORIZED = "unauthorized"
    ADMINISTRATIVE = "administrative"
    OVERALL = "overall"
    NONE = "none"


class NextStep(StrEnum):
    """What can follow a return."""

    RETRY = "retry"
    REAUTHORIZE = "reauthorize"
    CORRECTED_ENTRY = "corrected_entry"
    NEW_ENTRY = "new_entry"
    NEW_ACCOUNT = "new_account"
    NEW_AUTHORIZATION = "new_authorization"
    INVESTIGATE = "investigate"
    NONE = "none"


class WindowKind(StrEnum):
    """What a return's window is counted in, or why it is not counted."""

    BANKING = "banking"
    CALENDAR = "calendar"
    BY_AGREEMENT = "by_agreement"
    OPERATOR_NEXT_FILE = "operator_next_file"
    NOT_DEFINED = "not_defined"


class CountedFrom(StrEnum):
    """Whose settlement starts the window."""

    ENTRY = "entry"
    RETURN = "return"
    DISHONOUR = "dishonour"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReason:
    """A row of the return codes: what the code means within its dates.

    ``information`` is the word that the addenda must hold for this row, empty for none. ``window_days`` is ``None``
    where the Rules give no number. ``until`` is ``None`` where nothing is blocked. ``corrects_holder`` is who holds the
    account after all, ``answers`` what of ours the return answers, ``case`` what it opens for a person.
    """

    code: str
    information: str
    title: str
    category: str
    account: str
    window_days: int | None
    window_kind: WindowKind
    counted_from: CountedFrom | None
    rates: tuple[Rate, ...]
    next_step: NextStep
    blocks: tuple[Block, ...]
    until: Until | None
    corrects_holder: Holder | None
    case: CaseKind | None
    answers: OdfiRequestKind | None
    sentence: str
    effective_from: date
    effective_to: date | None
    row: Row = field(compare=False, repr=False)

    @property
    def rate(self) -> Rate:
        """Return the rate with the lowest limit that the code counts in."""
        return self.rates[0] if self.rates else Rate.NONE

    @property
    def meaning(self) -> str:
        """Return the code as a word for programs, such as ``insufficient_funds``."""
        return _NO_LETTERS.sub("_", self.title.lower().replace("'", "")).strip("_")

    @property
    def retryable(self) -> bool:
        """Return whether the Rules allow its entry to be presented again as it is."""
        return self.next_step is NextStep.RETRY

    @property
    def about_entry(self) -> bool:
        """Return whether the code returns an entry; the others dispute a return, or that dispute."""
        return self.counted_from in {None, CountedFrom.ENTRY}

    def fits(self, entry_class: str, holder: str) -> bool:
        """Return whether a debit of this SEC code on such an account can come back with this code.

        An empty SEC code or holder is not judged. A code that corrects the holder fits whomever we took for it.
        """
        format_row = RETURN_REASONS.get(self.code)
        if format_row is None or format_row.family is not Family.RETURN or not format_row.fits_direction(debit=True):
            return False
        of_holder = self.account in {_ANY, holder} or not holder or self.corrects_holder is not None
        return of_holder and (not entry_class or format_row.fits_class(entry_class))


@cache
def return_reasons() -> tuple[ReturnReason, ...]:
    """Return every row of the return codes, dated, in the order of their codes."""
    return tuple(_reason(row) for row in rows("return_codes"))


def _reason(row: Row) -> ReturnReason:
    values = row.values
    return ReturnReason(
        code=values["code"],
        information=values["information"],
        title=values["title"],
        category=values["category"],
        account=values["account"],
        window_days=int(values["window_days"]) if values["window_days"] else None,
        window_kind=WindowKind(values["window_kind"]),
        counted_from=CountedFrom(values["counted_from"]) if values["counted_from"] else None,
        rates=tuple(Rate(word) for word in values["rates"].split()),
        next_step=NextStep(values["next_step"]),
        blocks=tuple(Block(word) for word in values["blocks"].split()),
        until=Until(values["until"]) if values["until"] else None,
        corrects_holder=Holder(values["corrects"].removeprefix(_HOLDER)) if values["corrects"] else None,
        case=CaseKind(values["case"]) if values["case"] else None,
        answers=OdfiRequestKind(values["answers"]) if values["answers"] else None,
        sentence=values["sentence"],
        effective_from=date.fromisoformat(values["effective_from"]),
        effective_to=date.fromisoformat(values["effective_to"]) if values["effective_to"] else None,
        row=row,
    )


@lru_cache(maxsize=4096)
def return_reason(code: str, *, on: date, information: str = "") -> ReturnReason | None:
    """Return the row of a code that is in force on a day, or ``None``.

    Of two rows of one code the one whose word stands in the addenda's ``information`` is meant.
    """
    standing = in_force("return_codes", on)
    fitting = [
        each
        for each in return_reasons()
        if each.code == code and standing.get(each.row.key) is each.row and each.information in information.upper()
    ]
    return max(fitting, key=lambda each: len(each.information), default=None)


def block_ends(code: str, *, on: date) -> Until | None:
    """Return until when an account, buyer or authorization that was blocked because of a code stays so.

    ``None`` for what is no code that blocks, such as a person's own word.
    """
    standing = in_force("return_codes", on)
    return next(
        (each.until for each in return_reasons() if each.code == code and each.until and each.row.key in standing),
        None,
    )
