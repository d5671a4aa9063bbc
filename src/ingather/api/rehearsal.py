"""Rehearsing over HTTP: in a test book the clock is moved, and the bank in the box does as it is told."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Response
from pydantic import Field, model_validator

from ingather.api.calls import Call
from ingather.api.routes import Routes
from ingather.api.shapes import Body, Day, FileId, Moment, Shown, id_field, in_path
from ingather.base.ids import Prefix, public_id
from ingather.domain.users import Permission
from ingather.jobs.desk import Desk
from ingather.jobs.rehearsal import serving
from ingather.jobs.rehearsal.trials import NAMES, play_for
from ingather.rules.return_codes import return_reason
from ingather.simulator.dictated import FileWord

routes = Routes("rehearsal")
_NEEDS = Permission.REHEARSAL_WRITE
_MOST_ORDERS = 60
_FARTHEST_S = int(serving.FARTHEST.total_seconds())
_PRINTABLE = r"^[ -~]*$"
_AT_ONCE = Field(
    default=True, description="Whether the clock moves on to the evening on which the bank tells; else it is planned."
)
EntryId = Annotated[str, in_path("ent", "an entry")]


class Rehearsal(Shown):
    """The clock of a test book and its bank in the box."""

    now: datetime = Field(description="What the book's clock shows.")
    next_at: datetime = Field(description="When something is due next: a run of ours, or a move of the bank.")
    bank_closed_on: date | None = Field(description="The last banking day that the bank has closed and told of.")
    uncollected: list[str] = Field(description="The names of files that lie at the bank and that it has not collected.")
    scenarios: list[str] = Field(description="The scenarios that can be run; more may be added.")


class FailedRun(Shown):
    """A run that was due on the way and failed."""

    kind: str = Field(description="What it was: poll, night, send, release, reconcile, settle, watch or deliver.")
    about: str = Field(description="What it was about, such as a route; blank where it is about the whole book.")
    due_at: datetime = Field(description="Since when it was due.")
    fault: str = Field(description="The sentence of its fault.")


class Advance(Shown):
    """Where the clock stands, and what happened on the way."""

    now: datetime = Field(description="What the book's clock shows.")
    runs: int = Field(description="How many runs were made on the way.")
    failed: list[FailedRun] = Field(description="The runs that failed.")
    reports: list[str] = Field(description="The names of the reports that the bank delivered and that were taken.")
    collected: int = Field(description="How many orders were released as collected.")


class RehearsedEntry(Shown):
    """How an entry stands at the bank in the box, and its order with us."""

    id: Annotated[str, id_field("ent", "the entry")]
    order: str | None = Field(description="The id of its order, null for an entry of none.")
    order_state: str | None = Field(description="How its order stands now.")
    bank_state: str = Field(description="waiting, settled, returned or refused at the bank; more may be added.")
    settles_on: date | None = Field(description="The banking day on which it settles or settled.")
    code: str | None = Field(description="The return code it comes back with, such as R01.")
    meaning: str | None = Field(description="The return code in words, such as insufficient_funds.")
    returns_on: date | None = Field(description="The banking day on which its return settles or settled.")
    change_code: str | None = Field(description="The change code that is told of it, such as C01.")
    changes_on: date | None = Field(description="The banking day on which the change is told or was.")
    clock: Advance = Field(description="Where the clock stands, and what happened on the way.")


class RehearsedFile(Shown):
    """How the bank in the box took a file."""

    id: Annotated[str, id_field("fil", "the file")]
    outcome: str = Field(description=f"One of {', '.join(FileWord)}; more may be added.")
    clock: Advance = Field(description="Where the clock stands, and what happened on the way.")


class ScenarioOutcome(Shown):
    """How a scenario ended that was played on a book of its own."""

    name: str = Field(description="The scenario.")
    seed: int = Field(description="Which draw of it.")
    banking_days: int = Field(description="How many banking days it took.")
    by_state: dict[str, int] = Field(description="How many orders ended in which state.")
    returns: dict[str, int] = Field(description="How many entries came back with which code.")
    cases: dict[str, int] = Field(description="How many cases of which kind were opened.")
    balances: dict[str, int] = Field(description="The ledger's balances in minor units; they sum to zero.")
    currency: str = Field(description="The currency of the balances.")
    broken: list[str] = Field(description="The invariants that do not hold: none.")


class MoveClock(Body):
    """Where the clock is to go: to an instant, or on by a while."""

    to: Moment | None = Field(default=None, description="The instant it goes to.", examples=["2026-11-18T21:00:00Z"])
    by_seconds: Annotated[int, Field(ge=1, le=_FARTHEST_S)] | None = Field(
        default=None, description="How many seconds it goes on, at most 31 days.", examples=[86_400]
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "MoveClock":
        if (self.to is None) == (self.by_seconds is None):
            message = "send one of `to` and `by_seconds`"
            raise ValueError(message)
        return self


class ReturnIt(Body):
    """The return that the receiver's bank is to send."""

    code: Annotated[str, Field(pattern=r"^R[0-9]{2}$", description="The return reason code.", examples=["R01"])]
    on: Day | None = Field(
        default=None, description="The return's settlement day; the banking day after the entry's, unless it is said."
    )
    addenda: Annotated[
        str, Field(max_length=44, pattern=_PRINTABLE, description="The addenda information of the return.")
    ] = ""
    late: bool = Field(default=False, description="Whether it comes on the first banking day after the hold.")
    match: Literal["exact", "wrong_trace", "wrong_amount", "wrong_reference", "duplicate"] = Field(
        default="exact", description="How well it names its entry; a duplicate comes twice, a banking day apart."
    )
    at_once: bool = _AT_ONCE


