"""Recording merchants and buyers: the client's id is the key, and the same row again changes nothing."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from ingather.actions.context import Context
from ingather.actions.intake import BUCKETS, Intake, known_rows
from ingather.base.ids import Prefix, public_id
from ingather.nacha.text import NotTransliterable, abbreviate_name
from ingather.rules.entry_class import fault_of_description
from ingather.store.bulk import insert_columns
from ingather.store.tables import Buyer, Merchant

_COMPANY_NAME = 16
_NAME = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMerchants:
    """Merchants to record, as columns."""

    external_id: Sequence[str]
    name: Sequence[str]
    company_name: Sequence[str]
    company_identification: Sequence[str]
    entry_description: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBuyers:
    """Buyers to record, as columns."""

    external_id: Sequence[str]
    name: Sequence[str]


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
        ),
        of=Merchant.originator_id,
        originator_id=originator_id,
        key=Merchant.external_id,
        wanted=new.external_id,
    )
    known: dict[str, tuple[Any, ...]] = {row[0]: tuple(row[1:]) for row in found}
    chosen: list[int] = []
    rows = zip(
        new.external_id, new.name, new.company_name, new.company_identification, new.entry_description, strict=True
    )  # fmt: skip
    for index, (external_id, *particulars) in enumerate(rows):
        if len(new.company_name[index]) > _COMPANY_NAME:
            intake.refuse(index, "company_name", "a company name has at most 16 characters; it is never cut")
        elif not new.company_identification[index].strip(" 0"):
            intake.refuse(index, "company_identification", "a company id is neither blank nor zeros")
        elif fault := fault_of_description(new.entry_description[index]):
            intake.refuse(index, "entry_description", fault)
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
            | {column: [getattr(new, column)[index] for index in chosen] for column in columns},
            same={"originator_id": originator_id, "state": "active", "created_at": ctx.now},
        )
    return _recorded(ctx, "record_merchants", intake, len(chosen))


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


def _recorded(ctx: Context, verb: str, intake: Intake, count: int) -> Intake:
    intake.new = count
    if count:
        ctx.audit(verb, "book", new=count, same=intake.same, refused=len(intake.refused))
    return intake
