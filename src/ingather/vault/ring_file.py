"""What the files of a key folder hold: the ring's own, and one of each key-encrypting key."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ingather.domain.refusals import KeyMissing
from ingather.vault import key_files

RING = "ring.json"
SUFFIX = ".kek"
_FORMAT = 2
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What ``ring.json`` holds. A ring from before there were roots has its sealing keys and index key in plain.

    One that was made before its book waits for it.
    """

    instance: str
    root: str = ""
    roots: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    index_root: str = ""
    index: bytes = field(repr=False)
    sealing: dict[str, bytes] = field(default_factory=dict, repr=False)
    waiting: bool = False


def read_ring(folder: Path) -> Kept:
    """Return what the file of a ring holds; raises ``KeyMissing`` without one, and as ``parsed`` does."""
    try:
        return parsed(folder, lambda: _ring_of(json.loads(key_files.read_closed(folder / RING))))
    except FileNotFoundError:
        fact = f"there is no key ring in {folder}"
        raise KeyMissing(fact) from None


def parsed(folder: Path, read: Callable[[], _Found]) -> _Found:
    """Return what is read; raises ``KeyMissing`` when it is not what such a file holds."""
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause is dropped on purpose: a decoder's message could quote key material.
        fact = f"the key ring in {folder} cannot be read"
        raise KeyMissing(fact, "Restore the folder from its backup") from None


def _ring_of(content: dict[str, object]) -> Kept:
    match content:
        case {"format": 2, "instance": str(instance), "root": str(root), "roots": dict(roots), "index": dict(index)}:
            return Kept(
                instance=instance,
                root=root,
                roots={str(name): dict(has) for name, has in roots.items()},
                index_root=index["root"],
                index=bytes.fromhex(index["wrapped"]),
                waiting=content.get("waiting") is True,
            )
        case {"instance": str(instance), "sealing": dict(sealing), "index": str(index_key)}:
            keys = {f"sealing-{int(number)}": bytes.fromhex(key) for number, key in sealing.items()}
            return Kept(instance=instance, sealing=keys, index=bytes.fromhex(index_key))
        case _:
            raise ValueError


def write_ring(folder: Path, kept: Kept, *, new: bool = False) -> None:
    """Write the file of a ring in one step, durably; raises ``FileExistsError`` when it is not ``new``."""
    content: dict[str, object] = {
        "format": _FORMAT,
        "instance": kept.instance,
        "root": kept.root,
        "roots": kept.roots,
        "index": {"root": kept.index_root, "wrapped": kept.index.hex()},
        "waiting": kept.waiting,
    }
    if not kept.root:
        content = {
            "instance": kept.instance,
            "sealing": {name.removeprefix("sealing-"): key.hex() for name, key in kept.sealing.items()},
            "index": kept.index.hex(),
        }
    key_files.write_closed(folder / RING, json.dumps(content), new=new)


def read_kek(path: Path) -> tuple[str, bytes]:
    """Return the root of a key-encrypting key and the key wrapped by it; raises ``FileNotFoundError`` without one."""
    content = json.loads(key_files.read_closed(path))
    return content["root"], bytes.fromhex(content["wrapped"])
