"""Return rates over a limit: a case for a person, and a merchant paused where the house's policy says so.

A case is of a slice, a rate and the day since which it stands; it is closed when the rate is back under the limit.
What a person closed is not opened again before a whole window has passed. A paused merchant is let go on by a person,
and is then paused again only by a new case.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from ingather.actions.cases import close_case, open_case
from ingather.actions.context import Context
from ingather.actions.rules import keep_rules, policy_of
from ingather.base.ids import Prefix, public_id
from ingather.domain.cases import CaseKind, CaseState
from ingather.domain.facts import FactKind, Scope
from ingather.domain.refusals import NoSuch, WrongState
from ingather.rules.rates import Level, ReturnRate, Slice, first_day, percent
from ingather.store import events
from ingather.store.rates import merchant_names, rates_of_returns
from ingather.store.tables import Case, Fact, Merchant

BACK_UNDER = "the rate is back where it may be"
_ALARMING = {"none": {Level.OVER}, "limit": {Level.OVER}, "warn": {Level.OVER, Level.WARNING}}


@dataclass(slots=True)  # mutable -- filled in while the rates are looked at
class RatesNoted:
    """What was noted: the rates that stand over a limit, new cases, and the merchants paused by their clients' ids."""

    over: list[ReturnRate] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    paused: list[str] = field(default_factory=list)


def pause_merchants(ctx: Context, originator_id: int) -> RatesNoted:
    """Open a case for each rate over its limit, close those that are back under it, and pause merchants by policy.

    Only permitted denominators count; of two the graver one. With ``pause = "warn"`` the warning level does the same.
    """
    policy, noted = policy_of(ctx, originator_id).rates, RatesNoted()
    rates = rates_of_returns(ctx.session, originator_id, as_of=ctx.today, terms=policy)
    alarming: dict[str, ReturnRate] = {}
    for rate in sorted(rates, key=lambda each: each.level is Level.OVER):
        if rate.permitted and rate.level in _ALARMING[policy.pause]:
            alarming[f"{rate.by}|{rate.key}|{rate.rate}"] = rate
    noted.over = [rate for rate in alarming.values() if rate.level is Level.OVER]
    known = _newest_cases(ctx, originator_id)
    if not alarming and all(case.state == CaseState.CLOSED for case in known.values()):
        return noted
    names = merchant_names(ctx.session, originator_id)
    for name, case in known.items():
        if case.state == CaseState.OPEN and name not in alarming:
            close_case(ctx, case.id, outcome=BACK_UNDER)
            noted.closed += 1
    since: dict[str, date] = {}
    for name, rate in alarming.items():
        newest = known.get(name)
        if newest is None or _begins_anew(newest, ctx.today):
            noted.opened += open_case(
                ctx, CaseKind.RATE_OVER_LIMIT, originator_id=originator_id, once=f"{name}|{ctx.today}",
                subject=_subject(rate), sentence=_sentence(rate, names),
            )  # fmt: skip
            since[name] = ctx.today
        else:
            since[name] = newest.opened_on
    if noted.opened:
        ctx.audit("note_rates", "book", opened=noted.opened, closed=noted.closed)
    if policy.pause != "none":
        of_merchants = [(rate, since[name]) for name, rate in alarming.items() if rate.by is Slice.MERCHANT]
        noted.paused = [names[key] for key in _pause(ctx, of_merchants)]
    return noted


