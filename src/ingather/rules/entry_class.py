"""Which SEC code, description and payment type a debit carries, by who holds the account and how it was authorized.

A business account takes CCD. A consumer's takes WEB when authorized online, TEL by phone, PPD on signed paper. The
wrong class gives a business the consumer's sixty days, or sends a consumer's debit back as R05.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cache

import numpy as np
import numpy.typing as npt

from ingather.nacha.descriptions import reserved_in
from ingather.rules.rows import in_force
from ingather.rules.vocabulary import AuthorizationKind, Channel, Holder

Codes = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]

SEC_CODES: tuple[str, ...] = ("", "CCD", "PPD", "WEB", "TEL")
ORIGINATED: frozenset[str] = frozenset(SEC_CODES) - {""}
PAYMENT_TYPES: tuple[str, ...] = ("", "R", "S")

_CCD, _PPD, _WEB, _TEL = range(1, 5)
_RECURRING, _SINGLE = 1, 2


class Description(IntEnum):
    """The company entry description: the merchant's own word, or one the Rules reserve."""

    OWN = 0
    PURCHASE = 1
    RETRY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryClasses:
    """The chosen class of ``n`` debits as codes.

    ``sec`` indexes ``SEC_CODES`` (0: none fits), ``payment_type`` indexes ``PAYMENT_TYPES`` (columns 77 to 78),
    ``description`` holds ``Description`` codes; ``description_words`` gives the texts.
    """

    sec: Codes
    payment_type: Codes
    description: Codes


def choose(
    *,
    holder: npt.NDArray[np.integer],
    channel: npt.NDArray[np.integer],
    goods: Mask,
    authorization_kind: npt.NDArray[np.integer],
    retry: Mask,
    effective_on: date,
) -> EntryClasses:
    """Return the entry class of each of ``n`` debits that settle on one date.

    All arguments are ``(n,)``: ``holder``, ``channel`` and ``authorization_kind`` hold the codes of the vocabulary,
    ``goods`` marks an order for goods, ``retry`` a re-presentment. An unknown holder or channel gets no class (0).
    A debit under a standing authorization is single: each is started by an act of its own. PURCHASE is for goods bought
    online by a consumer: WEB, and TEL under a standing authorization.
    """
    sec = _class_matrix(effective_on)[holder, channel]
    typed = (sec == _WEB) | (sec == _TEL)
    recurring = authorization_kind == AuthorizationKind.RECURRING
    payment_type = np.where(typed, np.where(recurring, _RECURRING, _SINGLE), 0).astype(np.int8)
    description = np.zeros(len(sec), np.int8)
    if "PURCHASE" in in_force("descriptions", effective_on):
        standing = authorization_kind == AuthorizationKind.STANDING
        description[((sec == _WEB) | ((sec == _TEL) & standing)) & goods] = Description.PURCHASE
    description[retry] = Description.RETRY
    return EntryClasses(sec=sec, payment_type=payment_type, description=description)


def description_words(own: str) -> tuple[str, ...]:
    """Return the texts of the ``Description`` codes, with a merchant's own word for the first."""
    return (own, "PURCHASE", "RETRY PYMT")


def fault_of_description(own: str, /) -> str:
    """Return why a merchant's own word cannot describe its debits, or nothing.

    Blanks and zeros are rejected by the operator; a word that the Rules reserve is set here where they ask for it, and
    says something untrue on any other debit (RB13 Appendix Three).
    """
    if not own.strip(" 0"):
        return "an entry description is neither blank nor zeros; the operator rejects such a batch"
    if word := reserved_in(own):
        return f"the Rules reserve {word} for debits of one kind, which get it by themselves; choose another word"
    return ""


def foreign_classes(entry_classes: Iterable[str], /) -> tuple[str, ...]:
    """Return the classes among these that we never originate, IAT before all, sorted."""
    return tuple(sorted(set(entry_classes) - ORIGINATED))


@cache
def _class_matrix(effective_on: date) -> Codes:
    matrix = np.zeros((len(Holder), len(Channel)), np.int8)
    for row in in_force("entry_classes", effective_on).values():
        place = Holder[row.values["holder"].upper()], Channel[row.values["channel"].upper()]
        matrix[place] = SEC_CODES.index(row.values["sec"])
    return matrix