class ChangeIt(Body):
    """The notification of change that the receiver's bank is to send."""

    code: Annotated[str, Field(pattern=r"^C[0-9]{2}$", description="The change code.", examples=["C01"])]
    corrected_data: Annotated[
        str,
        Field(
            max_length=29, pattern=_PRINTABLE, json_schema_extra={"writeOnly": True},
            description="The 29 columns of corrected data; the bank makes some up when they are left out.",
        ),
    ] = ""  # fmt: skip
    at_once: bool = _AT_ONCE


class Acknowledgement(Body):
    """How the bank is to take a file."""

    outcome: FileWord = Field(description="Whether it takes the whole file, leaves out some entries, or refuses it.")
    reason: Annotated[
        str, Field(max_length=40, pattern=r"^[ -{}~]*$", description="Why it refuses, in the bank's words.")
    ] = ""
    entries: list[Annotated[str, Field(pattern="^ent_[0-9A-HJKMNP-TV-Z]{13}$")]] = Field(
        default_factory=list,
        max_length=500,
        description="The ids of the entries it leaves out, where it takes the others; the first one unless said.",
    )


class RunScenario(Body):
    """Which draw of a scenario, and how many orders."""

    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="The same seed ends alike.")] = 1
    orders: Annotated[int, Field(ge=1, le=_MOST_ORDERS)] | None = Field(
        default=None, description=f"How many orders, at most {_MOST_ORDERS}; the scenario's own number unless said."
    )


@routes.get("/rehearsal", needs=_NEEDS, returns=Rehearsal, bound=False, may=(409,))
def show_rehearsal(call: Call) -> Response:
    """Show the clock of a test book, and what its bank in the box is about to do."""
    now, next_at, boxed = serving.standing_now(call.desk)
    return call.show(
        Rehearsal(
            now=_utc(now),
            next_at=_utc(next_at),
            bank_closed_on=boxed.bank.last_day,
            uncollected=[path.name for path in boxed.lies_uncollected()],
            scenarios=list(NAMES),
        )
    )


@routes.post("/rehearsal/clock", needs=_NEEDS, returns=Advance, money=False, bound=False, may=(409, 422))
def move_the_clock(call: Call, body: MoveClock) -> Response:
    """Move the clock of a test book on; every run that is due on the way is made."""
    by = timedelta(seconds=body.by_seconds) if body.by_seconds is not None else None
    return call.run(lambda desk: _advance(serving.advance(desk, to=body.to, by=by, once=_once(call))))


@routes.post("/rehearsal/entries/{entry_id}/settle", needs=_NEEDS, returns=RehearsedEntry, money=False, bound=False)
def settle_an_entry(call: Call, entry_id: EntryId) -> Response:
    """Let an entry settle: the clock moves on to the evening of its settlement day."""
    return call.run(lambda desk: _entry(serving.settle_entry(desk, _key(call, desk, Prefix.ENTRY, entry_id))))


