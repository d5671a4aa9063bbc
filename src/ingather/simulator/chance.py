"""Chance that the seed alone decides: the same actor and key draw the same number in every run and any order."""

from dataclasses import dataclass
from hashlib import blake2b

TEN_THOUSAND = 10_000


@dataclass(frozen=True, slots=True)
class Chance:
    """A source of numbers that depend on the seed, the actor and the key, never on what was drawn before."""

    seed: int

    def draw(self, actor: str, key: str, sides: int) -> int:
        """Return a whole number from 0 to ``sides`` - 1."""
        digest = blake2b(f"{self.seed}/{actor}/{key}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) % sides

    def happens(self, actor: str, key: str, per_10_000: int) -> bool:
        """Return whether something with this share (of ten thousand) comes true for this key."""
        return self.draw(actor, key, TEN_THOUSAND) < per_10_000


def account_mark(seed: int, number: str) -> int:
    """Return a keyed 63-bit mark of an account number: equal for equal numbers, and it does not give them away."""
    digest = blake2b(number.strip().encode(), digest_size=8, key=f"account/{seed}".encode()).digest()
    return int.from_bytes(digest) >> 1
