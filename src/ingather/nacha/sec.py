"""The table of SEC codes: what each allows, and how far it is read and written (RB13 Appendix Three).

The rows stand in ``sec_codes.csv`` with their sources; where those disagree or say nothing the row lets more through.
"""

from dataclasses import dataclass
from enum import StrEnum

from ingather.nacha.tables import rows_of
from ingather.nacha.transaction_codes import Use


class Holder(StrEnum):
    """Whose account a code is for; the account's holder decides the code, not the buyer's trade."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    EITHER = "either"


class Depth(StrEnum):
    """How far a code goes here: written for our own purpose and read, or read with all its checks."""

    WRITTEN = "written"
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecRow:
    """One SEC code, as its forward entries are; returns and changes keep the code and follow rules of their own.

    ``max_addenda`` counts an entry's addenda, which are of ``addenda_types``; ``addenda_required`` leaves out prenotes
    and does not repeat that zero-dollar entries need one. ``counts_addenda`` says that the entry announces its addenda.
    ``debits`` and ``credits`` are the directions allowed (the other one only when it reverses), ``uses`` what an entry
    may do. ``non_monetary`` entries have no amount whatever their code; ``amount_limit_cents`` is 0 where none is set.
    ``entry_description`` is what columns 54 to 63 of the batch must say, empty for most.
    """

    code: str
    title: str
    holder: Holder
    depth: Depth
    entry_layout: str
    batch_layout: str
    debits: bool
    credits: bool
    uses: frozenset[Use]
    addenda_types: frozenset[int]
    max_addenda: int
    addenda_required: bool
    counts_addenda: bool
    name_mandatory: bool
    serial_mandatory: bool
    non_monetary: bool
    amount_limit_cents: int
    entry_description: str


_USES = {"live": Use.LIVE, "prenote": Use.PRENOTE, "zero-dollar": Use.ZERO_DOLLAR}
_YES = "yes"


def _row(row: dict[str, str]) -> SecRow:
    directions = row["directions"].split()
    return SecRow(
        code=row["code"],
        title=row["title"],
        holder=Holder(row["holder"]),
        depth=Depth(row["depth"]),
        entry_layout=row["entry_layout"],
        batch_layout=row["batch_layout"],
        debits="debit" in directions,
        credits="credit" in directions,
        uses=frozenset(_USES[use] for use in row["uses"].split()),
        addenda_types=frozenset(int(kind) for kind in row["addenda_types"].split()),
        max_addenda=int(row["max_addenda"]),
        addenda_required=row["addenda_required"] == _YES,
        counts_addenda=row["counts_addenda"] == _YES,
        name_mandatory=row["name_mandatory"] == _YES,
        serial_mandatory=row["serial_mandatory"] == _YES,
        non_monetary=row["non_monetary"] == _YES,
        amount_limit_cents=int(row["amount_limit_cents"]),
        entry_description=row["entry_description"],
    )


SEC_CODES: dict[str, SecRow] = {row["code"]: _row(row) for row in rows_of("sec_codes.csv")}
