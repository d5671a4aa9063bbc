"""Proof of authorization: the bank's request as a case with its clock, and one file for the bank that answers it.

The ODFI supplies proof within ten banking days of the RDFI's request, so we answer it sooner. The file holds the words
the buyer agreed to with their hash, what shows that the buyer did, the order, each entry as it was sent but for the
account, which is masked, and the history. Making it opens sealed files, which is why it is an action.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ingather.actions.authorizations.proof_page import Page, ShownEntry, page_of
from ingather.actions.authorizations.states import judged, locked_authorization
from ingather.actions.cases import open_case
from ingather.actions.context import Context
from ingather.actions.rules import keep_rules
from ingather.actions.standing_cases import note_extended_return
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import BrokenInvariant, NoSuch, WrongState
from ingather.nacha.reader import read
from ingather.nacha.show import ruler, show_text
from ingather.rules.authorizations import Judged
from ingather.rules.clocks import clock
from ingather.rules.deadlines import deadline
from ingather.rules.rows import Row, ids_of
from ingather.store import events
from ingather.store.reading import authorizations as reading
from ingather.store.tables import (
    Account,
    AccountValidation,
    Authorization,
    Batch,
    Buyer,
    Entry,
    File,
    FileChunk,
    Merchant,
    Order,
)
from ingather.vault.sealing import Place

CLOCK = "proof-of-authorization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The file for the bank: the bytes of one HTML page, and their hash."""

    content: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Return the file's hash."""
        return hashlib.sha256(self.content).hexdigest()


def note_proof_requested(ctx: Context, authorization_id: int, order_id: int, *, on: date) -> date:
    """Note that the bank asks for proof; returns the day by which it has it. The same request opens one case.

    Raises ``NoSuch`` for an unknown authorization or order and ``WrongState`` when they do not belong together, or the
    day is still to come.
    """
    row, order = _both(ctx, authorization_id, order_id)
    if on > ctx.today:
        fact = f"{on} is still to come; a request is recorded when it has come"
        raise WrongState(fact)
    due_on = deadline(CLOCK, on)
    name, once = public_id(Prefix.AUTHORIZATION, row.id), f"{row.id}|{order.id}|{on}"
    opened = open_case(
        ctx,
        CaseKind.PROOF_OF_AUTHORIZATION,
        originator_id=row.originator_id,
        once=once,
        subject=name,
        sentence=f"The bank asks for proof of authorization {name} for order {public_id(Prefix.ORDER, order.id)}. Make "
        f"it with: ingather authorization proof, and send it by {due_on}.",
        owner="compliance",
        order_id=order.id,
        due_on=due_on,
    )
    if opened:
        ctx.fact(
            FactKind.PROOF_REQUESTED, scope=Scope.AUTHORIZATION, subject=row.id, originator=row.originator_id, on=on,
            once=f"{order.id}|{on}", order=public_id(Prefix.ORDER, order.id), due_on=due_on.isoformat(),
            rule_set=keep_rules(ctx, ids_of([clock(CLOCK, on).row])),
        )  # fmt: skip
        note_extended_return(ctx, row.id, because="The bank asked for proof of authorization.")
        ctx.audit("note_proof_requested", name, order=public_id(Prefix.ORDER, order.id), due_on=due_on.isoformat())
    return due_on


