"""The six kinds of sheet: their columns, their key, and how their rows are recorded. The header tells the kind."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ingather.actions.context import Context
from ingather.actions.intake import Intake
from ingather.domain.accounts import AccountKind, Holder, ValidationMethod
from ingather.domain.authorizations import AmountTerms, AuthorizationKind, Channel, Every, Statement
from ingather.domain.merchants import Party, Screening
from ingather.jobs.imports import cells, recording
from ingather.jobs.imports.cells import Column, optional, text, word
from ingather.jobs.imports.damage import Sort
from ingather.jobs.imports.faults import LineFault, RowFault
from ingather.jobs.imports.recording import Values

_NAME = 200
_COMPANY_NAME = 16
_TEN = 10
_WORD = 40
_LOCALE = 16
_TOLD = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}")

Recording: TypeAlias = Callable[[Context, int, Values], Intake]
Across: TypeAlias = Callable[[Values], list[RowFault]]


class SheetKind(StrEnum):
    """What the rows of a file are, in the order in which they refer to each other."""

    MERCHANTS = "merchants"
    BUYERS = "buyers"
    ACCOUNTS = "accounts"
    AUTHORIZATIONS = "authorizations"
    ORDERS = "orders"
    SCREENINGS = "screenings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A kind of sheet. ``across`` looks at the cells of a row together; ``key`` names the columns of its key."""

    kind: SheetKind
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    record: Recording
    across: Across = lambda _: []

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column.name for column in self.columns)


_KEY = text(_NAME)

SHEETS: dict[SheetKind, Sheet] = {
    sheet.kind: sheet
    for sheet in (
        Sheet(
            kind=SheetKind.MERCHANTS,
            columns=(
                Column(name="external_id", judge=_KEY),
                Column(name="name", judge=text(_NAME, Sort.NAME)),
                Column(name="company_name", judge=text(_COMPANY_NAME, Sort.NAME, ascii_only=True)),
                Column(name="company_id", judge=text(_TEN, ascii_only=True)),
                Column(name="entry_description", judge=text(_TEN, ascii_only=True)),
                Column(name="paid_abroad", judge=optional(cells.yes_or_no), absent=True),
                Column(name="night_limit", judge=optional(cells.amount), absent=True),
                Column(name="night_orders", judge=optional(cells.instalment), absent=True),
                Column(name="return_fee", judge=optional(cells.amount), absent=True),
                Column(name="return_fee_notice", judge=optional(text(_NAME, Sort.NAME)), absent=True),
                Column(name="return_fee_from", judge=optional(cells.day), absent=True),
            ),
            key=("external_id",),
            record=recording.merchants,
        ),
        Sheet(
            kind=SheetKind.BUYERS,
            columns=(
                Column(name="external_id", judge=_KEY),
                Column(name="name", judge=text(_NAME, Sort.NAME)),
                Column(name="holder", judge=word(Holder)),
            ),
            key=("external_id",),
            record=recording.buyers,
        ),
        Sheet(
            kind=SheetKind.ACCOUNTS,
            columns=(
                Column(name="external_id", judge=_KEY, red=True),
                Column(name="buyer", judge=_KEY, red=True),
                Column(name="routing", judge=cells.routing, red=True),
                Column(name="account_number", judge=cells.account_number, red=True),
                Column(name="kind", judge=word(AccountKind), red=True),
                Column(name="holder", judge=word(Holder), red=True),
            ),
            key=("external_id",),
            record=recording.accounts,
        ),
        Sheet(
            kind=SheetKind.AUTHORIZATIONS,
            columns=(
                Column(name="external_id", judge=_KEY),
                Column(name="buyer", judge=_KEY),
                Column(name="account", judge=_KEY, red=True),
                Column(name="merchant", judge=_KEY),
                Column(name="kind", judge=word(AuthorizationKind)),
                Column(name="channel", judge=word(Channel)),
                Column(name="text", judge=cells.free_text, red=True),
                Column(name="given_at", judge=cells.instant),
                Column(name="ip", judge=optional(cells.address, empty="")),
                Column(name="user_agent", judge=optional(cells.free_text, empty=""), red=True),
                Column(name="signature", judge=optional(text(_NAME, Sort.NAME), empty="")),
                Column(name="recording", judge=optional(text(_NAME, Sort.NAME), empty="")),
                Column(name="max_amount", judge=optional(cells.amount)),
                Column(name="valid_from", judge=cells.day),
                Column(name="valid_to", judge=optional(cells.day)),
                Column(name="validation_method", judge=optional(word(ValidationMethod), empty="")),
                Column(name="validated_at", judge=optional(cells.instant)),
                Column(name="text_version", judge=optional(text(_WORD)), absent=True),
                Column(name="locale", judge=optional(text(_LOCALE)), absent=True),
                Column(name="states", judge=optional(cells.words(Statement)), absent=True),
                Column(name="amount_terms", judge=optional(word(AmountTerms)), absent=True),
                Column(name="min_amount", judge=optional(cells.amount), absent=True),
                Column(name="every", judge=optional(word(Every)), absent=True),
                Column(name="debits", judge=optional(cells.instalment), absent=True),
                Column(name="authentication", judge=optional(text(_NAME, Sort.NAME), empty=""), absent=True),
                Column(name="copy_sent", judge=optional(text(_NAME, Sort.NAME), empty=""), absent=True),
                Column(name="notice", judge=optional(text(_NAME, Sort.NAME), empty=""), absent=True),
            ),
            key=("external_id",),
            record=recording.authorizations,
            across=recording.authorizations_across,
        ),
        Sheet(
            kind=SheetKind.ORDERS,
            columns=(
                Column(name="external_id", judge=_KEY),
                Column(name="instalment", judge=cells.instalment),
                Column(name="merchant", judge=_KEY),
                Column(name="buyer", judge=_KEY),
                Column(name="authorization", judge=_KEY),
                Column(name="amount", judge=cells.amount),
                Column(name="currency", judge=cells.currency),
                Column(name="due_on", judge=cells.day),
                Column(name="goods", judge=cells.yes_or_no),
                Column(name="same_day", judge=optional(cells.yes_or_no), absent=True),
                Column(name="act_channel", judge=optional(word(Channel)), absent=True),
                Column(name="act_at", judge=optional(cells.instant), absent=True),
            ),
            key=("merchant", "external_id", "instalment"),
            record=recording.orders,
        ),
        Sheet(
            kind=SheetKind.SCREENINGS,
            columns=(
                Column(name="party", judge=word(Party)),
                Column(name="external_id", judge=_KEY),
                Column(name="status", judge=word(Screening)),
                Column(name="provider", judge=text(_NAME, Sort.NAME)),
                Column(name="reference", judge=text(_NAME, Sort.NAME)),
                Column(name="screened_on", judge=cells.day),
                Column(name="expires_on", judge=optional(cells.day)),
            ),
            key=("party", "external_id", "provider", "reference"),
            record=recording.screenings,
        ),
    )
}
ORDER: tuple[SheetKind, ...] = tuple(SheetKind)


