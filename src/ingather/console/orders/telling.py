"""What happened to an order, moment by moment, in the words of the page, each with links to what proves it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from ingather.base.dates import NEW_YORK
from ingather.base.ids import Prefix
from ingather.console.orders.standing import meaning_of
from ingather.console.visits import Visit
from ingather.domain.events import EVENT_TYPES, SCOPES
from ingather.domain.facts import FactKind, Scope
from ingather.store.reading.timeline import Moment

BANK = "bank"
LEDGER = "ledger"
_SAID: Mapping[tuple[Scope, FactKind], str] = {
    (Scope.ORDER, FactKind.GIVEN_UP): "The order failed: it will not be debited any more.",
    (Scope.ORDER, FactKind.RETRY_PLANNED): "The order came back and will be debited again.",
    (Scope.ORDER, FactKind.CORRECTION_PLANNED): "A corrected entry will be made.",
    (Scope.ORDER, FactKind.NOTICE_DUE): "The buyer must be sent a notice before the debit.",
    (Scope.ENTRY, FactKind.RETURNED): "The debit came back.",
    (Scope.BATCH, FactKind.SETTLED): "The batch settled.",
    (Scope.FILE, FactKind.ACCEPTED): "The bank accepted the file.",
    (Scope.AUTHORIZATION, FactKind.SUPERSEDED): "The authorization was replaced by a newer one.",
    (Scope.AUTHORIZATION, FactKind.PROOF_REQUESTED): "The bank of the buyer asked for a proof of the authorization.",
    (Scope.FOLLOW_UP, FactKind.ASKED): "A reversal, refund or fee was asked for.",
    (Scope.CASE, FactKind.OPENED): "A case was opened: something needs a person.",
    (Scope.CASE, FactKind.ESCALATED): "The case went to somebody else.",
    (Scope.FILE, FactKind.SEALED): "The file was sealed: its bytes will not change.",
    (
        Scope.BATCH,
        FactKind.RELEASED,
    ): "The hold of the batch is over: what stands in it is collected.",
}
"""Facts whose sentence elsewhere names a field of the event: here it is a sentence for people."""
_ADDRESSES = {
    Prefix.FILE: "/files/{}",
    Prefix.AUTHORIZATION: "/authorizations/{}",
    Prefix.RETURN: "/returns/{}",
    Prefix.CASE: "/cases/{}",
}
_NAMED = {
    Prefix.FILE: "the file",
    Prefix.AUTHORIZATION: "the authorization",
    Prefix.RETURN: "the return",
    Prefix.CASE: "the case",
}
_WHY = ("reason", "because", "code", "notice", "proof")
_TWICE = {
    (Scope.FILE, FactKind.SEALED): "entry",
    (Scope.FILE, FactKind.APPROVED): "approval",
    (Scope.FILE, FactKind.REFUSED): "approval",
    (Scope.FILE, FactKind.CONSUMED): "entry",
    (Scope.BATCH, FactKind.SETTLED): "bank",
    (Scope.ENTRY, FactKind.RETURNED): "bank",
}
"""Facts that another moment tells with better evidence, and the kind of that moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One moment as it is shown: when, in which words, by whom, what proves it, and the notes beneath.

    ``links`` are pairs of words and address; ``sort`` is the moment's kind.
    """

    at: datetime
    sort: str
    words: Markup
    actor: str | None = None
    links: Sequence[tuple[Markup | str, str]] = ()
    notes: Sequence[Markup | str] = ()


@dataclass(slots=True, kw_only=True)  # mutable -- moments are put into it
class Life:
    """A life as it is shown: its moments in order, and the bookings beside, which are of whole batches."""

    moments: list[Told] = field(default_factory=list)
    bookings: list[dict[str, Any]] = field(default_factory=list)


def told(visit: Visit, moments: Iterable[Moment], *, bound: bool = False) -> Life:
    """Return moments as they are shown; ``bound`` leaves out links to what is not one merchant's."""
    life, found = Life(), list(moments)
    kinds = {(moment.kind, "code" in moment.evidence) for moment in found}
    for moment in found:
        if moment.kind == LEDGER:
            life.bookings.append({"at": moment.at, **moment.evidence})
        elif not _said_twice(moment, kinds):
            life.moments.append(_told(visit, moment, bound=bound))
    return life


def _said_twice(moment: Moment, kinds: set[tuple[str, bool]]) -> bool:
    if moment.kind != "fact":
        return False
    scope = SCOPES.get(Prefix(moment.evidence["about"].partition("_")[0]))
    better = _TWICE.get((scope, FactKind(moment.evidence["kind"]))) if scope else None
    return better is not None and (better, better == BANK and scope is Scope.ENTRY) in kinds


