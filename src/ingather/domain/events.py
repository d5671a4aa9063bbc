"""Events: the facts of the books as others are told them, each with a type, ``<what it is about>.<what happened>``.

The list is open: a reader lets be what it does not know. A fact about a file, a batch or a feed is one event and never
one an order: it says how many orders it is about and where they are listed.
"""

from dataclasses import dataclass
from enum import StrEnum

from ingather.base.ids import Prefix
from ingather.domain.facts import FactKind, Scope


class Cause(StrEnum):
    """What made something happen: a file of the bank's, a call of the API, a person, or the clock."""

    BANK_FILE = "bank_file"
    API = "api"
    USER = "user"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """A type of event: its sentence, and whether it is a bank's file that tells us."""

    says: str
    from_bank: bool = False


def type_name(scope: str, kind: str) -> str:
    """Return the type of an event."""
    return f"{scope}.{kind}"


PREFIXES: dict[Scope, Prefix] = {scope: Prefix[scope.name] for scope in Scope}
"""By which prefix the id of what an event is about begins."""
SCOPES: dict[Prefix, Scope] = {prefix: scope for scope, prefix in PREFIXES.items()}
"""What is named by an id that begins so."""

OF_A_MERCHANT = (
    Scope.ORDER, Scope.ENTRY, Scope.RETURN, Scope.FOLLOW_UP, Scope.AUTHORIZATION, Scope.BATCH, Scope.SETTLEMENT,
    Scope.PAYOUT,
)  # fmt: skip
"""What a caller bound to one merchant is told about, where it is that merchant's."""


def _by_us(says: str) -> EventType:
    return EventType(says=says)


def _by_bank(says: str) -> EventType:
    return EventType(says=says, from_bank=True)


def _typed(scope: Scope, types: dict[FactKind, EventType]) -> dict[tuple[Scope, FactKind], EventType]:
    return {(scope, kind): each for kind, each in types.items()}


