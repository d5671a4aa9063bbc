"""The table of SEC codes: what each allows, and how far it is read and written."""

from dataclasses import dataclass
from enum import StrEnum


class Holder(StrEnum):
    """Whose account a code is for; the account's holder decides the code, not the buyer's trade."""

    CONSUMER = "consumer"
    BUSINESS = "business"
    EITHER = "either"


class Depth(StrEnum):
    """How far a code goes here: written and read, read with all checks, or read generically (records counted)."""

    WRITTEN = "written"
    READ = "read"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecRow:
    """One SEC code: addenda allowed per entry, whether the receiver's name is mandatory, and the entry's layout."""

    code: str
    title: str
    holder: Holder
    max_addenda: int
    name_mandatory: bool = False
    depth: Depth = Depth.GENERIC
    entry_layout: str = "6"


def _generic(code: str, title: str, holder: Holder, max_addenda: int, entry_layout: str = "6") -> SecRow:
    return SecRow(code=code, title=title, holder=holder, max_addenda=max_addenda, entry_layout=entry_layout)


_C, _B, _E = Holder.CONSUMER, Holder.BUSINESS, Holder.EITHER
_WRITTEN = Depth.WRITTEN

SEC_CODES: dict[str, SecRow] = {
    row.code: row
    for row in (
        SecRow(code="CCD", title="Corporate Credit or Debit", holder=_B, max_addenda=1, depth=_WRITTEN),
        SecRow(code="PPD", title="Prearranged Payment and Deposit", holder=_C, max_addenda=1, depth=_WRITTEN),
        SecRow(
            code="WEB",
            title="Internet-Initiated or Mobile",
            holder=_C,
            max_addenda=1,
            name_mandatory=True,
            depth=_WRITTEN,
        ),
        SecRow(
            code="TEL",
            title="Telephone-Initiated",
            holder=_C,
            max_addenda=0,
            name_mandatory=True,
            depth=_WRITTEN,
        ),
        SecRow(code="COR", title="Notification of Change", holder=_E, max_addenda=1, depth=Depth.READ),
        _generic("ACK", "Acknowledgment of a CCD credit", _B, 1),
        _generic("ADV", "Automated Accounting Advice", _B, 1, "6ADV"),
        _generic("ARC", "Accounts Receivable", _E, 0),
        _generic("ATX", "Acknowledgment of a CTX credit", _B, 9999, "6CTX"),
        _generic("BOC", "Back Office Conversion", _E, 0),
        _generic("CIE", "Customer-Initiated", _C, 1),
        _generic("CTX", "Corporate Trade Exchange", _B, 9999, "6CTX"),
        _generic("DNE", "Death Notification", _C, 1),
        _generic("ENR", "Automated Enrollment", _C, 9999, "6CTX"),
        _generic("IAT", "International", _E, 12, "6IAT"),
        _generic("MTE", "Machine Transfer", _C, 1),
        _generic("POP", "Point of Purchase", _E, 0),
        _generic("POS", "Point of Sale", _C, 1),
        _generic("RCK", "Re-presented Check", _C, 0),
        _generic("SHR", "Shared Network", _C, 1),
        _generic("TRC", "Truncated", _C, 0),
        _generic("TRX", "Truncated, with addenda", _C, 9999, "6CTX"),
        _generic("XCK", "Destroyed Check", _C, 0),
    )
}