def _told(visit: Visit, moment: Moment, *, bound: bool) -> Told:
    evidence = moment.evidence
    match moment.kind:
        case "recorded":
            words = visit.say("Recorded.")
            links: list[tuple[Markup | str, str]] = []
            notes: list[Markup | str] = [visit.say("our reference {reference}", reference=evidence["reference"])]
        case "call":
            words = visit.say("{route} was answered {status}.", route=evidence["route"], status=evidence["status"])
            links, notes = [], [visit.say("idempotency key {key}", key=evidence["idempotency_key"])]
        case "entry":
            return _written(visit, moment, bound=bound)
        case "approval":
            approved = evidence.get("decision") == "approved"
            words = visit.say("The file was approved.") if approved else visit.say("The file was refused.")
            links = [(visit.say("the file"), f"/files/{evidence['file']}")]
            notes = [evidence["reason"]] if evidence["reason"] else []
        case "bank":
            return _by_bank(visit, moment, bound=bound)
        case _:
            return _fact(visit, moment, bound=bound)
    return Told(
        at=moment.at,
        sort=moment.kind,
        words=words,
        actor=_actor(moment.actor),
        links=() if bound else links,
        notes=notes,
    )


def _written(visit: Visit, moment: Moment, *, bound: bool) -> Told:
    evidence = moment.evidence
    address = f"/files/{evidence['file']}?line={evidence['line']}#L{evidence['line']}"
    name = visit.say("{file}, line {line}", file=evidence["file_name"], line=evidence["line"])
    notes: list[Markup | str] = [
        visit.say("trace {trace}, {entry_class}", trace=evidence["trace"], entry_class=evidence["entry_class"])
    ]
    columns = evidence["columns"]
    if columns:
        words = {
            "amount": visit.say("amount"), "identification_number": visit.say("reference"),
            "trace_number": visit.say("trace"),
        }  # fmt: skip
        notes.append(
            Markup(", ").join(
                visit.say("{field} in columns {first} to {last}", field=words[name], first=first, last=last)
                for name, (first, last) in columns.items()
            )
        )
    if evidence["ended"]:
        notes.append(visit.say("this entry ended: {how}", how=visit.say(evidence["ended"])))
    return Told(
        at=moment.at,
        sort=moment.kind,
        words=visit.say("An entry was written into a file."),
        actor=None if bound else _actor(moment.actor),
        links=() if bound else ((name, address),),
        notes=[name, *notes] if bound else notes,
    )


def _by_bank(visit: Visit, moment: Moment, *, bound: bool) -> Told:
    evidence = moment.evidence
    place = visit.say(
        "{report}, line {line}", report=evidence["report_name"] or visit.say("a report"), line=evidence["line"]
    )
    if "code" not in evidence:
        return Told(at=moment.at, sort=BANK, words=visit.say("The bank told that the batch settled."), notes=[place])
    code = evidence["code"]
    notes: list[Markup | str] = [place]
    if evidence["late"]:
        notes.append(visit.say("after its hold: it was clawed back"))
    if not evidence["applied"]:
        notes.append(visit.say("it moved nothing"))
    meaning = meaning_of(visit, code, moment.at.date())
    return Told(
        at=moment.at,
        sort=BANK,
        words=visit.say("The bank returned the entry: {code}, {meaning}.", code=code, meaning=meaning),
        links=[] if bound else [(visit.say("the return"), f"/returns/{evidence['return']}")],
        notes=notes,
    )


def _fact(visit: Visit, moment: Moment, *, bound: bool) -> Told:
    evidence = moment.evidence
    prefix = Prefix(evidence["about"].partition("_")[0])
    scope, kind = SCOPES.get(prefix), evidence["kind"]
    return Told(
        at=moment.at,
        sort=BANK if is_by_bank(scope, kind) else moment.kind,
        words=said(visit, scope, kind),
        actor=_actor(moment.actor),
        links=[] if bound or prefix not in _ADDRESSES else [
            (visit.say(_NAMED[prefix]), _ADDRESSES[prefix].format(evidence["about"]))
        ],
        notes=[*_of_day(visit, moment), *notes_of(evidence["detail"])],
    )  # fmt: skip


def _of_day(visit: Visit, moment: Moment) -> list[Markup]:
    """Return the day that a fact is about, where that is another one than the day on which it was recorded."""
    on = date.fromisoformat(moment.evidence["on"])
    if on == moment.at.astimezone(NEW_YORK).date():
        return []
    return [visit.say("for {day}", day=visit.figures.day(on))]


def is_by_bank(scope: Scope | None, kind: str) -> bool:
    """Return whether it is a bank's file that told a fact."""
    found = EVENT_TYPES.get((scope, FactKind(kind))) if scope else None
    return found is not None and found.from_bank


def said(visit: Visit, scope: Scope | None, kind: str) -> Markup:
    """Return a fact in a sentence for people."""
    if scope is not None and kind in set(FactKind):
        about = (scope, FactKind(kind))
        known = EVENT_TYPES.get(about)
        if about in _SAID or (known is not None and "`" not in known.says):
            return visit.say(_SAID.get(about) or (known.says if known else kind))
    return visit.say(kind.replace("_", " "))


def notes_of(detail: Mapping[str, Any]) -> list[Markup | str]:
    """Return why a fact happened, in the words of who said it, and the code it came with."""
    return [str(detail[name]) for name in _WHY if detail.get(name) and detail[name] != "code"]


def _actor(actor: str | None) -> str | None:
    return actor.removeprefix("user:") if actor else None