def sheet_of(header: Sequence[str], line: int) -> Sheet | LineFault:
    """Return the sheet whose columns these are, in any order; otherwise the columns that are unknown, missing or twice.

    A cell that does not look like a column's name is never quoted: a file without a header starts with a row.
    """
    named = set(header)
    nearest = max(SHEETS.values(), key=lambda sheet: len(named & set(sheet.names)) - len(_needed(sheet) - named))
    wanted = set(nearest.names)
    unknown = [_told(name, at) for at, name in enumerate(header, 1) if name not in wanted]
    missing = [column.name for column in nearest.columns if column.name not in named and not column.absent]
    twice = sorted(name for name in named & wanted if header.count(name) > 1)
    if not (unknown or missing or twice):
        return nearest
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        return _header_fault(line, "The cells are not separated by commas. Save the file as CSV with commas.")
    if not named & wanted:
        kinds = "; ".join(f"{sheet.kind}: {', '.join(sheet.names)}" for sheet in SHEETS.values())
        return _header_fault(line, f"No column of ours is named here. The first line names the columns of {kinds}.")
    parts = (("unknown", unknown), ("missing", missing), ("named twice", twice))
    what = "; ".join(f"{word_} {', '.join(names)}" for word_, names in parts if names)
    return _header_fault(
        line, f"This looks like {nearest.kind}, with columns {what}. Give it exactly the columns of one."
    )


def _needed(sheet: Sheet) -> set[str]:
    """Return the columns that a sheet of this kind always has."""
    return {column.name for column in sheet.columns if not column.absent}


def _told(name: str, at: int) -> str:
    return name if _TOLD.fullmatch(name) else f"number {at}"


def _header_fault(line: int, message: str) -> LineFault:
    return LineFault(line=line, check="import-header", message=message)
