"""Screening buyers and merchants: what an outside service said of them, kept with its reference and its expiry.

The product screens nobody itself. All US persons must obey the sanctions lists whatever the SEC code; an outside
service compares, and its newest outcome decides whether a party is debited or paid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select, update

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.intake import Intake, keys_by_external_id
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.merchants import Party, Screening
from ingather.store import events
from ingather.store.bulk import insert_columns
from ingather.store.tables import Buyer, Case, Merchant, ScreeningRecord

_AT_ONCE = 5_000
_TABLES: dict[Party, type[Buyer | Merchant]] = {Party.BUYER: Buyer, Party.MERCHANT: Merchant}
_SCOPES = {Party.BUYER: Scope.BUYER, Party.MERCHANT: Scope.MERCHANT}
_PREFIXES = {Party.BUYER: Prefix.BUYER, Party.MERCHANT: Prefix.MERCHANT}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScreenings:
    """Outcomes of screening to record, as columns; a party is named by its external id."""

    party: Sequence[str]
    external_id: Sequence[str]
    status: Sequence[str]
    provider: Sequence[str]
    reference: Sequence[str]
    screened_on: Sequence[date]
    expires_on: Sequence[date | None]


def record_screenings(ctx: Context, originator_id: int, new: NewScreenings) -> Intake:
    """Record outcomes; the same reference of the same provider with another outcome is refused, never overwritten.

    The outcome of the newest day decides about a party, of one day the one recorded last. A match opens a case, which
    a newer clear outcome closes. An intake that brought nothing new leaves no record.
    """
    intake = Intake()
    keys = {party: _keys_of(ctx, originator_id, new, party) for party in Party}
    known = _known(ctx, {(Party(party), key) for party in Party for key in keys[party].values()})
    chosen: list[tuple[int, Party, int]] = []
    for row, word in enumerate(new.party):
        party = Party(word)
        party_id = keys[party].get(new.external_id[row])
        if party_id is None:
            intake.refuse(row, "external_id", f"there is no {party} {new.external_id[row]}; record the {party} first")
            continue
        key = (party, party_id, new.provider[row], new.reference[row])
        content = (new.status[row], new.screened_on[row], new.expires_on[row])
        if fault := _fault_of_days(ctx, new, row):
            intake.refuse(row, *fault)
        elif key not in known:
            known[key] = content
            chosen.append((row, party, party_id))
        elif known[key] == content:
            intake.same += 1
        else:
            sentence = f"reference {new.reference[row]} of {new.provider[row]} is known with another outcome"
            intake.refuse(row, "reference", sentence)
    intake.new = len(chosen)
    if chosen:
        _insert(ctx, originator_id, new, chosen)
        for party in Party:
            _decide(ctx, originator_id, party, sorted({key for _, of, key in chosen if of is party}))
        ctx.audit("record_screenings", "book", new=intake.new, same=intake.same, refused=len(intake.refused))
    return intake


def _keys_of(ctx: Context, originator_id: int, new: NewScreenings, party: Party) -> dict[str, int]:
    wanted = [name for name, word in zip(new.external_id, new.party, strict=True) if word == party]
    return keys_by_external_id(ctx.session, _TABLES[party], originator_id, wanted)


def _fault_of_days(ctx: Context, new: NewScreenings, row: int) -> tuple[str, str] | None:
    expires_on = new.expires_on[row]
    if new.screened_on[row] > ctx.today:
        return "screened_on", "nobody is screened in the future"
    if expires_on is not None and expires_on < new.screened_on[row]:
        return "expires_on", "a screening does not expire before it was made"
    return None


def _known(ctx: Context, parties: Iterable[tuple[Party, int]]) -> dict[tuple[Party, int, str, str], tuple[object, ...]]:
    found: dict[tuple[Party, int, str, str], tuple[object, ...]] = {}
    by_party: dict[Party, list[int]] = {}
    for party, key in sorted(parties):
        by_party.setdefault(party, []).append(key)
    for party, keys in by_party.items():
        for start in range(0, len(keys), _AT_ONCE):
            rows = ctx.session.execute(
                select(
                    ScreeningRecord.party_id, ScreeningRecord.provider, ScreeningRecord.reference,
                    ScreeningRecord.status, ScreeningRecord.screened_on, ScreeningRecord.expires_on,
                ).where(
                    ScreeningRecord.party == party, ScreeningRecord.party_id.in_(keys[start : start + _AT_ONCE]),
                ),
            )  # fmt: skip
            found |= {(party, row[0], row[1], row[2]): tuple(row[3:]) for row in rows}
    return found


def _insert(ctx: Context, originator_id: int, new: NewScreenings, chosen: list[tuple[int, Party, int]]) -> None:
    rows = [row for row, _, _ in chosen]
    ids: list[int] = ctx.ids.many(len(chosen)).tolist()
    insert_columns(
        ctx.session,
        ScreeningRecord,
        {
            "id": ids,
            "party": [str(party) for _, party, _ in chosen],
            "party_id": [party_id for _, _, party_id in chosen],
            "status": [str(new.status[row]) for row in rows],
            "provider": [new.provider[row] for row in rows],
            "reference": [new.reference[row] for row in rows],
            "screened_on": [new.screened_on[row].isoformat() for row in rows],
            "expires_on": [day and day.isoformat() for day in (new.expires_on[row] for row in rows)],
        },
        same={"originator_id": originator_id, "recorded_by": ctx.actor, "recorded_at": ctx.now},
    )
    for party in Party:
        mine = [at for at, (_, of, _) in enumerate(chosen) if of is party]
        events.add_many(
            ctx.session,
            FactKind.SCREENED,
            scope=_SCOPES[party],
            subjects=[chosen[at][2] for at in mine],
            originator=originator_id,
            on=[new.screened_on[rows[at]] for at in mine],
            at=ctx.now,
            actor=ctx.actor,
            once=[str(ids[at]) for at in mine],
            detail=[{"status": str(new.status[rows[at]]), "provider": new.provider[rows[at]]} for at in mine],
        )


def _decide(ctx: Context, originator_id: int, party: Party, party_ids: list[int]) -> None:
    """Let the newest outcome of each party decide, and open or close the cases of matches."""
    table = _TABLES[party]
    mine = and_(ScreeningRecord.party == party, ScreeningRecord.party_id == table.id)
    newest = (ScreeningRecord.screened_on.desc(), ScreeningRecord.id.desc())
    for start in range(0, len(party_ids), _AT_ONCE):
        part = party_ids[start : start + _AT_ONCE]
        ctx.session.execute(
            update(table)
            .where(table.id.in_(part))
            .values(
                screening=select(ScreeningRecord.status).where(mine).order_by(*newest).limit(1).scalar_subquery(),
                screened_until=select(ScreeningRecord.expires_on)
                .where(mine)
                .order_by(*newest)
                .limit(1)
                .scalar_subquery(),
            )
            .execution_options(synchronize_session=False),
        )
        _note_matches(ctx, originator_id, party, part)


def _note_matches(ctx: Context, originator_id: int, party: Party, party_ids: list[int]) -> None:
    """Open a case for each party that matches and close those of parties that are clear; both are few."""
    table = _TABLES[party]
    rows = ctx.session.execute(
        select(table.id, table.external_id, table.screening).where(
            table.id.in_(party_ids), table.screening.in_([Screening.MATCH, Screening.CLEAR])
        ),
    ).all()
    names = {row.id: public_id(_PREFIXES[party], row.id) for row in rows}
    open_now = {
        subject: case_id
        for case_id, subject in ctx.session.execute(
            select(Case.id, Case.subject).where(
                Case.originator_id == originator_id,
                Case.state == CaseState.OPEN,
                Case.kind == CaseKind.SCREENING_MATCH,
            ),
        )
    }
    for row in rows:
        name = names[row.id]
        if row.screening == Screening.CLEAR:
            if name in open_now:
                close_case(ctx, open_now[name], outcome="a newer screening is clear")
        elif name not in open_now:
            before = events.count(ctx.session, FactKind.SCREENED, scope=_SCOPES[party], subject=row.id)
            open_case(
                ctx,
                CaseKind.SCREENING_MATCH,
                originator_id=originator_id,
                once=f"{name}|{before}",
                subject=name,
                sentence=f"The screening of {party} {row.external_id} ({name}) found a match. Nothing is debited "
                f"{'from' if party is Party.BUYER else 'for'} it until a newer screening is clear.",
                owner="compliance",
            )


def not_clear(table: type[Buyer | Merchant], *, on: date, required: bool) -> ColumnElement[bool]:
    """Return the condition that a party's screening keeps it from being debited or paid on a day.

    ``required`` is the policy's: whether a party that was never screened is kept back too.
    """
    lapsed = and_(table.screening == Screening.CLEAR, table.screened_until < on)
    kept = or_(table.screening.in_([Screening.PENDING, Screening.MATCH]), lapsed)
    return or_(kept, table.screening.is_(None)) if required else kept
