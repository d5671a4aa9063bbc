"""What the originator asks of its bank: the sheets of requests are read, and each row is followed or refused.

The bank takes a request once, by its id, and acts on it when it next closes a day. It sends a dishonour within five
banking days after the return settled, asks a receiver's bank for a return, and refuses a change; a copy of a statement
is for a person. What the receiver's bank makes of it, the scenario says. (nacha-rules §2, §3.)
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

import numpy as np

from ingather.nacha.change_codes import CHANGE_CODES, ChangeKind
from ingather.nacha.transaction_codes import DEBIT
from ingather.simulator.banking_days import after
from ingather.simulator.disputing import Reason, dishonour
from ingather.simulator.entries import Sort, Status, key_of
from ingather.simulator.evenings import Evening
from ingather.simulator.intake import Desk
from ingather.simulator.settling import view_of
from ingather.simulator.state import Act, BankState, ChangeRow, Due, RefusedRequest, Request, ReturnRow, Stage

COLUMNS = (
    "request", "kind", "code", "company_id", "original_trace", "return_trace", "amount_cents", "return_code",
    "return_settled_on", "change_code", "change_trace", "reference", "reply_by", "reason",
)  # fmt: skip
DISHONOUR_DAYS = 5
_ANSWER_DAYS = 3


class Asked(StrEnum):
    """What a row of a sheet may ask."""

    DISHONOUR = "dishonour"
    RETURN = "return_requested"
    LATE_RETURN = "late_return_consented"
    REFUSE_CHANGE = "refuse_change"
    STATEMENT_COPY = "statement_copy"


class Outcome(StrEnum):
    """What the bank did about a request that it could follow."""

    DISHONOURED = "dishonoured"
    AGREED = "the receiver's bank will return it"
    DECLINED = "the receiver's bank declined"
    CORRECTED = "the receiver's bank corrects the change"
    REFUSED_CHANGE = "the change was refused"
    BY_HAND = "a person sees to it"


_AGREED_CODE: Mapping[str, str] = {Asked.RETURN: "R06", Asked.LATE_RETURN: "R31"}


def take_requests(state: BankState, name: str, content: bytes) -> None:
    """Take the rows of a sheet; a row that cannot be read is kept as refused, one that was taken before is left out."""
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        state.refused_requests.append(RefusedRequest(request="", name=name, reason="the sheet cannot be read"))
        return
    known = {row.request for row in state.requests}
    for row in rows:
        request = _request_of(row)
        if request is None or request.kind not in set(Asked):
            refused = RefusedRequest(request=row.get("request") or "", name=name, reason="the row cannot be read")
            state.refused_requests.append(refused)
        elif request.request not in known:
            known.add(request.request)
            state.requests.append(request)


def follow_requests(desk: Desk, state: BankState, evening: Evening) -> None:
    """Act on every request that waits."""
    for place, request in enumerate(state.requests):
        if not request.outcome:
            outcome = _follow(desk, state, evening, request)
            state.requests[place] = replace(request, outcome=str(outcome))
            if not isinstance(outcome, Outcome):
                state.refused_requests.append(RefusedRequest(request=request.request, name="", reason=outcome))


def _request_of(row: Mapping[str | None, str | None]) -> Request | None:
    """Return a row of a sheet, or nothing where it is not whole."""
    if None in row or any(row.get(column) is None for column in COLUMNS) or not row["request"]:
        return None
    amounts = [row[name] or "0" for name in ("original_trace", "return_trace", "amount_cents", "change_trace")]
    if not all(text.isdigit() for text in amounts):
        return None
    original_trace, return_trace, amount_cents, change_trace = map(int, amounts)
    return Request(
        request=row["request"] or "",
        kind=row["kind"] or "",
        code=row["code"] or "",
        original_trace=original_trace,
        return_trace=return_trace,
        amount_cents=amount_cents,
        change_code=row["change_code"] or "",
        change_trace=change_trace,
        reference=row["reference"] or "",
    )


def _follow(desk: Desk, state: BankState, evening: Evening, request: Request) -> Outcome | str:
    """Return what came of a request, or why it was not followed."""
    match Asked(request.kind):
        case Asked.DISHONOUR:
            return _dishonour(desk, state, evening, request)
        case Asked.RETURN | Asked.LATE_RETURN:
            return _ask_for_return(desk, state, evening, request)
        case Asked.REFUSE_CHANGE:
            return _refuse_change(desk, state, evening, request)
        case Asked.STATEMENT_COPY:
            return Outcome.BY_HAND


def _dishonour(desk: Desk, state: BankState, evening: Evening, request: Request) -> Outcome | str:
    row = _return_asked_about(state, request)
    if request.code not in set(Reason):
        return f"{request.code} is no reason to dishonor"
    if row is None:
        return "no such return"
    if not DEBIT[row.transaction_code] or row.sort == Sort.PRENOTE:
        return "the return was of no debit"
    if row.stage is not Stage.RETURNED:
        return f"the return was {row.stage} before"
    if evening.day > after(row.settled_on, DISHONOUR_DAYS, desk.is_banking_day):
        return "the five banking days are over"
    dishonour(desk, state, evening, state.returns.index(row), code=request.code, asked=_return_was_asked(state, row))
    return Outcome.DISHONOURED


def _return_asked_about(state: BankState, request: Request) -> ReturnRow | None:
    """Return the posted return that a request names: by its own trace, or by the entry's where it has none."""
    named = [
        row
        for row in state.returns
        if (row.trace == request.return_trace if request.return_trace else row.original_trace == request.original_trace)
        and request.original_trace in {0, row.original_trace}
    ]
    return named[-1] if named else None


