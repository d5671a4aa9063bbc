"""Founding a book: its mark, originator, bank profile, the feed of its account and the route to the bank."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from ingather.actions.context import Context
from ingather.actions.keys.epochs import open_epochs
from ingather.actions.rules import take_policy, usual_policy
from ingather.base.ids import Prefix, public_id
from ingather.domain.keys import KeyPurpose
from ingather.domain.refusals import WrongState
from ingather.rules.banks import BankProfile, load_profile, refuse_unsendable
from ingather.rules.entry_class import ORIGINATED, foreign_classes
from ingather.rules.tables import policy_text
from ingather.store.tables import BankProfileRow, Book, Feed, Originator, Route

_ALL_CLASSES = tuple(sorted(ORIGINATED))
_ORIGINATORS = select(Originator).order_by(Originator.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBook:
    """What a book is founded with; ``account`` is our own account at the bank, kept only as an index and last four.

    ``policy`` is the house's policy as TOML; without one a live book takes the cautious default, a test book
    the one for rehearsals.
    """

    mark: str
    originator: str
    profile: str
    bank: str
    account: str = field(repr=False)
    channel: dict[str, Any]
    role: str = "originator"
    route: str = "main"
    policy: str = ""
    entry_classes: tuple[str, ...] = _ALL_CLASSES


def found_book(ctx: Context, new: NewBook) -> None:
    """Found an empty book with one originator, one bank and one route; raises ``WrongState`` when it has one already.

    Raises ``ProfileRefused`` when the bank profile cannot be read, or no night could send under it, and ``WrongState``
    for a route of classes that we never originate.
    """
    if ctx.session.get(Book, 1) is not None:
        fact = "this book is founded already"
        raise WrongState(fact, "Add banks and routes to it, or make another book")
    refuse_foreign_classes(new.entry_classes)
    profile = load_profile(new.profile)
    ctx.session.add(
        Book(id=1, mark=new.mark, instance=ctx.vault.instance, state="ready", created_at=ctx.now, last_night_on=None),
    )
    originator = Originator(id=ctx.ids.one(), name=new.originator, role=new.role, created_at=ctx.now)
    ctx.session.add(originator)
    ctx.session.flush()
    open_epochs(ctx, (KeyPurpose.VALUES, KeyPurpose.EVIDENCE))
    take_policy(ctx, originator.id, new.policy or policy_text(usual_policy(new.mark)))
    bank_profile_id = add_profile(ctx, originator.id, profile=profile, toml=new.profile)
    feed = Feed(
        id=ctx.ids.one(),
        originator_id=originator.id,
        bank=new.bank,
        account_index=ctx.vault.index_of(new.bank, new.account),
        account_last4=new.account[-4:],
        watermark_on=None,
        closing_balance_minor=None,
    )
    ctx.session.add(feed)
    ctx.session.flush()
    ctx.session.add(
        Route(
            id=ctx.ids.one(),
            originator_id=originator.id,
            name=new.route,
            bank_profile_id=bank_profile_id,
            feed_id=feed.id,
            entry_classes=list(new.entry_classes),
            min_cents=1,
            max_cents=profile.entry_limit_cents or 9_999_999_999,
            service_window="standard",
            priority=1,
            valid_from=date(2000, 1, 1),
            valid_to=None,
            channel=new.channel,
        ),
    )
    ctx.session.flush()
    ctx.audit("found_book", public_id(Prefix.ORIGINATOR, originator.id), mark=new.mark, bank=new.bank)


def refuse_foreign_classes(entry_classes: Sequence[str]) -> None:
    """Raise ``WrongState`` when a route names a class that we never originate, such as IAT, or none at all."""
    if foreign := foreign_classes(entry_classes):
        fact = f"we never originate {', '.join(foreign)} entries, so no route leads there"
        raise WrongState(fact, f"Name some of {', '.join(_ALL_CLASSES)}")
    if not entry_classes:
        fact = "a route names no entry class"
        raise WrongState(fact, f"Name some of {', '.join(_ALL_CLASSES)}")


def add_profile(ctx: Context, originator_id: int, *, profile: BankProfile, toml: str) -> int:
    """Keep a bank profile in the book and return its key.

    Raises ``ProfileRefused`` when no night could send a file under it.
    """
    refuse_unsendable(profile)
    row = BankProfileRow(
        id=ctx.ids.one(),
        originator_id=originator_id,
        profile_id=profile.id,
        version=profile.version,
        toml=toml,
        sha256=hashlib.sha256(toml.encode()).digest(),
        created_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row.id


def originator_of(ctx: Context, name: str | None = None) -> Originator:
    """Return the originator of that name, or the book's only one; raises ``WrongState`` when that is not unique."""
    found = list(ctx.session.scalars(_ORIGINATORS.where(Originator.name == name) if name else _ORIGINATORS))
    if len(found) != 1:
        fact = f"the book has {len(found)} originators{f' named {name}' if name else ''}, one was expected"
        raise WrongState(fact, "Name one with --originator")
    return found[0]
