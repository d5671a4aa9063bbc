"""Callers that were looked up a moment ago: a burst of calls with one key asks the book once.

A key that is revoked past this process, by the command line or another process, opens for that moment longer; whatever
changes callers through this process forgets all of them at once, and whom the book was asked for before that is not
remembered when it answers.
"""

import hashlib
import secrets
import time
from collections import OrderedDict

from ingather.domain.users import Caller

_MOST = 10_000


class KnownCallers:
    """Callers by a keyed hash of their token, each for so many milliseconds; with none, nobody is remembered."""

    def __init__(self, for_ms: int) -> None:
        """Begin with nobody."""
        self._for_ns = for_ms * 1_000_000
        self._secret = secrets.token_bytes(32)
        self._callers: OrderedDict[bytes, tuple[Caller, int]] = OrderedDict()
        self._forgotten = 0

    @property
    def forgotten(self) -> int:
        """Return how many times all were forgotten: what ``keep`` is told, as it was before the book was asked."""
        return self._forgotten

    def get(self, token: str) -> Caller | None:
        """Return who a token was a moment ago, None when the book must be asked."""
        found = self._callers.get(self._digest(token))
        return found[0] if found is not None and time.monotonic_ns() < found[1] else None

    def keep(self, token: str, caller: Caller, *, asked: int) -> None:
        """Remember who a token is, unless all were forgotten since the book was asked, when it may have changed."""
        if not self._for_ns or asked != self._forgotten:
            return
        digest = self._digest(token)
        self._callers[digest] = (caller, time.monotonic_ns() + self._for_ns)
        self._callers.move_to_end(digest)
        if len(self._callers) > _MOST:
            self._callers.popitem(last=False)

    def forget(self) -> None:
        """Remember nobody."""
        self._forgotten += 1
        self._callers.clear()

    def _digest(self, token: str) -> bytes:
        return hashlib.blake2b(token.encode("utf-8", "replace"), key=self._secret, digest_size=16).digest()
