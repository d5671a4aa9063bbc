"""The account numbers of the tests: all invented, all distinctive, so that one that escapes is recognised anywhere.

Tests use no other account numbers than ``ACCOUNTS``, ``red_account`` and those of ``nacha_samples/demo``; the plugin
in ``tests/redaction.py`` looks for them in everything a test says.
"""

import csv
from functools import cache
from pathlib import Path

ACCOUNTS = (
    "436585908",
    "4088958398",
    "78584039667",
    "273239003672",
    "4238836129137",
    "47061295463661",
    "881466983730016",
    "4020935535906946",
    "71094080181861996",
    "901967385",
    "2505490317",
    "45208373491",
    "964857157519",
    "6092400240786",
    "20866533269235",
    "864255330758434",
    "6063803024900467",
    "63894124237670400",
    "596264766",
    "3515970766",
    "90139313854",
    "945561561093",
    "6244576589068",
    "80261046466483",
    "747632497718715",
    "1240810246257940",
    "24821208180043662",
    "360305601",
    "6761217614",
    "26705629569",
    "291322213694",
    "3545777490647",
    "35285242989756",
    "960125843883579",
    "1060639163771804",
    "60350463393066408",
    "819284953",
    "9891971749",
    "27251892645",
    "861826595974",
)
STEM = "4829017"
_DEMO = Path(__file__).parent.parent / "nacha_samples" / "demo" / "accounts.csv"


def red_account(index: int, /) -> str:
    """Return the account number with this index: one of ``ACCOUNTS``, then as many more as a test asks for.

    Those past ``ACCOUNTS`` all start with ``STEM`` and have 15 digits; indexes up to 99,999,999 give different ones.
    """
    return ACCOUNTS[index] if index < len(ACCOUNTS) else f"{STEM}{index:08d}"


@cache
def known() -> frozenset[str]:
    """Return every fixed account number: ``ACCOUNTS`` and those of the demo."""
    if not _DEMO.exists():
        return frozenset(ACCOUNTS)
    with _DEMO.open(encoding="utf-8", newline="") as rows:
        return frozenset(ACCOUNTS) | {row["account_number"] for row in csv.DictReader(rows)}
