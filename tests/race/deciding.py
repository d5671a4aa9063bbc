"""People at one book who approve, void, cancel, revoke, refund, return, record and seal at once, and what they leave.

Facts are numbered in the order in which they were committed, so the serial order of everything that was done is in the
book itself. Each operation notes the last number before and after it: what was done must be legal at its own place in
that order, and what was refused must have been illegal at some place between the two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from ingather.actions.authorizations.recording import revoke_authorization
from ingather.actions.context import Context
from ingather.actions.files.approval import approve_file, void_file
from ingather.actions.follow_ups.refunding import ask_refund
from ingather.actions.orders import NewOrders, cancel_order, record_orders
from ingather.actions.returns.by_hand import ToldByHand, record_return, standing_debit_of
from ingather.domain.refusals import LostClaim, NightRunning, Refusal, SameKeyOtherContent
from ingather.jobs.desk import Desk
from ingather.jobs.night import run as night_run
from ingather.jobs.rehearsal.stage import banking_days
from ingather.jobs.transmit import send_files
from ingather.store.tables import Authorization, Fact, File, Order
from tests.crash.days import LATER
from tests.crash.stories import Story, evening

VERBS: Final = {
    "cancel": 14, "approve": 14, "void": 6, "revoke": 2, "refund": 14, "return": 8, "record": 32, "seal": 6, "send": 4,
}  # fmt: skip
DUE: Final = banking_days(LATER, 2)[-1]
AMOUNTS: Final = (1_100, 1_200)
FACTS: Final = {
    "cancel": ("order", "canceled"),
    "approve": ("file", "approved"),
    "void": ("file", "voided"),
    "revoke": ("authorization", "revoked"),
    "return": ("entry", "returned"),
}
_PASSING: Final = (NightRunning, LostClaim)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of one person: about what, when by the book's own numbers, and what became of it."""

    who: str
    verb: str
    subject: int
    name: str = ""
    before: int
    after: int
    refused: str = ""
    amount: int = 0

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Operation":
        """Return the operation that a process told of."""
        return cls(**row)


def last(ctx: Context) -> int:
    """Return the number of the last fact."""
    return ctx.session.scalar(select(func.max(Fact.seq))) or 0


