"""What is given and shown about returns.

Written from the document of the API, never by hand.
"""

from datetime import date, datetime

from ingather.client.shape import Answered


class AboutCase(Answered):
    """A case about a return."""

    id: str
    kind: str
    state: str
    due_on: date | None
    sentence: str
    outcome: str | None


class Asked(Answered):
    """What the bank was asked about a return."""

    id: str
    kind: str
    state: str
    code: str | None
    on: date
    due_on: date | None
    answered_on: date | None
    outcome: str | None
    actor: str
    reason: str


class Candidate(Answered):
    """A debit that an unmatched return may be about."""

    entry: str
    order: str
    external_id: str
    merchant: str
    trace: str
    amount_minor: int
    currency: str | None = None
    effective_on: date
    last4: str
    ended: str | None
    score: int
    agreed: tuple[str, ...]
    differed: tuple[str, ...]
    can_be_matched: bool


class Candidates(Answered):
    """The debits that a return may be about, the likeliest first."""

    data: tuple[Candidate, ...]


class Dishonour(Answered):
    """A dishonour that a return allows."""

    code: str
    title: str
    fields: str
    ask_by: date | None
    dishonour_by: date | None


class StandingDispute(Answered):
    """A dispute of a return, with its days."""

    id: str
    code: str
    state: str
    chosen_on: date
    actor: str
    request: str | None
    case: str | None
    ask_by: date | None
    dishonour_by: date | None
    dishonoured_on: date | None
    contest_by: date | None
    contest_code: str | None
    ended_on: date | None


class ReturnInFull(Answered):
    """A return with its entry, rule rows, disputes, cases and requests."""

    id: str
    order: str | None
    external_id: str | None
    merchant: str | None
    code: str
    meaning: str | None
    category: str | None
    retryable: bool
    rule: str | None
    entry_class: str | None
    amount_minor: int
    currency: str | None = None
    returned_on: date | None
    effective_on: date | None
    deadline_on: date | None
    timeliness: str | None
    next_step: str | None
    late: bool
    applied: bool
    differs: str | None
    undone_on: date | None
    replaced_by: str | None
    report: str | None
    evidence: str | None
    dispute: StandingDispute | None
    can_dishonour: tuple[Dishonour, ...]
    known_at: datetime | None = None
    untold: tuple[str, ...] | None = None
    entry: str | None
    original_trace: str
    return_trace: str
    matched_by: str | None
    clawed_back: bool
    information: str
    rows: tuple[str, ...]
    disputes: tuple[StandingDispute, ...]
    cases: tuple[AboutCase, ...]
    asked: tuple[Asked, ...]
    open: bool


class Decided(Answered):
    """The return after the decision, with the day that follows from it where one does."""

    returned: ReturnInFull
    retry_on: date | None = None
    account: str | None = None
    ask_by: date | None = None
    dishonour_by: date | None = None
    request: str | None = None
    due_on: date | None = None
    written_off_minor: int | None = None
    currency: str | None = None


class Matched(Answered):
    """A return that was matched by hand; where another row has its money now, that is the return."""

    returned: ReturnInFull
    match: str
    order: str


class Return(Answered):
    """A debit that came back, as the bank told of it, and what was decided about it."""

    id: str
    order: str | None
    external_id: str | None
    merchant: str | None
    code: str
    meaning: str | None
    category: str | None
    retryable: bool
    rule: str | None
    entry_class: str | None
    amount_minor: int
    currency: str | None = None
    returned_on: date | None
    effective_on: date | None
    deadline_on: date | None
    timeliness: str | None
    next_step: str | None
    late: bool
    applied: bool
    differs: str | None
    undone_on: date | None
    replaced_by: str | None
    report: str | None
    evidence: str | None
    dispute: StandingDispute | None
    can_dishonour: tuple[Dishonour, ...]
    known_at: datetime | None = None
    untold: tuple[str, ...] | None = None
