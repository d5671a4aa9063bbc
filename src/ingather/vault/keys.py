"""The key ring of a host: a folder beside the book, or wherever ``INGATHER_KEYS`` points.

It names the instance, so that a copy of a book on another host is known for what it is, and holds by name the keys
that wrap the book's data keys: a root, kept by a provider, and files of keys that the root wraps. An epoch of evidence
has such a file of its own: without it no backup of the book opens what that epoch sealed.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TypeVar

from ingather.domain.keys import Provider
from ingather.domain.refusals import KeyDestroyed, KeyMissing, WrongState
from ingather.vault import key_files
from ingather.vault.providers import KEY_BYTES, KeyProvider, kept_root, new_root, provider_of, unwrap_with, wrap_with

_FILE = "ring.json"
_FORMAT = 2
_SUFFIX = ".kek"
_NAME = re.compile(r"[a-z]+-[0-9]+(-[0-9a-f]{8})?")
_INDEX = "index"
_Found = TypeVar("_Found")
SEALING = "sealing-1"
"""The key of a book that was founded before there were epochs: its one sealing key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
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


class KeyRing:
    """The keys of one instance. Files of keys are read when they are needed and not kept in memory."""

    __slots__ = ("_kept", "_lock", "folder", "index", "instance")

    def __init__(self, folder: Path, kept: _Kept) -> None:
        """Take what the ring's file holds, and unwrap the index key."""
        self.folder = folder
        self.instance = kept.instance
        self._kept = kept
        self._lock = Lock()
        self.index = kept.index
        if kept.root:
            self.index = self._root(kept.index_root).unwrap(kept.index, instance=self.instance, of=_INDEX)

    def __repr__(self) -> str:
        """Show the instance and nothing of the keys."""
        return f"KeyRing(instance={self.instance!r}, ***)"

    @property
    def root(self) -> str:
        """Return the name of the root under which new keys are wrapped; empty in a ring from before there were any."""
        return self._kept.root

    @property
    def provider(self) -> Provider:
        """Return who keeps the root."""
        return provider_of(self.root) if self.root else Provider.FILE

    def roots(self) -> tuple[str, ...]:
        """Return the names of all roots that the ring knows, the present one first."""
        return tuple(sorted(self._kept.roots, key=lambda name: name != self.root))

    def keks(self) -> tuple[str, ...]:
        """Return the names of the key-encrypting keys that lie in the folder."""
        return tuple(sorted(path.name.removesuffix(_SUFFIX) for path in self.folder.glob(f"*{_SUFFIX}")))

    def make_kek(self, stem: str) -> str:
        """Make a key-encrypting key with a name of its own, such as ``evidence-3-1f2e3d4c``, durably; return the name.

        Raises ``WrongState`` for a ring without a root, and ``KeysSilent`` when its keeper is.
        """
        name = f"{stem}-{secrets.token_hex(4)}"
        self._keep_kek(name, secrets.token_bytes(KEY_BYTES))
        return name

    def destroy_kek(self, name: str) -> bool:
        """Destroy a key-encrypting key for good; returns whether it was there. What it wrapped opens nowhere again."""
        if self._kept.sealing.pop(name, None) is not None:
            _write_ring(self.folder, self._kept)
            return True
        return key_files.destroy(self._path(name))

    def wrap(self, kek: str, plain: bytes, *, of: str) -> bytes:
        """Return a data key wrapped by a root or a key-encrypting key, bound to the instance and to what it is."""
        if ":" in kek:
            return self._root(kek).wrap(plain, instance=self.instance, of=of)
        return wrap_with(self.kek(kek), plain, instance=self.instance, of=of)

    def unwrap(self, kek: str, wrapped: bytes, *, of: str) -> bytes:
        """Return a data key.

        Raises ``KeyDestroyed`` when its key-encrypting key is gone, ``KeyMissing`` when the ring never had the root,
        ``BrokenInvariant`` when it was changed and ``KeysSilent`` when the root's keeper is.
        """
        if ":" in kek:
            return self._root(kek).unwrap(wrapped, instance=self.instance, of=of)
        return unwrap_with(self.kek(kek), wrapped, instance=self.instance, of=of)

    def kek(self, name: str) -> bytes:
        """Return a key-encrypting key; raises ``KeyDestroyed`` when it is gone, and as ``unwrap`` does."""
        if (plain := self._kept.sealing.get(name)) is not None:
            return plain
        try:
            root, wrapped = self._wrapped(name)
        except FileNotFoundError:
            fact = f"the key {name} is not in the key folder: it was destroyed, or the folder is an older copy"
            raise KeyDestroyed(fact) from None
        return self._root(root).unwrap(wrapped, instance=self.instance, of=name)

    def adopt(self, provider: Provider, key_id: str | None = None) -> bool:
        """Give a ring from before there were roots one; returns whether there was anything to do.

        Its sealing keys become key-encrypting keys in files of their own, wrapped like the index key.
        """
        if self.root:
            return False
        root = new_root(provider, key_id)
        for name, key in self._kept.sealing.items():
            self._write_kek(root, name, key)
        wrapped = root.wrap(self.index, instance=self.instance, of=_INDEX)
        kept = replace(
            self._kept, root=root.name, roots={root.name: root.kept()}, index_root=root.name, index=wrapped, sealing={}
        )  # fmt: skip
        _write_ring(self.folder, kept)
        self._kept = kept
        return True

    def add_root(self, provider: Provider, key_id: str | None = None) -> str:
        """Make a new root the present one, durably, and return its name; the old ones still unwrap.

        Raises ``WrongState`` when it is the present one already, or the ring has none.
        """
        self._reread()
        if not self.root:
            raise _unadopted()
        root = new_root(provider, key_id)
        if root.name == self.root:
            fact = f"{root.name} is the root of this ring already"
            raise WrongState(fact, "Set INGATHER_KEK_NEXT to a new key, or name another one with --key-id")
        kept = replace(self._kept, root=root.name, roots=self._kept.roots | {root.name: root.kept()})
        _write_ring(self.folder, kept)
        self._kept = kept
        return root.name

    def rewrap(self) -> int:
        """Wrap the keys of the folder and the index key under the present root; returns how many were under others."""
        root, found = self._root(self.root), 0
        for name in self.keks():
            by, wrapped = self._wrapped(name)
            if by != root.name:
                self._write_kek(root, name, self._root(by).unwrap(wrapped, instance=self.instance, of=name))
                found += 1
        if self._kept.index_root != root.name:
            wrapped = root.wrap(self.index, instance=self.instance, of=_INDEX)
            kept = replace(self._kept, index_root=root.name, index=wrapped)
            _write_ring(self.folder, kept)
            self._kept = kept
            found += 1
        return found

    def forget_root(self, name: str) -> bool:
        """Take a root that is no longer the present one out of the ring, durably; returns whether it was there.

        What only it unwraps is lost, backups of the book included. Raises ``WrongState`` while keys here need it.
        """
        self._reread()
        if name not in self._kept.roots:
            return False
        users = [each for each in self.keks() if self._wrapped(each)[0] == name]
        if name in {self.root, self._kept.index_root} or users:
            fact = f"keys of this ring are still wrapped under {name}"
            raise WrongState(fact, "Rotate it first: ingather keys rotate --root")
        kept = replace(self._kept, roots={each: has for each, has in self._kept.roots.items() if each != name})
        _write_ring(self.folder, kept)
        self._kept = kept
        return True

    def _root(self, name: str) -> KeyProvider:
        if (found := self._kept.roots.get(name)) is None:
            # Another process may have rotated it.
            self._reread()
            found = self._kept.roots.get(name)
        if found is None:
            fact = f"the ring in {self.folder} has no root {name}"
            raise KeyMissing(fact, "Restore the key folder that belongs to this book")
        return _parsed(self.folder, lambda: kept_root(name, found))

    def _reread(self) -> None:
        with self._lock:
            self._kept = _read_ring(self.folder)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            fact = f"{name} is not the name of a key"
            raise KeyMissing(fact, "Restore the key folder that belongs to this book")
        return self.folder / f"{name}{_SUFFIX}"

    def _wrapped(self, name: str) -> tuple[str, bytes]:
        return _parsed(self.folder, lambda: _read_kek(self._path(name)))

    def _keep_kek(self, name: str, key: bytes) -> None:
        if not self.root:
            raise _unadopted()
        self._write_kek(self._root(self.root), name, key)

    def _write_kek(self, root: KeyProvider, name: str, key: bytes) -> None:
        wrapped = root.wrap(key, instance=self.instance, of=name)
        key_files.write_closed(self._path(name), json.dumps({"root": root.name, "wrapped": wrapped.hex()}))