def person(story: Story, number: int, *, operations: int, seed: int) -> Callable[[Callable[[], None]], Any]:
    """Return the job of one person: so many operations, drawn by a seed, on a desk of their own."""

    def job(wait: Callable[[], None]) -> list[dict[str, Any]]:
        # Files wait for their approval by a person; by policy they would be approved as they are sealed.
        pytest.MonkeyPatch().setattr(night_run, "_approve", lambda _: None)
        draw = Random(f"{seed}/{number}")  # noqa: S311 -- a test wants repeatable draws
        desk = story.desk(evening(260, on=LATER), node=20 + number, actor=f"user:p{number}")
        with desk.view() as ctx:
            originator = desk.originator_id()
            authorizations = ctx.session.execute(
                select(Authorization.id, Authorization.external_id).order_by(Authorization.id)
            ).all()
            merchant = story.rows("SELECT external_id FROM merchants ORDER BY id")[0][0]
        wait()
        done = []
        for turn in range(operations):
            verb = draw.choices(list(VERBS), list(VERBS.values()))[0]
            one = _Turn(desk=desk, draw=draw, originator=originator, merchant=merchant, turn=turn)
            done.append(one.take(verb, [tuple(row) for row in authorizations], number))
        return [row for row in done if row]

    return job


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One turn of one person."""

    desk: Desk
    draw: Random
    originator: int
    merchant: str
    turn: int

    def take(self, verb: str, authorizations: list[Any], number: int) -> dict[str, Any] | None:
        """Choose something by what the book says now, do it, and return the operation; None for nothing to do."""
        with self.desk.view() as ctx:
            before = last(ctx)
            subject, amount, name = self._chosen(ctx, verb, authorizations)
        if not subject:
            return None
        refused = ""
        try:
            subject = self._do(verb, subject, amount, name) or subject
        except Refusal as said:
            refused = type(said).__name__
        with self.desk.view() as ctx:
            after = last(ctx)
        return {
            "who": f"user:p{number}", "verb": verb, "subject": subject, "name": name, "before": before, "after": after,
            "refused": refused, "amount": amount,
        }  # fmt: skip

    def _chosen(  # noqa: PLR0911 -- one for each verb
        self, ctx: Context, verb: str, authorizations: list[Any]
    ) -> tuple[int, int, str]:
        def among(table: Any, *states: str) -> int:  # noqa: ANN401 -- a table with a state
            where = select(table.id).where(table.state.in_(states)).order_by(table.id.desc()).limit(8)
            found = ctx.session.scalars(where).all()
            return self.draw.choice(found) if found else 0

        match verb:
            case "cancel":
                return among(Order, "open", "sealed", "canceled", "submitted"), 0, ""
            case "approve":
                return among(File, "sealed", "sealed", "voided", "approved"), 0, ""
            case "void":
                return among(File, "sealed", "approved", "transmitted"), 0, ""
            case "revoke":
                return self.draw.choice(authorizations[: max(1, len(authorizations) // 3)])[0], 0, ""
            case "refund":
                return among(Order, "collected"), self.draw.choice((100, 700)), ""
            case "return":
                return among(Order, "collected", "submitted"), 0, ""
            case "record":
                chosen = self.draw.choice(authorizations)
                return chosen[0], self.draw.choice(AMOUNTS), f"race-{self.turn // 2 + self.draw.randrange(3)}"
            case _:
                return 1, 0, ""

    def _do(self, verb: str, subject: int, amount: int, name: str) -> int:
        desk = self.desk
        match verb:
            case "cancel":
                with desk.action() as ctx:
                    cancel_order(ctx, subject, reason="asked for")
            case "approve":
                with desk.view() as ctx:
                    read = ctx.session.scalar(select(File.sha256).where(File.id == subject))
                desk.decide(lambda ctx: approve_file(ctx, subject, sha256=read))
            case "void":
                desk.decide(lambda ctx: void_file(ctx, subject, reason="looked wrong"))
            case "revoke":
                desk.decide(lambda ctx: revoke_authorization(ctx, subject, reason="asked for"))
            case "refund":
                return int(
                    desk.decide(lambda ctx: ask_refund(ctx, subject, amount_minor=amount, reason="goods")).follow_up_id
                )
            case "return":
                return self._return(subject)
            case "record":
                return self._record(subject, amount, name)
            case "seal":
                self._passing(lambda: night_run.run_night(desk.as_actor("system:night")))
            case _:
                self._passing(lambda: send_files(desk.as_actor("system:night")))
        return 0

    def _return(self, order: int) -> int:
        told = ToldByHand(code="R01", returned_on=LATER, evidence="the bank called")
        with self.desk.action() as ctx:
            entry = standing_debit_of(ctx, order)
            record_return(ctx, entry, told)
            return entry

    def _record(self, authorization: int, amount: int, name: str) -> int:
        with self.desk.action() as ctx:
            external = ctx.session.scalar(select(Authorization.external_id).where(Authorization.id == authorization))
            new = NewOrders(
                external_id=[name], instalment=[1], merchant=[self.merchant], authorization=[str(external)],
                amount_minor=[amount], due_on=[DUE], goods=[False],
            )  # fmt: skip
            intake = record_orders(ctx, self.originator, new)
            if intake.refused:
                raise SameKeyOtherContent(intake.refused[0].message)
        return 0

    @staticmethod
    def _passing(do: Callable[[], object]) -> None:
        try:
            do()
        except _PASSING:
            return


def judged(story: Story, operations: list[Operation]) -> list[str]:
    """Return every operation that no serial order explains."""
    facts = story.rows("SELECT seq, scope, kind, subject_id, actor FROM facts ORDER BY seq")
    inside = dict(_files_of(story))
    found: list[str] = []
    spans = _Spans(facts, inside)
    for each in operations:
        if each.verb not in FACTS:
            continue
        scope, kind = FACTS[each.verb]
        mine = [
            seq
            for seq, *what in facts
            if what == [scope, kind, each.subject, each.who] and each.before < seq <= each.after
        ]
        if each.refused:
            if mine:
                found.append(f"refused and done all the same: {each}")
            elif not spans.refusable(each):
                found.append(f"refused at no place where it could be: {each}")
        elif len(mine) != 1:
            found.append(f"done {len(mine)} times: {each}")
        elif not spans.legal(each, mine[0]):
            found.append(f"done where it could not be: {each} at {mine[0]}")
    found += spans.sealed_wrongly()
    done = {
        (*FACTS[each.verb], each.subject, each.who) for each in operations if each.verb in FACTS and not each.refused
    }
    acted = {
        tuple(what)
        for seq, *what in facts
        if what[3].startswith("user:p")
        and (what[0], what[1]) in FACTS.values()
        and not _by_a_return(seq, what, operations)
    }
    found += [f"a fact that nobody made: {what}" for what in sorted(acted - done)]
    return [*found, *_recorded(story, operations), *_refunded(story)]


def _by_a_return(seq: int, what: list[Any], operations: list[Operation]) -> bool:
    """Return whether a file was voided by the return of a debit that it would have given back."""
    return what[1] == "voided" and any(
        each.verb == "return" and each.who == what[3] and each.before < seq <= each.after for each in operations
    )


def _files_of(story: Story) -> list[tuple[int, list[tuple[int, int]]]]:
    files: dict[int, list[tuple[int, int]]] = {}
    for order, file, entry in story.rows("SELECT order_id, file_id, id FROM entries WHERE kind = 'debit'"):
        files.setdefault(order, []).append((file, entry))
    return list(files.items())


class _Spans:
    """The states of orders, files and authorizations by the numbers of the facts that changed them."""

    def __init__(self, facts: list[tuple[Any, ...]], inside: dict[int, list[tuple[int, int]]]) -> None:
        self._by: dict[tuple[str, int], list[tuple[int, str]]] = {}
        self._inside = inside
        for seq, scope, kind, subject, _ in facts:
            self._by.setdefault((scope, subject), []).append((seq, kind))

    def legal(self, each: Operation, at: int) -> bool:
        """Return whether an operation may be done just before a number."""
        match each.verb:
            case "cancel":
                return self._open(each.subject, at)
            case "approve":
                return self._file(each.subject, at) == "sealed"
            case "void":
                return self._file(each.subject, at) in {"sealed", "approved"}
            case "revoke":
                return not self._had("authorization", each.subject, {"revoked"}, at)
            case _:
                return not self._had("entry", each.subject, {"returned"}, at)

    def sealed_wrongly(self) -> list[str]:
        """Return the orders that were put into a file although they were not open any more."""
        return [
            f"sealed into file {file} at {seq} although it was not open: order {order}"
            for order, files in self._inside.items()
            for file, _ in files
            for seq, kind in self._by.get(("file", file), ())
            if kind == "sealed" and not self._open(order, seq)
        ]

    def refusable(self, each: Operation) -> bool:
        """Return whether an operation could be refused somewhere between what it saw before and after it."""
        if each.verb == "return" or each.refused == "DecidedAtOnce":
            return True  # its reasons are many; what was done is what counts
        seqs = {each.before + 1, each.after + 1}
        for rows in self._by.values():
            seqs |= {seq + 1 for seq, _ in rows if each.before < seq <= each.after}
        return any(not self.legal(each, at) for at in seqs)

    def _file(self, file: int, at: int) -> str:
        state = "none"
        for seq, kind in self._by.get(("file", file), ()):
            if seq < at and kind in {"sealed", "approved", "voided", "sending", "transmitted", "refused", "in_doubt"}:
                state = kind
        return state

    def _open(self, order: int, at: int) -> bool:
        if self._had("order", order, {"canceled", "given_up"}, at):
            return False
        return all(self._file(file, at) in {"none", "voided"} for file, _ in self._inside.get(order, ()))

    def _had(self, scope: str, subject: int, kinds: set[str], at: int) -> bool:
        return any(seq < at and kind in kinds for seq, kind in self._by.get((scope, subject), ()))


def _recorded(story: Story, operations: list[Operation]) -> list[str]:
    """Return the orders that several recorded and that are not there once, as the one who was first recorded them."""
    kept = {
        name: (amount, count)
        for name, amount, count in story.rows(
            "SELECT external_id, min(amount_minor), count(*) FROM orders WHERE external_id LIKE 'race-%' GROUP BY 1"
        )
    }
    return [
        f"recorded and not there as it was recorded: {each}"
        for each in operations
        if each.verb == "record" and not each.refused and kept.get(each.name) != (each.amount, 1)
    ]


def _refunded(story: Story) -> list[str]:
    over = story.rows("SELECT id FROM orders WHERE refunded_minor > amount_minor")
    return [f"{len(over)} orders are refunded over their amount"] if over else []