def _return_was_asked(state: BankState, row: ReturnRow) -> bool:
    """Return whether this bank asked for a return of the entry."""
    return any(
        request.kind in _AGREED_CODE and request.original_trace == row.original_trace for request in state.requests
    )


def _ask_for_return(desk: Desk, state: BankState, evening: Evening, request: Request) -> Outcome | str:
    index = _entry_asked_about(state, request)
    if index is None:
        return "no such entry"
    if state.entries["status"][index] != Status.SETTLED:
        return "the entry is not with the receiver"
    code = _AGREED_CODE[request.kind]
    if desk.behaviour.decide(view_of(state, index, asked=code), desk.chance).return_code != code:
        return Outcome.DECLINED
    on = after(evening.day, 1 + desk.chance.draw("asked", request.request, _ANSWER_DAYS), desk.is_banking_day)
    state.agenda.append(Due(on=on, act=Act.RETURN_ASKED, subject=index, code=code))
    return Outcome.AGREED


def _entry_asked_about(state: BankState, request: Request) -> int | None:
    """Return the index of the entry that a request names by trace, with its reference where the request has one."""
    found = np.flatnonzero(state.entries["trace"] == request.original_trace).tolist()
    for index in reversed(found):
        reference = state.entries["reference"][index]
        if not request.reference or key_of(reference, request.original_trace) == request.reference:
            return int(index)
    return None


def _refuse_change(desk: Desk, state: BankState, evening: Evening, request: Request) -> Outcome | str:
    reason = CHANGE_CODES.get(request.code)
    change = _change_asked_about(state, request)
    if reason is None or reason.kind is not ChangeKind.REFUSAL:
        return f"{request.code} is no reason to refuse a change"
    if change is None:
        return "no such change"
    fate = desk.behaviour.decide(view_of(state, change.entry), desk.chance)
    if not fate.corrects:
        return Outcome.REFUSED_CHANGE
    days = 1 + desk.chance.draw("change again", request.request, DISHONOUR_DAYS)
    on = after(evening.day, days, desk.is_banking_day)
    state.agenda.append(Due(on=on, act=Act.CHANGE_AGAIN, subject=change.entry, code=change.code))
    return Outcome.CORRECTED


def _change_asked_about(state: BankState, request: Request) -> ChangeRow | None:
    """Return the change that a request names: by its trace, or by the entry's trace and the code."""
    for change in reversed(state.changes):
        of_entry = int(state.entries["trace"][change.entry]) == request.original_trace
        if (
            (change.trace == request.change_trace)
            if request.change_trace
            else of_entry and (change.code == request.change_code)
        ):
            return change
    return None
