"""Recording merchants and buyers: the client's id is the key, and the same row again changes nothing."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select, update

from ingather.actions.context import Context
from ingather.actions.intake import BUCKETS, Intake, known_rows
from ingather.base.ids import Prefix, public_id
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.nacha.text import NotTransliterable, abbreviate_name
from ingather.rules.entry_class import fault_of_description
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.tables import Buyer, Merchant

_COMPANY_NAME = 16
_NAME = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMerchants:
    """Merchants to record, as columns.

    ``paid_abroad`` says that a merchant's money leaves the country, False where nothing is said. The limits of one
    night, in minor units and orders, are taken with a new merchant only; None is none of its own. So are the fee for a
    returned debit, how buyers have notice of it, and from which day on: all three or none.
    """

    external_id: Sequence[str]
    name: Sequence[str]
    company_name: Sequence[str]
    company_identification: Sequence[str]
    entry_description: Sequence[str]
    paid_abroad: Sequence[bool | None] | None = None
    night_limit_minor: Sequence[int | None] | None = None
    night_limit_entries: Sequence[int | None] | None = None
    return_fee_minor: Sequence[int | None] | None = None
    return_fee_notice: Sequence[str | None] | None = None
    return_fee_from: Sequence[date | None] | None = None

    def return_fee(self, row: int) -> tuple[int | None, str | None, date | None]:
        """Return a row's fee, its notice and its first day, None where nothing is said."""
        minor = self.return_fee_minor[row] if self.return_fee_minor else None
        notice = self.return_fee_notice[row] if self.return_fee_notice else None
        return minor, notice, self.return_fee_from[row] if self.return_fee_from else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBuyers:
    """Buyers to record, as columns; ``merchant_id`` is the merchant whose key brings each, None where there is none."""

    external_id: Sequence[str]
    name: Sequence[str]
    merchant_id: Sequence[int | None] | None = None


def record_merchants(ctx: Context, originator_id: int, new: NewMerchants) -> Intake:
    """Record merchants; a known one with other particulars is refused, never overwritten.

    An intake that brought nothing new leaves no record: it changed nothing.
    """
    intake = Intake()
    found = known_rows(
        ctx.session,
        (
            Merchant.external_id,
            Merchant.name,
            Merchant.company_name,
            Merchant.company_identification,
            Merchant.entry_description,
            Merchant.paid_abroad,
        ),
        of=Merchant.originator_id,
        originator_id=originator_id,
        key=Merchant.external_id,
        wanted=new.external_id,
    )
    known: dict[str, tuple[Any, ...]] = {row[0]: tuple(row[1:]) for row in found}
    chosen: list[int] = []
    abroad = new.paid_abroad or [None] * len(new.external_id)
    rows = zip(
        new.external_id, new.name, new.company_name, new.company_identification, new.entry_description, abroad,
        strict=True,
    )  # fmt: skip
    for index, (external_id, *particulars) in enumerate(rows):
        if particulars[-1] is None:
            # A sheet that says nothing of it says nothing else than what is known.
            particulars[-1] = known[external_id][-1] if external_id in known else False
        if fault := _fault_of(new, index):
            intake.refuse(index, *fault)
        elif external_id not in known:
            known[external_id] = tuple(particulars)
            chosen.append(index)
        elif known[external_id] == tuple(particulars):
            intake.same += 1
        else:
            intake.refuse(index, "external_id", f"merchant {external_id} is known with other particulars")
    if chosen:
        columns = ("external_id", "name", "company_name", "company_identification", "entry_description")
        insert_columns(
            ctx.session,
            Merchant,
            {"id": ctx.ids.many(len(chosen)).tolist()}
            | {column: [getattr(new, column)[index] for index in chosen] for column in columns}
            | {"paid_abroad": [bool(abroad[index]) for index in chosen]}
            | {
                column: [limits[index] for index in chosen]
                for column in ("night_limit_minor", "night_limit_entries")
                if (limits := getattr(new, column)) is not None
            }
            | _fees_of(new, chosen),
            same={"originator_id": originator_id, "state": "active", "created_at": ctx.now},
        )
    return _recorded(ctx, "record_merchants", intake, len(chosen))


def _fees_of(new: NewMerchants, chosen: Sequence[int]) -> dict[str, list[Any]]:
    """Return the columns of the return fees of chosen rows."""
    minor, notice, since = zip(*(new.return_fee(index) for index in chosen), strict=True)
    return {
        "return_fee_minor": list(minor),
        "return_fee_notice": list(notice),
        "return_fee_from": [day and day.isoformat() for day in since],
    }