_ORDERS = {
    FactKind.CANCELED: _by_us("The order was canceled before it was in a file, and will not be debited."),
    FactKind.GIVEN_UP: _by_us("The order failed: it will not be debited any more, and `because` says why."),
    FactKind.HELD: _by_us("The order is held back from being debited."),
    FactKind.UNHELD: _by_us("The order is no longer held back."),
    FactKind.RETRY_PLANNED: _by_us("The order came back and will be debited again, on the day in `on`."),
    FactKind.CORRECTION_PLANNED: _by_us(
        "The order came back as not in the terms of its authorization, and a corrected entry will be made, by `by`."
    ),
    FactKind.PAID_OTHERWISE: _by_us("The buyer paid the order in another way."),
    FactKind.CONFIRMED: _by_us("A person confirmed that the order is no copy of one that looks like it."),
    FactKind.NOTICE_DUE: _by_us("The buyer is to be sent the notice in `text` by `send_by`, or the debit waits."),
    FactKind.NOTICE_SENT: _by_us("Somebody recorded that the notice was sent to the buyer."),
}
_ENTRIES = {
    FactKind.RETURNED: _by_bank("The debit came back, with the code in `code`."),
    FactKind.UNDONE: _by_us("The return was undone: its dishonor stood, and the money is with us again."),
    FactKind.REJECTED: _by_bank("The bank refused this entry of a file that it took."),
    FactKind.RETURN_REQUESTED: _by_us("The receiver's bank was asked to return the entry."),
    FactKind.LATE_RETURN_CONSENTED: _by_us("A late return of the entry was agreed to."),
    FactKind.ODFI_ANSWERED: _by_us("The ODFI answered what it was asked about the entry."),
}
_BATCHES = {
    FactKind.SETTLED: _by_bank("The batch settled; `basis` says whether a report told it or the calendar."),
    FactKind.REJECTED: _by_bank("The bank refused this batch of a file; its orders are planned again."),
    FactKind.RELEASED: _by_us("So many of the batch's orders are collected: nothing the bank told can take them back."),
}
_FILES = {
    FactKind.SEALED: _by_us("The file was made, and its bytes will not change."),
    FactKind.APPROVED: _by_us("A second person, or the policy, approved the file."),
    FactKind.WITHDRAWN: _by_us("The approval was taken back before a byte had left: the file waits for another."),
    FactKind.HELD: _by_us("Orders of the file were held back, because it could not go as it was."),
    FactKind.SENDING: _by_us("The file is on its way."),
    FactKind.TRANSMITTED: _by_us("The file is at the bank: its bytes were proven there."),
    FactKind.IN_DOUBT: _by_us("Nobody knows whether the bank has the file; it is never sent again on doubt."),
    FactKind.PENDED: _by_bank("The bank holds the file back for a decision."),
    FactKind.ACCEPTED: _by_bank("The bank accepted the file; `rejected` counts the entries that it refused."),
    FactKind.REJECTED: _by_bank("The bank refused the whole file; its orders are planned again."),
    FactKind.VOIDED: _by_us("The file will never be sent: no byte of it has left."),
    FactKind.CONSUMED: _by_us("Authorizations for one debit were used by the file."),
    FactKind.UNCONSUMED: _by_us("Authorizations for one debit are unused again, since the file did not go."),
}
_FEEDS = {
    FactKind.WATERMARK: _by_bank(
        "The returns of the account are complete through `on`: what settled and whose hold is over is collected."
    ),
    FactKind.COVERED: _by_bank("The returns of one day, `on`, are complete, though an earlier report is missing."),
    FactKind.ASKED: _by_us("A first person asked to sign a day off without its report."),
    FactKind.SIGNED_OFF: _by_us("Two persons signed a day off."),
    FactKind.RECONCILED: _by_us("The account's day was reconciled; `open` counts what nothing explains yet."),
    FactKind.REOPENED: _by_us("A day that had been reconciled was opened again."),
}
_REPORTS = {
    FactKind.TAKEN: _by_bank("A report of the bank's was taken."),
    FactKind.SUPERSEDED: _by_bank("A report was taken back by a corrected one."),
}
_AUTHORIZATIONS = {
    FactKind.ACTIVATED: _by_us("The authorization is in force."),
    FactKind.SUSPENDED: _by_us("The authorization is suspended, and nothing is debited under it."),
    FactKind.RESUMED: _by_us("The authorization is in force again."),
    FactKind.REVOKED: _by_us("The authorization was revoked."),
    FactKind.EXPIRED: _by_us("The authorization ran out."),
    FactKind.SUPERSEDED: _by_us("The authorization was replaced by a newer one, `by`."),
    FactKind.LEGAL_HOLD: _by_us("The authorization is kept for a dispute, whatever its days of keeping."),
    FactKind.LEGAL_HOLD_ENDED: _by_us("The authorization is kept no longer than its days of keeping."),
    FactKind.PURGED: _by_us("The authorization's evidence was deleted after its days of keeping."),
    FactKind.PROOF_REQUESTED: _by_us("The buyer's bank asked for a proof of the authorization, by `due_on`."),
    FactKind.PROOF_MADE: _by_us("The proof of the authorization was made."),
}
_ACCOUNTS = {
    FactKind.BLOCKED: _by_us("Nothing is debited from the account any more."),
    FactKind.UNBLOCKED: _by_us("The account may be debited again."),
    FactKind.CORRECTED: _by_us("The account's particulars were corrected."),
    FactKind.CHECK_WANTED: _by_us("A check of the account was begun."),
    FactKind.VALIDATED: _by_us("The account was found to be open and to take debits."),
    FactKind.VALIDATION_FAILED: _by_us("The account was found not to take debits."),
}
_MERCHANTS = {
    FactKind.SUSPENDED: _by_us("The merchant's debits are suspended."),
    FactKind.RESUMED: _by_us("The merchant's debits go on."),
    FactKind.SCREENED: _by_us("The merchant was screened."),
    FactKind.IAT_VIEW: _by_us("It was noted whether the merchant's debits cross a border."),
    FactKind.PAID_OUT: _by_us("The merchant was settled with: a statement was made."),
    FactKind.ASKED: _by_us("A first person named an account to which the merchant is to be paid."),
    FactKind.ACCOUNT_NAMED: _by_us("A second person approved the account to which the merchant is paid."),
    FactKind.CLOSED: _by_us("An account is no longer one to which the merchant is paid."),
}
_CASES = {
    FactKind.OPENED: _by_us("Something needs a person: a case was opened, of the kind in `of`."),
    FactKind.NOTED: _by_us("Somebody wrote a note into the case."),
    FactKind.ESCALATED: _by_us("The case went to somebody else, `to`."),
    FactKind.CLOSED: _by_us("The case is closed."),
}
_BUYERS = {
    FactKind.SUSPENDED: _by_us("Nothing is debited from the buyer for the time being."),
    FactKind.RESUMED: _by_us("The buyer may be debited again."),
    FactKind.SCREENED: _by_us("The buyer was screened."),
}
_RETURNS = {
    FactKind.MATCHED: _by_us("A person said which entry the return is about."),
    FactKind.UNMATCHED: _by_us("A person said that the return is about another entry."),
    FactKind.DISPUTED: _by_us("The ODFI is to be asked to dishonor the return."),
    FactKind.WITHDRAWN: _by_us("The return will not be dishonored after all."),
    FactKind.DISHONOURED: _by_bank("The return was dishonored."),
    FactKind.CONTESTED: _by_bank("The receiver's bank contested the dishonor."),
    FactKind.REPLACED: _by_bank("A corrected return came in place of this one."),
    FactKind.ODFI_ASKED: _by_us("The ODFI was asked something about the return."),
    FactKind.ODFI_ANSWERED: _by_us("The ODFI answered what it was asked about the return."),
}
_FOLLOW_UPS = {
    FactKind.ASKED: _by_us("A reversal, refund or fee was asked for; `of` says which."),
    FactKind.APPROVED: _by_us("A second person approved it."),
    FactKind.WITHDRAWN: _by_us("It will not be made."),
    FactKind.NOTICE_SENT: _by_us("It was recorded that the buyer was told of the reversal."),
    FactKind.RETURNED: _by_bank("Its entry came back."),
    FactKind.CLOSED: _by_us("It is done: its entry settled and its own hold is over."),
}
_CORRECTIONS = {
    FactKind.CHANGE_REFUSED: _by_us("The notification of change was refused."),
    FactKind.CHANGE_LEFT: _by_us("The notification of change was left as it is; `because` says why."),
    FactKind.ODFI_ASKED: _by_us("The ODFI was asked to refuse the change."),
    FactKind.ODFI_ANSWERED: _by_us("The ODFI answered what it was asked about the change."),
}
_PAYOUTS = {
    FactKind.ASKED: _by_us("A payout to the merchant waits for its second person."),
    FactKind.APPROVED: _by_us("The payout was approved."),
    FactKind.SEALED: _by_us("The payout is in a file or on a sheet."),
    FactKind.TRANSMITTED: _by_us("The sheet with the payout is where it was to go."),
    FactKind.WITHDRAWN: _by_us("The sheet with the payout was taken back before it went."),
    FactKind.SETTLED: _by_us("The payout left our account."),
    FactKind.UNMATCHED: _by_us("The posting that was taken for the payout is another one's."),
    FactKind.RETURNED: _by_bank("The payout came back."),
    FactKind.PAYABLE_AGAIN: _by_us("What the payout was to pay may be paid again."),
    FactKind.CANCELED: _by_us("The payout was canceled."),
}
_POSTINGS = {
    FactKind.MATCHED: _by_us("A posting on the account was explained."),
    FactKind.UNMATCHED: _by_us("The explanation of a posting was undone."),
}
_AUDIT = {
    FactKind.ANCHORED: _by_us("The head of the audit chain was kept outside; `hash` is that of record `sequence`."),
}
_SETTLEMENTS = {
    FactKind.RESERVED: _by_us("A part of what the merchant is owed was put into its reserve."),
    FactKind.RELEASED: _by_us("A part of the merchant's reserve was released, or used for what came back."),
}

