"""What is given and shown about orders.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ingather.client.shape import Answered
from ingather.client.shapes.shared import Authorization, Buyer, FollowUpInFull, Merchant


class AskedForOrder(Answered):
    """What is on record about an order's debit."""

    order: str
    asked_on: date


class OrderEntry(Answered):
    """One entry of an order, and where it stands in its file."""

    id: str
    kind: str
    presentation: int | None
    file_id: str
    file: str
    file_state: str
    line: int
    trace: str
    reference: str
    amount_minor: int
    entry_class: str
    description: str
    effective_on: date
    settled_on: date | None
    hold_until: date | None
    ended: str | None


class OrderReturn(Answered):
    """One return of an order's entry, its code as it came and in words."""

    id: str
    entry_id: str | None
    code: str
    meaning: str | None
    category: str | None
    sentence: str | None
    returned_on: date | None
    late: bool
    applied: bool
    next_step: str | None
    deadline_on: date | None


class Expanded(Answered):
    """What belongs to an order, as far as it was asked for."""

    authorization: Authorization | None = None
    buyer: Buyer | None = None
    merchant: Merchant | None = None
    entries: tuple[OrderEntry, ...] | None = None
    returns: tuple[OrderReturn, ...] | None = None


class NoticeSent(Answered):
    """That the notices of an order were sent, and what proves it."""

    on: date
    proof: str


class Order(Answered):
    """One amount due on one date."""

    id: str
    external_id: str
    instalment: int
    merchant: str
    merchant_id: str
    buyer: str
    buyer_id: str
    authorization: str
    authorization_id: str
    amount_minor: int
    currency: str
    due_on: date
    goods: bool
    same_day: bool
    state: str
    reason: str | None
    held: bool
    suspected: bool
    collect_on: date | None
    presentations: int
    last_code: str | None
    last_meaning: str | None
    late: bool
    refunded_minor: int
    created_at: datetime
    metadata: Mapping[str, str]
    known_at: datetime | None = None
    untold: tuple[str, ...] | None = None
    expanded: Expanded | None = None


class OrderDeadline(Answered):
    """A day that matters to an order."""

    on: date
    kind: str
    sentence: str
    rule: str | None


class OrderMoment(Answered):
    """One thing that happened to an order."""

    at: datetime
    kind: str
    sentence: str
    actor: str | None
    evidence: Mapping[str, Any]


class ProblemsFault(Answered):
    """One fault of a request: where it is, its name for programs, and a sentence."""

    pointer: str
    code: str
    message: str


class OrderResult(Answered):
    """What became of one line."""

    line: int
    status: str
    id: str | None
    external_id: str | None
    instalment: int | None
    warning: str | None = None
    code: str | None = None
    errors: tuple[ProblemsFault, ...] | None = None


class OrderResults(Answered):
    """What became of each line, in order."""

    created: int
    existing: int
    refused: int
    data: tuple[OrderResult, ...]


class OrderStep(Answered):
    """What is to be done next, and by whom."""

    who: str
    sentence: str
    on: date | None


class OrderTimeline(Answered):
    """One order explained: everything that happened, in order, and what is to come."""

    order: Order
    data: tuple[OrderMoment, ...]
    deadlines: tuple[OrderDeadline, ...]
    next_steps: tuple[OrderStep, ...]


class Refund(Answered):
    """A refund that was asked for."""

    follow_up: FollowUpInFull
    window_ends: date
    left_minor: int
    currency: str | None = None


class Reversal(Answered):
    """A reversal that waits for its second person."""

    follow_up: FollowUpInFull
    last_day: date
    correcting: bool
