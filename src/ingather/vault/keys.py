"""The key ring of a host: a folder beside the book, or wherever ``INGATHER_KEYS`` points, with one key file.

The folder also names the instance, so that a copy of a book on another host is known for what it is. The file is
refused when anybody but its owner can read it.
"""

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from ingather.domain.refusals import KeyMissing

_FILE = "ring.json"
_KEY_BYTES = 32
_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """The keys of one instance: sealing keys by number, the current number, and the key of the lookup index."""

    instance: str
    current: int
    sealing: dict[int, bytes] = field(repr=False)
    index: bytes = field(repr=False)

    def __repr__(self) -> str:
        """Show the instance and nothing of the keys."""
        return f"KeyRing(instance={self.instance!r}, ***)"


def make_ring(folder: Path) -> KeyRing:
    """Make a new key folder (0700) and its key file (0600); raises ``KeyMissing`` when there is a ring already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = KeyRing(
        instance=secrets.token_hex(8),
        current=1,
        sealing={1: secrets.token_bytes(_KEY_BYTES)},
        index=secrets.token_bytes(_KEY_BYTES),
    )
    content = {
        "instance": ring.instance,
        "current": ring.current,
        "sealing": {str(number): key.hex() for number, key in ring.sealing.items()},
        "index": ring.index.hex(),
    }
    path = folder / _FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fact = f"there is a key ring already in {folder}"
        raise KeyMissing(fact, "Choose another folder; keys are never overwritten") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    return ring


def load_ring(folder: Path) -> KeyRing:
    """Return the ring kept in a folder; raises ``KeyMissing`` when there is none or others may read it."""
    path = folder / _FILE
    try:
        if path.stat().st_mode & _OTHERS:
            fact = f"others than its owner may read the key file in {folder}"
            raise KeyMissing(fact, "chmod 600 the file, and change the keys if anybody may have read it")
        content = json.loads(path.read_text("ascii"))
        return KeyRing(
            instance=content["instance"],
            current=content["current"],
            sealing={int(number): bytes.fromhex(key) for number, key in content["sealing"].items()},
            index=bytes.fromhex(content["index"]),
        )
    except FileNotFoundError:
        fact = f"there is no key ring in {folder}"
        raise KeyMissing(fact) from None
    except (ValueError, KeyError, TypeError):
        # The cause is dropped on purpose: a decoder's message could quote key material.
        fact = f"the key ring in {folder} cannot be read"
        raise KeyMissing(fact, "Restore the folder from its backup") from None