@routes.post("/rehearsal/entries/{entry_id}/return", needs=_NEEDS, returns=RehearsedEntry, money=False, bound=False)
def return_an_entry(call: Call, entry_id: EntryId, body: ReturnIt) -> Response:
    """Have an entry come back, as the receiver's bank would send it."""
    wanted = serving.Wanted(code=body.code, on=body.on, addenda=body.addenda, late=body.late, match=body.match)

    def do(desk: Desk) -> RehearsedEntry:
        key = _key(call, desk, Prefix.ENTRY, entry_id)
        return _entry(serving.return_entry(desk, key, wanted, at_once=body.at_once))

    return call.run(do)


@routes.post("/rehearsal/entries/{entry_id}/change", needs=_NEEDS, returns=RehearsedEntry, money=False, bound=False)
def change_an_entry(call: Call, entry_id: EntryId, body: ChangeIt) -> Response:
    """Have the receiver's bank send a notification of change about an entry."""

    def do(desk: Desk) -> RehearsedEntry:
        key = _key(call, desk, Prefix.ENTRY, entry_id)
        return _entry(serving.change_entry(desk, key, body.code, data=body.corrected_data, at_once=body.at_once))

    return call.run(do)


@routes.post("/rehearsal/files/{file_id}/acknowledge", needs=_NEEDS, returns=RehearsedFile, money=False, bound=False)
def acknowledge_a_file(call: Call, file_id: FileId, body: Acknowledgement) -> Response:
    """Have the bank take a file that lies there, in whole or in part, or refuse it, and acknowledge it."""

    def do(desk: Desk) -> RehearsedFile:
        key = _key(call, desk, Prefix.FILE, file_id)
        entries = tuple(_key(call, desk, Prefix.ENTRY, each) for each in body.entries)
        word, advanced = serving.acknowledge_file(desk, key, body.outcome, reason=body.reason, entries=entries)
        return RehearsedFile(id=file_id, outcome=word, clock=_advance(advanced))

    return call.run(do)


@routes.post("/rehearsal/scenarios/{name}", needs=_NEEDS, returns=ScenarioOutcome, money=False, bound=False)
def run_a_scenario(
    call: Call,
    name: Annotated[str, Path(max_length=60, description="The scenario's name.", examples=["nsf_then_paid"])],
    body: RunScenario,
) -> Response:
    """Play a scenario of the bank in the box on a book of its own, and tell how it ended."""

    def do(desk: Desk) -> ScenarioOutcome:
        played = play_for(desk, name, seed=body.seed, orders=body.orders)
        return ScenarioOutcome(
            name=played.name,
            seed=played.seed,
            banking_days=played.days,
            by_state=played.by_state,
            returns=played.returns,
            cases=played.cases,
            balances=played.balances,
            currency="USD",
            broken=played.broken,
        )

    return call.run(do)


def _once(call: Call) -> str:
    """Return what names a call that carries a key: the caller and the key, hashed."""
    return hashlib.sha256(f"{call.caller.actor}\n{call.key}".encode()).hexdigest() if call.key else ""


def _key(call: Call, desk: Desk, prefix: Prefix, text: str) -> int:
    with desk.view() as ctx:
        return call.key_of(ctx, prefix, text)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _advance(done: serving.Advanced) -> Advance:
    return Advance(
        now=_utc(done.now),
        runs=done.runs,
        failed=[
            FailedRun(kind=each.kind, about=each.about, due_at=_utc(each.due_at), fault=each.fault or "")
            for each in done.failed
        ],
        reports=done.reports,
        collected=done.collected,
    )


def _entry(done: serving.Rehearsed) -> RehearsedEntry:
    stands = done.standing
    about: dict[str, Any] = {}
    if stands.return_code:
        reason = return_reason(stands.return_code, on=stands.returns_on or done.advanced.now.date())
        about["meaning"] = reason.meaning if reason is not None else None
    return RehearsedEntry(
        id=public_id(Prefix.ENTRY, done.entry_id),
        order=public_id(Prefix.ORDER, done.order_id) if done.order_id is not None else None,
        order_state=done.order_state,
        bank_state=stands.status,
        settles_on=stands.settles_on,
        code=stands.return_code or None,
        meaning=about.get("meaning"),
        returns_on=stands.returns_on,
        change_code=stands.change_code or None,
        changes_on=stands.changes_on,
        clock=_advance(done.advanced),
    )
