"""Shapes of many things.

Written from the document of the API, never by hand.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ingather.client.shape import Answered


class Authorization(Answered):
    """A buyer's authorization to debit one account for one merchant."""

    id: str
    external_id: str
    buyer: str
    buyer_id: str
    merchant: str
    merchant_id: str
    account: str
    account_id: str
    last4: str
    holder: str
    kind: str
    channel: str
    state: str
    lacks: tuple[str, ...]
    amount_terms: str
    min_amount_minor: int | None
    max_amount_minor: int | None
    every: str | None
    debits: int | None
    valid_from: date
    valid_to: date | None
    ended_on: date | None
    ended_because: str | None
    superseded_by: str | None
    legal_hold: bool
    purged: bool
    given_at: datetime
    text_sha256: str
    text_version: str | None
    locale: str | None
    statements: tuple[str, ...] | None
    text: str | None = None
    evidence: Mapping[str, Any] | None = None
    created_at: datetime
    metadata: Mapping[str, str]


class Buyer(Answered):
    """A buyer, who owes."""

    id: str
    external_id: str
    name: str
    receiver_name: str
    state: str
    screening: str | None
    screened_until: date | None
    created_at: datetime
    metadata: Mapping[str, str]


class Done(Answered):
    """That it was done."""

    done: bool | None = None


class FollowUpEntry(Answered):
    """An entry of a follow-up: its debit, or its own."""

    id: str
    kind: str
    entry_class: str
    description: str
    amount_minor: int
    currency: str | None = None
    file_id: str
    file: str
    file_state: str
    line: int
    trace: str
    effective_on: date
    settled_on: date | None
    ended: str | None


class OfCase(Answered):
    """The case of a follow-up."""

    id: str
    state: str


class FollowUpInFull(Answered):
    """A follow-up with its debit, its own entry, its case, the rule rows it rests on and its history."""

    id: str
    kind: str
    state: str
    order: str
    external_id: str
    instalment: int
    merchant: str
    amount_minor: int
    currency: str | None = None
    reason: str
    words: str
    maker: str
    checker: str | None
    asked_on: date
    not_before: date | None
    last_day: date | None
    send_by: datetime | None
    settled_on: date | None
    ended_on: date | None
    ended_because: str | None
    notified_on: date | None
    notice_proof: str | None
    notice_due_on: date | None
    duty: str | None
    debit: FollowUpEntry | None
    entry: FollowUpEntry | None
    case: OfCase | None
    rows: tuple[str, ...]
    facts: tuple[Mapping[str, Any], ...]


class Merchant(Answered):
    """A merchant, who is owed."""

    id: str
    external_id: str
    name: str
    company_name: str
    company_identification: str
    entry_description: str
    state: str
    screening: str | None
    screened_until: date | None
    paid_abroad: bool
    night_limit_minor: int | None
    night_limit_entries: int | None
    return_fee_minor: int | None
    return_fee_notice: str | None
    return_fee_from: date | None
    tier: str | None
    created_at: datetime
    metadata: Mapping[str, str]


class NewSession(Answered):
    """A sign-in and its token, which is shown this once."""

    id: str
    user: str
    roles: tuple[str, ...]
    begun_at: datetime
    proven_at: datetime
    expires_at: datetime
    second_factor: bool
    token: str


class RuleRow(Answered):
    """One rule row: what it says, since when, by which source."""

    id: str
    table: str
    key: str
    says: str
    effective_from: date | None
    effective_to: date | None
    standing: str
    source: str
    confidence: str
    values: Mapping[str, str]


class ReportsFault(Answered):
    """What is wrong with a report and where; what stands there is never repeated."""

    line: int
    columns: tuple[int, ...] | None
    field: str
    check: str
    severity: str
    message: str