def make_ring(
    folder: Path, provider: Provider = Provider.FILE, key_id: str | None = None, *, waiting: bool = False
) -> KeyRing:
    """Make a new key folder (0700) and its ring (0600), for a book that is founded now, or one that it waits for.

    Raises ``KeyMissing`` when there is a ring already or the provider has no key, and ``KeysSilent`` when it does not
    answer.
    """
    key_files.make_folder(folder)
    if (folder / _FILE).exists():
        raise _there_already(folder)
    instance, index, root = secrets.token_hex(8), secrets.token_bytes(KEY_BYTES), new_root(provider, key_id)
    wrapped = root.wrap(index, instance=instance, of=_INDEX)
    kept = _Kept(instance=instance, root=root.name, roots={root.name: root.kept()}, index_root=root.name, index=wrapped,
                 waiting=waiting)  # fmt: skip
    try:
        _write_ring(folder, kept, new=True)
    except FileExistsError:
        raise _there_already(folder) from None
    return KeyRing(folder, kept)


def load_ring(folder: Path) -> KeyRing:
    """Return the ring kept in a folder.

    Raises ``KeyMissing`` when there is none, when others may read it, or when its root is not where it should be, and
    ``KeysSilent`` when the root's keeper does not answer.
    """
    return KeyRing(folder, _read_ring(folder))


