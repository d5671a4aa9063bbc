"""Keys of the API and tokens of people who are signed in: made once, shown once, kept only as keyed hashes.

A token is ``ing_test_<id>_<secret><check>``: the mark of its book, the id by which its row is found, 43 random
characters, and six that scanners for leaked secrets, and we, can check without asking a book.
"""

import secrets
import string
import zlib
from dataclasses import dataclass, field

_LETTERS = string.digits + string.ascii_letters
_SECRET = 43
_CHECK = 6
_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token taken apart; ``sort`` is ``test`` or ``live`` for keys of a book so marked, ``ses`` for a session."""

    sort: str
    id: str
    secret: str = field(repr=False)


def new_token(sort: str, token_id: str) -> Token:
    """Return a token nobody can guess, for the row with this id."""
    return Token(sort=sort, id=token_id, secret="".join(secrets.choice(_LETTERS) for _ in range(_SECRET)))


def token_text(token: Token) -> str:
    """Return what its holder keeps."""
    return f"ing_{token.sort}_{token.id}_{token.secret}{_check(token.sort, token.id, token.secret)}"


def parse_token(text: str) -> Token | None:
    """Return a token's parts; None for what is none, or was mistyped or cut."""
    parts = text.split("_")
    if len(parts) != _PARTS or parts[0] != "ing" or len(parts[3]) != _SECRET + _CHECK:
        return None
    _, sort, token_id, rest = parts
    secret = rest[:_SECRET]
    if rest[_SECRET:] != _check(sort, token_id, secret):
        return None
    return Token(sort=sort, id=token_id, secret=secret)


def _check(*parts: str) -> str:
    number = zlib.crc32("_".join(parts).encode("utf-8", "replace"))
    letters = []
    for _ in range(_CHECK):
        number, letter = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[letter])
    return "".join(letters)
