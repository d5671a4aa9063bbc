"""Keys and public ids: a time-ordered 63-bit key, and its Crockford base32 form with a prefix.

A key is ``milliseconds since 2020-01-01 UTC (41 bits) | node (10 bits) | counter (12 bits)``. The public id is
computed from it and never stored: ``ord_`` and thirteen characters. Those thirteen characters alone are the
reference an order carries in columns 40 to 54 of its entries.
"""

from enum import StrEnum

import numpy as np
import numpy.typing as npt

EPOCH_MS = 1_577_836_800_000
NODE_BITS = 10
COUNTER_BITS = 12
COUNTERS = 1 << COUNTER_BITS
KEY_WIDTH = 13

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_LETTERS = frozenset(_VALUE) | {letter.lower() for letter in _VALUE}
_AS_DIGITS = {ord(each): "0123456789abcdefghijklmnopqrstuv"[_VALUE[each.upper()]] for each in _LETTERS}
"""Our letters as Python writes base 32."""
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_PAIR_SHIFTS = (50, 40, 30, 20, 10, 0)
_ALPHABET_BYTES = np.frombuffer(_ALPHABET.encode(), np.uint8)
_SHIFTS = np.arange(60, -1, -5, dtype=np.int64)


class Prefix(StrEnum):
    """What a public id names."""

    ORDER = "ord"
    AUTHORIZATION = "auth"
    ACCOUNT = "acc"
    BUYER = "buy"
    MERCHANT = "mer"
    FILE = "fil"
    BATCH = "bat"
    ENTRY = "ent"
    RETURN = "ret"
    CORRECTION = "cor"
    REPORT = "rep"
    CASE = "case"
    SETTLEMENT = "stl"
    EVENT = "evt"
    ORIGINATOR = "org"
    ROUTE = "rte"
    USER = "usr"
    RULE_SET = "rul"
    FOLLOW_UP = "fup"
    DISPUTE = "dsp"
    REQUEST = "req"
    PAYOUT = "pay"
    POSTING = "pst"
    MATCH = "mat"
    MERCHANT_ACCOUNT = "mac"
    WORK_RUN = "run"
    FEED = "fed"
    API_KEY = "key"
    SESSION = "ses"
    WEBHOOK = "whk"
    MESSAGE = "msg"
    CALL = "call"
    AUDIT = "aud"


def compose_key(*, ms: int, node: int, counter: int) -> int:
    """Return the key of one moment (Unix milliseconds), node and counter."""
    return ((ms - EPOCH_MS) << (NODE_BITS + COUNTER_BITS)) | (node << COUNTER_BITS) | counter


def moment_of(key: int) -> int:
    """Return the moment of a key in Unix milliseconds."""
    return (key >> (NODE_BITS + COUNTER_BITS)) + EPOCH_MS


def encode_key(key: int) -> str:
    """Return a key's thirteen base32 characters."""
    # Two letters at a time: ids are written by the ten thousand.
    return _ALPHABET[(key >> 60) & 31] + "".join([_PAIRS[(key >> shift) & 1023] for shift in _PAIR_SHIFTS])


def decode_key(text: str) -> int:
    """Return the key of thirteen base32 characters; raises ``ValueError`` for anything else."""
    if len(text) != KEY_WIDTH:
        message = f"an id has {KEY_WIDTH} characters after its prefix, this one has {len(text)}"
        raise ValueError(message)
    if not _LETTERS.issuperset(text):
        message = "an id holds only digits and capital letters other than I, L, O and U"
        raise ValueError(message)
    key = int(text.translate(_AS_DIGITS), 32)
    if key >= 1 << 63:
        message = "an id is at most 63 bits long"
        raise ValueError(message)
    return key


def encode_keys(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return the base32 characters of ``(n,)`` keys as ``(n, 13)`` ASCII bytes."""
    letters: npt.NDArray[np.uint8] = _ALPHABET_BYTES[(keys[:, None] >> _SHIFTS) & 31]
    return letters


def public_id(prefix: Prefix, key: int) -> str:
    """Return the id people and systems see, such as ``ord_0C4M7R2V9K1HZ``."""
    return f"{prefix}_{encode_key(key)}"


def parse_public_id(prefix: Prefix, text: str) -> int:
    """Return the key behind a public id; raises ``ValueError`` when the prefix or the characters do not fit."""
    found, _, rest = text.partition("_")
    if found != prefix or not rest:
        message = f"expected an id that starts with {prefix}_"
        raise ValueError(message)
    return decode_key(rest)
