"""What is given and shown about settlements.

Written from the document of the API, never by hand.
"""

from datetime import date

from ingather.client.shape import Answered


class Line(Answered):
    """One line of a statement."""

    order: str | None
    external_id: str
    instalment: int | None
    due_on: date | None
    kind: str
    amount_minor: int
    currency: str
    code: str | None
    meaning: str | None
    reason: str
    payable_on: date | None
    return_id: str | None
    report: str | None
    report_line: int | None


class Reserve(Answered):
    """What is kept back against returns that may still come."""

    held_on: date
    due_on: date
    amount_minor: int
    left_minor: int


class Settlement(Answered):
    """A merchant's statement as of a day: opening and every sum between it and the closing, in minor units.

    Opening + collected - clawed back - given back + restored + fees - charges - reserved + unreserved +
    covered + invoiced + payable again - payable = closing.
    """

    id: str
    merchant: str
    merchant_name: str
    as_of: date
    currency: str
    opening_minor: int
    collected_minor: int
    clawed_back_minor: int
    given_back_minor: int
    restored_minor: int
    fees_minor: int
    charges_minor: int
    reserved_minor: int
    unreserved_minor: int
    covered_minor: int
    invoiced_minor: int
    payable_again_minor: int
    payable_minor: int
    closing_minor: int
    held_minor: int
    reserve_minor: int


class SettleRun(Answered):
    """The statements that were made, and who got none."""

    did: str
    as_of: date
    statements: tuple[Settlement, ...]
    kept_back: tuple[str, ...]


class StatementPayout(Answered):
    """The payout of a statement; how far it has come is told at the payout."""

    id: str
    method: str
    amount_minor: int


class SettlementInFull(Answered):
    """A statement with its reserves and its payout."""

    id: str
    merchant: str
    merchant_name: str
    as_of: date
    currency: str
    opening_minor: int
    collected_minor: int
    clawed_back_minor: int
    given_back_minor: int
    restored_minor: int
    fees_minor: int
    charges_minor: int
    reserved_minor: int
    unreserved_minor: int
    covered_minor: int
    invoiced_minor: int
    payable_again_minor: int
    payable_minor: int
    closing_minor: int
    held_minor: int
    reserve_minor: int
    since: date | None
    lines: int
    reserves: tuple[Reserve, ...]
    payout: StatementPayout | None


class StepTaken(Answered):
    """From what something was taken back."""

    order: str
    external_id: str | None
    instalment: int | None
    kind: str
    step: str
    amount_minor: int
    return_id: str | None
    report: str | None
    report_line: int | None