def waiting_ring(folder: Path) -> KeyRing | None:
    """Return a ring that was made before its book, which it waits for no longer; None when there is none that waits."""
    if not has_ring(folder) or not (kept := _read_ring(folder)).waiting:
        return None
    kept = replace(kept, waiting=False)
    _write_ring(folder, kept)
    return KeyRing(folder, kept)


def has_ring(folder: Path) -> bool:
    """Return whether a folder has a ring, whoever may read it."""
    return (folder / _FILE).exists()


def _there_already(folder: Path) -> KeyMissing:
    fact = f"there is a key ring already in {folder}"
    return KeyMissing(fact, "Choose another folder; keys are never overwritten")


def _unadopted() -> WrongState:
    fact = "this key ring is from before there were epochs, and has no root"
    return WrongState(fact, "Give it one: ingather keys init")


def _read_ring(folder: Path) -> _Kept:
    try:
        return _parsed(folder, lambda: _ring_of(json.loads(key_files.read_closed(folder / _FILE))))
    except FileNotFoundError:
        fact = f"there is no key ring in {folder}"
        raise KeyMissing(fact) from None


def _parsed(folder: Path, read: Callable[[], _Found]) -> _Found:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause is dropped on purpose: a decoder's message could quote key material.
        fact = f"the key ring in {folder} cannot be read"
        raise KeyMissing(fact, "Restore the folder from its backup") from None


def _ring_of(content: dict[str, object]) -> _Kept:
    match content:
        case {"format": 2, "instance": str(instance), "root": str(root), "roots": dict(roots), "index": dict(index)}:
            return _Kept(
                instance=instance,
                root=root,
                roots={str(name): dict(has) for name, has in roots.items()},
                index_root=index["root"],
                index=bytes.fromhex(index["wrapped"]),
                waiting=content.get("waiting") is True,
            )
        case {"instance": str(instance), "sealing": dict(sealing), "index": str(index_key)}:
            keys = {f"sealing-{int(number)}": bytes.fromhex(key) for number, key in sealing.items()}
            return _Kept(instance=instance, sealing=keys, index=bytes.fromhex(index_key))
        case _:
            raise ValueError


def _write_ring(folder: Path, kept: _Kept, *, new: bool = False) -> None:
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
    key_files.write_closed(folder / _FILE, json.dumps(content), new=new)


def _read_kek(path: Path) -> tuple[str, bytes]:
    content = json.loads(key_files.read_closed(path))
    return content["root"], bytes.fromhex(content["wrapped"])