EVENT_TYPES: dict[tuple[Scope, FactKind], EventType] = {
    **_typed(Scope.ORDER, _ORDERS),
    **_typed(Scope.ENTRY, _ENTRIES),
    **_typed(Scope.BATCH, _BATCHES),
    **_typed(Scope.FILE, _FILES),
    **_typed(Scope.FEED, _FEEDS),
    **_typed(Scope.REPORT, _REPORTS),
    **_typed(Scope.AUTHORIZATION, _AUTHORIZATIONS),
    **_typed(Scope.ACCOUNT, _ACCOUNTS),
    **_typed(Scope.MERCHANT, _MERCHANTS),
    **_typed(Scope.CASE, _CASES),
    **_typed(Scope.BUYER, _BUYERS),
    **_typed(Scope.RETURN, _RETURNS),
    **_typed(Scope.FOLLOW_UP, _FOLLOW_UPS),
    **_typed(Scope.CORRECTION, _CORRECTIONS),
    **_typed(Scope.PAYOUT, _PAYOUTS),
    **_typed(Scope.POSTING, _POSTINGS),
    **_typed(Scope.SETTLEMENT, _SETTLEMENTS),
    **_typed(Scope.AUDIT, _AUDIT),
}
"""Every type of event that occurs; the book refuses nothing for being missing here."""


def catalogue_table() -> str:
    """Return the table of every type, as the documentation shows it."""
    rows = [
        f"| `{type_name(scope, kind)}` | {each.says} | {'yes' if scope in OF_A_MERCHANT else ''} |"
        for (scope, kind), each in EVENT_TYPES.items()
    ]
    return "\n".join(["| type | what happened | told to a merchant's key |", "|---|---|---|", *rows])


def type_from(text: str) -> tuple[Scope, FactKind | None] | None:
    """Return what a wanted type names: a scope and a kind, or a whole scope where it ends in ``.*``; else None."""
    scope, _, kind = text.partition(".")
    if scope not in set(Scope):
        return None
    if kind == "*":
        return Scope(scope), None
    return (Scope(scope), FactKind(kind)) if kind in set(FactKind) else None


def cause_of(scope: Scope, kind: FactKind, actor: str, *, inferred: bool = False) -> Cause:
    """Return what made a fact happen; ``inferred`` is whether the calendar told it where a report might have."""
    known = EVENT_TYPES.get((scope, kind))
    if known is not None and known.from_bank and not inferred:
        return Cause.BANK_FILE
    match actor.partition(":")[0]:
        case "key":
            return Cause.API
        case "user":
            return Cause.USER
        case _:
            return Cause.CLOCK