def make_proof(ctx: Context, authorization_id: int, order_id: int) -> Proof:
    """Make the file for the bank about one order under an authorization.

    Raises ``NoSuch``, ``WrongState`` when they do not belong together or the words have been purged, and
    ``BrokenInvariant`` when the words or a sealed file are not those that were kept.
    """
    row, order = _both(ctx, authorization_id, order_id)
    name = public_id(Prefix.AUTHORIZATION, row.id)
    if row.purged_at is not None:
        fact = f"the text and evidence of authorization {name} were purged when they need not be kept any longer"
        raise WrongState(fact, "The purge certificate is what there is")
    if hashlib.sha256(row.text.encode()).digest() != row.text_sha256:
        fact = f"the text of authorization {name} is not the one that was recorded"
        raise BrokenInvariant(fact, "Restore the book from a backup; no proof was made")
    found = judged(ctx, row)
    rows = [*found.rows, clock(CLOCK, ctx.today).row, clock("retention", ctx.today).row]
    proof = Proof(content=page_of(_page(ctx, row, order, found, rows)).encode())
    made = events.count(ctx.session, FactKind.PROOF_MADE, scope=Scope.AUTHORIZATION, subject=row.id)
    ctx.fact(
        FactKind.PROOF_MADE, scope=Scope.AUTHORIZATION, subject=row.id, originator=row.originator_id, once=str(made),
        order=public_id(Prefix.ORDER, order.id), sha256=proof.sha256, rule_set=keep_rules(ctx, ids_of(rows)),
    )  # fmt: skip
    ctx.audit("make_proof", name, order=public_id(Prefix.ORDER, order.id), sha256=proof.sha256)
    return proof


def _both(ctx: Context, authorization_id: int, order_id: int) -> tuple[Authorization, Order]:
    row, order = locked_authorization(ctx, authorization_id), ctx.session.get(Order, order_id)
    if order is None:
        fact = f"there is no order {public_id(Prefix.ORDER, order_id)}"
        raise NoSuch(fact)
    if order.authorization_id != row.id:
        named = public_id(Prefix.AUTHORIZATION, order.authorization_id)
        fact = f"order {public_id(Prefix.ORDER, order_id)} rests on another authorization, {named}"
        raise WrongState(fact, "Name that one")
    return row, order


def _page(ctx: Context, row: Authorization, order: Order, found: Judged, rows: Sequence[Row]) -> Page:
    account = ctx.session.get_one(Account, row.account_id)
    buyer, merchant = ctx.session.get_one(Buyer, row.buyer_id), ctx.session.get_one(Merchant, row.merchant_id)
    validations = ctx.session.scalars(
        select(AccountValidation)
        .where(AccountValidation.account_id == account.id)
        .order_by(AccountValidation.validated_on, AccountValidation.id),
    )
    return Page(
        authorization=row,
        order=order,
        buyer=buyer.name,
        merchant=merchant.name,
        company_name=merchant.company_name,
        account=f"{account.kind} of a {account.holder}, ending in {account.last4}",
        sec=found.sec,
        lacks=found.lacks,
        validations=[(each.validated_on, each.method, each.evidence) for each in validations],
        entries=_entries(ctx, order.id),
        ruler=ruler(),
        facts=_history(ctx, row.id, order.id),
        rules=[(each.id, each.says, each.source) for each in rows],
        made_at=ctx.now,
        made_by=ctx.actor,
    )


def _history(ctx: Context, authorization_id: int, order_id: int) -> list[dict[str, Any]]:
    return reading.history(ctx.session, authorization_id, [order_id])


def _entries(ctx: Context, order_id: int) -> list[ShownEntry]:
    shown: list[ShownEntry] = []
    for entry, file in reading.files_of(ctx.session, order_id):
        batch = ctx.session.get_one(Batch, entry.batch_id)
        content = read(_opened(ctx, file))
        shown.append(
            ShownEntry(
                entry=entry,
                file=file,
                batch=batch,
                header=show_text(content, _header_line(content.batches.line.tolist(), entry)) or "",
                record=show_text(content, entry.line) or "",
            ),
        )
    return shown


def _header_line(lines: list[int], entry: Entry) -> int:
    """Return the line of the batch header above an entry."""
    return max((line for line in lines if line < entry.line), default=0)


def _opened(ctx: Context, file: File) -> bytes:
    chunks = ctx.session.scalars(
        select(FileChunk.content).where(FileChunk.file_id == file.id).order_by(FileChunk.part),
    ).all()
    content = ctx.vault.open_chunks(Place.FILE_BYTES, file.id, chunks)
    if hashlib.sha256(content).digest() != file.sha256:
        fact = f"the kept bytes of file {file.name} are not those that were sealed"
        raise BrokenInvariant(fact, "Restore the book from a backup; no proof was made")
    return content