def _fault_of(new: NewMerchants, index: int) -> tuple[str, str] | None:
    """Return the field at fault and the sentence when a merchant's particulars cannot stand in a batch header."""
    if len(new.company_name[index]) > _COMPANY_NAME:
        return "company_name", "a company name has at most 16 characters; it is never cut"
    if not new.company_identification[index].strip(" 0"):
        return "company_identification", "a company id is neither blank nor zeros"
    if fault := fault_of_description(new.entry_description[index]):
        return "entry_description", fault
    if len({part is None for part in new.return_fee(index)}) > 1:
        return "return_fee_minor", "a return fee comes with its notice and its first day, or nothing is said of it"
    return None


def record_buyers(ctx: Context, originator_id: int, new: NewBuyers) -> Intake:
    """Record buyers; the name for their bank statement is made once, by the abbreviation rule, and shown in the plan.

    The bucket spreads buyers over workers: a checksum of the external id, so that it is the same in every book.
    """
    intake = Intake()
    found = known_rows(
        ctx.session,
        (Buyer.external_id, Buyer.name),
        of=Buyer.originator_id,
        originator_id=originator_id,
        key=Buyer.external_id,
        wanted=new.external_id,
    )
    known = {row[0]: row[1] for row in found}
    chosen: list[int] = []
    receiver_names: list[str] = []
    for index, (external_id, name) in enumerate(zip(new.external_id, new.name, strict=True)):
        if external_id in known:
            if known[external_id] == name:
                intake.same += 1
            else:
                intake.refuse(index, "external_id", f"buyer {external_id} is known under another name")
            continue
        try:
            receiver_name, _ = abbreviate_name(name, _NAME)
        except NotTransliterable as refusal:
            intake.refuse(index, "name", str(refusal))
            continue
        known[external_id] = name
        chosen.append(index)
        receiver_names.append(receiver_name)
    if chosen:
        external_ids = [new.external_id[index] for index in chosen]
        insert_columns(
            ctx.session,
            Buyer,
            {
                "id": ctx.ids.many(len(chosen)).tolist(),
                "external_id": external_ids,
                "name": [new.name[index] for index in chosen],
                "receiver_name": receiver_names,
                "bucket": [zlib.crc32(external_id.encode()) % BUCKETS for external_id in external_ids],
                "merchant_id": [new.merchant_id[index] if new.merchant_id else None for index in chosen],
            },
            same={"originator_id": originator_id, "state": "active", "created_at": ctx.now},
        )
    return _recorded(ctx, "record_buyers", intake, len(chosen))


