"""What a report is written in, told by its content and never by a file's name."""

import re

from ingather.reports.items import Carrier
from ingather.reports.lines import eight_bit

_RECORD = 94
_NACHA_FIRST = b"156789"
_FIXED_WIDTH = 224
_FIXED_TYPES = b"HSRNDAPVBT"
_SIZES = slice(34, 40)
_HEAD = 1 << 16
_ISO_ROOTS = {
    b"BkToCstmrAcctRpt": Carrier.CAMT_052,
    b"BkToCstmrStmt": Carrier.CAMT_053,
    b"BkToCstmrDbtCdtNtfctn": Carrier.CAMT_054,
    b"CstmrPmtStsRpt": Carrier.PAIN_002,
}
_ISO_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(" + b"|".join(_ISO_ROOTS) + rb")[\s/>]")
_ISO_NAMESPACE = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:(camt\.05[234]|pain\.002)\.")
_ISO_OTHER = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:([a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2})")
_FEDACH = re.compile(rb"ACKNOWLEDGE?MENT OF ACH FILE")
_SWIFT_TAG = re.compile(rb"(?:^|\n):[0-9]{2}[A-Z]?:")
_SWIFT_KIND = re.compile(rb"(?:^|\n):(60[FM]|34F|13D|90[CD]):|\{2:[IO](94[02])")
_SWIFT_INTERIM = frozenset({b"34F", b"13D", b"90C", b"90D", b"942"})
_FOREIGN = (
    (b"<", "XML of a kind that is no bank report"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"PK", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"-----BEGIN PGP", "an encrypted message"),
    (b"ISA", "an EDI interchange"),
)


def recognise(data: bytes) -> Carrier:
    """Return what a report is written in, by its beginning alone; ``unknown`` when no carrier's signs are there."""
    head = _beginning(data)
    if head.startswith(b"<"):
        return _iso(head)
    if head.startswith(b"01,"):
        return Carrier.BAI2
    if (swift := _swift(head)) is not Carrier.UNKNOWN:
        return swift
    if _FEDACH.search(head[:1024]) is not None:
        return Carrier.FEDACH_ACKNOWLEDGEMENT
    if head.startswith(b"ACKNOWLEDGEMENT "):
        return Carrier.PLAIN_ACKNOWLEDGEMENT
    return _by_first_record(head)


def describe_unread(data: bytes) -> str:
    """Return the sentence for bytes that no carrier's signs are in: what they look like instead."""
    head = _beginning(data).lstrip()
    if not head:
        return "The report is empty."
    if head.startswith(b"<") and (named := _ISO_OTHER.search(head)) is not None:
        message = named[1].decode("ascii")
        return f"This is the XML message {message}, which is no report that is read here."
    for prefix, name in _FOREIGN:
        if head.startswith(prefix):
            return f"This looks like {name}, which is not read here."
    return "This is no report of a kind we read."


def _beginning(data: bytes) -> bytes:
    """Return the first bytes of a report as an eight-bit text, without a byte order mark and leading blank lines."""
    head = eight_bit(data[:_HEAD])
    bare = head.lstrip()
    return bare if bare.startswith((b"<", b"{", b"01,", b":")) else head.lstrip(b"\r\n")


def _iso(head: bytes) -> Carrier:
    if (root := _ISO_ROOT.search(head)) is not None:
        return _ISO_ROOTS[root[1]]
    if (named := _ISO_NAMESPACE.search(head)) is not None:
        return Carrier(named[1].decode("ascii"))
    return Carrier.UNKNOWN


def _swift(head: bytes) -> Carrier:
    if not head.startswith(b"{1:") and _SWIFT_TAG.search(head[:2048]) is None:
        return Carrier.UNKNOWN
    kind = _SWIFT_KIND.search(head)
    return Carrier.MT942 if kind is not None and (kind[1] or kind[2]) in _SWIFT_INTERIM else Carrier.MT940


def _by_first_record(head: bytes) -> Carrier:
    first = head[: 4 * _FIXED_WIDTH].split(b"\n", 1)[0].removesuffix(b"\r")
    if first.startswith(b"A|1|"):
        return Carrier.ACKNOWLEDGEMENT
    if first[:1].isalpha() and first[1:2] == b"|":
        return Carrier.STR_DELIMITED
    of_width = len(first) == _FIXED_WIDTH and first[:1] in _FIXED_TYPES
    if b"|" not in first and (of_width or (first.startswith(b"H01") and len(first) > _RECORD)):
        return Carrier.STR_FIXED
    if first[_SIZES] == b"094101" or (first[:1] and first[:1] in _NACHA_FIRST and len(first.rstrip()) > _RECORD // 2):
        return Carrier.NACHA
    return Carrier.UNKNOWN
