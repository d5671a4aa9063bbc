"""Deciding and grouping: which due orders go into which file and batch, as columns in file order."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from ingather.base.columns import Bytes2D, Int64, Mask
from ingather.jobs.desk import BankRoute
from ingather.rules.debitable import DEBITABLE, REASON_CODES, REASONS, Codes, decide
from ingather.rules.due import Due
from ingather.rules.entry_class import SEC_CODES, EntryClasses, choose
from ingather.rules.limits import divide_into_files, within_night_limit
from ingather.rules.policy import HousePolicy
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


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a page: the reason code of each order, and the files to be built."""

    codes: Codes
    files: list["Chosen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The orders of one file, before their account numbers are opened; ``batch`` counts over all files."""

    route: BankRoute
    effective_on: date
    rows: Int64
    classes: EntryClasses
    batch: Int64


def decide_page(
    page: DueOrders,
    routes: list[tuple[BankRoute, date]],
    *,
    used_minor: dict[int, int],
    policy: HousePolicy,
) -> Decided:
    """Decide about each order of a page and divide the debitable ones into files.

    ``routes`` are the open routes by priority with the effective date each reaches; ``used_minor`` is what each has
    debited tonight and grows by what is chosen here. An order that no route takes gets the reason ``no-route``.
    """
    codes = np.full(len(page), REASON_CODES["no-route"], np.int16)
    untaken = np.ones(len(page), np.bool_)
    files: list[Chosen] = []
    for route, effective_on in routes:
        due = replace(page.due, company_name_registered=page.registered(route.profile.company_names))
        classes = _classes(due, effective_on)
        mine = untaken & _takes(route, page, classes, effective_on)
        terms = route.profile.terms(effective_on, policy)
        found = decide(replace(due, routed=mine), terms)
        used = used_minor.get(route.row.id, 0)
        found = within_night_limit(
            due, np.where(mine, found, -1).astype(np.int16), limit_minor=route.profile.night_limit.debit_cents,
            used_minor=used,
        )  # fmt: skip
        codes[mine] = found[mine]
        untaken &= ~mine
        rows = np.flatnonzero(mine & (found == DEBITABLE))
        used_minor[route.row.id] = used + int(due.amount_minor[rows].sum())
        files.extend(_divide(page, route, effective_on, rows, classes))
    if routes and untaken.any():
        route, effective_on = routes[0]
        rest = decide(
            replace(page.due, routed=np.zeros(len(page), np.bool_)), route.profile.terms(effective_on, policy)
        )
        codes[untaken] = rest[untaken]
    return Decided(codes=codes, files=files)


def _classes(due: Due, effective_on: date) -> EntryClasses:
    return choose(
        holder=due.account_holder,
        channel=due.channel,
        goods=due.goods,
        authorization_kind=due.authorization_kind,
        retry=due.standing == OrderStanding.RETURNED,
        effective_on=effective_on,
    )


def _takes(route: BankRoute, page: DueOrders, classes: EntryClasses, effective_on: date) -> Mask:
    """Return which orders a route takes; an order presented before keeps the route it went out by."""
    row = route.row
    if effective_on < row.valid_from or (row.valid_to is not None and effective_on > row.valid_to):
        return np.zeros(len(page), np.bool_)
    taken = np.isin(classes.sec, [SEC_CODES.index(code) for code in row.entry_classes])
    amounts = page.due.amount_minor
    taken &= (amounts >= row.min_cents) & (amounts <= row.max_cents)
    taken &= (page.route_id == 0) | (page.route_id == row.id) | (page.due.standing == OrderStanding.OPEN)
    return taken


def _divide(
    page: DueOrders,
    route: BankRoute,
    effective_on: date,
    rows: Int64,
    classes: EntryClasses,
) -> Iterator[Chosen]:
    """Yield the files of the chosen orders; the batch key is merchant, SEC code and description within a route."""
    if not len(rows):
        return
    key = (page.merchant * len(SEC_CODES) + classes.sec) * _DESCRIPTIONS + classes.description
    rows = rows[np.argsort(key[rows], kind="stable")]
    division = divide_into_files(key[rows], page.due.amount_minor[rows], route.profile.file_limits)
    for number in range(int(division.file[-1]) + 1):
        inside = division.file == number
        yield Chosen(
            route=route, effective_on=effective_on, rows=rows[inside], classes=classes, batch=division.batch[inside],
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
    )


def reasons_of(codes: Codes) -> list[str | None]:
    """Return the reason ids of codes, None for what is debitable."""
    words = [None, *[reason.id for reason in REASONS[1:]]]
    return [words[code] for code in codes.tolist()]