def suspend_merchant(ctx: Context, merchant_id: int, *, reason: str) -> None:
    """Suspend a merchant by a person's word: nothing is debited for it, and what is sealed and not sent stays here.

    Raises ``NoSuch``, and ``WrongState`` for one suspended already.
    """
    merchant, name = _merchant(ctx, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if merchant.state != "active":
        fact = f"merchant {name} is {merchant.state} already"
        raise WrongState(fact)
    merchant.state = "suspended"
    _note(ctx, FactKind.SUSPENDED, merchant, reason=reason)
    ctx.audit("suspend_merchant", name, reason=reason)


def resume_merchant(ctx: Context, merchant_id: int, *, reason: str) -> None:
    """Let a suspended merchant be debited for again; raises ``NoSuch``, and ``WrongState`` for one that is active."""
    merchant, name = _merchant(ctx, merchant_id), public_id(Prefix.MERCHANT, merchant_id)
    if merchant.state == "active":
        fact = f"merchant {name} is not suspended"
        raise WrongState(fact)
    merchant.state = "active"
    _note(ctx, FactKind.RESUMED, merchant, reason=reason)
    ctx.audit("resume_merchant", name, reason=reason)


def _pause(ctx: Context, wanted: Sequence[tuple[ReturnRate, date]]) -> list[str]:
    """Suspend the active merchants whom no person has resumed since their case was opened; returns their keys."""
    resumed = _resumed_on(ctx, [int(rate.key) for rate, _ in wanted])
    paused: list[str] = []
    for rate, since in wanted:
        merchant = _merchant(ctx, int(rate.key))
        if merchant.state != "active" or resumed.get(merchant.id, date.min) >= since:
            continue
        merchant.state = "suspended"
        _note(
            ctx, FactKind.SUSPENDED, merchant, because=f"{rate.rate}-rate", returns=rate.returns, debits=rate.debits,
            method=rate.method, rule_set=keep_rules(ctx, rate.rows),
        )  # fmt: skip
        ctx.audit("pause_merchant", public_id(Prefix.MERCHANT, merchant.id), because=f"{rate.rate}-rate",
                  returns=rate.returns, debits=rate.debits)  # fmt: skip
        paused.append(rate.key)
    return paused


def _resumed_on(ctx: Context, merchant_ids: Sequence[int]) -> dict[int, date]:
    rows = ctx.session.execute(
        select(Fact.subject_id, Fact.on_date).where(
            Fact.scope == Scope.MERCHANT, Fact.subject_id.in_(merchant_ids), Fact.kind == FactKind.RESUMED
        )
    )
    found: dict[int, date] = {}
    for merchant_id, on in rows:
        found[merchant_id] = max(on, found.get(merchant_id, on))
    return found


def _newest_cases(ctx: Context, originator_id: int) -> dict[str, Case]:
    """Return the newest case of each slice and rate, by the name that its finding has without its day."""
    rows = ctx.session.scalars(
        select(Case).where(Case.originator_id == originator_id, Case.kind == CaseKind.RATE_OVER_LIMIT).order_by(Case.id)
    )
    return {row.once.rpartition("|")[0]: row for row in rows}


def _begins_anew(case: Case, today: date) -> bool:
    """Return whether a closed case is followed by another one: at once, unless a person closed it in this window."""
    if case.state == CaseState.OPEN or case.opened_on == today:
        return False
    return case.outcome == BACK_UNDER or case.opened_on < first_day(today) - timedelta(days=1)


def _merchant(ctx: Context, merchant_id: int) -> Merchant:
    row = ctx.session.scalar(select(Merchant).where(Merchant.id == merchant_id).with_for_update(key_share=True))
    if row is None:
        fact = f"there is no merchant {public_id(Prefix.MERCHANT, merchant_id)}"
        raise NoSuch(fact)
    return row


def _note(ctx: Context, kind: FactKind, merchant: Merchant, **said: Any) -> None:  # noqa: ANN401 -- any JSON value
    before = events.count(ctx.session, kind, scope=Scope.MERCHANT, subject=merchant.id)
    ctx.fact(
        kind, scope=Scope.MERCHANT, subject=merchant.id, originator=merchant.originator_id, once=str(before), **said
    )


def _subject(rate: ReturnRate) -> str:
    if rate.by is Slice.MERCHANT:
        return public_id(Prefix.MERCHANT, int(rate.key))
    return "book" if rate.by is Slice.ALL else f"{rate.by} {rate.key}"


def _sentence(rate: ReturnRate, names: dict[str, str]) -> str:
    of = {
        Slice.ALL: "all debits",
        Slice.COMPANY: f"company id {rate.key}",
        Slice.SEC: f"{rate.key} debits",
        Slice.MERCHANT: f"merchant {names.get(rate.key, rate.key)}",
    }[rate.by]
    over = rate.level is Level.OVER
    return (
        f"The {rate.rate} return rate of {of} is {'over its limit' if over else 'near its limit'}: {rate.returns} of "
        f"{rate.debits} debits by the denominator {rate.method}, the limit is {percent(rate.limit_bps)}. See: ingather "
        "rates. Find out why they come back, and tell the ODFI before it asks."
    )
