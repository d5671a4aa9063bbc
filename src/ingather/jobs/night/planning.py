"""Deciding and grouping: which due orders go into which file and batch, as columns in file order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Bytes2D, Int64, Mask
from ingather.base.dates import NEW_YORK
from ingather.jobs.desk import BankRoute
from ingather.rules.debitable import DEBITABLE, FORMAT_LIMIT_MINOR, REASON_CODES, REASONS, Codes, decide
from ingather.rules.due import Due, Terms
from ingather.rules.effective import effective_date, same_day_date
from ingather.rules.entry_class import ORIGINATED, SEC_CODES, EntryClasses, choose
from ingather.rules.limits import NOTHING_USED, Most, Spent, divide_into_files, within_group_limits, within_limit
from ingather.rules.policy import HousePolicy
from ingather.rules.same_day import never_same_day, same_day_limit_cents
from ingather.rules.single_use import single_authorizations, within_single_use
from ingather.rules.vocabulary import AccountKind, OrderStanding
from ingather.store.due import DueOrders

_DESCRIPTIONS = 4
_CHECKING, _SAVINGS = 27, 37


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One file decided: ``rows`` index into the page in file order, the others are columns beside it.

    ``batch`` indexes into the batches; ``batch_row`` is the first row of each batch.
    """

    route: BankRoute
    effective_on: date
    page: DueOrders
    rows: Int64
    batch: Int64
    batch_row: Int64
    sec: npt.NDArray[np.int8]
    description: npt.NDArray[np.int8]
    payment_type: npt.NDArray[np.int8]
    transaction_code: Int64
    account: Bytes2D = field(repr=False)
    same_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One way to a bank tonight: a route and the settlement date it reaches.

    A ``same_day`` passage takes only orders that want it, up to ``most_minor`` each; the others go the standard way.
    ``sent_on`` is the day on which its files go out.
    """

    route: BankRoute
    effective_on: date
    same_day: bool = False
    most_minor: int = 0
    sent_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a page: the reason code of each order, the files to be built, and what is used up with them."""

    codes: Codes
    files: list["Chosen"]
    spent: Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The orders of one file, before their account numbers are opened; ``batch`` counts over all files."""

    route: BankRoute
    effective_on: date
    rows: Int64
    classes: EntryClasses
    batch: Int64
    same_day: bool = False


def passages_of(routes: Sequence[BankRoute], now: datetime) -> list[Passage]:
    """Return what is open at an instant: the same-day passages of all routes, then the standard ones, by priority."""
    same_day, standard, sent_on = [], [], now.astimezone(NEW_YORK).date()
    for route in routes:
        window = route.profile.window
        today = same_day_date(now, window.same_day_cutoffs, window.zone)
        if today is not None:
            limits = (same_day_limit_cents(today), route.profile.same_day.limit_cents or FORMAT_LIMIT_MINOR)
            same_day.append(
                Passage(route=route, effective_on=today, same_day=True, most_minor=min(limits), sent_on=sent_on)
            )
        standard.append(Passage(route=route, effective_on=effective_date(now, window), sent_on=sent_on))
    return [*same_day, *standard]


def decide_page(page: DueOrders, passages: Sequence[Passage], *, spent: Spent, policy: HousePolicy) -> Decided:
    """Decide about each order of a page and divide the debitable ones into files.

    ``passages`` are what is open tonight by priority, same-day ones before the standard ones of their route; ``spent``
    is what has used the limits already. An order that no route takes gets the reason ``no-route``; one that a same-day
    passage cannot take is decided about by a standard one.
    """
    codes = np.full(len(page), REASON_CODES["no-route"], np.int16)
    untaken = np.ones(len(page), np.bool_)
    files: list[Chosen] = []
    used = np.zeros(0, np.int64)
    for passage in passages:
        route, effective_on = passage.route, passage.effective_on
        due = replace(page.due, company_name_registered=page.registered(route.profile.company_names))
        classes = _classes(due, effective_on)
        mine = untaken & _takes(passage, page, classes)
        if not mine.any():
            continue
        found = decide(replace(due, routed=mine), _terms(passage, policy))
        found = within_single_use(due, np.where(mine, found, -1).astype(np.int16), used=used)
        found = _within_limits(page, found, passage, spent)
        if passage.same_day:
            mine &= found == DEBITABLE
        codes[mine] = found[mine]
        untaken &= ~mine
        rows = np.flatnonzero(mine & (found == DEBITABLE))
        used = np.append(used, single_authorizations(due, rows))
        spent = spent.plus(due.take(rows), route_id=route.row.id, effective_on=effective_on)
        files.extend(_divide(page, passage, rows, classes))
    if passages and untaken.any():
        first = next(passage for passage in passages if not passage.same_day)
        routed = np.zeros(len(page), np.bool_)
        codes[untaken] = decide(replace(page.due, routed=routed), _terms(first, policy))[untaken]
    return Decided(codes, files, spent)


def _terms(passage: Passage, policy: HousePolicy) -> Terms:
    return replace(passage.route.profile.terms(passage.effective_on, policy), sent_on=passage.sent_on)


def _within_limits(page: DueOrders, codes: Codes, passage: Passage, spent: Spent) -> Codes:
    """Return the codes with the reasons of the limits: of a buyer and day, a merchant, the night, the exposure."""
    profile, due, route_id = passage.route.profile, page.due, passage.route.row.id
    if most := profile.buyer_most:
        codes = within_group_limits(
            due, codes, due.buyer_id, reason="buyer-limit", most_entries=most.entries, most_minor=most.minor,
            used=spent.buyers.get(passage.effective_on, NOTHING_USED),
        )  # fmt: skip
    most, own = profile.merchant_most, page.merchants
    if most or own.most_entries.any() or own.most_minor.any():
        entries, minor = own.most_entries[page.merchant], own.most_minor[page.merchant]
        codes = within_group_limits(
            due, codes, due.merchant_id, reason="merchant-limit", used=spent.merchants,
            most_entries=np.where(entries, entries, most.entries), most_minor=np.where(minor, minor, most.minor),
        )  # fmt: skip
    codes = within_limit(
        due, codes, profile.night_most, reason="night-limit", used=spent.nights.get(route_id, Most()),
    )  # fmt: skip
    exposure, exposed = profile.exposure_limit.debit_cents, spent.exposed_minor.get(route_id, 0)
    return within_limit(due, codes, Most(minor=exposure), reason="exposure-limit", used=Most(minor=exposed))


def _classes(due: Due, effective_on: date) -> EntryClasses:
    return choose(
        holder=due.account_holder,
        channel=due.channel,
        goods=due.goods,
        authorization_kind=due.authorization_kind,
        retry=(due.standing == OrderStanding.RETURNED) & ~due.corrected,
        effective_on=effective_on,
    )


def _takes(passage: Passage, page: DueOrders, classes: EntryClasses) -> Mask:
    """Return which orders a passage takes; an order presented before keeps the route it went out by.

    A class that we do not originate, such as IAT, takes nothing.
    """
    row, effective_on = passage.route.row, passage.effective_on
    if effective_on < row.valid_from or (row.valid_to is not None and effective_on > row.valid_to):
        return np.zeros(len(page), np.bool_)
    taken = np.isin(classes.sec, [SEC_CODES.index(code) for code in row.entry_classes if code in ORIGINATED])
    amounts = page.due.amount_minor
    taken &= (amounts >= row.min_cents) & (amounts <= row.max_cents)
    taken &= (page.route_id == 0) | (page.route_id == row.id) | (page.due.standing == OrderStanding.OPEN)
    if passage.same_day:
        eligible = [SEC_CODES.index(code) for code in ORIGINATED - never_same_day(effective_on)]
        taken &= page.due.same_day & (amounts <= passage.most_minor) & np.isin(classes.sec, eligible)
    return taken


def _divide(page: DueOrders, passage: Passage, rows: Int64, classes: EntryClasses) -> Iterator[Chosen]:
    """Yield the files of the chosen orders; the batch key is merchant, SEC code and description within a route."""
    if not len(rows):
        return
    key = (page.merchant * len(SEC_CODES) + classes.sec) * _DESCRIPTIONS + classes.description
    rows = rows[np.argsort(key[rows], kind="stable")]
    division = divide_into_files(key[rows], page.due.amount_minor[rows], passage.route.profile.file_limits)
    for number in range(int(division.file[-1]) + 1):
        inside = division.file == number
        yield Chosen(
            route=passage.route, effective_on=passage.effective_on, rows=rows[inside], classes=classes,
            batch=division.batch[inside], same_day=passage.same_day,
        )  # fmt: skip


def lay_out(page: DueOrders, chosen: Chosen, account: Bytes2D) -> PlannedFile:
    """Return a file's columns in file order; ``account`` holds the opened numbers beside ``chosen.rows``."""
    first = np.flatnonzero(np.append(np.ones(1, np.bool_), chosen.batch[1:] != chosen.batch[:-1]))
    kinds = page.due.account_kind[chosen.rows]
    return PlannedFile(
        route=chosen.route,
        effective_on=chosen.effective_on,
        page=page,
        rows=chosen.rows,
        batch=chosen.batch - chosen.batch[0],
        batch_row=first,
        sec=chosen.classes.sec[chosen.rows],
        description=chosen.classes.description[chosen.rows],
        payment_type=chosen.classes.payment_type[chosen.rows],
        transaction_code=np.where(kinds == AccountKind.SAVINGS, _SAVINGS, _CHECKING).astype(np.int64),
        account=account,
        same_day=chosen.same_day,
    )


def reasons_of(codes: Codes) -> list[str | None]:
    """Return the reason ids of codes, None for what is debitable."""
    words = [None, *[reason.id for reason in REASONS[1:]]]
    return [words[code] for code in codes.tolist()]