def suspend_buyers(ctx: Context, buyer_ids: Sequence[int]) -> None:
    """Suspend active buyers: none of their accounts is debited any more, and what is sealed and not sent stays here."""
    changed = ctx.session.execute(
        update(Buyer)
        .where(Buyer.id.in_(buyer_ids), Buyer.state == "active")
        .values(state="suspended")
        .execution_options(synchronize_session=False),
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has it
    if changed:
        ctx.audit("suspend_buyers", public_id(Prefix.BUYER, buyer_ids[0]), suspended=changed)


def resume_buyer(ctx: Context, buyer_id: int, *, reason: str) -> None:
    """Let a suspended buyer be debited again; raises ``NoSuch``, and ``WrongState`` for one that is not suspended."""
    buyer, name = _party_of(ctx, Buyer, buyer_id), public_id(Prefix.BUYER, buyer_id)
    if buyer.state == "active":
        fact = f"buyer {name} is not suspended"
        raise WrongState(fact)
    buyer.state = "active"
    _note_party(ctx, FactKind.RESUMED, Scope.BUYER, buyer, verb="resume_buyer", name=name, said={"reason": reason})


def suspend_buyer(ctx: Context, buyer_id: int, *, reason: str) -> None:
    """Suspend one buyer by a person's word; raises ``NoSuch``, and ``WrongState`` for one suspended already."""
    buyer, name = _party_of(ctx, Buyer, buyer_id), public_id(Prefix.BUYER, buyer_id)
    if buyer.state != "active":
        fact = f"buyer {name} is {buyer.state} already"
        raise WrongState(fact)
    buyer.state = "suspended"
    _note_party(ctx, FactKind.SUSPENDED, Scope.BUYER, buyer, verb="suspend_buyer", name=name, said={"reason": reason})


def note_iat_view(ctx: Context, merchant_id: int, *, view: str, on: date, international: bool) -> None:
    """Record the ODFI's written view whether a merchant's debits are international: its reference and its day.

    In the ODFI's view domestic, they may be debited. International, they wait for good: IAT entries are never written.
    Raises ``NoSuch``, and ``WrongState`` for a day that has not come.
    """
    merchant, name = _party_of(ctx, Merchant, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if on > ctx.today:
        fact = f"{on} has not come"
        raise WrongState(fact, "Give the day on which the ODFI wrote its view")
    merchant.iat_view, merchant.iat_view_on = view, None if international else on
    _note_party(
        ctx, FactKind.IAT_VIEW, Scope.MERCHANT, merchant, verb="note_iat_view", name=name,
        said={"view": view, "on": on.isoformat(), "international": international},
    )  # fmt: skip


def set_paid_abroad(ctx: Context, merchant_id: int, *, abroad: bool, reason: str) -> None:
    """Record whether a merchant is paid out abroad; an earlier view of the ODFI was about another case, and goes.

    Raises ``NoSuch``, and ``WrongState`` when that is what the book says.
    """
    merchant, name = _party_of(ctx, Merchant, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if merchant.paid_abroad == abroad:
        fact = f"merchant {name} is {'' if abroad else 'not '}paid out abroad already"
        raise WrongState(fact)
    merchant.paid_abroad, merchant.iat_view, merchant.iat_view_on = abroad, None, None
    ctx.audit("set_paid_abroad", name, abroad=abroad, reason=reason)


def set_merchant_limit(ctx: Context, merchant_id: int, *, minor: int | None, entries: int | None, reason: str) -> None:
    """Set what one night debits for a merchant at most, in minor units and orders; None is the bank profile's limit."""
    merchant, name = _party_of(ctx, Merchant, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    merchant.night_limit_minor, merchant.night_limit_entries = minor, entries
    ctx.audit("set_merchant_limit", name, minor=minor, entries=entries, reason=reason)


def set_return_fee(ctx: Context, merchant_id: int, *, minor: int, notice: str, since: date) -> None:
    """Charge buyers a fee for each debit of a merchant that comes back for lack of funds.

    ``notice`` says how buyers are told, in what they authorize from ``since`` on; who authorized before pays none.
    Whether a state allows it, and how much, is not known here. Raises ``NoSuch`` and ``WrongState``.
    """
    merchant, name = _party_of(ctx, Merchant, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if minor <= 0 or not notice.strip():
        fact = "a return fee is more than zero, and buyers have notice of it before they authorize a debit"
        raise WrongState(fact, "Say how they are told; to charge none: ingather merchant fee ID --off")
    merchant.return_fee_minor, merchant.return_fee_notice, merchant.return_fee_from = minor, notice, since
    ctx.audit("set_return_fee", name, minor=minor, notice=notice, since=since.isoformat())


def end_return_fee(ctx: Context, merchant_id: int) -> None:
    """Charge no fee for returned debits of a merchant any more; raises ``NoSuch``, and ``WrongState`` without a fee."""
    merchant, name = _party_of(ctx, Merchant, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if merchant.return_fee_minor is None:
        fact = f"merchant {name} has no return fee"
        raise WrongState(fact)
    merchant.return_fee_minor, merchant.return_fee_notice, merchant.return_fee_from = None, None, None
    ctx.audit("end_return_fee", name)


_OfParty = TypeVar("_OfParty", Buyer, Merchant)


def _party_of(ctx: Context, table: type[_OfParty], key: int) -> _OfParty:
    row = ctx.session.scalar(select(table).where(table.id == key).with_for_update(key_share=True))
    if row is None:
        prefix = Prefix.BUYER if table is Buyer else Prefix.MERCHANT
        fact = f"there is no {'buyer' if table is Buyer else 'merchant'} {public_id(prefix, key)}"
        raise NoSuch(fact)
    return row


def _note_party(
    ctx: Context, kind: FactKind, scope: Scope, row: Buyer | Merchant, *, verb: str, name: str, said: dict[str, Any]
) -> None:
    before = events.count(ctx.session, kind, scope=scope, subject=row.id)
    events.add(
        ctx.session, kind, scope=scope, subject=row.id, originator=row.originator_id, on=ctx.today, at=ctx.now,
        actor=ctx.actor, once=str(before), detail=said,
    )  # fmt: skip
    ctx.audit(verb, name, **said)


def _recorded(ctx: Context, verb: str, intake: Intake, count: int) -> Intake:
    intake.new = count
    if count:
        ctx.audit(verb, "book", new=count, same=intake.same, refused=len(intake.refused))
    return intake
